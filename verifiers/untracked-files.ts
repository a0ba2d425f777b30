import type { Comparison, Difference } from './model/comparison.ts'
import { type HistoryFacts, pathInside, publishedHistory } from './published-history.ts'

const mostSearched = 500

/**
 * Says of published files that a rebuild has not whether any commit around the release has them. Where none has, they may
 * have come out of a build; of those that no build writes that is ruled out where nothing else differs, and the cause is
 * that they were on the publisher's disk only. It never changes the severity of a difference.
 *
 * @throws {Problem} INTERRUPTED
 */
export async function withHistory(comparison: Comparison, facts: HistoryFacts): Promise<Comparison> {
  const missing = new Set(comparison.differences.filter(isMissing).slice(0, mostSearched))
  const history = await publishedHistory(new Set([...missing].map(pathInside)), facts)
  if (history === undefined) return comparison
  const { walked, found } = history
  const isLeft = (one: Difference) => missing.has(one) && !found.has(pathInside(one)) && isLeftOver(pathInside(one))
  const alone = comparison.differences.every((one) => isLeft(one) || one.severity === 'benign')
  const told = (difference: Difference): Difference => {
    const commit = found.get(pathInside(difference))
    const none = `None of the ${walked} commits around the release has it`
    const said =
      commit === undefined
        ? `${none}: ${alone ? 'it was' : 'a build made it, or it was'} on the publisher's disk only.`
        : `The commit ${commit.slice(0, 12)} has it, which is not the one that was built.`
    const evidence = { ...difference.evidence, history: { commits: walked, ...(commit !== undefined && { commit }) } }
    const cause = alone ? 'untracked' : difference.cause
    return { ...difference, cause, summary: `${difference.summary} ${said}`.slice(0, 4096), evidence }
  }
  return { ...comparison, differences: comparison.differences.map((one) => (missing.has(one) ? told(one) : one)) }
}

/** What programs load and pages show; builds write such files. */
const built = /\.(?:[cm]?[jt]sx?|json|map|s?css|html?|wasm|node|tsbuildinfo|flow|gz|br|zip|bin)$|(?:^|\/)[^.]+$/i

/** Nothing that a build would have written: settings of an editor, a document. */
function isLeftOver(path: string): boolean {
  return /(?:^|\/)\.[^/]/.test(path) || !built.test(path)
}

function isMissing({ kind, cause, path }: Difference): boolean {
  return kind === 'removed' && cause === 'missing' && path !== '' && !path.includes('!/')
}
