import type { Source } from '../model/source.ts'
import type { History } from './git/history.ts'
import { readSourceFile, type SourceTree } from './source-tree.ts'

/** A source that was shown to belong to an artifact, or that a recipe names, ready to be read and laid out. */
export type LocatedSource = {
  source: Source
  /**
   * Lays the whole source out, with the modes that a fresh clone has under the umask, and one time for all files.
   *
   * @param into a folder that is empty or does not exist yet
   * @param options.umask octal, as in a recipe: `022`
   * @param options.lost told of each file that the source's server has lost and that is left out; without it a source
   * that is not whole is refused
   */
  checkout(into: string, options: { umask: string; lost?: (path: string) => void }): Promise<void>
  /** One file; `undefined` where there is none, or it is a link or a folder. Bounded: SOURCE_TOO_LARGE past 64 MiB. */
  readFile(path: string): Promise<Buffer | undefined>
  /** Paths of all files and links. */
  listFiles(): Promise<string[]>
  /** The same with kinds, and several files read at once. */
  tree: SourceTree
  /**
   * Looks for files, by their paths in the package's folder and their git blob ids, in the commits around the one that is
   * laid out. Absent where there is no history.
   */
  findInHistory?: (wanted: Map<string, string>) => Promise<Pick<History, 'walked' | 'found'>>
  /** The version that the package.json had one commit earlier. Absent where there is no history. */
  versionBefore?: () => Promise<string | undefined>
}

const largestRead = 64 * 1024 * 1024

export function locatedSource(source: Source, tree: SourceTree, checkout: LocatedSource['checkout']): LocatedSource {
  return {
    source,
    tree,
    checkout,
    readFile: (path) => readSourceFile(tree, path, largestRead),
    listFiles: async () => (await tree.list()).map(({ path }) => path),
  }
}
