import { verificationSummaryType } from '../statements/types.ts'
import { type Check, failed, isRecord, passed, skipped } from '../verification/model.ts'
import type { StatementView } from '../verification/statement.ts'

/** What is expected of a verification summary, beyond its signature and its subject. */
export type WantedSummary = {
  /** `verifier.id`: it has to be one that the signer is trusted for. */
  verifier?: string
  resourceUri?: string
  /** Levels that it must list. */
  levels?: string[]
}

export const isSummary = ({ predicateType }: StatementView) => predicateType === verificationSummaryType

/**
 * Whether a verification summary says that the file passed, and what was asked of it. A summary of a file that did not
 * pass is a true statement, and no reason to use the file.
 * https://slsa.dev/spec/v1.2/verification_summary#how-to-verify
 */
export function checkSummary(view: StatementView, { verifier, resourceUri, levels = [] }: WantedSummary): Check {
  const id = 'policy'
  if (!isSummary(view)) return skipped(id, 'No policy file was given.')
  const { predicate } = view
  const by = isRecord(predicate.verifier) ? predicate.verifier.id : undefined
  const listed: unknown[] = Array.isArray(predicate.verifiedLevels) ? predicate.verifiedLevels : []
  const evidence = { verifier: by, resourceUri: predicate.resourceUri, levels: listed.slice(0, 100) }
  const wrong = (detail: string) => failed(id, 'POLICY_REFUSED', detail, evidence)
  if (predicate.verificationResult !== 'PASSED') return wrong('Its verifier says that the file did not pass.')
  if (typeof by !== 'string') return wrong('It does not say who verified.')
  if (verifier !== undefined && by !== verifier) return wrong(`It was verified by ${by}, and ${verifier} was expected.`)
  if (resourceUri !== undefined && predicate.resourceUri !== resourceUri) {
    return wrong(`It is about the file at ${String(predicate.resourceUri)}, and not at ${resourceUri}.`)
  }
  const missing = levels.find((level) => !listed.includes(level))
  if (missing !== undefined) return wrong(`It does not say that the file has ${missing}.`)
  return passed(id, `${by} says that the file passed its policy.`, evidence)
}
