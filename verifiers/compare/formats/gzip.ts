import { crc32 } from 'node:zlib'
import { type ByteQueue, byteQueue } from '../byte-queue.ts'
import type { Finding } from '../findings.ts'
import { limitExceeded } from '../limits.ts'
import { isInflated, trailingBytes } from './compression.ts'
import { type GzipHeader, readGzipHeader } from './gzip-header.ts'
import { inflate, isZlibError } from './inflate.ts'
import { type Inflated, passOver } from './inflate-at-once.ts'

export type GzipMember = GzipHeader & {
  /** Of the deflate stream, in bytes. */
  packedSize: number
  unpackedSize: number
}

export type GzipReport = {
  members: GzipMember[]
  /** False when not everything could be unpacked; a finding says why. */
  complete: boolean
}

const firstMembers = 16
/** Each costs a decompressor; no packer of packages makes a second one. */
const mostMembers = 1000

/**
 * Unpacks every member of a gzip file (RFC 1952), one after the other, as GNU gzip, Python and Node do, and reports what
 * node:zlib does not tell: where members begin, what their headers carry, whether their trailers are true, and what
 * follows the last one. Damage ends the reading and is a finding, not an error: it is evidence like everything else.
 *
 * @param inflated what the file's only member is known to hold
 */
export async function* readGzip(
  source: AsyncIterable<Uint8Array>,
  found: (finding: Finding) => void,
  inflated?: Inflated,
): AsyncGenerator<Buffer, GzipReport> {
  const queue = byteQueue(source)
  const members: GzipMember[] = []
  let count = 0
  for (;;) {
    const start = queue.position()
    const magic = await queue.peek(2)
    if (magic.length === 0 && count > 0) break
    if (!(magic[0] === 0x1f && magic[1] === 0x8b)) {
      found(await trailingBytes(queue, 'gzip-trailing-bytes'))
      break
    }
    if (count >= mostMembers) throw limitExceeded(`more than ${mostMembers} gzip members`, mostMembers)
    const header = await readGzipHeader(queue, found)
    if (header === undefined) {
      found(damaged(start, 'the header of a member is not complete or names another method'))
      return { members, complete: false }
    }
    const member = yield* readMember(queue, header, found, inflated)
    if (member === undefined) return { members, complete: false }
    count++
    if (count <= firstMembers) members.push(member)
  }
  if (count > 1) found(severalMembers(count, members))
  return { members, complete: true }
}

async function* readMember(
  queue: ByteQueue,
  header: GzipHeader,
  found: (finding: Finding) => void,
  inflated?: Inflated,
): AsyncGenerator<Buffer, GzipMember | undefined> {
  const start = queue.position()
  let checksum = 0
  let unpackedSize = 0
  try {
    for await (const chunk of inflated ? passOver(queue, inflated) : inflate(queue)) {
      checksum = crc32(chunk, checksum)
      unpackedSize += chunk.length
      yield chunk
    }
  } catch (error) {
    if (!isZlibError(error)) throw error
    found(damaged(queue.position(), `the compressed data is broken or ends too early (${error.code})`))
    return undefined
  }
  const packedSize = queue.position() - start
  const trailer = await queue.take(8)
  if (trailer.length < 8) {
    found(damaged(queue.position(), 'the file ends inside the trailer of a member'))
    return undefined
  }
  // "ISIZE: size of the original (uncompressed) input data modulo 2^32" (RFC 1952, 2.3.1)
  if (trailer.readUInt32LE(0) !== checksum || trailer.readUInt32LE(4) !== unpackedSize % 2 ** 32) {
    found(damaged(start + packedSize, 'the checksum or the size at the end of a member is not that of its content'))
    return undefined
  }
  if (isInflated({ packedSize, unpackedSize })) {
    found({
      code: 'gzip-inflated',
      path: '',
      summary: `The compressed data (${packedSize} bytes) is larger than what it holds (${unpackedSize} bytes).`,
      evidence: { packedSize, unpackedSize },
      offset: start,
    })
  }
  return { ...header, packedSize, unpackedSize }
}

function severalMembers(count: number, members: GzipMember[]): Finding {
  return {
    code: 'gzip-members',
    path: '',
    summary: `The file is ${count} gzip files in a row; some programs read only the first.`,
    evidence: { members: count, unpackedSizes: members.map((member) => member.unpackedSize) },
  }
}

function damaged(offset: number, what: string): Finding {
  return {
    code: 'gzip-damaged',
    path: '',
    summary: `The gzip file is damaged: ${what}.`,
    evidence: { what },
    offset,
  }
}
