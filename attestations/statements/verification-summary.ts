import { Problem } from '../../verifiers/model/problem.ts'
import { type Statement, type Subject, statement } from './statement.ts'
import { verificationSummaryType } from './types.ts'

/** https://slsa.dev/spec/v1.2/verification_summary */
export type VerificationSummary = {
  verifier: { id: string; version?: Record<string, string> }
  /** RFC 3339. */
  timeVerified: string
  /** Where the file is that was judged. */
  resourceUri: string
  policy: { uri: string; digest: { sha256: string } }
  /** All that were used. */
  inputAttestations: { uri?: string; digest: { sha256: string } }[]
  verificationResult: 'PASSED' | 'FAILED'
  verifiedLevels: string[]
  /** How many dependencies have each level; absent when nothing is said of them. */
  dependencyLevels?: Record<string, number>
  slsaVersion: '1.2'
}

export type PolicyVerdict = Omit<VerificationSummary, 'slsaVersion'> & {
  subject: Subject
  /** Operators of the platforms that made this very digest, as far as the policy trusts them. */
  platforms: string[]
}

/**
 * What a policy decided about a file.
 *
 * @throws {Problem} FAULT when the verdict claims a level that it has no right to.
 */
export function verificationSummaryStatement({
  subject,
  platforms,
  ...verdict
}: PolicyVerdict): Statement<VerificationSummary> {
  const levels = [...new Set(verdict.verifiedLevels)].sort()
  // "MUST only be issued if the artifact has provenance from two or more independently operated build platforms":
  // https://slsa.dev/spec/v1.2/verified-properties
  if (levels.includes('SLSA_BUILD_REPRODUCED') && new Set(platforms).size < 2) {
    throw new Problem('FAULT', 'SLSA_BUILD_REPRODUCED was claimed of a file that only one platform built.')
  }
  if (verdict.verificationResult === 'FAILED' && levels.length > 0) {
    throw new Problem('FAULT', 'A policy that was not met cannot give a level.')
  }
  return statement(subject, verificationSummaryType, {
    ...verdict,
    inputAttestations: verdict.inputAttestations.toSorted((a, b) => (a.digest.sha256 < b.digest.sha256 ? -1 : 1)),
    // "Indicates policy evaluation failed": https://slsa.dev/spec/v1.2/verification_summary#slsaresult
    verifiedLevels: verdict.verificationResult === 'FAILED' ? ['FAILED'] : levels,
    slsaVersion: '1.2',
  })
}
