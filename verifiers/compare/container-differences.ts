import type { ArchiveIndex } from './archive.ts'
import { type Difference, difference } from './difference.ts'
import type { EntryMatch, Pair } from './entries.ts'
import type { ArchiveEntry } from './entry.ts'

const examples = 5

/** What the archives note about their entries and no unpacked package shows: one difference for each sort. */
export function containerDifferences(match: EntryMatch, published: ArchiveIndex, rebuilt: ArchiveIndex): Difference[] {
  const differences = [
    grouped('times', 'modification time', match.times, ({ mtime }) => mtime),
    grouped('owners', 'owner', match.owners, ({ owner }) => owner),
    grouped('permissions', 'read and write permissions', match.permissions, ({ mode }) => mode.toString(8)),
  ]
  if (match.impliedFolders.length > 0) {
    differences.push(
      benign(
        'folder-entries',
        `${count(match.impliedFolders.length, 'folder')} with files in both is named by one side only.`,
        {
          count: match.impliedFolders.length,
          examples: match.impliedFolders.slice(0, examples).map(({ side, entry }) => ({ side, path: entry.path })),
        },
      ),
    )
  }
  if (published.tar.endPadding !== rebuilt.tar.endPadding) {
    differences.push(
      benign('end-padding', 'The archives end with another number of zero blocks.', {
        published: published.tar.endPadding,
        rebuilt: rebuilt.tar.endPadding,
      }),
    )
  }
  return differences.filter((one) => one !== undefined)
}

/** `safe` unless an archive has links or several entries for one place: then the order decides what is unpacked. */
export function orderDifference(match: EntryMatch, safe: boolean): Difference | undefined {
  if (match.sameOrder) return undefined
  if (safe) return benign('order', 'The entries stand in another order.', {})
  return difference({
    path: '',
    kind: 'structure',
    cause: 'order',
    severity: 'suspicious',
    summary:
      'The entries stand in another order, and some of them overwrite or redirect each other, so that it matters.',
  })
}

function grouped(
  cause: string,
  noun: string,
  pairs: Pair[],
  noteOf: (entry: ArchiveEntry) => string,
): Difference | undefined {
  if (pairs.length === 0) return undefined
  const shown = pairs.slice(0, examples).map(({ published, rebuilt }) => ({
    path: published.path,
    published: noteOf(published),
    rebuilt: noteOf(rebuilt),
  }))
  return benign(cause, `${count(pairs.length, 'entry', 'entries')} with another ${noun}.`, {
    count: pairs.length,
    examples: shown,
  })
}

function benign(cause: string, summary: string, evidence: Difference['evidence']): Difference {
  return difference({ path: '', kind: 'changed', cause, severity: 'benign', summary, evidence })
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
