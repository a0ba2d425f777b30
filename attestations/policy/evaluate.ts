import { verdicts } from '../../verifiers/model/verdict.ts'
import { type Check, failed, passed, skipped } from '../verification/model.ts'
import type { StatementView } from '../verification/statement.ts'
import { isProvenance, rebuildIn } from './claims.ts'
import { applyRules, type RuleResult } from './dependency-rules.ts'
import type { DependencyRule, Policy, PolicyException } from './schema.ts'

/** How many refusals are listed. */
const listed = 100

type Refusal = { rule: DependencyRule; uri: string }

/** One rule of a policy on the dependencies of one statement. */
export type DependencyRuleResult = { id: `dependencies.${DependencyRule}`; met: boolean; detail: string }

/** What the policy asks of the dependencies that a provenance lists. `evidence.rules` has a result for each rule. */
export function checkDependencies(view: StatementView, policy: Policy, now: Date): Check {
  const id = 'dependencies'
  const { dependencies: rules, exceptions } = policy
  if (!rules || !isProvenance(view)) return skipped(id, 'The policy asks nothing of dependencies here.')
  const today = now.toISOString().slice(0, 10)
  const current = exceptions.filter(({ until }) => until >= today)
  const applied = applyRules(view, rules, now)
  const refused = applied.flatMap(({ rule, refused }) => refused.map((uri): Refusal => ({ rule, uri })))
  const left = refused.filter((one) => !current.some((exception) => excuses(exception, one)))
  const expired = exceptions.filter((one) => !current.includes(one) && left.some((refusal) => excuses(one, refusal)))
  const evidence = {
    listed: view.dependencies.length,
    rules: applied.map((one) => ruleResult(one, left, refused)),
    refused: left.slice(0, listed),
    excepted: refused.length - left.length,
    ...(expired.length > 0 && { expiredExceptions: expired.slice(0, listed) }),
  }
  const [first] = left
  if (!first) {
    const excepted = refused.length > 0 ? `, ${refused.length} by exception` : ''
    return passed(id, `All ${view.dependencies.length} dependencies are as the policy wants them${excepted}.`, evidence)
  }
  const says = applied.find(({ rule }) => rule === first.rule)?.says ?? ''
  const others = left.length > 1 ? `, and ${left.length - 1} more refusals` : ''
  const lapsed = expired.length > 0 ? ` An exception for it ended on ${expired[0]?.until}.` : ''
  const detail = `The policy refuses ${first.uri}, which ${says} (${first.rule})${others}.${lapsed}`
  return failed(id, 'DEPENDENCY_REFUSED', detail, evidence)
}

function ruleResult({ rule, says, fine }: RuleResult, left: Refusal[], refused: Refusal[]): DependencyRuleResult {
  const broken = left.filter((one) => one.rule === rule)
  const excepted = refused.filter((one) => one.rule === rule).length - broken.length
  const by = excepted > 0 ? `, but for ${excepted} by exception` : ''
  const [first] = broken
  const others = broken.length > 1 ? `, and so do ${broken.length - 1} more` : ''
  return {
    id: `dependencies.${rule}`,
    met: first === undefined,
    detail: first ? `${first.uri} ${says}${others}.` : `${fine}${by}.`,
  }
}

function excuses({ rule, dependency }: PolicyException, refusal: Refusal): boolean {
  if (rule !== refusal.rule) return false
  return dependency.endsWith('*') ? refusal.uri.startsWith(dependency.slice(0, -1)) : refusal.uri === dependency
}

/** What the policy asks of a rebuild's result. */
export function checkRebuild(view: StatementView, { rebuild }: Policy): Check {
  const id = 'policy'
  const claim = rebuild && rebuildIn(view)
  if (!rebuild || !claim) return skipped(id, 'The policy asks nothing more of it.')
  const { verdict, assisted } = claim
  const evidence = { verdict, assisted, wanted: rebuild.verdict }
  const order: readonly unknown[] = verdicts
  const rank = order.indexOf(verdict)
  if (rank === -1 || rank > order.indexOf(rebuild.verdict)) {
    return failed(
      id,
      'POLICY_REFUSED',
      `The rebuild is ${String(verdict)}, and the policy wants ${rebuild.verdict}.`,
      evidence,
    )
  }
  if (assisted !== false && !rebuild.assisted) {
    const detail = assisted === undefined ? 'It is not said whether a human helped' : 'A human helped'
    return failed(id, 'POLICY_REFUSED', `${detail} with the rebuild, which the policy does not allow.`, evidence)
  }
  return passed(id, `The rebuild is ${String(verdict)}, as the policy wants.`, evidence)
}
