import { type ArchiveEntry, digestOf } from './entry.ts'

/** What a report says of an entry. */
export function factsOf(entry: ArchiveEntry): Record<string, unknown> {
  const { type, size, linkTarget } = entry
  return { type, size, sha256: digestOf(entry), mode: octal(entry), ...(linkTarget !== '' && { linkTarget }) }
}

export function isExecutable({ mode }: ArchiveEntry): boolean {
  return (mode & 0o111) !== 0
}

/** For whom it is a program: for nobody, for those who do not ask whether its mode is that of a file (pip does), or for all. */
export function executability(entry: ArchiveEntry): 'not executable' | 'executable for some programs' | 'executable' {
  if (!isExecutable(entry)) return 'not executable'
  return entry.format === 0 ? 'executable for some programs' : 'executable'
}

/** Its mode, as people write it. */
export function octal({ mode }: ArchiveEntry): string {
  return mode.toString(8).padStart(4, '0')
}

/**
 * Whether all may do all to every file, documents and package.json included, as where Linux sees a disk of Windows
 * (https://learn.microsoft.com/windows/wsl/file-permissions): then the disk has made them executable, and nobody one of them.
 */
export function letAllDoAll(entries: readonly ArchiveEntry[]): boolean {
  const files = entries.filter(({ type }) => type === 'file')
  return files.length > 2 && files.every(({ mode }) => (mode & 0o7777) === 0o777)
}
