import type { EntryType } from '../entry.ts'

/** The 512 bytes of a tar header as they stand, without what extension headers say. POSIX.1-2017 pax, "ustar Interchange Format". */
export type TarHeader = {
  dialect: 'v7' | 'ustar' | 'gnu'
  /** Name with the prefix before it, as bytes in `latin1`. */
  name: string
  mode: number
  uid: number
  gid: number
  size: number
  mtime: number
  typeFlag: string
  linkName: string
  uname: string
  gname: string
  devMajor: number
  devMinor: number
  /** Of an old GNU sparse file: another block of its map follows. */
  sparseExtended: boolean
  /** Where GNU notes times, and Python reads the folder above the name, whatever the dialect; as bytes in `latin1`. */
  gnuTimes: string
  /** Fields whose number could not be read as every program reads it, and their bytes. */
  oddNumbers: { field: string; hex: string }[]
  /** Fields with bytes behind their end that are not NUL, and these bytes. */
  slack: { field: string; hex: string }[]
}

const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  linkName: [157, 100],
  uname: [265, 32],
  gname: [297, 32],
  devMajor: [329, 8],
  devMinor: [337, 8],
  prefix: [345, 155],
} as const

/**
 * `undefined` when the block is not a header: its checksum is not the sum of its bytes, or it has no usable size.
 * Readers skip such a block (GNU tar, node-tar) or stop at it (Python), so it is never taken for content.
 */
export function parseTarHeader(block: Buffer): TarHeader | undefined {
  const odd: TarHeader['oddNumbers'] = []
  const slack: TarHeader['slack'] = []
  const number = (field: keyof typeof fields): number => {
    const [start, length] = fields[field]
    const parsed = parseNumber(block, start, length)
    if (parsed === undefined || parsed.odd) odd.push({ field, hex: block.toString('hex', start, start + length) })
    return parsed?.value ?? Number.NaN
  }
  const text = (field: keyof typeof fields): string => {
    const [start, length] = fields[field]
    const end = terminated(block, start, length)
    if (!allZero(block, end, start + length)) slack.push({ field, hex: block.toString('hex', end, start + length) })
    return block.toString('latin1', start, end)
  }
  if (number('checksum') !== checksumOf(block)) return undefined
  const size = number('size')
  if (!Number.isSafeInteger(size) || size < 0) return undefined

  const dialect = dialectOf(block)
  const modern = dialect !== 'v7'
  const prefix = dialect === 'ustar' ? text('prefix') : ''
  const name = text('name')
  const header: TarHeader = {
    dialect,
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: number('mode'),
    uid: number('uid'),
    gid: number('gid'),
    size,
    mtime: number('mtime'),
    typeFlag: block.toString('latin1', 156, 157),
    linkName: text('linkName'),
    uname: modern ? text('uname') : '',
    gname: modern ? text('gname') : '',
    devMajor: modern ? number('devMajor') : 0,
    devMinor: modern ? number('devMinor') : 0,
    gnuTimes: dialect === 'gnu' ? block.toString('latin1', 345, terminated(block, 345, 155)) : '',
    sparseExtended: dialect === 'gnu' && block[482] === 1,
    oddNumbers: odd,
    slack,
  }
  if (!tailIsKnown(block, header)) slack.push({ field: 'the last field', hex: block.toString('hex', 257, 512) })
  return header
}

function dialectOf(block: Buffer): TarHeader['dialect'] {
  const magic = block.toString('latin1', 257, 265)
  if (magic === 'ustar\u000000') return 'ustar'
  if (magic === 'ustar  \0') return 'gnu'
  return 'v7'
}

/** What stands behind the last field that was read must be zero, or the times and the sparse map of GNU's dialect. */
function tailIsKnown(block: Buffer, { dialect, typeFlag }: TarHeader): boolean {
  if (dialect === 'v7') return allZero(block, 257, 512)
  if (dialect === 'ustar') return allZero(block, 500, 512)
  if (typeFlag === 'S') return allZero(block, 495, 512)
  const times = parseNumber(block, 345, 12) !== undefined && parseNumber(block, 357, 12) !== undefined
  return times && allZero(block, 369, 512)
}

/**
 * Octal digits, perhaps after spaces, ended by NUL or space; or GNU's base-256 with the first bit set. `odd` where
 * something else follows, which some programs skip and others refuse, or where base-256 stands without need.
 */
function parseNumber(block: Buffer, start: number, length: number): { value: number; odd: boolean } | undefined {
  const first = block[start] ?? 0
  if (first & 0x80) return base256(block, start, length)
  let index = start
  const end = start + length
  while (index < end && block[index] === 0x20) index++
  let value = 0
  let digits = 0
  for (; index < end; index++) {
    const digit = (block[index] ?? 0) - 0x30
    if (digit < 0 || digit > 7) break
    value = value * 8 + digit
    digits++
  }
  const rest = index
  let odd = false
  for (let at = rest; at < end; at++) if (block[at] !== 0 && block[at] !== 0x20) odd = true
  if (digits === 0 && odd) return undefined
  return { value, odd }
}

function base256(block: Buffer, start: number, length: number): { value: number; odd: boolean } | undefined {
  const negative = block[start] === 0xff
  if (!negative && block[start] !== 0x80) return undefined
  let value = 0
  for (let index = start + 1; index < start + length; index++) {
    const byte = block[index] ?? 0
    value = value * 256 + (negative ? 255 - byte : byte)
    if (value > Number.MAX_SAFE_INTEGER) return undefined
  }
  // Only what does not fit octal digits is written in this way; some programs cannot read it.
  return { value: negative ? -value - 1 : value, odd: !negative && value < 8 ** (length - 1) }
}

/** "the simple sum of all bytes in the header block", with the checksum's own bytes counted as spaces. */
function checksumOf(block: Buffer): number {
  let sum = 8 * 0x20
  for (let index = 0; index < 148; index++) sum += block[index] ?? 0
  for (let index = 156; index < 512; index++) sum += block[index] ?? 0
  return sum
}

function terminated(block: Buffer, start: number, length: number): number {
  let end = start
  while (end < start + length && block[end] !== 0) end++
  return end
}

function allZero(block: Buffer, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (block[index] !== 0) return false
  return true
}

const types: Record<string, EntryType> = {
  '0': 'file',
  '\0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  '7': 'contiguous',
  S: 'sparse',
}

/** Old programs write a folder as a file whose name ends with a slash. */
export function entryTypeOf({ typeFlag }: TarHeader, name: string): EntryType {
  const type = types[typeFlag] ?? 'unknown'
  return type === 'file' && name.endsWith('/') ? 'directory' : type
}
