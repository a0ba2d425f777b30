import { crc32 } from 'node:zlib'
import { isZero } from '../byte-queue.ts'

export type XzBlock = {
  /** Header, data and check, without the padding. */
  unpadded: number
  /** Unpacked. */
  size: number
  dictionary: number
}

type XzBlockHeader = { packedSize: number | undefined; size: number | undefined; dictionary: number }

const lzma2 = 0x21

/** Section 3.1 of the format; a sentence where something is wrong with it. */
export function parseBlockHeader(bytes: Buffer): XzBlockHeader | string {
  const end = bytes.length - 4
  if (end < 4 || bytes.readUInt32LE(end) !== crc32(bytes.subarray(0, end)))
    return 'the sum of a block header is not true'
  const flags = bytes.readUInt8(1)
  if (flags & 0x3c) return 'a block header has flags that are reserved'
  const numbers = numberReader(bytes.subarray(0, end), 2)
  const packedSize = flags & 0x40 ? numbers.next() : undefined
  const size = flags & 0x80 ? numbers.next() : undefined
  let dictionary = 0
  for (let filter = 0; filter <= (flags & 3); filter++) {
    const id = numbers.next()
    const properties = numbers.take(numbers.next() ?? Number.NaN)
    if (id === undefined || properties === undefined) return 'a block header is cut off'
    if (id === lzma2) dictionary = dictionarySize(properties[0] ?? 0xff)
  }
  if (dictionary === 0) return 'a block is not compressed with LZMA2'
  if (!isZero(bytes.subarray(numbers.position(), end))) return 'the padding of a block header is not zero'
  return { packedSize, size, dictionary }
}

function dictionarySize(bits: number): number {
  if (bits >= 40) return 0xffffffff
  return (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11)
}

/** Section 4; how many bytes it has, or `undefined` where it lists other blocks. */
export function parseIndex(bytes: Buffer, blocks: readonly XzBlock[]): number | undefined {
  const numbers = numberReader(bytes, 1)
  if (numbers.next() !== blocks.length) return undefined
  for (const { unpadded, size } of blocks) {
    if (numbers.next() !== unpadded || numbers.next() !== size) return undefined
  }
  const end = Math.ceil(numbers.position() / 4) * 4
  if (bytes.length < end + 4 || !isZero(bytes.subarray(numbers.position(), end))) return undefined
  return bytes.readUInt32LE(end) === crc32(bytes.subarray(0, end)) ? end + 4 : undefined
}

/** Section 1.2: seven bits a byte, the lowest first, the eighth bit set on all but the last. */
function numberReader(bytes: Buffer, start: number) {
  let position = start
  return {
    position: () => position,
    next(): number | undefined {
      let value = 0
      for (let index = 0; index < 8; index++) {
        const byte = bytes[position++]
        if (byte === undefined || (byte === 0 && index > 0)) return undefined
        value += (byte & 0x7f) * 2 ** (7 * index)
        if (byte < 0x80) return Number.isSafeInteger(value) ? value : undefined
      }
      return undefined
    },
    take(size: number): Buffer | undefined {
      if (!(size <= bytes.length - position)) return undefined
      position += size
      return bytes.subarray(position - size, position)
    },
  }
}
