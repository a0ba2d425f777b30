/** APPNOTE.TXT 4.3.7: what stands before the data of an entry. Names are bytes, in `latin1`. */
export type LocalHeader = ZipFields & { headerSize: number }

/** APPNOTE.TXT 4.3.12: what the central directory says of an entry. */
export type CentralHeader = ZipFields & {
  /** The system in the upper byte decides what `external` means. */
  madeBy: number
  disk: number
  internal: number
  external: number
  /** Of the local header, as it is written. */
  localOffset: number
  comment: Buffer
}

type ZipFields = {
  needed: number
  flags: number
  method: number
  /** Date and time of MS-DOS, the date in the upper half. */
  time: number
  crc: number
  packedSize: number
  size: number
  name: string
  extra: Buffer
}

/** What the end of the directory says of it, in its old and its 64-bit form. */
export type DirectoryEnd = { disks: boolean; entries: number; size: number; offset: number }

export const signatures = {
  local: 0x04034b50,
  descriptor: 0x08074b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
  split: 0x30304b50,
}

/** Those that say how the entry is compressed, among them: every program that unpacks the entry knows them. */
const plainFlags = 1 | 2 | 4 | 8 | 0x800

export function hasOddFlags(flags: number): boolean {
  return (flags & ~plainFlags) !== 0
}

export const flagBits = { encrypted: 1, descriptor: 8, strong: 0x40, utf8: 0x800, masked: 0x2000 }

export const localHeaderSize = 30
export const centralHeaderSize = 46
const saturated = 0xffffffff

export function parseLocal(fixed: Buffer, name: Buffer, extra: Buffer): LocalHeader {
  const header = fieldsOf(fixed.subarray(4), name, extra)
  const large = zip64Values(extra)
  // APPNOTE.TXT 4.5.3: "This entry in the Local header MUST include BOTH original and compressed file size fields."
  if (header.size === saturated && large[0] !== undefined) header.size = large[0]
  if (header.packedSize === saturated && large.length > 0) header.packedSize = large[1] ?? header.packedSize
  return { ...header, headerSize: localHeaderSize + name.length + extra.length }
}

export function parseCentral(fixed: Buffer, name: Buffer, extra: Buffer, comment: Buffer): CentralHeader {
  const header = fieldsOf(fixed.subarray(6), name, extra)
  let localOffset = fixed.readUInt32LE(42)
  // The fields are there in this order, each only where its place in the header is saturated.
  const large = zip64Values(extra)
  if (header.size === saturated) header.size = large.shift() ?? header.size
  if (header.packedSize === saturated) header.packedSize = large.shift() ?? header.packedSize
  if (localOffset === saturated) localOffset = large.shift() ?? localOffset
  return {
    ...header,
    madeBy: fixed.readUInt16LE(4),
    disk: fixed.readUInt16LE(34),
    internal: fixed.readUInt16LE(36),
    external: fixed.readUInt32LE(38),
    localOffset,
    comment,
  }
}

/** Both headers have the same fields, the central one two bytes later. */
function fieldsOf(bytes: Buffer, name: Buffer, extra: Buffer): ZipFields {
  return {
    needed: bytes.readUInt16LE(0),
    flags: bytes.readUInt16LE(2),
    method: bytes.readUInt16LE(4),
    time: bytes.readUInt16LE(6) + bytes.readUInt16LE(8) * 0x10000,
    crc: bytes.readUInt32LE(10),
    packedSize: bytes.readUInt32LE(14),
    size: bytes.readUInt32LE(18),
    name: name.toString('latin1'),
    extra: Buffer.from(extra),
  }
}

/** The records of an extra field; `undefined` where it is no list of them. Zeros at its end align what follows. */
export function parseExtra(extra: Buffer): { id: number; data: Buffer }[] | undefined {
  const records: { id: number; data: Buffer }[] = []
  for (let at = 0; at < extra.length; ) {
    if (extra.length - at < 4) return extra.subarray(at).every((byte) => byte === 0) ? records : undefined
    const id = extra.readUInt16LE(at)
    const size = extra.readUInt16LE(at + 2)
    if (at + 4 + size > extra.length) return undefined
    records.push({ id, data: extra.subarray(at + 4, at + 4 + size) })
    at += 4 + size
  }
  return records
}

function zip64Values(extra: Buffer): number[] {
  if (extra.length < 12) return []
  const record = parseExtra(extra)?.find(({ id }) => id === 1)
  const values: number[] = []
  for (let at = 0; record !== undefined && at + 8 <= record.data.length; at += 8) {
    values.push(Number(record.data.readBigUInt64LE(at)))
  }
  return values
}

export function parseEnd(fixed: Buffer): DirectoryEnd {
  const entries = fixed.readUInt16LE(10)
  return {
    disks: fixed.readUInt16LE(4) !== 0 || fixed.readUInt16LE(6) !== 0 || fixed.readUInt16LE(8) !== entries,
    entries,
    size: fixed.readUInt32LE(12),
    offset: fixed.readUInt32LE(16),
  }
}

/** APPNOTE.TXT 4.3.14, from its signature on. */
export function parseEnd64(fixed: Buffer): DirectoryEnd {
  const entries = Number(fixed.readBigUInt64LE(32))
  return {
    disks:
      fixed.readUInt32LE(16) !== 0 || fixed.readUInt32LE(20) !== 0 || Number(fixed.readBigUInt64LE(24)) !== entries,
    entries,
    size: Number(fixed.readBigUInt64LE(40)),
    offset: Number(fixed.readBigUInt64LE(48)),
  }
}

/** `2024-05-01 12:30:00`; APPNOTE.TXT 4.4.6 names MS-DOS for the format. */
export function dosTime(time: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const date = Math.floor(time / 0x10000)
  const day = `${1980 + (date >> 9)}-${two((date >> 5) & 15)}-${two(date & 31)}`
  return `${day} ${two((time >> 11) & 31)}:${two((time >> 5) & 63)}:${two((time & 31) * 2)}`
}
