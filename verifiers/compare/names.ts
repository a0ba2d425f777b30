const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A name from its bytes (in `latin1`). Bytes that are not UTF-8 become lone surrogates, as in Python's PEP 383. */
export function decodeName(latin1: string): string {
  if (/^[\x00-\x7f]*$/.test(latin1)) return latin1
  const bytes = Buffer.from(latin1, 'latin1')
  try {
    return decoder.decode(bytes)
  } catch {
    return latin1.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(0xdc00 + byte.charCodeAt(0)))
  }
}

export function isUtf8(name: string): boolean {
  return name.isWellFormed()
}

/**
 * The path below the top-level folder, which npm cuts off whatever its name is; also without `.` and empty segments.
 * `undefined` where nothing is left.
 */
export function installedPath(path: string): string | undefined {
  // Nearly every path is written plainly, and then nothing has to be taken apart.
  if (!/(?:^|\/)\.?(?:\/|$)/.test(path)) {
    const slash = path.indexOf('/')
    return slash < 0 ? undefined : path.slice(slash + 1)
  }
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.')
  return segments.length < 2 ? undefined : segments.slice(1).join('/')
}

/** The path without `.` and empty segments. `undefined` where nothing is left. */
export function plainPath(path: string): string | undefined {
  if (!/(?:^|\/)\.?(?:\/|$)/.test(path)) return path
  return (
    path
      .split('/')
      .filter((segment) => segment !== '' && segment !== '.')
      .join('/') || undefined
  )
}

export function rootOf(path: string): string {
  const slash = path.indexOf('/')
  if (slash > 0 && path[0] !== '.') return path.slice(0, slash)
  return path.split('/').find((segment) => segment !== '' && segment !== '.') ?? ''
}

/** Whether one of the top-level folders is one that only the root of a system has (Filesystem Hierarchy Standard, 3). */
export function hasSystemFolder(roots: ReadonlySet<string>): boolean {
  return systemFolders.some((name) => roots.has(name))
}

const systemFolders = [
  ...['usr', 'etc', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'],
  ...['var', 'root', 'home', 'opt', 'srv', 'boot'],
]

/** Paths with the same key are one file on a file system that ignores case or normal form (macOS, Windows). */
export function foldedPath(path: string): string {
  if (/^[\x00-\x7f]*$/.test(path)) return path.toLowerCase()
  return path.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}

/** Control, format (bidirectional, zero-width) and other characters that a reader cannot see. */
export const invisible =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u2800\u{e0100}-\u{e01ef}\ufe00-\ufe0f]|[\p{Zs}--\x20]/v

/** Twenty letters of both cases and digits in one word, as data in base 64 has them and no name. */
export const encoded = /(?=[^ ]*[a-z])(?=[^ ]*[A-Z])(?=[^ ]*[0-9])[A-Za-z0-9+/]{20,}/
