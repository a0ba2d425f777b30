import { encoded } from '../names.ts'

/** Records of one PAX extended header; POSIX.1-2017 pax, "pax Extended Header". */
export type PaxRecords = {
  /** Values as bytes in `latin1`; of repeated keys the last. */
  values: Map<string, string>
  repeated: string[]
  /** What is wrong with it, where anything is; the records before that are kept. */
  malformed?: string
}

/** Each record is `"%d %s=%s\n", <length>, <keyword>, <value>`, its length counted in bytes with itself and the newline. */
export function parsePax(data: Buffer): PaxRecords {
  const values = new Map<string, string>()
  const repeated: string[] = []
  const fail = (malformed: string): PaxRecords => ({ values, repeated, malformed })
  for (let start = 0; start < data.length; ) {
    const space = data.indexOf(0x20, start)
    const digits = space < 0 || space - start > 10 ? '' : data.toString('latin1', start, space)
    if (!/^[1-9][0-9]*$/.test(digits)) return fail('a record does not begin with its length')
    const end = start + Number(digits)
    if (end > data.length || end < space + 3 || data[end - 1] !== 0x0a)
      return fail('a record is not as long as it says')
    const equals = data.indexOf(0x3d, space)
    if (equals < 0 || equals >= end || equals === space + 1) return fail('a record has no keyword')
    const key = data.toString('latin1', space + 1, equals)
    if (values.has(key)) repeated.push(key)
    values.set(key, data.toString('latin1', equals + 1, end - 1))
    start = end
  }
  return { values, repeated }
}

/** What a keyword can change: `name`, `link` and `size` decide what is extracted, `about` is times and owners. */
export function kindOfPaxKey(
  key: string,
): 'name' | 'link' | 'size' | 'about' | 'comment' | 'attributes' | 'sparse' | 'unknown' {
  if (key === 'path') return 'name'
  if (key === 'linkpath') return 'link'
  if (key === 'size') return 'size'
  if (key === 'comment') return 'comment'
  if (key.startsWith('GNU.sparse.')) return 'sparse'
  if (/^(?:SCHILY\.xattr\.|SCHILY\.acl\.|SCHILY\.fflags|LIBARCHIVE\.xattr\.|RHT\.security\.)/.test(key))
    return 'attributes'
  return aboutKeys.has(key) ? 'about' : 'unknown'
}

const aboutKeys = new Set([
  'mtime',
  'atime',
  'ctime',
  'uid',
  'gid',
  'uname',
  'gname',
  'SCHILY.dev',
  'SCHILY.ino',
  'SCHILY.nlink',
  'LIBARCHIVE.creationtime',
])

/** Values that times and owners can have; anything else in such a record is content in disguise. */
export function isPlainAboutValue(key: string, value: string): boolean {
  if (key === 'uname' || key === 'gname') return isPlainOwner(value)
  if (key === 'uid' || key === 'gid') return /^[0-9]{1,20}$/.test(value)
  return /^-?[0-9]{1,20}(?:\.[0-9]{1,12})?$/.test(value)
}

/** As systems and directories name users and groups, `DOMAIN\someone` and names that are not ASCII among them; in `latin1`. */
export function isPlainOwner(name: string): boolean {
  return /^[\w .@+$\\\x80-\xff-]{0,64}$/.test(name) && !encoded.test(name)
}
