import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Problem, problemFrom } from '../model/problem.ts'

export type Compression = 'gzip' | 'bzip2' | 'xz' | 'zstd' | 'none'

/** What the first bytes say; names are not believed. */
export function compressionOf(head: Uint8Array): Compression | 'zip' {
  const starts = (...magic: number[]) => magic.every((byte, index) => head[index] === byte)
  if (starts(0x1f, 0x8b)) return 'gzip'
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return 'xz'
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd'
  if (starts(0x42, 0x5a, 0x68) && head[4] === 0x31 && head[5] === 0x41 && head[6] === 0x59) return 'bzip2'
  if (starts(0x50, 0x4b, 0x03, 0x04) || starts(0x50, 0x4b, 0x05, 0x06)) return 'zip'
  return 'none'
}

/**
 * The bytes without their compression.
 *
 * @param options.limit of what comes out, in bytes; a bomb ends there.
 * @throws {Problem} ARCHIVE_INVALID, ARCHIVE_LIMIT_EXCEEDED
 */
export async function* decompressed(
  source: AsyncIterable<Uint8Array>,
  { compression, limit, what }: { compression: Compression; limit: number; what: string },
): AsyncGenerator<Uint8Array> {
  let size = 0
  try {
    for await (const chunk of plain(source, compression)) {
      size += chunk.length
      if (size > limit) {
        throw new Problem('ARCHIVE_LIMIT_EXCEEDED', `${what} unpacks to more than ${limit} bytes.`, {
          hint: 'It may be a decompression bomb; nothing of it was kept.',
        })
      }
      yield chunk
    }
  } catch (error) {
    if (error instanceof Problem || (error instanceof Error && error.name === 'AbortError')) throw error
    const problem = problemFrom(error)
    if (problem.code !== 'FAULT') throw problem
    throw new Problem('ARCHIVE_INVALID', `${what} is damaged: its ${compression} data cannot be decompressed.`, {
      hint: 'Fetch it again, or from another place.',
      cause: error,
    })
  }
}

function plain(source: AsyncIterable<Uint8Array>, compression: Compression): AsyncIterable<Uint8Array> {
  if (compression === 'none') return source
  if (compression === 'xz') return unxz(source)
  const stream = Readable.from(source, { objectMode: false })
  if (compression === 'bzip2') return unbzip2(stream)
  const out = compression === 'gzip' ? createGunzip() : createZstdDecompress()
  stream.once('error', (error) => out.destroy(error))
  return stream.pipe(out)
}

/** A bzip2 file is a row of blocks; each gives at most 46 MB, and the next is not begun before it was taken. */
async function* unbzip2(source: Readable): AsyncGenerator<Uint8Array> {
  const { default: unbzip2Stream } = await import('unbzip2-stream')
  const decoder = unbzip2Stream()
  source.once('error', (error) => decoder.emit('error', error))
  yield* new Readable({ highWaterMark: 1 }).wrap(source.pipe(decoder))
}

/** xz shrinks up to some 7000 times and the decoder gives all of a call at once, so that it is fed in small pieces. */
const xzPiece = 4096

async function* unxz(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { XzDecompressor } = await import('@napi-rs/lzma')
  const decoder = new XzDecompressor()
  for await (const chunk of source) {
    for (let start = 0; start < chunk.length; start += xzPiece) {
      const out = decoder.update(chunk.subarray(start, start + xzPiece))
      if (out.length > 0) yield out
    }
  }
  yield await decoder.finish()
}
