import type { TarHeader } from './tar-header.ts'

/** Keywords of PAX that say whose an entry is; POSIX.1-2017 pax, "pax Extended Header". */
export const ownerKeys = ['uid', 'gid', 'uname', 'gname'] as const

/** Seven octal digits, and the bytes of a name of which some programs keep the last for a NUL. */
const largestId = 0o7777777
const longestName = 32

/**
 * Where a PAX header gives an entry to somebody else than its own header does, which busybox and other programs read that
 * know no PAX. A packer says it in both, and in PAX only what does not fit into the header.
 */
export function disagreeingOwners(header: TarHeader, pax: ReadonlyMap<string, string>): (typeof ownerKeys)[number][] {
  return ownerKeys.filter((key) => {
    const said = pax.get(key)
    if (said === undefined) return false
    return key === 'uid' || key === 'gid' ? !isSameId(header[key], said) : !isSameName(header[key], said)
  })
}

/** GNU tar, Go and Python write 0 in place of a number that is too large; libarchive and node-tar find room for it. */
function isSameId(written: number, said: string): boolean {
  const id = Number(said)
  return written === id || (written === 0 && !(id <= largestId))
}

/** GNU tar and libarchive cut a name that is too long; of letters that are not ASCII Python makes `?`, and Go nothing. */
function isSameName(written: string, said: string): boolean {
  if (written === said) return true
  const letters = Buffer.from(said, 'latin1').toString('utf8')
  const forms = [said, ...['?', ''].map((other) => letters.replace(/[^\x00-\x7f]/gu, other))]
  const fits = said.length <= longestName && letters === said
  return (
    !fits && forms.some((form) => written === form.slice(0, longestName) || written === form.slice(0, longestName - 1))
  )
}
