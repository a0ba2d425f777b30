import type { Verdict } from '../../verifiers/model/verdict.ts'
import { verificationSummaryType } from '../statements/types.ts'
import { type Check, failed, isRecord, passed, skipped } from '../verification/model.ts'
import type { StatementView } from '../verification/statement.ts'
import { rebuildIn } from './claims.ts'
import { asksForSummary, type WantedSummary } from './wanted-summary.ts'

const id = 'policy'

const isSummary = ({ predicateType }: StatementView) => predicateType === verificationSummaryType

/** Whatever is no match is a true statement, and no reason to use the file. */
const matches = ['bit-identical', 'stream-identical', 'content-identical', 'equivalent'] satisfies Verdict[]

/**
 * What a statement itself decides about its file: a summary that it passed, a result how it was rebuilt. A statement that
 * decides nothing, where a summary was asked for, does not answer.
 */
export function checkOwnVerdict(view: StatementView, summary: WantedSummary = {}): Check {
  if (isSummary(view)) return checkSummary(view, summary)
  if (asksForSummary(summary))
    return failed(id, 'POLICY_REFUSED', 'It is no verification summary, and one was asked for.')
  const claim = rebuildIn(view)
  if (!claim) return skipped(id, 'Nothing more was asked of it.')
  const said = `The rebuild is ${String(claim.verdict)}`
  const isMatch = matches.some((verdict) => verdict === claim.verdict)
  return isMatch
    ? passed(id, `${said}.`, claim)
    : failed(id, 'POLICY_REFUSED', `${said}, which is no reason to use the file.`, claim)
}

/**
 * Whether a verification summary says that the file passed, and what was asked of it. A summary of a file that did not
 * pass is a true statement, and no reason to use the file.
 * https://slsa.dev/spec/v1.2/verification_summary#how-to-verify
 */
function checkSummary(view: StatementView, { verifier, resourceUri, levels = [] }: WantedSummary): Check {
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
  const missing = levels.find((level) => !listed.some((one) => implies(one, level)))
  if (missing !== undefined) return wrong(`It does not say that the file has ${missing}.`)
  return passed(id, `${by} says that the file passed its policy.`, evidence)
}

/** Of the levels of a track each implies those below it. https://slsa.dev/spec/v1.2/verification_summary#fields */
function implies(listed: unknown, level: string): boolean {
  if (listed === level) return true
  const [one, other] = [listed, level].map((name) => /^(SLSA_[A-Z]+_LEVEL_)(\d)$/.exec(String(name)))
  return one?.[1] !== undefined && one[1] === other?.[1] && Number(one[2]) > Number(other[2])
}
