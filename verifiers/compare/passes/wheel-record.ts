import type { ContentPass, PassedFile } from './pass.ts'

const place = /^[^/]+\.dist-info\/RECORD$/
const line = /^([^",\r\n]+),sha256=([A-Za-z0-9_-]{43}),(\d+)$/

export const wheelRecord: ContentPass = {
  kind: 'content',
  id: 'wheel-record',
  version: 1,
  formats: ['wheel'],
  changes: 'In RECORD of a wheel the digest and size of each file are taken out where they are those of the file.',
  safe: 'Every file that it lists is compared by itself, so that its digest says nothing more.',
  never: 'Names, their order, lines whose digest is not that of the file, other algorithms, and names in quotes.',
  apply({ path, format, text, digestOf }: PassedFile) {
    if ((format !== undefined && format !== 'wheel') || !place.test(path) || digestOf === undefined) return undefined
    let count = 0
    const lines = text.split('\n').map((written) => {
      const [, name, digest] = line.exec(written.replace(/\r$/, '')) ?? []
      if (name === undefined || digest === undefined) return written
      if (digestOf(name) !== Buffer.from(digest, 'base64url').toString('hex')) return written
      count++
      return `${name},,`
    })
    return count === 0 ? undefined : { text: lines.join('\n'), changed: `${count} digests` }
  },
}
