import { rebuildResultType } from '../statements/types.ts'
import type { StatementView } from '../verification/statement.ts'

/** OSS Rebuild says "equivalent after stabilisation" in a statement of this predicate type, which is no provenance. */
const ossRebuildType = 'https://docs.oss-rebuild.dev/builds/ArtifactEquivalence@v0.1'

export const isProvenance = (view: StatementView) =>
  view.predicateType.startsWith('https://slsa.dev/provenance/') && !isEquivalence(view)

/** Whether it tells of a comparison: what it lists are the files that were compared, and nothing was built from them. */
export const isEquivalence = ({ buildType }: StatementView) => buildType === ossRebuildType

export type RebuildClaim = { verdict: unknown; assisted: unknown }

/** What a statement says about a rebuild of its subject, if it says anything. */
export function rebuildIn(view: StatementView): RebuildClaim | undefined {
  const { predicateType, predicate, dependencies, subjects, parameters } = view
  if (predicateType === rebuildResultType) return { verdict: predicate.verdict, assisted: predicate.assisted }
  if (!isEquivalence(view)) return undefined
  const rebuilt = dependencies.find(({ name }) => name !== undefined && name === parameters?.candidate)?.digest.sha256
  const isSame = rebuilt !== undefined && subjects.every(({ digest }) => digest.sha256 === rebuilt)
  // Which passes were needed, and whether a definition of a human took part, is not in this statement.
  return { verdict: isSame ? 'bit-identical' : 'equivalent', assisted: undefined }
}
