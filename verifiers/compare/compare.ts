import type { Comparison } from '../model/comparison.ts'
import { Problem } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import { type ArchiveIndex, indexArchive, type ReadOptions } from './archive.ts'
import { compressionDifference } from './compression.ts'
import { containerDifferences, orderDifference } from './container-differences.ts'
import { changedDifferences, lonelyDifferences } from './content-differences.ts'
import { bounded, type Difference, difference, sortBySeverity } from './difference.ts'
import { matchEntries } from './entries.ts'
import { type FindingCode, severityOf } from './findings.ts'
import type { ComparedInput } from './input.ts'
import { type CompareLimits, defaultLimits } from './limits.ts'
import { listEntries } from './listing.ts'
import { structureDifferences } from './structure-differences.ts'

export type { ComparedInput }

export type CompareOptions = {
  published: ComparedInput
  rebuilt: ComparedInput
  limits?: Partial<CompareLimits>
  progress?: Progress
  signal: AbortSignal
}

type Sides<Of> = { published: Of; rebuilt: Of }

/**
 * Says how far two npm packages (tar, with or without gzip) are the same, and what differs.
 *
 * The verdict is the strongest line of design.md that holds. A finding about the structure of the archive that only one
 * side has makes them `different` even when all entries are the same, since it could hide something.
 *
 * @throws {Problem} ARCHIVE_LIMIT_EXCEEDED when a file that is not the same byte for byte is too large to be read,
 * ARTIFACT_INTEGRITY_MISMATCH when one of them was changed meanwhile.
 */
export async function compareArtifacts(options: CompareOptions): Promise<Comparison> {
  const { published, rebuilt, progress, signal } = options
  const limits = { ...defaultLimits, ...options.limits }
  const reading = { limits, progress, signal }
  if (sameBytes(published, rebuilt)) return await identicalBytes(published, rebuilt, reading)

  const sides = { published, rebuilt }
  const indexes = await indexBoth(sides, reading)
  const match = matchEntries(indexes.published.entries, indexes.rebuilt.entries)
  const structure = structureDifferences(indexes.published, indexes.rebuilt)
  const order = orderDifference(match, !hasOrderedEntries(indexes.published) && !hasOrderedEntries(indexes.rebuilt))
  const sameStream = indexes.published.stream.sha256 === indexes.rebuilt.stream.sha256
  const stray = sameStream ? undefined : strayDifference(indexes)
  const samePlaces =
    match.removed.length === 0 &&
    match.added.length === 0 &&
    (order === undefined || order.severity === 'benign') &&
    stray === undefined
  const compression = await compressionDifference(sides, indexes, reading)
  const lonely = await lonelyDifferences(published, match, reading)
  const changed = await changedDifferences(sides, match.changed, reading)
  return {
    verdict: verdictOf({
      indexes,
      decisive: structure.decisive,
      sameStream,
      sameEntries: samePlaces && match.changed.length === 0,
      equivalent: samePlaces && changed.onlyStabilised,
    }),
    ...describe(published, rebuilt),
    entries: {
      published: indexes.published.entries.length,
      rebuilt: indexes.rebuilt.entries.length,
      identical: match.identical,
    },
    listing: listEntries(match, indexes.published.entries),
    differences: finished(
      [
        ...structure.differences,
        ...lonely,
        ...changed.differences,
        stray,
        order,
        ...containerDifferences(match, indexes.published, indexes.rebuilt),
        compression,
      ].filter((one) => one !== undefined),
    ),
  }
}

function verdictOf(facts: {
  indexes: Sides<ArchiveIndex>
  decisive: boolean
  sameStream: boolean
  sameEntries: boolean
  equivalent: boolean
}): Comparison['verdict'] {
  const { indexes, decisive, sameStream, sameEntries, equivalent } = facts
  if (decisive || !indexes.published.complete || !indexes.rebuilt.complete) return 'different'
  if (sameStream) return 'stream-identical'
  if (sameEntries) return 'content-identical'
  return equivalent ? 'equivalent' : 'different'
}

function sameBytes(a: ComparedInput, b: ComparedInput): boolean {
  return a.size === b.size && a.digests.sha256 === b.digests.sha256 && a.digests.sha512 === b.digests.sha512
}

/** Nothing can differ, but what is odd about the file is still worth knowing. */
async function identicalBytes(
  published: ComparedInput,
  rebuilt: ComparedInput,
  reading: ReadOptions,
): Promise<Comparison> {
  try {
    const index = await indexArchive(published, reading)
    const count = index.entries.length
    return {
      verdict: 'bit-identical',
      ...describe(published, rebuilt),
      entries: { published: count, rebuilt: count, identical: count },
      differences: finished(structureDifferences(index, index).differences),
    }
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'ARCHIVE_LIMIT_EXCEEDED')) throw error
    const limit = difference({
      path: '',
      kind: 'structure',
      cause: 'limit-exceeded',
      severity: severityOf('limit-exceeded', 'shared'),
      summary: `In both files: ${error.message}`,
      evidence: { side: 'both', ...error.details },
    })
    return {
      verdict: 'bit-identical',
      ...describe(published, rebuilt),
      entries: { published: 0, rebuilt: 0, identical: 0 },
      differences: [limit],
    }
  }
}

/** Both at once; when one fails the other is stopped and waited for. */
async function indexBoth(sides: Sides<ComparedInput>, reading: ReadOptions): Promise<Sides<ArchiveIndex>> {
  const stop = new AbortController()
  const options = { ...reading, signal: AbortSignal.any([reading.signal, stop.signal]) }
  const jobs = [indexArchive(sides.published, options), indexArchive(sides.rebuilt, options)] as const
  try {
    const [published, rebuilt] = await Promise.all(jobs)
    return { published, rebuilt }
  } finally {
    stop.abort()
    await Promise.allSettled(jobs)
  }
}

const ordered: ReadonlySet<FindingCode> = new Set([
  'duplicate-entry',
  'path-conflict',
  'case-twin',
  'unicode-twin',
  'escaping-path',
  'odd-path',
  'link',
  'several-roots',
  'entry-after-end',
])

function hasOrderedEntries({ findings }: ArchiveIndex): boolean {
  return findings.list().some(({ code }) => ordered.has(code))
}

function strayDifference({ published, rebuilt }: Sides<ArchiveIndex>): Difference | undefined {
  if (published.tar.stray.sha256 === rebuilt.tar.stray.sha256) return undefined
  return difference({
    path: '',
    kind: 'structure',
    cause: 'stray-bytes',
    severity: published.tar.stray.size > 0 ? 'suspicious' : 'unexplained',
    summary: 'The archives have other bytes, or at other places, that belong to no entry.',
    evidence: { published: published.tar.stray, rebuilt: rebuilt.tar.stray },
  })
}

function describe(published: ComparedInput, rebuilt: ComparedInput): Pick<Comparison, 'published' | 'rebuilt'> {
  const facts = ({ fileName, size, digests: { sha256, sha512 } }: ComparedInput) => ({
    fileName,
    size,
    digests: { sha256, sha512 },
  })
  return { published: facts(published), rebuilt: facts(rebuilt) }
}

function finished(differences: Difference[]): Difference[] {
  return sortBySeverity(bounded(differences))
}
