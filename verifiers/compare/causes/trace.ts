import type { Comparison, Difference } from '../../model/comparison.ts'
import { Problem, problemFrom } from '../../model/problem.ts'
import { confirmStamps } from './confirm-stamps.ts'
import { dependencyVersion } from './dependency-version.ts'
import { keptComment } from './kept-comment.ts'
import { notPacked } from './not-packed.ts'
import { packingNpm } from './packing-npm.ts'
import { packingUmask } from './packing-umask.ts'
import { rewrittenSource } from './rewritten-source.ts'
import { sourceScript } from './source-script.ts'
import type { TraceContext, Tracer } from './tracer.ts'

/** In the order in which they are asked; each sees what the one before it made of a difference. */
const tracers: readonly Tracer[] = [
  notPacked,
  rewrittenSource,
  packingNpm,
  packingUmask,
  confirmStamps,
  keptComment,
  sourceScript,
  dependencyVersion,
]

/** Differences that are traced; a build that gives thousands of others is not explained by tracing each. */
const mostTraced = 500

/**
 * Traces the differences of a comparison to what only a rebuild knows: the source, the recipe, what the build fetched,
 * and the registry. A tracer may name a cause, confirm that it is one, and suggest a change of the recipe. It never
 * changes the verdict, and what it cannot find out leaves the difference as it is and says so.
 *
 * @throws {Problem} INTERRUPTED
 */
export async function traceCauses(comparison: Comparison, context: TraceContext): Promise<Comparison> {
  const differences: Difference[] = []
  for (const [index, difference] of comparison.differences.entries()) {
    differences.push(index < mostTraced ? await traceOne(difference, context) : difference)
  }
  return { ...comparison, differences }
}

async function traceOne(difference: Difference, context: TraceContext): Promise<Difference> {
  let traced = difference
  for (const tracer of tracers) {
    try {
      traced = (await tracer.trace(traced, context)) ?? traced
    } catch (error) {
      context.signal.throwIfAborted()
      const { code, message } = problemFrom(error)
      if (!(error instanceof Problem)) throw error
      traced = { ...traced, evidence: { ...traced.evidence, untraced: { by: tracer.id, code, message } } }
    }
  }
  return traced
}
