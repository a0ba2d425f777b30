import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Comparison, Difference } from './model/comparison.ts'
import { type HistoryFacts, pathInside, publishedHistory } from './published-history.ts'
import type { LocatedSource } from './source/located.ts'

const mostSearched = 100
const largest = 64 * 1024 * 1024

/** What is said of files in general; another cause says why they differ. */
const general = new Set(['code', 'content'])

/**
 * Says of files that were packed as the source has them, and published otherwise, that it is the source which differs, and
 * which commit around the release has them as they were published. It never changes the severity of a difference.
 *
 * @throws {Problem} INTERRUPTED
 */
export async function withOtherSource(
  comparison: Comparison,
  facts: HistoryFacts & { located: Pick<LocatedSource, 'tree'> },
): Promise<Comparison> {
  const packed = new Set<Difference>()
  for (const difference of comparison.differences.filter(mayBeOfSource).slice(0, mostSearched)) {
    facts.signal.throwIfAborted()
    if (await isAsInSource(difference, facts.located)) packed.add(difference)
  }
  if (packed.size === 0) return comparison
  const history = await publishedHistory(new Set([...packed].map(pathInside)), facts)
  const told = (difference: Difference): Difference => {
    const commit = history?.found.get(pathInside(difference))
    const commits = history && { history: { commits: history.walked, ...(commit !== undefined && { commit }) } }
    const said = commit === undefined ? noneSays(history?.walked) : oneSays(commit)
    return {
      ...difference,
      cause: 'other-source',
      summary: `${difference.summary} The rebuild has it as the source does.${said}`.slice(0, 4096),
      evidence: { ...difference.evidence, ...commits },
    }
  }
  return { ...comparison, differences: comparison.differences.map((one) => (packed.has(one) ? told(one) : one)) }
}

function noneSays(walked: number | undefined): string {
  return walked === undefined ? '' : ` None of the ${walked} commits around the release has it as it was published.`
}

function oneSays(commit: string): string {
  return ` The commit ${commit.slice(0, 12)} has it as it was published, which is not the one that was built.`
}

/** Release tools write package.json, so that it says nothing about the source. */
function mayBeOfSource(difference: Difference): boolean {
  const { kind, cause, path } = difference
  return kind === 'changed' && general.has(cause) && !path.includes('!/') && pathInside(difference) !== 'package.json'
}

async function isAsInSource(
  difference: Difference,
  { source, tree }: Pick<LocatedSource, 'source' | 'tree'>,
): Promise<boolean> {
  const { sha256 } = (difference.evidence.rebuilt ?? {}) as { sha256?: unknown }
  if (typeof sha256 !== 'string') return false
  const path = posix.join(source.directory, pathInside(difference))
  const bytes = (await tree.readMany([path], largest)).get(path)
  return Buffer.isBuffer(bytes) && createHash('sha256').update(bytes).digest('hex') === sha256
}
