import { type BinaryPart, type BinaryStructure, mostParts, printable } from './parts.ts'

/** https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html: what is needed to name the sections, and no more. */
const machines: Record<number, string> = {
  3: 'x86',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390',
  40: 'arm',
  62: 'x86-64',
  183: 'aarch64',
  243: 'riscv',
  258: 'loongarch',
}

export function readElf(bytes: Buffer): BinaryStructure | undefined {
  if (bytes.length < 20 || bytes.readUInt32BE(0) !== 0x7f454c46) return undefined
  const wide = bytes[4] === 2
  const little = bytes[5] === 1
  const facts: BinaryStructure['facts'] = {
    class: wide ? '64-bit' : '32-bit',
    order: little ? 'little-endian' : 'big-endian',
  }
  const read = readerOf(bytes, wide, little)
  const machine = read.half(18)
  if (machine !== undefined) facts.machine = machines[machine] ?? `machine ${machine}`
  const entry = read.word(24)
  if (entry !== undefined) facts.entry = `0x${entry.toString(16)}`
  const sections = readSections(bytes, read, wide)
  if (sections === undefined) {
    return {
      format: 'ELF',
      parts: [{ name: 'file', start: 0, end: bytes.length }],
      facts,
      problem: 'no section table that can be read',
    }
  }
  return { format: 'ELF', parts: sections, facts }
}

type Reader = {
  half(at: number): number | undefined
  int(at: number): number | undefined
  /** An address or offset: four or eight bytes. */
  word(at: number): number | undefined
}

/** `undefined` behind the end, and for numbers that no file has room for. */
function readerOf(bytes: Buffer, wide: boolean, little: boolean): Reader {
  const inside = (at: number, size: number) => at >= 0 && at + size <= bytes.length
  const int = (at: number) => (inside(at, 4) ? (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) : undefined)
  return {
    half: (at) => (inside(at, 2) ? (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)) : undefined),
    int,
    word(at) {
      if (!wide) return int(at)
      if (!inside(at, 8)) return undefined
      const value = little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)
      return value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value)
    },
  }
}

function readSections(bytes: Buffer, read: Reader, wide: boolean): BinaryPart[] | undefined {
  const table = read.word(wide ? 40 : 32)
  const entrySize = read.half(wide ? 58 : 46)
  const count = read.half(wide ? 60 : 48)
  const names = read.half(wide ? 62 : 50)
  if (table === undefined || entrySize === undefined || count === undefined || names === undefined) return undefined
  if (table === 0 || count === 0 || count > mostParts || entrySize < (wide ? 64 : 40)) return undefined
  const headerAt = (index: number) => table + index * entrySize
  const namesAt = read.word(headerAt(names) + (wide ? 24 : 16))
  const parts: BinaryPart[] = [
    { name: 'header', start: 0, end: Math.min(bytes.length, wide ? 64 : 52) },
    { name: 'section table', start: Math.min(table, bytes.length), end: Math.min(bytes.length, headerAt(count)) },
  ]
  for (let index = 1; index < count; index++) {
    const at = headerAt(index)
    const [name, type] = [read.int(at), read.int(at + 4)]
    const start = read.word(at + (wide ? 24 : 16))
    const size = read.word(at + (wide ? 32 : 20))
    if (name === undefined || type === undefined || start === undefined || size === undefined) return undefined
    // SHT_NOBITS takes no room in the file.
    if (type === 8) continue
    parts.push({
      name: namesAt === undefined ? `section ${index}` : nameAt(bytes, namesAt + name),
      start: Math.min(start, bytes.length),
      end: Math.min(start + size, bytes.length),
    })
  }
  return parts
}

function nameAt(bytes: Buffer, start: number): string {
  if (start >= bytes.length) return 'unnamed'
  const end = bytes.indexOf(0, start)
  return printable(bytes.subarray(start, end < 0 ? Math.min(bytes.length, start + 200) : end)) || 'unnamed'
}
