import type { Comparison } from '../model/comparison.ts'
import type { EntryMatch } from './entries.ts'
import type { ArchiveEntry } from './entry.ts'

type Listing = NonNullable<Comparison['listing']>

const longest = 10_000

/**
 * The entries of both archives side by side, in the order of the published one; folders only where they differ. Where
 * there are more than a reader looks at, those that are the same are left out first, and counted.
 */
export function listEntries(match: EntryMatch, published: readonly ArchiveEntry[]): Listing {
  const changed = new Map(match.changed.map(({ published, rebuilt }) => [published, rebuilt]))
  const removed = new Set(match.removed)
  const different = Math.min(longest, changed.size + removed.size + match.added.length)
  let roomForSame = longest - different
  let omitted = 0
  const entries: Listing['entries'] = []
  const list = (entry: Listing['entries'][number]) => {
    const fits = entries.length < longest && (entry.state !== 'same' || roomForSame-- > 0)
    if (fits) entries.push(entry)
    else omitted++
  }
  for (const entry of published) {
    const { path, size, type } = entry
    const rebuilt = changed.get(entry)
    if (rebuilt) list({ path, state: 'changed', published: size, rebuilt: rebuilt.size })
    else if (removed.has(entry)) list({ path, state: 'removed', published: size })
    else if (type !== 'directory') list({ path, state: 'same', published: size, rebuilt: size })
  }
  for (const { path, size } of match.added) list({ path, state: 'added', rebuilt: size })
  return { entries, omitted }
}
