import type { Check } from '../verification/model.ts'
import type { StatementResult, Verification } from '../verification/verify.ts'
import { isProvenance, rebuildIn } from './claims.ts'
import type { DependencyRuleResult } from './evaluate.ts'
import { operatorOf, type RosterEntry, rosterEntry } from './roster.ts'
import type { Policy } from './schema.ts'

/** One thing that a policy asks of all statements together, and one sentence that says whether it is so. */
export type Requirement = {
  id: 'rebuilders' | 'platforms' | 'provenance' | DependencyRuleResult['id']
  met: boolean
  detail: string
}

/** What a policy asks of all statements about a file together; each that counts holds by itself. */
export function settle(
  verification: Verification,
  { rebuild, dependencies }: Policy,
  roster: RosterEntry[] = [],
): Verification & { requirements: Requirement[] } {
  const holding = verification.statements.filter(({ verdict }) => verdict === 'verified')
  const requirements = [
    ...(rebuild ? rebuildRequirements(holding, rebuild, roster) : []),
    ...(dependencies ? dependencyRequirements(verification.statements) : []),
  ]
  const met = requirements.every((one) => one.met)
  const otherwise = verification.statements.some(({ verdict }) => verdict === 'rejected') ? 'rejected' : 'unverifiable'
  return { ...verification, verdict: met ? verification.verdict : otherwise, requirements }
}

function rebuildRequirements(
  holding: StatementResult[],
  { verdict, rebuilders, platforms }: NonNullable<Policy['rebuild']>,
  roster: RosterEntry[],
): Requirement[] {
  const results = holding.filter(({ statement }) => statement && rebuildIn(statement))
  const found = new Set(results.map((one) => operatorOf(one, roster))).size
  const named = platformsOf(results, roster).length
  return [
    {
      id: 'rebuilders',
      met: found >= rebuilders,
      detail: `${found} independent signers attest a rebuild that is at least ${verdict}; ${rebuilders} have to.`,
    },
    ...(platforms === undefined
      ? []
      : [
          {
            id: 'platforms' as const,
            met: named >= platforms,
            detail: `${named} platforms of different operators found that; ${platforms} have to. Only signers whose operator the policy names count.`,
          },
        ]),
  ]
}

/** Operators that the policy names, of the signers of these statements. */
export function platformsOf(results: StatementResult[], roster: RosterEntry[]): string[] {
  const operators = results.flatMap((one) => rosterEntry(one, roster)?.operator ?? [])
  return [...new Set(operators)].sort()
}

/** Of the provenance that holds, where there is one; otherwise of the first that is about the file and comes from a signer. */
function dependencyRequirements(statements: StatementResult[]): Requirement[] {
  const provenance = statements.filter(({ statement }) => statement && isProvenance(statement))
  const holding = provenance.filter(({ verdict }) => verdict === 'verified')
  const judged = holding[0] ?? provenance.find((one) => passes(one, 'signature', 'identity', 'subject'))
  return [
    {
      id: 'provenance',
      met: holding.length > 0,
      detail: `${holding.length} provenance statements list the dependencies and hold; 1 has to.`,
    },
    ...(judged ? rulesIn(judged) : []),
  ]
}

const passes = ({ checks }: StatementResult, ...ids: Check['id'][]) =>
  ids.every((id) => checks.some((check) => check.id === id && check.result === 'passed'))

function rulesIn({ checks }: StatementResult): DependencyRuleResult[] {
  const rules = checks.find(({ id }) => id === 'dependencies')?.evidence.rules
  return Array.isArray(rules) ? rules : []
}
