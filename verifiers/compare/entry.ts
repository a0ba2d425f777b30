import { hash } from 'node:crypto'

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

/** One entry of an archive of any format, as it would be unpacked. */
export type ArchiveEntry = {
  /** Bytes that are not UTF-8 stand as lone surrogates, U+DC80 to U+DCFF, so that no two names look the same. */
  path: string
  /** How an ar archive has the path where it does not stand in the header itself. */
  nameForm?: 'bsd' | 'table'
  type: EntryType
  mode: number
  /** Of a zip: the bits of its mode that say what it is, 0 where they do not; pip asks them before it makes a file executable. */
  format?: number
  size: number
  /** Of a link, else `''`. */
  linkTarget: string
  /** Of its data: itself where all of the archive is in memory anyway, or what it hashes to. */
  content: { bytes: Buffer } | { sha256: string }
  /** Of its data, in hexadecimal; known of the members of a gem, which lists them by it. */
  sha512?: string
  /** Seconds, possibly with a fraction, as written; a date and time without a zone in a zip. */
  mtime: string
  /** `uid:gid:uname:gname`, as far as the format has them. */
  owner: string
  /** Device number, or digest of the map of a sparse file. */
  device?: string
  sparseMap?: string
  /** Of its header, in the unpacked stream. */
  offset: number
  /** Of its data, in the unpacked stream. */
  dataOffset: number
  /** How the data stands there, where it is not as it is. */
  packed?: { size: number; method: 'deflate' }
  /** Set where the data could not be decoded: `size` and `content` are then of what stands there, in this encoding. */
  encoding?: string
  /** What only a zip archive says about it and no unpacked file shows, for people. */
  notes?: {
    compression: string
    extra: string
    header: string
    comment: string
    /** Of MS-DOS, where an extra field has another one as well, and programs take either. */
    time: string
  }
}

/** sha256 of its data, in hexadecimal. */
export function digestOf({ content }: ArchiveEntry): string {
  return 'bytes' in content ? hash('sha256', content.bytes) : content.sha256
}

/** Whether the data of two entries is the same byte for byte. */
export function haveSameContent(a: ArchiveEntry, b: ArchiveEntry): boolean {
  if (a.size !== b.size || a.encoding !== b.encoding) return false
  if ('bytes' in a.content && 'bytes' in b.content) return a.content.bytes.equals(b.content.bytes)
  return digestOf(a) === digestOf(b)
}
