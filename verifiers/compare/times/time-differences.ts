import type { ArchiveIndex } from '../archive.ts'
import { readContents } from '../contents.ts'
import { type Difference, difference, type Severity } from '../difference.ts'
import type { EntryMatch, Pair } from '../entries.ts'
import type { ArchiveEntry } from '../entry.ts'
import type { ComparedInput } from '../input.ts'
import type { System } from '../system.ts'
import type { ReadOptions } from '../unpacked.ts'
import { headerSize, sourceOfCompiled, zoneOfUse } from './compiled-python.ts'
import { isStale, sourcesOf } from './made-from.ts'

type Sides<Of> = { published: Of; rebuilt: Of }
type Files = Sides<ReadonlyMap<string, ArchiveEntry>>

/** Times by which a program decides what it does, where they decide it otherwise than those of the rebuild. */
export async function timeDifferences(
  sides: Sides<ComparedInput>,
  indexes: Sides<ArchiveIndex>,
  match: EntryMatch,
  options: ReadOptions & { system: System | undefined },
): Promise<Difference[]> {
  if (!match.noted.has('times')) return []
  const { published, rebuilt } = indexes
  const files = { published: filesOf(published), rebuilt: filesOf(rebuilt) }
  const compiled = [published, rebuilt].every((one) => one.container === 'zip' || keepsTimes(one, options))
    ? await compiledDifferences(sides, files, options)
    : []
  return [published, rebuilt].every((one) => keepsTimes(one, options))
    ? [...compiled, ...madeDifferences(files)]
    : compiled
}

function filesOf({ entries }: ArchiveIndex): ReadonlyMap<string, ArchiveEntry> {
  return new Map(entries.filter(({ type }) => type === 'file').map((entry) => [entry.path, entry]))
}

/** npm, pip and RubyGems give what they unpack the time at which they do; tar, unzip, cargo and dpkg keep that of the archive. */
function keepsTimes(
  { container, kind }: ArchiveIndex,
  { system, within }: { system: System | undefined; within?: ReadOptions['within'] },
): boolean {
  if (kind === 'npm') return system === 'layer'
  return (container === 'tar' && within?.kind !== 'gem') || kind === 'zip'
}

function madeDifferences(files: Files): Difference[] {
  const differences: Difference[] = []
  for (const path of files.published.keys()) {
    for (const source of sourcesOf(path)) {
      const [made, from] = [pairAt(path, files), pairAt(source, files)]
      if (made === undefined || from === undefined) continue
      const stale = {
        published: isStale(made.published, from.published),
        rebuilt: isStale(made.rebuilt, from.rebuilt),
      }
      if (stale.published === stale.rebuilt) continue
      const now = stale.published ? 'makes the file anew' : 'takes the file as it is'
      const then = stale.published ? 'takes it as it is' : 'makes it anew'
      const summary = `By its time and that of ${source} a build ${now}; with those of the rebuild it ${then}.`
      differences.push(timeDifference(made, from, 'suspicious', summary))
    }
  }
  return differences
}

/** A compiled module runs where its source has the time and the size that it says: another program, if it is of another. */
async function compiledDifferences(
  sides: Sides<ComparedInput>,
  files: Files,
  options: ReadOptions,
): Promise<Difference[]> {
  const differences: Difference[] = []
  for await (const [{ whole, from }, contents] of readContents(sides, compiledIn(files), options)) {
    if (contents.kind !== 'whole') {
      const summary = `Whether Python takes it for ${from.published.path} depends on times that differ, and it is too large to be looked at.`
      differences.push(timeDifference(whole, from, 'suspicious', summary))
      continue
    }
    const published = zoneOfUse(contents.published, from.published)
    const rebuilt = zoneOfUse(contents.rebuilt, from.rebuilt)
    if (published === rebuilt) continue
    const summary =
      published === undefined
        ? `By the times in the rebuild Python takes it for ${from.published.path}; by those of the published file it does not.`
        : `By the times in the published file Python takes it for ${from.published.path}; by those of the rebuild it does not${rebuilt === undefined ? '' : ', or in another time zone'}.`
    differences.push(timeDifference(whole, from, published === undefined ? 'unexplained' : 'suspicious', summary))
  }
  return differences
}

type Compiled = Pair & { whole: Pair; from: Pair }

/** Compiled modules whose source has another time in the rebuild, as far as they have to be read. */
function compiledIn(files: Files): Compiled[] {
  return [...files.published.keys()].flatMap((path) => {
    const source = sourceOfCompiled(path)
    const whole = pairAt(path, files)
    const from = source === undefined ? undefined : pairAt(source, files)
    if (whole === undefined || from === undefined || timeOf(from.published) === timeOf(from.rebuilt)) return []
    return [{ published: headOf(whole.published), rebuilt: headOf(whole.rebuilt), whole, from }]
  })
}

function timeOf({ mtime, notes }: ArchiveEntry): string {
  return notes?.time ?? mtime
}

/** What is packed can only be unpacked from its beginning to its end. */
function headOf(entry: ArchiveEntry): ArchiveEntry {
  return entry.packed ? entry : { ...entry, size: Math.min(entry.size, headerSize) }
}

function pairAt(path: string, { published, rebuilt }: Files): Pair | undefined {
  const [left, right] = [published.get(path), rebuilt.get(path)]
  return left && right && { published: left, rebuilt: right }
}

function timeDifference(made: Pair, from: Pair, severity: Severity, summary: string): Difference {
  const times = (side: 'published' | 'rebuilt') => ({ time: timeOf(made[side]), ofSource: timeOf(from[side]) })
  return difference({
    path: made.published.path,
    kind: 'changed',
    cause: 'deciding-times',
    severity,
    summary,
    evidence: { source: from.published.path, published: times('published'), rebuilt: times('rebuilt') },
  })
}
