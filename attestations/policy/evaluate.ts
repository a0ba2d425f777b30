import { verdicts } from '../../verifiers/model/comparison.ts'
import { rebuildResultType } from '../statements/rebuild-result.ts'
import { type Check, failed, isRecord, passed, skipped } from '../verification/model.ts'
import type { Dependency, StatementView } from '../verification/statement.ts'
import type { StatementResult, Verification } from '../verification/verify.ts'
import type { DependencyRule, dependencyRules, Policy, PolicyException } from './schema.ts'

/** How many refusals are listed. */
const listed = 100

type Refusal = { rule: DependencyRule; uri: string }

/** What the policy asks of the dependencies that a provenance lists. */
export function checkDependencies(view: StatementView, policy: Policy, now: Date): Check {
  const id = 'dependencies'
  const { dependencies: rules, exceptions } = policy
  if (!rules || !isProvenance(view)) return skipped(id, 'The policy asks nothing of dependencies here.')
  const today = now.toISOString().slice(0, 10)
  const current = exceptions.filter(({ until }) => until >= today)
  const refused = refusals(view, rules)
  const left = refused.filter((one) => !current.some((exception) => excuses(exception, one)))
  const expired = exceptions.filter((one) => !current.includes(one) && left.some((refusal) => excuses(one, refusal)))
  const evidence = {
    listed: view.dependencies.length,
    refused: left.slice(0, listed),
    excepted: refused.length - left.length,
    ...(expired.length > 0 && { expiredExceptions: expired.slice(0, listed) }),
  }
  const [first] = left
  if (!first) {
    const excepted = refused.length > 0 ? `, ${refused.length} by exception` : ''
    return passed(id, `All ${view.dependencies.length} dependencies are as the policy wants them${excepted}.`, evidence)
  }
  const others = left.length > 1 ? `, and ${left.length - 1} more` : ''
  const lapsed = expired.length > 0 ? ` An exception for it ended on ${expired[0]?.until}.` : ''
  return failed(
    id,
    'DEPENDENCY_REFUSED',
    `The policy refuses ${first.uri} (${first.rule})${others}.${lapsed}`,
    evidence,
  )
}

/** OSS Rebuild says "equivalent after stabilisation" in a statement of this predicate type, which is no provenance. */
const ossRebuildType = 'https://docs.oss-rebuild.dev/builds/ArtifactEquivalence@v0.1'

const isProvenance = ({ predicateType, buildType }: StatementView) =>
  predicateType.startsWith('https://slsa.dev/provenance/') && buildType !== ossRebuildType

function refusals(
  view: StatementView,
  { refuse, registries, licences }: NonNullable<Policy['dependencies']>,
): Refusal[] {
  const mismatched = refuse.includes('digest-mismatch') ? mismatches(view) : []
  return [
    ...mismatched.map((uri): Refusal => ({ rule: 'digest-mismatch', uri })),
    ...view.dependencies.flatMap((one) => {
      const uri = one.uri ?? one.name ?? 'something without name'
      const rules: DependencyRule[] = refuse.filter((rule) => rule !== 'digest-mismatch' && breaks[rule](one))
      if (registries && !comesFrom(one, registries)) rules.push('registries')
      if (licences && isPackage(one) && !licences.includes(String(one.annotations?.license))) rules.push('licences')
      return rules.map((rule): Refusal => ({ rule, uri }))
    }),
  ]
}

const packageRoles = new Set<unknown>(['runtime', 'optional', 'peer', 'development', 'build', undefined])

/** Something installed, not the source, the image, a toolchain or an answer of the registry. */
const isPackage = ({ annotations }: Dependency) => packageRoles.has(annotations?.role)

const strong = ['sha256', 'sha384', 'sha512', 'gitCommit', 'gitTree']

const breaks: Record<(typeof dependencyRules)[number], (one: Dependency) => boolean> = {
  'without-digest': ({ digest }) => !strong.some((algorithm) => Object.hasOwn(digest, algorithm)),
  'digest-mismatch': () => false,
  undeclared: (one) => isPackage(one) && one.annotations?.evidence === 'observed',
  'git-or-http': (one) => isPackage(one) && !(one.uri ?? '').startsWith('pkg:'),
  'install-scripts': ({ annotations }) =>
    Array.isArray(annotations?.installScripts) && annotations.installScripts.length > 0,
  deprecated: ({ annotations }) => annotations?.deprecated !== undefined,
}

/** reproof's own provenance lists where what was declared and what was seen have two digests. */
function mismatches({ predicate }: StatementView): string[] {
  const definition = isRecord(predicate.buildDefinition) ? predicate.buildDefinition : {}
  const internal = isRecord(definition.internalParameters) ? definition.internalParameters : {}
  const findings = Array.isArray(internal.dependencyFindings) ? internal.dependencyFindings : []
  return findings.flatMap((one) => (isRecord(one) && one.id === 'DEP_DIGEST_MISMATCH' ? [String(one.uri)] : []))
}

/** A package URL without `repository_url` comes from the default registry of its ecosystem. */
function comesFrom(one: Dependency, hosts: string[]): boolean {
  if (!isPackage(one)) return true
  const uri = one.uri ?? ''
  const repository = uri.startsWith('pkg:') ? uri.match(/[?&]repository_url=([^&#]*)/)?.[1] : uri.replace(/^git\+/, '')
  if (repository === undefined) return true
  const url = URL.parse(uri.startsWith('pkg:') ? decoded(repository) : repository)
  return url !== null && hosts.includes(url.host)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function excuses({ rule, dependency }: PolicyException, refusal: Refusal): boolean {
  if (rule !== refusal.rule) return false
  return dependency.endsWith('*') ? refusal.uri.startsWith(dependency.slice(0, -1)) : refusal.uri === dependency
}

type RebuildClaim = { verdict: unknown; assisted: unknown }

/** What a statement says about a rebuild of its subject, if it says anything. */
function rebuildIn(view: StatementView): RebuildClaim | undefined {
  const { predicateType, predicate, buildType, dependencies, subjects, parameters } = view
  if (predicateType === rebuildResultType) return { verdict: predicate.verdict, assisted: predicate.assisted }
  if (buildType !== ossRebuildType) return undefined
  const rebuilt = dependencies.find(({ name }) => name !== undefined && name === parameters?.candidate)?.digest.sha256
  const isSame = rebuilt !== undefined && subjects.every(({ digest }) => digest.sha256 === rebuilt)
  // Which passes were needed, and whether a definition of a human took part, is not in this statement.
  return { verdict: isSame ? 'bit-identical' : 'equivalent', assisted: undefined }
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

export type Requirement = { id: 'rebuilders' | 'provenance'; met: boolean; detail: string }

/** What a policy asks of all statements about a file together; each that counts holds by itself. */
export function settle(
  verification: Verification,
  { rebuild, dependencies }: Policy,
): Verification & { requirements: Requirement[] } {
  const holding = verification.statements.filter(({ verdict }) => verdict === 'verified')
  const requirements: Requirement[] = []
  if (rebuild) {
    const results = holding.filter(({ statement }) => statement && rebuildIn(statement))
    const signers = new Set(results.map(signerId))
    requirements.push({
      id: 'rebuilders',
      met: signers.size >= rebuild.rebuilders,
      detail: `${signers.size} signers attest a rebuild that is at least ${rebuild.verdict}; ${rebuild.rebuilders} have to.`,
    })
  }
  if (dependencies) {
    const provenance = holding.filter(({ statement }) => statement && isProvenance(statement))
    requirements.push({
      id: 'provenance',
      met: provenance.length > 0,
      detail: `${provenance.length} provenance statements list the dependencies and hold; 1 has to.`,
    })
  }
  const met = requirements.every((one) => one.met)
  const otherwise = verification.statements.some(({ verdict }) => verdict === 'rejected') ? 'rejected' : 'unverifiable'
  return { ...verification, verdict: met ? verification.verdict : otherwise, requirements }
}

/** Two statements of one signer are one opinion. */
function signerId({ signer }: StatementResult): string {
  if (!signer) return ''
  return 'key' in signer ? `key ${signer.sha256}` : JSON.stringify([signer.issuer, signer.identity])
}
