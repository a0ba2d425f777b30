import { digestOf } from '../entry.ts'
import { mark } from './mark.ts'
import type { ContentPass } from './pass.ts'

const place = /^[^/]+\.dist-info\/RECORD$/
const line = /^([^",\r\n]+),sha256=([A-Za-z0-9_-]{43}),(\d{1,15})$/

export const wheelRecord: ContentPass = {
  kind: 'content',
  id: 'wheel-record',
  version: 2,
  formats: ['wheel'],
  changes: 'In RECORD of a wheel the digest and size of each file are taken out where they are those of the file.',
  safe: 'Every file that it lists is compared by itself, so that its digest says nothing more.',
  never:
    'Names, their order, lines without a digest, or with one or a size that is not that of the file, other algorithms, and names in quotes.',
  apply({ path, text, fileOf }) {
    if (!place.test(path)) return undefined
    let count = 0
    const lines = text.split('\n').map((written) => {
      const [, name, digest, size] = line.exec(written.replace(/\r$/, '')) ?? []
      const file = name === undefined ? undefined : fileOf?.(name)
      if (file === undefined || digest === undefined) return written
      const isRight = digestOf(file) === Buffer.from(digest, 'base64url').toString('hex') && size === String(file.size)
      if (!isRight) return written
      count++
      return `${name},${mark}`
    })
    return count === 0 ? undefined : { text: lines.join('\n'), changed: `${count} digests` }
  },
}
