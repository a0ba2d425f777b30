import { crc32 } from 'node:zlib'
import { type ByteQueue, byteQueue, isZero } from '../byte-queue.ts'
import type { Finding } from '../findings.ts'
import { limitExceeded } from '../limits.ts'
import { aboutLayer, type CompressionReport, Damage, isInflated, takeExactly, trailingBytes } from './compression.ts'
import { parseBlockHeader, parseIndex, type XzBlock } from './xz-headers.ts'

const magic = Buffer.from('fd377a585a00', 'hex')
const mostStreams = 1000
const mostBlocks = 1_000_000
/** What `xz -9` needs; a header can ask for 4 GiB. In bytes. */
const dictionaryLimit = 64 * 1024 * 1024
/** Of compressed data given to the decoder at once, and of what may come out of it then; in bytes. */
const fedAtOnce = 64 * 1024
const decodedAtOnce = 4 * 1024 * 1024

type Decoder = { update(bytes: Uint8Array): Buffer; finish(): Promise<Buffer> }

/**
 * Unpacks every stream of an xz file (https://tukaani.org/xz/xz-file-format.txt). The blocks and the chunks of LZMA2 are
 * walked here, so that it is known where each stream ends, what follows it, and how much memory it asks for before any
 * decoder sees it; the decoder checks the sums.
 */
export async function* readXz(
  source: AsyncIterable<Uint8Array>,
  found: (finding: Finding) => void,
): AsyncGenerator<Buffer, CompressionReport> {
  const { XzDecompressor } = await import('@napi-rs/lzma')
  const queue = byteQueue(source)
  const report: CompressionReport = { kind: 'xz', header: {}, complete: true }
  for (let streams = 0; ; streams++) {
    await takePadding(queue, found)
    const head = await queue.peek(magic.length)
    if (head.length === 0 && streams > 0) return report
    if (!head.equals(magic)) {
      found(await trailingBytes(queue, 'xz-trailing-bytes'))
      return report
    }
    if (streams === 1) found(aboutLayer('xz-streams', 'The file is several xz files in a row.', {}, queue.position()))
    if (streams >= mostStreams) throw limitExceeded(`more than ${mostStreams} xz streams`, mostStreams)
    const offset = queue.position()
    try {
      const facts = yield* readStream(queue, new XzDecompressor(), found)
      if (streams === 0) report.header = facts
    } catch (error) {
      if (!isDamage(error)) throw error
      found(aboutLayer('xz-damaged', `The xz file is damaged: ${error.message}.`, { what: error.message }, offset))
      return { ...report, complete: false }
    }
  }
}

/** The decoder's errors have the code that N-API gives to every failure of native code. */
function isDamage(error: unknown): error is Error {
  if (error instanceof Damage) return true
  return error instanceof Error && 'code' in error && (error.code === 'GenericFailure' || error.code === 'InvalidArg')
}

/** "Stream Padding MUST contain only null bytes", four at a time; it can only stand behind a stream. */
async function takePadding(queue: ByteQueue, found: (finding: Finding) => void): Promise<void> {
  const offset = queue.position()
  if (offset === 0) return
  for (let next = await queue.peek(4); next.length === 4 && isZero(next); next = await queue.peek(4))
    await queue.take(4)
  const size = queue.position() - offset
  if (size > 0) found(aboutLayer('xz-padding', `${size} zero bytes follow an xz stream.`, { size }, offset))
}

async function* readStream(
  queue: ByteQueue,
  decoder: Decoder,
  found: (finding: Finding) => void,
): AsyncGenerator<Buffer, CompressionReport['header']> {
  const begin = queue.position()
  const feed = feeder(decoder)
  const header = await takeExactly(queue, 12)
  const check = header.readUInt8(7)
  const trueSum = header.readUInt32LE(8) === crc32(header.subarray(6, 8))
  if (header[6] !== 0 || check > 15 || !trueSum) throw new Damage('the header of a stream is not as it should be')
  yield* feed(header, 0)
  const blocks: XzBlock[] = []
  let unpackedSize = 0
  let dictionary = 0
  while ((await queue.peek(1))[0] !== 0) {
    if (blocks.length >= mostBlocks) throw limitExceeded(`more than ${mostBlocks} xz blocks`, mostBlocks)
    const block = yield* readBlock(queue, check, feed)
    blocks.push(block)
    unpackedSize += block.size
    dictionary = Math.max(dictionary, block.dictionary)
  }
  yield* feed(await readEnd(queue, header, blocks), 0)
  const tail = await decoder.finish()
  if (tail.length > 0) yield tail
  const packedSize = queue.position() - begin
  if (isInflated({ packedSize, unpackedSize })) {
    const summary = `The compressed data (${packedSize} bytes) is larger than what it holds (${unpackedSize} bytes).`
    found(aboutLayer('xz-inflated', summary, { packedSize, unpackedSize }, begin))
  }
  return { check, blocks: blocks.length, dictionary }
}

type Feed = (bytes: Buffer, decoded: number) => Generator<Buffer>

/** Gives the decoder some of the bytes at a time; `decoded` is how much they will become, so that it stays little. */
function feeder(decoder: Decoder): Feed {
  let waiting: Buffer[] = []
  let [size, growth] = [0, 0]
  return function* feed(bytes, decoded) {
    waiting.push(bytes)
    size += bytes.length
    growth += decoded
    if (size < fedAtOnce && growth < decodedAtOnce && decoded > 0) return
    const out = decoder.update(Buffer.concat(waiting))
    waiting = []
    size = 0
    growth = 0
    if (out.length > 0) yield out
  }
}

const checkSizes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64]

async function* readBlock(queue: ByteQueue, check: number, feed: Feed): AsyncGenerator<Buffer, XzBlock> {
  const begin = queue.position()
  const length = await queue.peek(1)
  const bytes = await takeExactly(queue, ((length[0] ?? 0) + 1) * 4)
  const header = parseBlockHeader(bytes)
  if (typeof header === 'string') throw new Damage(header)
  if (header.dictionary > dictionaryLimit) {
    throw limitExceeded(`an xz dictionary of ${header.dictionary} bytes`, dictionaryLimit)
  }
  yield* feed(bytes, 0)
  const start = queue.position()
  let size = 0
  for (;;) {
    const { packed, unpacked } = chunkSizes(await queue.peek(6))
    yield* feed(await takeExactly(queue, packed), unpacked)
    size += unpacked
    if (packed === 1) break
  }
  const packedSize = queue.position() - start
  if ((header.packedSize ?? packedSize) !== packedSize || (header.size ?? size) !== size) {
    throw new Damage('a block is not as large as it says')
  }
  const padding = await takeExactly(queue, (4 - (packedSize % 4)) % 4)
  if (!isZero(padding)) throw new Damage('the padding of a block is not zero')
  const sum = await takeExactly(queue, checkSizes[check] ?? 0)
  yield* feed(Buffer.concat([padding, sum]), 0)
  return { unpadded: queue.position() - begin - padding.length, size, dictionary: header.dictionary }
}

/** One chunk of LZMA2: its first byte says what it is, then come its sizes, each less one; a zero ends the block. */
function chunkSizes(head: Buffer): { packed: number; unpacked: number } {
  const control = head[0]
  if (control === undefined) throw new Damage('it ends inside a block')
  if (control === 0) return { packed: 1, unpacked: 0 }
  if (head.length < 6 && !(control < 0x80 && head.length >= 3)) throw new Damage('it ends inside a block')
  if (control === 1 || control === 2) {
    const unpacked = head.readUInt16BE(1) + 1
    return { packed: 3 + unpacked, unpacked }
  }
  if (control < 0x80) throw new Damage('a chunk is of no known kind')
  const unpacked = ((control & 0x1f) << 16) + head.readUInt16BE(1) + 1
  return { packed: (control >= 0xc0 ? 6 : 5) + head.readUInt16BE(3) + 1, unpacked }
}

/** The index, which must list the blocks that were there, and the footer. */
async function readEnd(queue: ByteQueue, header: Buffer, blocks: readonly XzBlock[]): Promise<Buffer> {
  const longest = 16 + blocks.length * 18
  const size = parseIndex(await queue.peek(longest), blocks)
  if (size === undefined) throw new Damage('its index does not list the blocks that are there')
  const index = await takeExactly(queue, size)
  const footer = await takeExactly(queue, 12)
  const valid =
    footer.readUInt32LE(0) === crc32(footer.subarray(4, 10)) &&
    (footer.readUInt32LE(4) + 1) * 4 === size &&
    footer.subarray(8, 10).equals(header.subarray(6, 8)) &&
    footer.toString('latin1', 10) === 'YZ'
  if (!valid) throw new Damage('the end of a stream is not as it should be')
  return Buffer.concat([index, footer])
}
