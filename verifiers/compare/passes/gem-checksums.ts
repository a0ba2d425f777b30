import type { ContentPass } from './pass.ts'

const sha256Line = /^( {2}(metadata\.gz|data\.tar\.gz): )([0-9a-f]{64})$/gm
const sha512Line = /^ {2}(?:metadata\.gz|data\.tar\.gz): (?:>-?\n(?: {4}[0-9a-f]+\n?)+|[0-9a-f]{128})$/gm

export const gemChecksums: ContentPass = {
  kind: 'content',
  id: 'gem-checksums',
  version: 1,
  formats: ['gem'],
  changes: 'In checksums.yaml of a gem the digests of the other two members are taken out where SHA256 is right.',
  safe: 'Both members are compared by themselves, so that their digests say nothing more.',
  never: 'Names, digests of anything else, and all of them when one SHA256 is not that of the member.',
  apply({ path, text, digestOf }) {
    if (path !== 'checksums.yaml' || digestOf === undefined || !/^---\nSHA(?:256|512):\n/.test(text)) return undefined
    const found = [...text.matchAll(sha256Line)]
    const right = found.every(([, , name = '', digest]) => digestOf(name, 'outer') === digest)
    if (found.length !== 2 || !right) return undefined
    const plain = text.replace(sha256Line, '$1').replace(sha512Line, (line) => line.slice(0, line.indexOf(':') + 1))
    return { text: plain, changed: `${found.length} members` }
  },
}
