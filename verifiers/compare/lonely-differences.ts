import { explainByFileList, npmsThatPack } from './causes/npm-file-list.ts'
import type { KnownOfPackage } from './content/lonely-document.ts'
import { readEntries } from './contents.ts'
import { type Difference, difference } from './difference.ts'
import type { EntryMatch } from './entries.ts'
import { type ArchiveEntry, digestOf } from './entry.ts'
import { factsOf, isExecutable } from './entry-facts.ts'
import type { ComparedInput } from './input.ts'
import { namedBy, namingManifests } from './named-by-manifest.ts'
import { otherLicencePlace } from './packaging/licence-place.ts'
import type { Within } from './passes/within.ts'
import { type PresentPaths, presentPaths } from './present-paths.ts'
import { effectOfAbsence, type LeftOutOf } from './resolution.ts'
import type { ReadOptions } from './unpacked.ts'

/** Documents that are read at once; each is at most a megabyte. */
const mostDocuments = 32

/** Entries that only one side has. What was published and did not come out of the source is the worst that can be found. */
export async function lonelyDifferences(
  sides: { published: ComparedInput; rebuilt: ComparedInput },
  { removed, added }: EntryMatch,
  options: ReadOptions & { within: Within },
  { inControl, system }: Pick<LeftOutOf, 'inControl' | 'system'>,
): Promise<Difference[]> {
  const { kind, entries } = options.within
  const archive = { kind, inControl, system }
  const pathsOf = (side: 'published' | 'rebuilt') => presentPaths(entries(side).map(({ path }) => path))
  const paths = pathsOf('published')
  const others = pathsOf('rebuilt')
  const elsewhere = new Map(added.map((entry) => [digestOf(entry), entry.path]))
  const ofNpm = kind === 'npm' ? removed : []
  const documents = ofNpm.filter((entry) => npmsThatPack(entry) !== undefined).slice(0, mostDocuments)
  const contents = documents.length === 0 ? undefined : await readEntries(sides.published, documents, options)
  const moved = kind === 'wheel' ? movedLicences(removed, added) : new Set<ArchiveEntry>()
  const known = documents.length === 0 ? nothingKnown : await knownOfPackage(sides.rebuilt, options)
  const missing = removed.map((entry) =>
    missingDifference(entry, {
      twin: entry.size > 0 ? elsewhere.get(digestOf(entry)) : undefined,
      moved: moved.has(entry),
      bytes: contents?.get(entry),
      known,
      effect: effectOfAbsence(entry.path, others, archive),
    }),
  )
  const named = kind === 'npm' ? await namedButAdded(sides.published, added, paths, options) : undefined
  const extra = added.map((entry) =>
    extraDifference(entry, isMadeAnyway(entry) ? undefined : effectOfAbsence(entry.path, paths, { ...archive, named })),
  )
  const isLockfile = ({ path }: Difference) => kind === 'crate' && /^[^/]+\/Cargo\.lock$/.test(path)
  if (!extra.some(isLockfile)) return [...missing, ...extra]
  const { explainLockOfLibrary } = await import('./packaging/lock-of-library.ts')
  const explained = extra.map((one) => (isLockfile(one) ? explainLockOfLibrary(one, sides, options) : one))
  return [...missing, ...(await Promise.all(explained))]
}

/** A folder as it is made where something is below it. */
function isMadeAnyway({ type, mode, owner }: ArchiveEntry): boolean {
  return type === 'directory' && mode === 0o755 && /^0:0:/.test(owner)
}

/** What the published package.json files name and only the rebuild has. */
async function namedButAdded(
  published: ComparedInput,
  added: readonly ArchiveEntry[],
  paths: PresentPaths,
  options: ReadOptions & { within: Within },
): Promise<ReadonlyMap<string, string> | undefined> {
  if (added.length === 0) return undefined
  const missing = new Set(added.map(({ path }) => path))
  const manifests = namingManifests(options.within.entries('published'))
  const named = new Map<string, string>()
  for (const [{ path }, bytes] of await readEntries(published, manifests, options)) {
    for (const [file, field] of namedBy({ path, text: bytes.toString('utf8') }, paths, missing)) named.set(file, field)
  }
  return named
}

const nothingKnown: KnownOfPackage = { manifest: '', documents: '' }
const largestKnown = 1024 * 1024
const mostKnown = 4

/** What the rebuilt package says of itself beside its package.json. */
async function knownOfPackage(
  rebuilt: ComparedInput,
  options: ReadOptions & { within: Within },
): Promise<KnownOfPackage> {
  const isAbout = ({ path, type, size }: ArchiveEntry) =>
    type === 'file' && size <= largestKnown && /^[^/]+\/(?:package\.json|readme(?:\.\w+)?)$/i.test(path)
  const about = options.within.entries('rebuilt').filter(isAbout)
  if (about.length === 0 || about.length > mostKnown) return nothingKnown
  const contents = await readEntries(rebuilt, about, options)
  const textsOf = (isManifest: boolean) =>
    about.flatMap((entry) =>
      entry.path.endsWith('/package.json') === isManifest ? [contents.get(entry)?.toString('utf8') ?? ''] : [],
    )
  return { manifest: textsOf(true).join('\n'), documents: textsOf(false).join('\n') }
}

/** What was not published does nothing, but where something acts on its absence. */
function extraDifference(entry: ArchiveEntry, effect: string | undefined): Difference {
  return difference({
    path: entry.path,
    kind: 'added',
    cause: 'extra',
    severity: effect === undefined ? 'unexplained' : 'suspicious',
    summary: `The rebuild has a ${entry.type} that was not published${effect === undefined ? '' : `, and ${effect}`}.`,
    evidence: { rebuilt: factsOf(entry), ...(effect !== undefined && { effect }) },
  })
}

/** Nothing runs them, wherever they are. */
function movedLicences(removed: readonly ArchiveEntry[], added: readonly ArchiveEntry[]): ReadonlySet<ArchiveEntry> {
  const contentAt = (path: string, entry: ArchiveEntry) =>
    JSON.stringify([path, entry.size, entry.encoding, digestOf(entry)])
  const there = new Set(added.filter(({ type }) => type === 'file').map((entry) => contentAt(entry.path, entry)))
  return new Set(
    removed.filter((entry) => {
      const place = otherLicencePlace(entry.path)
      return place !== undefined && entry.type === 'file' && !isExecutable(entry) && there.has(contentAt(place, entry))
    }),
  )
}

type MissingFacts = {
  /** Where the rebuild has the same bytes. */
  twin: string | undefined
  /** Whether that is where another version of the builder puts it. */
  moved: boolean
  bytes: Buffer | undefined
  known: KnownOfPackage
  /** What is otherwise in the rebuild, where the entry is not. */
  effect: string | undefined
}

function missingDifference(entry: ArchiveEntry, { twin, moved, bytes, known: said, effect }: MissingFacts): Difference {
  const listed = explainByFileList(entry, bytes, said)
  const known = listed ? 'npm-file-list' : moved ? 'licence-moved' : undefined
  const sameContent = twin === undefined ? '' : `, though the same bytes are there as ${twin}`
  return difference({
    path: entry.path,
    kind: 'removed',
    cause: known ?? 'missing',
    severity: known ? 'unexplained' : 'suspicious',
    summary: listed?.summary ?? `The published ${entry.type} is not in the rebuild${sameContent}.`,
    evidence: {
      published: factsOf(entry),
      ...(twin !== undefined && { sameContentAs: twin }),
      ...(effect !== undefined && { effect }),
      ...listed?.evidence,
    },
  })
}
