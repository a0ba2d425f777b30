import type { ArchiveIndex } from './archive.ts'
import { readEntries } from './contents.ts'
import type { ArchiveEntry } from './entry.ts'
import type { ComparedInput } from './input.ts'
import { limitExceeded } from './limits.ts'
import { decodeName } from './names.ts'
import type { ReadOptions } from './unpacked.ts'

/** In a zip archive the target of a link is its content. */
export async function addLinkTargets(
  input: ComparedInput,
  container: ArchiveIndex['container'],
  entries: readonly ArchiveEntry[],
  options: ReadOptions,
): Promise<void> {
  if (container !== 'zip') return
  const links = entries.filter(({ type, size }) => type === 'symlink' && size <= options.limits.nameLength)
  if (links.length === 0) return
  const { namesLength } = options.limits
  if (links.reduce((sum, { size }) => sum + size, 0) > namesLength)
    throw limitExceeded('too many long names', namesLength)
  for (const [entry, target] of await readEntries(input, links, options)) {
    entry.linkTarget = decodeName(target.toString('latin1'))
  }
}
