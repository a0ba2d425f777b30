import { crc32 } from 'node:zlib'
import type { ByteQueue } from '../byte-queue.ts'
import type { Finding } from '../findings.ts'
import { encoded } from '../names.ts'
import { shownBytes } from './shown-bytes.ts'

export type GzipHeader = {
  /** The ten bytes that every member begins with, hexadecimal. */
  fixed: string
  /** Seconds since 1970; 0 where none is recorded. */
  mtime: number
  /** What the compressor says of its effort: 2 most, 4 least, 0 nothing. */
  xfl: number
  /** 3 Unix, 10 TOPS-20 (as npm 6 on macOS left 19), 255 unknown. */
  os: number
}

const flags = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 }

/** RFC 1952, 2.3. `undefined` where it is cut off, or the method is not deflate; what is optional in it is reported. */
export async function readGzipHeader(
  queue: ByteQueue,
  found: (finding: Finding) => void,
): Promise<GzipHeader | undefined> {
  const offset = queue.position()
  const fixed = await queue.take(10)
  if (fixed.length < 10 || fixed[2] !== 8) return undefined
  const present = fixed.readUInt8(3)
  const parts = [fixed]
  const report = (code: Finding['code'], summary: string, bytes: Buffer, more: Finding['evidence'] = {}) =>
    found({ code, path: '', summary, evidence: { ...more, ...shownBytes(bytes) }, offset })

  if (present & flags.reserved) report('gzip-reserved-flags', 'The gzip header sets flags that are reserved.', fixed)
  if (present & flags.extra) {
    const size = await queue.take(2)
    if (size.length < 2) return undefined
    const extra = await queue.take(size.readUInt16LE(0))
    if (extra.length < size.readUInt16LE(0)) return undefined
    parts.push(size, extra)
    report('gzip-extra-field', `The gzip header carries an extra field of ${extra.length} bytes.`, extra)
  }
  if (present & flags.name) {
    const name = await queue.takeThrough(0)
    if (name === undefined) return undefined
    parts.push(name)
    // `gunzip -N` gives what it unpacks this name.
    const text = name.toString('latin1', 0, name.length - 1)
    const plain = name.length <= 256 && /^\w[\w.+@-]*$/.test(text) && !encoded.test(text)
    if (plain) report('gzip-file-name', `The gzip header names a file, ${text}.`, name, { name: text })
    else
      report(
        'gzip-odd-name',
        `The gzip header has a file name of ${name.length - 1} bytes that is not a plain name.`,
        name,
      )
  }
  if (present & flags.comment) {
    const comment = await queue.takeThrough(0)
    if (comment === undefined) return undefined
    parts.push(comment)
    report('gzip-comment', `The gzip header carries a comment of ${comment.length - 1} bytes.`, comment)
  }
  if (present & flags.headerCrc) {
    const stored = await queue.take(2)
    // "the two least significant bytes of the CRC32 for all bytes of the gzip header up to and not including the CRC16"
    const actual = parts.reduce((sum, part) => crc32(part, sum), 0) & 0xffff
    if (stored.length < 2 || stored.readUInt16LE(0) !== actual) return undefined
  }
  return { fixed: fixed.toString('hex'), mtime: fixed.readUInt32LE(4), xfl: fixed.readUInt8(8), os: fixed.readUInt8(9) }
}
