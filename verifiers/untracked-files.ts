import type { Readable } from 'node:stream'
import type { Artifact } from './model/artifact.ts'
import type { Comparison, Difference } from './model/comparison.ts'
import { Problem } from './model/problem.ts'
import { readPublished } from './npm/infer/published.ts'
import type { LocatedSource } from './source/located.ts'

const mostSearched = 500

/**
 * Says of published files that a rebuild has not whether any commit around the release has them: where none has, they
 * were on the publisher's disk only. It changes neither the cause nor the severity of a difference.
 *
 * @throws {Problem} INTERRUPTED
 */
export async function withHistory(
  comparison: Comparison,
  facts: {
    artifact: Pick<Artifact, 'fileName'>
    open: () => Readable
    located: Pick<LocatedSource, 'source' | 'findInHistory'>
    signal: AbortSignal
  },
): Promise<Comparison> {
  const { artifact, open, located, signal } = facts
  const missing = new Set(comparison.differences.filter(isMissing).slice(0, mostSearched))
  if (missing.size === 0 || located.findInHistory === undefined) return comparison
  const algorithm = located.source.tree.length === 40 ? 'sha1' : 'sha256'
  const published = await readPublished({ source: open(), what: artifact.fileName, algorithm, signal })
  const paths = new Set([...missing].map(pathInside))
  const wanted = new Map(published.files.flatMap(({ path, blob }) => (paths.has(path) ? [[path, blob] as const] : [])))
  const history = await located.findInHistory(wanted).catch((error) => {
    signal.throwIfAborted()
    if (error instanceof Problem) return undefined
    throw error
  })
  if (history === undefined) return comparison
  const { walked, found } = history
  const told = (difference: Difference): Difference => {
    const commit = found.get(pathInside(difference))
    const said =
      commit === undefined
        ? `None of the ${walked} commits around the release has it: a build made it, or it was on the publisher's disk only.`
        : `The commit ${commit.slice(0, 12)} has it, which is not the one that was built.`
    const evidence = { ...difference.evidence, history: { commits: walked, ...(commit !== undefined && { commit }) } }
    return { ...difference, summary: `${difference.summary} ${said}`.slice(0, 4096), evidence }
  }
  return { ...comparison, differences: comparison.differences.map((one) => (missing.has(one) ? told(one) : one)) }
}

function isMissing({ kind, cause, path }: Difference): boolean {
  return kind === 'removed' && cause === 'missing' && path !== '' && !path.includes('!/')
}

/** Without the folder that every entry of a package begins with. */
function pathInside({ path }: Difference): string {
  return path.replace(/^\.?\/?[^/]+\//, '')
}
