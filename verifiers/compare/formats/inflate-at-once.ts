import { inflateRaw, type ZlibOptions } from 'node:zlib'
import type { ByteQueue } from '../byte-queue.ts'

const headerSize = 10
const trailerSize = 8

/** Between the header and the trailer of a gzip file, as it is and inflated. */
export type Inflated = { packedSize: number; bytes: Buffer }

/**
 * Inflates in another thread, into one piece, a gzip file (RFC 1952) that is one member without optional fields and gives
 * as many bytes as it says. That holds for nearly every package.
 *
 * @param most what it may unpack to, in bytes
 * @returns nothing for every other file: what is odd about it is found by reading it piece by piece.
 */
export async function inflateAtOnce(file: Buffer, most: number): Promise<Inflated | undefined> {
  const isPlain = file.length > headerSize + trailerSize && file.readUInt32BE(0) === 0x1f8b0800
  // "ISIZE: size of the original (uncompressed) input data modulo 2^32" (2.3.1)
  const size = isPlain ? file.readUInt32LE(file.length - 4) : 0
  if (size === 0 || size > most) return undefined
  const packed = file.subarray(headerSize, -trailerSize)
  // With room for one byte more than promised zlib needs no second piece, and who promised too little is found out.
  const options: ZlibOptions = { chunkSize: Math.max(64, size + 1), maxOutputLength: size + 1, info: true }
  return await new Promise((resolve) => {
    inflateRaw(packed, options, (error, result) => {
      const { buffer, engine } = (result ?? {}) as unknown as { buffer?: Buffer; engine?: { bytesWritten: number } }
      const isWhole = !error && buffer?.length === size && engine?.bytesWritten === packed.length
      resolve(isWhole ? { packedSize: packed.length, bytes: buffer } : undefined)
    })
  })
}

/** In place of inflating: passes over the packed bytes and gives what they are known to hold. */
export async function* passOver(queue: ByteQueue, { packedSize, bytes }: Inflated): AsyncGenerator<Buffer> {
  for (let left = packedSize; left > 0; ) {
    const chunk = await queue.next()
    if (chunk === undefined) break
    if (chunk.length > left) queue.putBack(chunk.subarray(left))
    left -= chunk.length
  }
  yield bytes
}
