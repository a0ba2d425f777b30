import type { Expectations } from '../verification/expectations.ts'
import { isRecord } from '../verification/model.ts'
import { readAttestations } from '../verification/read.ts'
import { repositoryOf } from '../verification/statement.ts'
import type { TrustRoot } from '../verification/trust-root.ts'
import { type StatementResult, verifyArtifact } from '../verification/verify.ts'
import type { Dependency } from './model.ts'

export type Judged = {
  /** `present`: there is something that says it is provenance, and it does not hold. */
  provenance: 'verified' | 'present' | 'absent'
  /** Where it comes from, when that is verified. */
  source?: string
  /** Why it does not hold. */
  fault?: string
}

/**
 * CI systems of which the npm registry takes provenance. Which repository may publish a package nobody says beforehand:
 * what is verified is that the statement's source is the one that the certificate names.
 * https://docs.npmjs.com/generating-provenance-statements
 */
const publishers: Expectations['signers'] = [
  {
    identity: { pattern: 'https://github\\.com/.+' },
    issuer: { exactly: 'https://token.actions.githubusercontent.com' },
  },
  { identity: { pattern: 'https://gitlab\\.com/.+' }, issuer: { exactly: 'https://gitlab.com' } },
]

/** What a registry's list of attestations is worth for these very bytes. Opens no connection. */
export async function judgeProvenance(
  { uri, digests }: Pick<Dependency, 'uri' | 'digests'>,
  answer: string | undefined,
  { trustRoots, now, signal }: { trustRoots: TrustRoot[]; now: Date; signal: AbortSignal },
): Promise<Judged> {
  if (answer === undefined) return { provenance: 'absent' }
  const { attestations } = readAttestations({ bytes: Buffer.from(answer), file: `the attestations of ${uri}` })
  const claimed = attestations.filter(({ label }) => label?.startsWith('https://slsa.dev/provenance/') ?? true)
  if (claimed.length === 0) return { provenance: 'absent' }
  const artifact = { name: uri, digests: defined(digests) }
  const { statements } = await verifyArtifact({
    artifact,
    attestations: claimed,
    expectations: { signers: publishers },
    trustRoots,
    now,
    signal,
  })
  for (const statement of statements) {
    const source = statement.verdict === 'verified' ? boundSource(statement) : undefined
    if (source !== undefined) return { provenance: 'verified', source }
  }
  return { provenance: 'present', fault: faultOf(statements) }
}

/** The source that the statement names, when the certificate names the same repository and commit. */
function boundSource({ statement, checks }: StatementResult): string | undefined {
  const [source] = statement?.sources ?? []
  const identity = checks.find(({ id }) => id === 'identity')?.evidence
  const extensions = isRecord(identity?.extensions) ? identity.extensions : {}
  const { sourceRepositoryUri: repository, sourceRepositoryDigest: commit } = extensions
  if (!source || typeof repository !== 'string' || typeof commit !== 'string') return undefined
  const isSame = repositoryOf(source.uri) === repositoryOf(repository) && source.commit === commit
  return isSame ? source.uri.slice(0, 8192) : undefined
}

function faultOf(statements: StatementResult[]): string {
  const failed = statements.flatMap(({ checks }) => checks.filter(({ result }) => result === 'failed'))
  return failed[0]?.detail ?? 'its source is not the one that the certificate names.'
}

function defined(digests: Dependency['digests']): Record<string, string> {
  const { sha256, sha512 } = digests
  return { ...(sha256 !== undefined && { sha256 }), ...(sha512 !== undefined && { sha512 }) }
}
