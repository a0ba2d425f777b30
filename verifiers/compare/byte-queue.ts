import { createHash } from 'node:crypto'

/** Bytes of a stream, taken as a parser wants them. */
export type ByteQueue = {
  /** How many bytes were taken. */
  position(): number
  /** Up to `size` bytes without taking them; fewer only at the end. */
  peek(size: number): Promise<Buffer>
  /** `size` bytes; fewer only at the end. */
  take(size: number): Promise<Buffer>
  /** Everything up to and including the next such byte, or `undefined` when there is none within 64 KiB. */
  takeThrough(byte: number): Promise<Buffer | undefined>
  /** The next bytes, as many as are there; `undefined` at the end. */
  next(): Promise<Buffer | undefined>
  /** Gives back the end of what `next` returned. */
  putBack(chunk: Buffer): void
  /** Takes all that is left and says what it was. */
  digestRest(): Promise<{ size: number; sha256: string; start: Buffer; onlyZeros: boolean }>
}

const longestField = 64 * 1024

export function byteQueue(source: AsyncIterable<Uint8Array>): ByteQueue {
  const iterator = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  let taken = 0
  let ended = false

  async function pull(): Promise<Buffer | undefined> {
    while (!ended) {
      const step = await iterator.next()
      if (step.done) ended = true
      else if (step.value.length > 0) return asBuffer(step.value)
    }
    return undefined
  }
  async function hold(size: number): Promise<void> {
    while (held.length < size) {
      const chunk = await pull()
      if (chunk === undefined) return
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    }
  }
  function drop(size: number): Buffer {
    const bytes = held.subarray(0, size)
    held = held.subarray(size)
    taken += bytes.length
    return bytes
  }
  const queue: ByteQueue = {
    position: () => taken,
    async peek(size) {
      await hold(size)
      return held.subarray(0, size)
    },
    async take(size) {
      await hold(size)
      return drop(size)
    },
    async takeThrough(byte) {
      for (let size = 256; size <= longestField; size *= 2) {
        await hold(size)
        const index = held.subarray(0, size).indexOf(byte)
        if (index >= 0) return drop(index + 1)
        if (held.length < size) return undefined
      }
      return undefined
    },
    async next() {
      await hold(1)
      return held.length === 0 ? undefined : drop(held.length)
    },
    putBack(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([chunk, held])
      taken -= chunk.length
    },
    async digestRest() {
      const hash = createHash('sha256')
      const begin = await queue.peek(32)
      const start = Buffer.from(begin)
      let size = 0
      let onlyZeros = true
      for (let chunk = await queue.next(); chunk !== undefined; chunk = await queue.next()) {
        hash.update(chunk)
        size += chunk.length
        onlyZeros &&= isZero(chunk)
      }
      return { size, sha256: hash.digest('hex'), start, onlyZeros }
    },
  }
  return queue
}

const zeros = Buffer.alloc(64 * 1024)

export function isZero(bytes: Buffer): boolean {
  for (let start = 0; start < bytes.length; start += zeros.length) {
    const part = bytes.subarray(start, start + zeros.length)
    if (part.compare(zeros, 0, part.length) !== 0) return false
  }
  return true
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
