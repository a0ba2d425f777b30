import { digestOf } from '../entry.ts'
import { mark } from './mark.ts'
import type { ContentPass } from './pass.ts'

/** On a line of its own where YAML folds what is longer than its lines. */
const line = /^( {2}(metadata\.gz|data\.tar\.gz): )(?:([0-9a-f]{64})|(?:>-\n {4})?([0-9a-f]{128}))$/gm

export const gemChecksums: ContentPass = {
  kind: 'content',
  id: 'gem-checksums',
  version: 2,
  formats: ['gem'],
  changes: 'In checksums.yaml of a gem the digests of the other two members are taken out where all of them are right.',
  safe: 'Both members are compared by themselves, so that their digests say nothing more.',
  never:
    'Names, digests of anything else or by other algorithms than SHA256 and SHA512, and all of them when one is not that of the member.',
  apply({ path, text, fileOf }) {
    if (path !== 'checksums.yaml' || !/^---\nSHA(?:256|512):\n/.test(text)) return undefined
    const found = [...text.matchAll(line)]
    const isRight = found.every(([, , name = '', sha256, sha512]) => {
      const member = fileOf?.(name, 'outer')
      return member !== undefined && (sha256 === undefined ? member.sha512 === sha512 : digestOf(member) === sha256)
    })
    const members = found.filter(([, , , sha256]) => sha256 !== undefined).length
    if (members !== 2 || !isRight) return undefined
    const plain = text.replace(line, (_, key: string, __, sha256) => `${key}${mark}${sha256 ? 'sha256' : 'sha512'}`)
    return { text: plain, changed: `${members} members` }
  },
}
