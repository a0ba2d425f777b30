import { type ArchiveEntry, digestOf } from './entry.ts'

/** What a report says of an entry. */
export function factsOf(entry: ArchiveEntry): Record<string, unknown> {
  const { type, size, linkTarget } = entry
  return { type, size, sha256: digestOf(entry), mode: octal(entry), ...(linkTarget !== '' && { linkTarget }) }
}

export function isExecutable({ mode }: ArchiveEntry): boolean {
  return (mode & 0o111) !== 0
}

/** Its mode, as people write it. */
export function octal({ mode }: ArchiveEntry): string {
  return mode.toString(8).padStart(4, '0')
}
