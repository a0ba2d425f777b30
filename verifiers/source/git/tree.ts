import { Problem } from '../../model/problem.ts'
import type { SourceEntry, SourceTree } from '../source-tree.ts'
import { readObjects } from './objects.ts'
import type { Repository } from './repository.ts'

/** A line of a tree with the id of what it leads to. */
export type GitEntry = SourceEntry & { id: string }

/** What is in one commit, files read when they are asked for. */
export type GitTree = Omit<SourceTree, 'list'> & {
  commit: string
  list(): Promise<GitEntry[]>
}

const mostEntries = 400_000

/** Whoever looks at more commits than this comes back to none of them soon. */
const mostListings = 4

export function gitTree(repository: Repository, commit: string): GitTree {
  const { listings } = repository.known
  const byPath = () => {
    const before = listings.get(commit)
    if (before) return before
    const [oldest] = listings.keys()
    if (oldest !== undefined && listings.size >= mostListings) listings.delete(oldest)
    const listed = listEntries(repository, commit)
    listings.set(commit, listed)
    // What failed may be here the next time.
    listed.catch(() => listings.delete(commit))
    return listed
  }
  return {
    commit,
    list: async () => [...(await byPath()).values()],
    async readMany(paths, limit) {
      const entries = await byPath()
      const wanted = [...new Set(paths)].flatMap((path) => entries.get(path) ?? []).filter(isFile)
      const blobs = await readObjects(repository, [...new Set(wanted.map(({ id }) => id))], limit)
      return new Map(wanted.flatMap(({ path, id }) => (blobs.has(id) ? [[path, blobs.get(id) ?? 'too-large']] : [])))
    },
  }
}

function isFile(entry: SourceEntry): boolean {
  return entry.kind === 'file' || entry.kind === 'executable'
}

async function listEntries({ cache }: Repository, commit: string): Promise<Map<string, GitEntry>> {
  const listed = await cache.run(['ls-tree', '-r', '-z', '--full-tree', commit])
  const entries = new Map<string, GitEntry>()
  for (const line of listed.split('\0')) {
    const tab = line.indexOf('\t')
    if (tab < 0) continue
    const [mode = '', , id = ''] = line.slice(0, tab).split(' ')
    const path = line.slice(tab + 1)
    entries.set(path, { path, kind: kindOf(mode), id })
    if (entries.size > mostEntries) {
      throw new Problem('SOURCE_TOO_LARGE', `The commit ${commit} has more than ${mostEntries} files.`, {
        hint: 'Give a smaller source with --source, such as an archive of the release.',
      })
    }
  }
  return entries
}

/** gitdatamodel: the modes that a tree may have. */
function kindOf(mode: string): SourceEntry['kind'] {
  if (mode === '120000') return 'symlink'
  if (mode === '160000') return 'submodule'
  return mode === '100755' ? 'executable' : 'file'
}
