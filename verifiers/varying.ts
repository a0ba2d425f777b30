import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { compareArtifacts } from './compare/compare.ts'
import type { Comparison, Difference } from './model/comparison.ts'
import type { Progress } from './model/progress.ts'
import type { Rebuild } from './model/rebuild.ts'

/** What one rebuild gave, and where: `folder` holds `rebuilt/`. */
export type OwnRebuild = { rebuild: Pick<Rebuild, 'output'>; folder: string }

/**
 * Says of differences in which files two rebuilds by one recipe differ from each other: such a build is not deterministic,
 * so that nobody's rebuild of it has to give what was published. What is suspicious stays what it is called, too, but where
 * nothing differs but the order of lists which the two rebuilds have in another order, too.
 */
export async function withVarying(
  comparison: Comparison,
  own: OwnRebuild,
  twin: OwnRebuild,
  options: { progress: Progress; signal: AbortSignal },
): Promise<Comparison> {
  const side = ({ rebuild: { output }, folder }: OwnRebuild) => ({
    ...output,
    open: () => createReadStream(join(folder, 'rebuilt', output.fileName)),
  })
  const between = await compareArtifacts({ published: side(twin), rebuilt: side(own), ...options })
  const varying = Map.groupBy(
    between.differences.filter(({ path }) => path !== ''),
    ({ path }) => path,
  )
  const told = (difference: Difference): Difference => {
    const own = varying.get(difference.path)
    if (own === undefined) return difference
    const isOrder = own.some((one) => isOrderOfSameLists(difference, one))
    const severity = isOrder && difference.severity === 'suspicious' ? 'unexplained' : difference.severity
    const said = 'Two rebuilds by this recipe differ in this file from each other: its build is not deterministic.'
    return {
      ...difference,
      severity,
      ...(severity === 'unexplained' && { cause: 'not-deterministic' }),
      summary: `${difference.summary} ${said}`.slice(0, 4096),
      evidence: { ...difference.evidence, varies: true },
    }
  }
  return { ...comparison, differences: comparison.differences.map(told) }
}

/** By the places of the lists, which `explainJson` gives where nothing else differs. */
function isOrderOfSameLists(difference: Difference, own: Difference): boolean {
  const [lists, varying] = [difference, own].map(({ evidence }) =>
    Array.isArray(evidence.reordered) ? (evidence.reordered as string[]) : [],
  )
  return lists !== undefined && lists.length > 0 && lists.every((list) => varying?.includes(list))
}
