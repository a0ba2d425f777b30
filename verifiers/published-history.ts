import type { Readable } from 'node:stream'
import type { Artifact } from './model/artifact.ts'
import type { Difference } from './model/comparison.ts'
import { Problem } from './model/problem.ts'
import { readPublished } from './npm/infer/published.ts'
import type { History } from './source/git/history.ts'
import type { LocatedSource } from './source/located.ts'

export type HistoryFacts = {
  artifact: Pick<Artifact, 'fileName'>
  open: () => Readable
  located: Pick<LocatedSource, 'source' | 'findInHistory'>
  signal: AbortSignal
}

/**
 * Which commits around the release have some files as they were published; `undefined` where that cannot be known.
 *
 * @throws {Problem} INTERRUPTED
 */
export async function publishedHistory(
  paths: ReadonlySet<string>,
  { artifact, open, located, signal }: HistoryFacts,
): Promise<Pick<History, 'walked' | 'found'> | undefined> {
  if (paths.size === 0 || located.findInHistory === undefined) return undefined
  const algorithm = located.source.tree.length === 40 ? 'sha1' : 'sha256'
  const published = await readPublished({ source: open(), what: artifact.fileName, algorithm, signal })
  const wanted = new Map(published.files.flatMap(({ path, blob }) => (paths.has(path) ? [[path, blob] as const] : [])))
  return await located.findInHistory(wanted).catch((error) => {
    signal.throwIfAborted()
    if (error instanceof Problem) return undefined
    throw error
  })
}

/** Without the folder that every entry of a package begins with. */
export function pathInside({ path }: Difference): string {
  return path.replace(/^\.?\/?[^/]+\//, '')
}
