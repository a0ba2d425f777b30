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
