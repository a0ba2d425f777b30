import { createHash } from 'node:crypto'
import { createZstdDecompress } from 'node:zlib'
import { type ByteQueue, byteQueue } from '../byte-queue.ts'
import type { Finding } from '../findings.ts'
import { limitExceeded } from '../limits.ts'
import {
  aboutLayer,
  type CompressionReport,
  Damage,
  isInflated,
  takeExactly,
  through,
  trailingBytes,
} from './compression.ts'
import { isZlibError } from './inflate.ts'

const frameMagic = 0xfd2fb528
/** Sixteen numbers, 0x184D2A50 to 0x184D2A5F. */
const skippableMagic = 0x184d2a50
/** Each costs a decompressor. */
const mostFrames = 1000
/** What decoders take without being told to; in bytes. */
const windowLimit = 128 * 1024 * 1024

/**
 * Unpacks every frame of a zstd file (RFC 8878, 3). The blocks of each frame are walked here, so that it is known where
 * it ends, what it asks of memory, and what stands in frames that decoders skip.
 */
export async function* readZstd(
  source: AsyncIterable<Uint8Array>,
  found: (finding: Finding) => void,
): AsyncGenerator<Buffer, CompressionReport> {
  const queue = byteQueue(source)
  const report: CompressionReport = { kind: 'zstd', header: {}, complete: true }
  let frames = 0
  for (let parts = 0; ; parts++) {
    if (parts >= mostFrames) throw limitExceeded(`more than ${mostFrames} zstd frames`, mostFrames)
    const head = await queue.peek(4)
    if (head.length === 0 && parts > 0) break
    const offset = queue.position()
    const number = head.length < 4 ? 0 : head.readUInt32LE(0)
    try {
      if ((number & 0xfffffff0) >>> 0 === skippableMagic) await skipFrame(queue, found)
      else if (number === frameMagic) {
        const facts = yield* readFrame(queue, found)
        if (frames++ === 0) report.header = facts
      } else {
        found(await trailingBytes(queue, 'zstd-trailing-bytes'))
        break
      }
    } catch (error) {
      if (!(error instanceof Damage || isZlibError(error))) throw error
      const what = error instanceof Damage ? error.message : `its data cannot be unpacked (${error.code})`
      found(aboutLayer('zstd-damaged', `The zstd file is damaged: ${what}.`, { what }, offset))
      return { ...report, complete: false }
    }
  }
  if (frames > 1) found(aboutLayer('zstd-frames', `The file is ${frames} zstd frames in a row.`, { frames }))
  return report
}

async function skipFrame(queue: ByteQueue, found: (finding: Finding) => void): Promise<void> {
  const offset = queue.position()
  const header = await takeExactly(queue, 8)
  const size = header.readUInt32LE(4)
  const hash = createHash('sha256')
  for await (const chunk of bytesOf(queue, size)) hash.update(chunk)
  const evidence = { magic: header.toString('hex', 0, 4), size, sha256: hash.digest('hex') }
  found(aboutLayer('zstd-skippable', `${size} bytes stand in a frame that decoders skip.`, evidence, offset))
}

async function* readFrame(
  queue: ByteQueue,
  found: (finding: Finding) => void,
): AsyncGenerator<Buffer, CompressionReport['header']> {
  const begin = queue.position()
  const { bytes, checksum, window } = await readFrameHeader(queue)
  async function* packed(): AsyncGenerator<Buffer> {
    yield bytes
    for (let last = false; !last; ) {
      const header = await takeExactly(queue, 3)
      const value = header.readUIntLE(0, 3)
      last = (value & 1) === 1
      const type = (value >> 1) & 3
      if (type === 3) throw new Damage('a block is of a type that is reserved')
      yield header
      // A run has one byte, however long it is (RFC 8878, 3.1.1.2.2).
      yield await takeExactly(queue, type === 1 ? 1 : value >> 3)
    }
    if (checksum) yield await takeExactly(queue, 4)
  }
  let unpackedSize = 0
  for await (const chunk of through(createZstdDecompress({ chunkSize: 256 * 1024 }), packed())) {
    unpackedSize += chunk.length
    yield chunk
  }
  const packedSize = queue.position() - begin
  if (isInflated({ packedSize, unpackedSize })) {
    const summary = `The compressed data (${packedSize} bytes) is larger than what it holds (${unpackedSize} bytes).`
    found(aboutLayer('zstd-inflated', summary, { packedSize, unpackedSize }, begin))
  }
  return { window, checksum: checksum ? 1 : 0 }
}

/** RFC 8878, 3.1.1.1. */
async function readFrameHeader(queue: ByteQueue): Promise<{ bytes: Buffer; checksum: boolean; window: number }> {
  const begin = await takeExactly(queue, 5)
  const descriptor = begin.readUInt8(4)
  if (descriptor & 0x08) throw new Damage('a frame sets a flag that is reserved')
  const single = (descriptor & 0x20) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0
  const sizeField = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0
  const rest = await takeExactly(queue, (single ? 0 : 1) + dictionary + sizeField)
  const sizeBytes = rest.subarray(rest.length - sizeField)
  const size =
    sizeField === 8 ? Number(sizeBytes.readBigUInt64LE(0)) : sizeField ? sizeBytes.readUIntLE(0, sizeField) : 0
  const window = single ? size + (sizeField === 2 ? 256 : 0) : windowSize(rest.readUInt8(0))
  if (window > windowLimit) throw limitExceeded(`a zstd window of ${window} bytes`, windowLimit)
  return { bytes: Buffer.concat([begin, rest]), checksum: (descriptor & 4) !== 0, window }
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

async function* bytesOf(queue: ByteQueue, size: number): AsyncGenerator<Buffer> {
  for (let left = size; left > 0; ) {
    const chunk = await takeExactly(queue, Math.min(left, 64 * 1024))
    left -= chunk.length
    yield chunk
  }
}
