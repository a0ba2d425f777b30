import type { TarHeader } from './formats/tar-header.ts'

export type EntryType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'character-device'
  | 'block-device'
  | 'fifo'
  | 'contiguous'
  | 'sparse'
  | 'unknown'

/** One entry as npm would unpack it, after all that extension headers say. */
export type ArchiveEntry = {
  /** Bytes that are not UTF-8 stand as lone surrogates, U+DC80 to U+DCFF, so that no two names look the same. */
  path: string
  type: EntryType
  mode: number
  size: number
  /** Of a link, else `''`. */
  linkTarget: string
  /** Of its data. */
  sha256: string
  /** Seconds, possibly with a fraction, as written. */
  mtime: string
  /** `uid:gid:uname:gname` */
  owner: string
  /** Device number, or digest of the map of a sparse file. */
  device?: string
  sparseMap?: string
  /** In the unpacked tar. */
  dataOffset: number
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
