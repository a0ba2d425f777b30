import type { Comparison } from '../model/comparison.ts'
import { type ArchiveIndex, haveSameStream, indexArchive } from './archive.ts'
import { compressionDifference } from './compression.ts'
import { containerDifferences, type OrderMatters, orderDifference } from './container-differences.ts'
import { changedDifferences } from './content-differences.ts'
import { type Difference, difference } from './difference.ts'
import { matchEntries } from './entries.ts'
import { dependOnOrder } from './entry-dependence.ts'
import type { FindingCode } from './findings.ts'
import { withoutCompression } from './formats/detect.ts'
import type { ComparedInput } from './input.ts'
import { listEntries } from './listing.ts'
import { lonelyDifferences } from './lonely-differences.ts'
import { withinArchives } from './passes/within.ts'
import { structureDifferences } from './structure-differences.ts'
import { systemOf } from './system.ts'
import { timeDifferences } from './times/time-differences.ts'
import type { ReadOptions } from './unpacked.ts'

type Sides<Of> = { published: Of; rebuilt: Of }
type Compared = Pick<Comparison, 'verdict' | 'entries' | 'listing' | 'differences'>

/**
 * Compares two archives that are not the same byte for byte, and what is in them, however deep.
 * @throws {Problem} ARCHIVE_LIMIT_EXCEEDED, ARTIFACT_INTEGRITY_MISMATCH
 */
export async function compareArchives(
  sides: Sides<ComparedInput>,
  options: ReadOptions & { depth: number },
): Promise<Compared> {
  const reading = { ...options, name: withoutCompression(sides.published.fileName) }
  const indexes = await indexBoth(sides, reading)
  const { published, rebuilt } = indexes
  const asMembers = published.kind === 'deb' && rebuilt.kind === 'deb'
  const named = [
    { ...published, fileName: sides.published.fileName },
    { ...rebuilt, fileName: sides.rebuilt.fileName },
  ]
  const system = systemOf(named, options.within)
  const match = matchEntries(published.entries, rebuilt.entries, { asMembers, system })
  const structure = structureDifferences(published, rebuilt)
  const order = orderDifference(match, match.sameOrder ? undefined : whyOrderMatters(indexes))
  const sameStream = haveSameStream(published, rebuilt)
  const others = [formatDifference(indexes), sameStream ? undefined : strayDifference(indexes)]
  const times = await timeDifferences(sides, indexes, match, { ...reading, system })
  const samePlaces =
    match.removed.length === 0 &&
    match.added.length === 0 &&
    times.length === 0 &&
    (order === undefined || order.severity === 'benign') &&
    others.every((one) => one === undefined)
  const compression = await compressionDifference(sides, indexes, reading)
  const within = withinArchives(published, rebuilt, { outer: options.within, place: options.place })
  const inControl = options.within?.kind === 'deb' && /(?:^|\/)control\.tar[.\w]*$/.test(options.place ?? '')
  const lonely = await lonelyDifferences(sides, match, { ...reading, within }, { inControl, system })
  const changed = await changedDifferences(sides, match.changed, { ...reading, within }, compareArchives)
  const differences = [
    ...structure.differences,
    ...lonely,
    ...changed.differences,
    ...times,
    ...others,
    order,
    ...containerDifferences(match, published, rebuilt, system),
    compression,
  ].filter((one) => one !== undefined)
  return {
    verdict: verdictOf({
      indexes,
      decisive: structure.decisive,
      sameStream,
      sameEntries: samePlaces && changed.sameContents,
      equivalent: samePlaces && changed.onlyStabilised,
    }),
    entries: {
      published: published.entries.length,
      rebuilt: rebuilt.entries.length,
      identical: match.identical,
    },
    listing: listEntries(match, published.entries),
    differences: differences.length > 0 ? differences : [encodingDifference()],
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

/** Links and several entries for one place are what makes an order matter, or that it is a library that is linked. */
function whyOrderMatters({ published, rebuilt }: Sides<ArchiveIndex>): OrderMatters | undefined {
  const isLibrary = published.kind === 'ar' || rebuilt.kind === 'ar'
  const isOrdered = hasOrderedEntries(published) || hasOrderedEntries(rebuilt)
  if (isOrdered || dependOnOrder(published.entries, rebuilt.entries)) return 'entries'
  return isLibrary ? 'linker' : undefined
}

function hasOrderedEntries({ findings }: ArchiveIndex): boolean {
  return findings.list().some(({ code }) => ordered.has(code))
}

function strayDifference({ published, rebuilt }: Sides<ArchiveIndex>): Difference | undefined {
  if (published.stray.sha256 === rebuilt.stray.sha256) return undefined
  return difference({
    path: '',
    kind: 'structure',
    cause: 'stray-bytes',
    severity: published.stray.size > 0 ? 'suspicious' : 'unexplained',
    summary: 'The archives have other bytes, or at other places, that belong to no entry.',
    evidence: { published: published.stray, rebuilt: rebuilt.stray },
  })
}

function formatDifference({ published, rebuilt }: Sides<ArchiveIndex>): Difference | undefined {
  const nameOf = ({ container }: ArchiveIndex) => (container === 'file' ? 'no archive' : `a ${container} archive`)
  if (published.container === rebuilt.container) return kindDifference(published, rebuilt)
  return difference({
    path: '',
    kind: 'structure',
    cause: 'format',
    severity: 'suspicious',
    summary: `The published file is ${nameOf(published)}, the rebuilt one ${nameOf(rebuilt)}.`,
    evidence: { published: published.container, rebuilt: rebuilt.container },
  })
}

/** What installs a package tells by single entries what it is, and does something else with what it is not. */
function kindDifference(published: ArchiveIndex, rebuilt: ArchiveIndex): Difference | undefined {
  if (published.kind === rebuilt.kind) return undefined
  return difference({
    path: '',
    kind: 'structure',
    cause: 'format',
    severity: 'suspicious',
    summary: `By what is in it the published file is of the kind "${published.kind}", the rebuilt one of the kind "${rebuilt.kind}".`,
    evidence: { published: published.kind, rebuilt: rebuilt.kind },
  })
}

/** The same contents, notes and order in other bytes: what is left is how numbers, names and padding were written. */
function encodingDifference(): Difference {
  return difference({
    path: '',
    kind: 'changed',
    cause: 'encoding',
    severity: 'benign',
    summary: 'The archives say the same in other bytes.',
  })
}
