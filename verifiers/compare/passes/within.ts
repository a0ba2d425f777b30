import { type ArchiveEntry, haveSameContent } from '../entry.ts'
import type { ArtifactKind } from '../kind.ts'

/** The archives that two files stand in, as far as a pass may ask. */
export type Within = {
  /** `undefined` where the two are of different kinds. */
  kind: ArtifactKind | undefined
  /** The file of that path in that side's archive; `undefined` where there is none or several. */
  fileOf(side: 'published' | 'rebuilt', path: string): ArchiveEntry | undefined
  /** The entry of that path where both archives have the same one, byte for byte. */
  sameEntry(path: string): ArchiveEntry | undefined
  /** All entries of that side's archive. */
  entries(side: 'published' | 'rebuilt'): readonly ArchiveEntry[]
  /** The archive that this one is an entry of. */
  outer: Within | undefined
}

type Side = { kind: ArtifactKind; entries: readonly ArchiveEntry[] }

export function withinArchives(published: Side, rebuilt: Side, outer: Within | undefined): Within {
  const sides = { published, rebuilt }
  const files: Partial<Record<keyof typeof sides, ReturnType<typeof filesByPath>>> = {}
  // A list of all files asks for each of them.
  const only = (side: keyof typeof sides, path: string) => {
    files[side] ??= filesByPath(sides[side].entries)
    return files[side].get(path)
  }
  return {
    kind: published.kind === rebuilt.kind ? published.kind : undefined,
    outer,
    entries: (side) => sides[side].entries,
    fileOf: only,
    sameEntry(path) {
      const [left, right] = [only('published', path), only('rebuilt', path)]
      return left && right && haveSameContent(left, right) ? left : undefined
    },
  }
}

/** Without those of which there are several at one path. */
function filesByPath(entries: readonly ArchiveEntry[]): ReadonlyMap<string, ArchiveEntry | undefined> {
  const files = new Map<string, ArchiveEntry | undefined>()
  for (const entry of entries) {
    if (entry.type === 'file') files.set(entry.path, files.has(entry.path) ? undefined : entry)
  }
  return files
}
