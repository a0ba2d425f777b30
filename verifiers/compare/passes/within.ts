import type { Around } from '../content/document-place.ts'
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
  /** Where it is, seen from the outermost one; `undefined` for that one. */
  place?: string | undefined
}

type Side = { kind: ArtifactKind; entries: readonly ArchiveEntry[] }

export function withinArchives(
  published: Side,
  rebuilt: Side,
  { outer, place }: Pick<Within, 'outer' | 'place'>,
): Within {
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
    place,
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

/** What is only compressed, and no archive, stands where it is unpacked: beside itself. */
function around(within: Within): Within {
  let one = within
  while (one.kind === 'file' && one.outer !== undefined) one = one.outer
  return one
}

/** The archive that a file stands in, for what is told by its name. */
export function aroundOf(within: Within): Around {
  const { kind, place } = around(within)
  return { kind, outer: place }
}

/** The path of an entry in the archive that it stands in. */
export function pathAround(path: string, within: Within | undefined): string {
  const archive = within && around(within)
  if (within?.place === undefined || archive === within) return path
  const inArchive = archive?.place === undefined ? within.place : within.place.slice(archive.place.length + '!/'.length)
  return `${inArchive.slice(0, inArchive.lastIndexOf('/') + 1)}${path}`
}
