import { createHash } from 'node:crypto'
import { readEntry } from './contents.ts'
import type { ArchiveEntry } from './entry.ts'
import type { ComparedInput } from './input.ts'
import type { ArtifactKind } from './kind.ts'
import type { ReadOptions } from './unpacked.ts'

const listed = new Set(['metadata.gz', 'data.tar.gz'])
/** A gem has one of each. */
const mostListed = 2

/** RubyGems checks these by all digests that `checksums.yaml.gz` has of them, SHA512 among them (Gem::Package#verify_checksums). */
export async function addMemberDigests(
  input: ComparedInput,
  kind: ArtifactKind,
  entries: readonly ArchiveEntry[],
  options: ReadOptions,
): Promise<void> {
  if (kind !== 'gem') return
  const members = entries.filter(({ path, type }) => type === 'file' && listed.has(path))
  if (members.length > mostListed) return
  for (const member of members) {
    const hash = createHash('sha512')
    for await (const bytes of readEntry(input, member, options)) hash.update(bytes)
    member.sha512 = hash.digest('hex')
  }
}
