import type { Explanation } from './explanation.ts'

/**
 * Whether what the source, the registry or another rebuild knows can make less of it: of stamps that they confirm, comments
 * and scripts that stand in the source, and lists that each rebuild has in another order. All else that differs is to be looked at too,
 * then, whatever it is called now.
 */
export function mayBeExcused({ cause, severity, evidence }: Explanation): boolean {
  if (cause === 'manifest-scripts') return true
  return severity !== 'suspicious' || evidence?.allStamps === true || Boolean(evidence?.comments ?? evidence?.reordered)
}

/** The same with something beside it that nothing excuses. */
export function beyondExcuse(
  { evidence: known, ...rest }: Explanation,
  { evidence: more, ...alarm }: Pick<Explanation, 'cause' | 'summary' | 'evidence'>,
): Explanation {
  const { comments: _, reordered: __, ...evidence } = { ...known, ...more }
  const all = { ...evidence, ...(evidence.stamps !== undefined && { allStamps: false }) }
  return { ...rest, ...alarm, severity: 'suspicious', ...(Object.keys(all).length > 0 && { evidence: all }) }
}
