import { Problem } from '../../verifiers/model/problem.ts'
import { type Verdict, verdicts } from '../../verifiers/model/verdict.ts'
import type { Statement, Subject } from '../statements/statement.ts'
import { type VerificationSummary, verificationSummaryStatement } from '../statements/verification-summary.ts'
import type { StatementResult, Verification } from '../verification/verify.ts'
import { isProvenance, rebuildIn } from './claims.ts'
import type { ReadPolicy } from './read.ts'
import { rosterEntry } from './roster.ts'
import { platformsOf } from './settle.ts'

/** reproof on somebody's machine, judging by a policy file. */
export const localVerifierId = 'https://reproof.dev/verifiers/local/v1'

export type SummaryOptions = {
  /** As the policy settled it. */
  verification: Verification
  policy: Pick<ReadPolicy, 'policy' | 'sha256' | 'roster'>
  verifier: { id: string; version: Record<string, string> }
  /** Where the file is, or what it is called; the package URL in the statements where it is absent. */
  resourceUri?: string
  now: Date
}

/**
 * What a policy decided about a file, as a verification summary. Nothing is claimed of a file that the policy refuses.
 *
 * @throws {Problem} USAGE when the file is known by one digest only.
 */
export function summaryOf(options: SummaryOptions): Statement<VerificationSummary> {
  const { verification, policy, verifier, now } = options
  const { artifact, statements, verdict } = verification
  const { sha256, sha512 } = artifact.digests
  if (sha256 === undefined || sha512 === undefined) {
    throw new Problem('USAGE', 'A summary is about a file, and only a digest was given.', { hint: 'Give the file.' })
  }
  const passed = verdict === 'verified'
  const holding = statements.filter((one) => one.verdict === 'verified')
  const purl = purlIn(holding)
  const platforms = platformsOf(
    holding.filter(({ statement }) => statement && isProvenance(statement)),
    policy.roster,
  )
  const subject: Subject = {
    name: purl ?? artifact.name,
    ...(purl !== undefined && { uri: purl }),
    digest: { sha256, sha512 },
  }
  return verificationSummaryStatement({
    subject,
    platforms,
    verifier,
    timeVerified: now.toISOString(),
    resourceUri: options.resourceUri ?? purl ?? namedInformation(sha256),
    policy: { uri: policy.policy.uri ?? namedInformation(policy.sha256), digest: { sha256: policy.sha256 } },
    inputAttestations: inputs(passed ? holding : statements),
    verificationResult: passed ? 'PASSED' : 'FAILED',
    verifiedLevels: passed ? levels(holding, platforms, policy) : [],
  })
}

function inputs(statements: StatementResult[]): VerificationSummary['inputAttestations'] {
  const digests = statements.flatMap(({ payloadSha256 }) => payloadSha256 ?? [])
  return [...new Set(digests)].map((sha256) => ({ digest: { sha256 } }))
}

/** A name for bytes that have no address: https://www.rfc-editor.org/rfc/rfc6920 */
function namedInformation(sha256: string): string {
  return `ni:///sha-256;${Buffer.from(sha256, 'hex').toString('base64url')}`
}

function purlIn(holding: StatementResult[]): string | undefined {
  const names = holding.flatMap(({ statement }) => statement?.subjects ?? []).map(({ uri, name }) => uri ?? name ?? '')
  const purls = new Set(names.filter((name) => name.startsWith('pkg:')))
  // Two statements that call one file differently: then neither name is taken.
  return purls.size === 1 ? [...purls][0] : undefined
}

function levels(holding: StatementResult[], platforms: string[], { roster }: Pick<ReadPolicy, 'roster'>): string[] {
  const trusted = holding
    .filter(({ statement }) => statement && isProvenance(statement))
    .map((one) => rosterEntry(one, roster)?.level ?? 0)
  const level = Math.max(0, ...trusted)
  const best = bestVerdict(holding)
  return [
    level > 0 ? `SLSA_BUILD_LEVEL_${level}` : 'SLSA_BUILD_LEVEL_UNEVALUATED',
    // https://slsa.dev/spec/v1.2/verified-properties: provenance of two independently operated platforms.
    ...(platforms.length >= 2 ? ['SLSA_BUILD_REPRODUCED'] : []),
    ...(best ? [`REPROOF_REBUILD_${best.toUpperCase().replaceAll('-', '_')}`] : []),
  ]
}

function bestVerdict(holding: StatementResult[]): Verdict | undefined {
  const claimed = new Set(holding.map(({ statement }) => statement && rebuildIn(statement)?.verdict))
  return verdicts.slice(0, 4).find((verdict) => claimed.has(verdict))
}
