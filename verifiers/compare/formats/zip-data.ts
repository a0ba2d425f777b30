import { createHash, hash as hashAtOnce } from 'node:crypto'
import { crc32, inflateRawSync } from 'node:zlib'
import { type ByteQueue, byteQueue } from '../byte-queue.ts'
import { inflate, isZlibError } from './inflate.ts'
import { flagBits, type LocalHeader, signatures } from './zip-headers.ts'

/** An entry as it stands in the file, before the directory says anything about it. */
export type LocalEntry = { offset: number; dataOffset: number; header: LocalHeader; data: ZipData }

export type ZipData = {
  /** Measured, whatever the headers say. */
  size: number
  packedSize: number
  crc: number
  sha256: string
  /** Set where the data stands as it is because it cannot be decoded: encrypted, or a method that is not read here. */
  encoding?: string
  /** What is wrong with it. */
  damage?: string
  /** Bytes that belong to the entry and that no decoder looks at, where there are any. */
  slack?: { size: number; sha256: string }
}

type Unpacked = (size: number) => void

/** Entries up to this size, packed, are inflated at once, which costs a tenth of a stream for small ones. In bytes. */
const atOnce = 64 * 1024
const largestAtOnce = 8 * 1024 * 1024
const nothing = { size: 0, packedSize: 0, crc: 0, sha256: hashAtOnce('sha256', '') }

/**
 * Reads the data behind a local header. `undefined` where nothing says how long it is.
 * `unpacked` is told what comes out of a compression, and throws where it is too much.
 */
export async function readZipData(
  queue: ByteQueue,
  header: LocalHeader,
  unpacked: Unpacked,
): Promise<ZipData | undefined> {
  const { flags, method, packedSize } = header
  const encrypted = (flags & flagBits.encrypted) !== 0
  const unsized = (flags & flagBits.descriptor) !== 0 && packedSize === 0
  if (encrypted || (method !== 0 && method !== 8)) {
    if (unsized) return undefined
    const data = await readStored(queue, packedSize)
    return { ...data, encoding: `${encrypted ? 'encrypted, ' : ''}method ${method}` }
  }
  if (method === 0) return unsized ? await readUntilDescriptor(queue) : await readStored(queue, packedSize)
  return unsized ? await inflateUnsized(queue, unpacked) : await inflateSized(queue, packedSize, unpacked)
}

function measure() {
  const hash = createHash('sha256')
  let [crc, size] = [0, 0]
  return {
    add(chunk: Buffer) {
      hash.update(chunk)
      crc = crc32(chunk, crc)
      size += chunk.length
    },
    matches: (otherCrc: number, otherSize: number) => crc === otherCrc && size === otherSize,
    result: (packedSize = size): ZipData => ({ size, packedSize, crc, sha256: hash.digest('hex') }),
  }
}

function measured(bytes: Buffer, packedSize: number): ZipData {
  return { size: bytes.length, packedSize, crc: crc32(bytes), sha256: hashAtOnce('sha256', bytes) }
}

async function readStored(queue: ByteQueue, size: number): Promise<ZipData> {
  if (size === 0) return nothing
  if (size <= atOnce) return cutOff(measured(await queue.take(size), size), size)
  const measuring = measure()
  for await (const chunk of limited(queue, size)) measuring.add(chunk)
  return cutOff(measuring.result(), size)
}

function cutOff(data: ZipData, expected: number): ZipData {
  return data.size === expected ? data : { ...data, damage: 'the file ends inside of it' }
}

/** Up to `size` bytes, in the pieces in which they come. */
async function* limited(queue: ByteQueue, size: number): AsyncGenerator<Buffer> {
  for (let left = size; left > 0; ) {
    const chunk = await queue.take(Math.min(left, 256 * 1024))
    if (chunk.length === 0) return
    left -= chunk.length
    yield chunk
  }
}

async function inflateSized(queue: ByteQueue, packedSize: number, unpacked: Unpacked): Promise<ZipData> {
  if (packedSize <= atOnce) {
    const bytes = await queue.take(packedSize)
    const whole = inflateAtOnce(bytes)
    if (whole) {
      unpacked(whole.bytes.length)
      const rest = bytes.subarray(whole.used)
      const slack = rest.length > 0 && { slack: { size: rest.length, sha256: hashAtOnce('sha256', rest) } }
      return { ...measured(whole.bytes, packedSize), ...slack }
    }
    const inner = byteQueue(once(bytes))
    return await inflateStream(inner, packedSize, unpacked)
  }
  return await inflateStream(byteQueue(limited(queue, packedSize)), packedSize, unpacked)
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

async function inflateStream(inner: ByteQueue, packedSize: number, unpacked: Unpacked): Promise<ZipData> {
  const data = await inflateFrom(inner, unpacked)
  const { size, sha256 } = await inner.digestRest()
  return { ...data, packedSize, ...(data.damage === undefined && size > 0 && { slack: { size, sha256 } }) }
}

async function inflateUnsized(queue: ByteQueue, unpacked: Unpacked): Promise<ZipData> {
  const whole = inflateAtOnce(await queue.peek(atOnce))
  if (!whole) return await inflateFrom(queue, unpacked)
  await queue.take(whole.used)
  unpacked(whole.bytes.length)
  return measured(whole.bytes, whole.used)
}

async function inflateFrom(queue: ByteQueue, unpacked: Unpacked): Promise<ZipData> {
  const start = queue.position()
  const measuring = measure()
  try {
    for await (const chunk of inflate(queue)) {
      unpacked(chunk.length)
      measuring.add(chunk)
    }
    return measuring.result(queue.position() - start)
  } catch (error) {
    if (!isZlibError(error)) throw error
    const damage = `its compressed data is broken or ends too early (${error.code})`
    return { ...measuring.result(queue.position() - start), damage }
  }
}

/** `undefined` where the data does not end within these bytes, is broken, or becomes large. */
function inflateAtOnce(bytes: Buffer): { bytes: Buffer; used: number } | undefined {
  try {
    // With `info` the engine is returned too, which knows how many bytes it took.
    const { buffer, engine } = inflateRawSync(bytes, { info: true, maxOutputLength: largestAtOnce }) as unknown as {
      buffer: Buffer
      engine: { bytesWritten: number }
    }
    return { bytes: buffer, used: engine.bytesWritten }
  } catch (error) {
    if (isZlibError(error) || (error instanceof RangeError && 'code' in error)) return undefined
    throw error
  }
}

/** Data that is stored with its size behind it ends at the first descriptor that tells its size and sum. */
async function readUntilDescriptor(queue: ByteQueue): Promise<ZipData> {
  const measuring = measure()
  for (;;) {
    const window = await queue.peek(atOnce)
    if (window.length === 0) return { ...measuring.result(), damage: 'no data descriptor ends it' }
    const at = window.indexOf(descriptorMagic)
    if (at === 0) {
      const { crc, small, large } = descriptorAt(await queue.peek(24), 4)
      if (measuring.matches(crc, small) || measuring.matches(crc, large)) return measuring.result()
    }
    // The last three bytes could be the beginning of one, unless nothing follows them.
    const plain = at > 0 ? at : at === 0 ? 1 : window.length < atOnce ? window.length : window.length - 3
    measuring.add(await queue.take(plain))
  }
}

const descriptorMagic = Buffer.alloc(4)
descriptorMagic.writeUInt32LE(signatures.descriptor)

function descriptorAt(bytes: Buffer, start: number): { crc: number; small: number; large: number } {
  const padded = Buffer.alloc(24)
  bytes.copy(padded)
  return {
    crc: padded.readUInt32LE(start),
    small: padded.readUInt32LE(start + 8),
    large: start === 4 ? Number(padded.readBigUInt64LE(16)) : Number(padded.readBigUInt64LE(12)),
  }
}

/**
 * Takes the data descriptor (APPNOTE.TXT 4.3.9), with or without its signature, its sizes of 32 or 64 bits: the form in
 * which it is true. Where none is, nothing is taken, and what stands there is returned.
 */
export async function takeDescriptor(queue: ByteQueue, data: ZipData): Promise<{ hex: string } | undefined> {
  const bytes = await queue.peek(24)
  const start = bytes.length >= 4 && bytes.subarray(0, 4).equals(descriptorMagic) ? 4 : 0
  for (const width of [4, 8]) {
    const length = start + 4 + 2 * width
    if (bytes.length < length) continue
    const number = (at: number) => (width === 4 ? bytes.readUInt32LE(at) : Number(bytes.readBigUInt64LE(at)))
    const modulo = width === 4 ? 2 ** 32 : Number.POSITIVE_INFINITY
    const packed = number(start + 4)
    const size = number(start + 4 + width)
    const trueSum = data.encoding !== undefined || bytes.readUInt32LE(start) === data.crc
    const trueSize = data.encoding !== undefined || size === data.size % modulo
    if (!trueSum || packed !== data.packedSize % modulo || !trueSize) continue
    await queue.take(length)
    return undefined
  }
  return { hex: bytes.toString('hex') }
}
