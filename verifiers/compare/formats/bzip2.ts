import { type ByteQueue, byteQueue } from '../byte-queue.ts'
import type { Finding } from '../findings.ts'
import { limitExceeded } from '../limits.ts'
import { aboutLayer, type CompressionReport, Damage, isInflated, trailingBytes } from './compression.ts'

const mostStreams = 10_000
/** A block of 900,000 bytes that cannot be compressed, with its tables. */
const longestBlock = 1_300_000

/**
 * Unpacks every stream of a bzip2 file. A stream has no length written anywhere and ends within a byte, so that it is
 * decoded block by block from a window of the file, and what follows the last one is known.
 */
export async function* readBzip2(
  source: AsyncIterable<Uint8Array>,
  found: (finding: Finding) => void,
): AsyncGenerator<Buffer, CompressionReport> {
  const queue = byteQueue(source)
  const report: CompressionReport = { kind: 'bzip2', header: {}, complete: true }
  for (let streams = 0; ; streams++) {
    const head = await queue.peek(4)
    if (head.length === 0 && streams > 0) return report
    if (!/^BZh[1-9]$/.test(head.toString('latin1'))) {
      found(await trailingBytes(queue, 'bzip2-trailing-bytes'))
      return report
    }
    if (streams === 1) {
      found(aboutLayer('bzip2-streams', 'The file is several bzip2 files in a row.', {}, queue.position()))
    }
    if (streams >= mostStreams) throw limitExceeded(`more than ${mostStreams} bzip2 streams`, mostStreams)
    const offset = queue.position()
    try {
      const level = yield* readStream(queue, found)
      if (streams === 0) report.header = { level }
    } catch (error) {
      if (!(error instanceof Damage)) throw error
      found(aboutLayer('bzip2-damaged', `The bzip2 file is damaged: ${error.message}.`, {}, offset))
      return { ...report, complete: false }
    }
  }
}

async function* readStream(queue: ByteQueue, found: (finding: Finding) => void): AsyncGenerator<Buffer, number> {
  const { default: decoder } = await import('unbzip2-stream/lib/bzip2.js')
  const begin = queue.position()
  const header = bitsOf(await queue.take(4), 0)
  const level = attempt(() => decoder.header(header.read))
  const size = level * 100_000
  const buffer = new Int32Array(size)
  let sum = 0
  let skipped = 0
  let unpackedSize = 0
  for (;;) {
    const bits = bitsOf(await queue.peek(longestBlock), skipped)
    const out = collector()
    const next = attempt(() => decoder.decompress(bits.read, out.write, buffer, size, sum))
    const whole = Math.floor(bits.position() / 8)
    skipped = bits.position() % 8
    await queue.take(whole)
    if (next === null) break
    sum = next
    for (const chunk of out.chunks()) {
      unpackedSize += chunk.length
      yield chunk
    }
  }
  const packedSize = queue.position() - begin
  if (isInflated({ packedSize, unpackedSize })) {
    const summary = `The compressed data (${packedSize} bytes) is larger than what it holds (${unpackedSize} bytes).`
    found(aboutLayer('bzip2-inflated', summary, { packedSize, unpackedSize }, begin))
  }
  return level
}

/** Whatever the decoder trips over is in the data; it works on memory alone. */
function attempt<Result>(decode: () => Result): Result {
  try {
    return decode()
  } catch (error) {
    throw new Damage(error instanceof Damage ? error.message : 'its data cannot be unpacked', { cause: error })
  }
}

/** Bits from the highest of each byte on, `skipped` of the first byte having been read before. */
function bitsOf(bytes: Buffer, skipped: number) {
  let position = skipped
  const end = bytes.length * 8
  const reader = {
    position: () => position,
    read(count: number | null): number {
      if (count === null) {
        const unused = (8 - (position & 7)) & 7
        if (reader.read(unused) !== 0) throw new Damage('the bits behind its end are not zero')
        return 0
      }
      if (position + count > end) throw new Damage('it ends too early')
      let value = 0
      for (let left = count; left > 0; ) {
        const used = position & 7
        const taken = Math.min(left, 8 - used)
        const byte = bytes[position >> 3] ?? 0
        value = (value << taken) | ((byte >> (8 - used - taken)) & ((1 << taken) - 1))
        position += taken
        left -= taken
      }
      return value
    },
  }
  return reader
}

const pieceSize = 256 * 1024

function collector() {
  const pieces: Buffer[] = []
  let piece = Buffer.allocUnsafe(0)
  let used = 0
  return {
    write(byte: number) {
      if (used === piece.length) {
        piece = Buffer.allocUnsafe(pieceSize)
        pieces.push(piece)
        used = 0
      }
      piece[used++] = byte
    },
    chunks: () => pieces.map((one) => (one === piece ? one.subarray(0, used) : one)),
  }
}
