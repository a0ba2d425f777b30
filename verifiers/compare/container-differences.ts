import type { ArchiveIndex } from './archive.ts'
import { type Difference, difference } from './difference.ts'
import type { EntryMatch, Pair } from './entries.ts'
import { containerPasses } from './passes/container-passes.ts'
import type { System } from './system.ts'

const examples = 5

/**
 * What the archives note about their entries and no unpacked file shows: one difference for each sort. Nobody knows of
 * owners and permissions in what may be a layer whether they are kept.
 */
export function containerDifferences(
  match: EntryMatch,
  published: ArchiveIndex,
  rebuilt: ArchiveIndex,
  system: System | undefined,
): Difference[] {
  const mayBeKept = (cause: string) => system === 'unknown' && (cause === 'owners' || cause === 'permissions')
  const differences = [...match.noted].map(([cause, pairs]) => {
    const one = grouped(cause, pairs)
    if (!mayBeKept(cause)) return one
    const summary = `${one.summary} Where root unpacks the archive, as a layer of an image, they count.`
    return { ...one, severity: 'unexplained' as const, summary }
  })
  if (match.impliedFolders.length > 0) {
    const count = match.impliedFolders.length
    const shown = match.impliedFolders.slice(0, examples).map(({ side, entry }) => ({ side, path: entry.path }))
    differences.push(
      benign('folder-entries', `${counted(count, 'folder')} with files in both is named by one side only.`, {
        count,
        examples: shown,
      }),
    )
  }
  const others = new Map(rebuilt.notes.map((note) => [note.cause, note.value]))
  for (const { cause, summary, value } of published.notes) {
    const other = others.get(cause)
    if (other === undefined || JSON.stringify(other) === JSON.stringify(value)) continue
    differences.push(benign(cause, summary, { published: value, rebuilt: other }))
  }
  return differences
}

/** Why the order of the entries decides what is unpacked or built from them. */
export type OrderMatters = 'entries' | 'linker'

const orderSummaries: Record<OrderMatters, string> = {
  entries: 'The entries stand in another order, and some of them overwrite or redirect each other, so that it matters.',
  linker:
    'The members stand in another order, and of two that define a symbol a linker takes the first, so that it matters.',
}

export function orderDifference(match: EntryMatch, matters: OrderMatters | undefined): Difference | undefined {
  if (match.sameOrder) return undefined
  if (matters === undefined) return benign('order', 'The entries stand in another order.', {})
  return difference({
    path: '',
    kind: 'structure',
    cause: 'order',
    severity: 'suspicious',
    summary: orderSummaries[matters],
  })
}

function grouped(cause: string, pairs: readonly Pair[]): Difference {
  const entry = containerPasses.find(({ causes, entry }) => entry !== undefined && causes[0] === cause)?.entry
  const shown = pairs.slice(0, examples).map(({ published, rebuilt }) => ({
    path: published.path,
    published: entry?.noteOf(published) ?? '',
    rebuilt: entry?.noteOf(rebuilt) ?? '',
  }))
  const summary = `${counted(pairs.length, 'entry', 'entries')} with another ${entry?.noun ?? cause}.`
  return benign(cause, summary, { count: pairs.length, examples: shown })
}

function benign(cause: string, summary: string, evidence: Difference['evidence']): Difference {
  return difference({ path: '', kind: 'changed', cause, severity: 'benign', summary, evidence })
}

function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
