import { createHash } from 'node:crypto'
import { type VerifiedArtifact, withDigests } from './artifact.ts'
import { checkExpectations, type Expectations } from './expectations.ts'
import type { TrustedKey } from './keys.ts'
import { type MaterialResult, verifyMaterial } from './material.ts'
import {
  type Check,
  type CheckId,
  checkIds,
  failed,
  passed,
  skipped,
  type VerificationVerdict,
  verdictOf,
} from './model.ts'
import { builderCheck, buildTypeCheck, dependenciesCheck, parametersCheck, sourceCheck } from './provenance-checks.ts'
import type { Attestation, Origin } from './read.ts'
import { type Signed, signedBy } from './signed.ts'
import type { ReadCertificates, Signer } from './signer.ts'
import { readStatement, type StatementView } from './statement.ts'
import {
  identityCheck,
  payloadTypeCheck,
  predicateTypeCheck,
  signedFileCheck,
  subjectCheck,
} from './statement-checks.ts'
import type { TrustRoot } from './trust-root.ts'

/** What was found out about one attestation: every check, whatever the one before it said. */
export type StatementResult = {
  verdict: VerificationVerdict
  origin: Origin
  format?: string
  predicateType?: string
  signer?: { identity: string; issuer?: string } | { key: string; sha256: string }
  /** Trusted times of the signature, RFC 3339. */
  times: string[]
  /** Of the signed payload. */
  payloadSha256?: string
  /** Under which the checks were made. */
  trustRoot?: { name: string; sha256: string }
  /** In the order of `checkIds`. */
  checks: Check[]
  /** The statement itself; believe it only when the verdict is `verified`. */
  statement?: StatementView
}

export type Verification = {
  verdict: VerificationVerdict
  artifact: { name: string; digests: Record<string, string>; size?: number }
  statements: StatementResult[]
}

export type VerifyOptions = {
  artifact: VerifiedArtifact
  attestations: Attestation[]
  expectations: Expectations
  /** Each is tried by itself; they are never mixed. */
  trustRoots: TrustRoot[]
  /** What `{ key: 'given' }` and `{ key: 'npm-registry' }` stand for. */
  keys?: { given?: TrustedKey[]; npmRegistry?: TrustedKey[] }
  now?: Date
  /** Certificates that were read for other files of the same call. */
  certificates?: ReadCertificates
  signal?: AbortSignal
}

/**
 * Whether somebody whose word counts says the expected about a file. Every check is made on one and the same statement;
 * a statement that has nothing to do with the file, or does not hold, neither helps nor harms another one. No network.
 *
 * @throws {Problem} SIGNER_NOT_NAMED when nobody's signature is asked for; USAGE for a pattern that is none.
 */
export async function verifyArtifact(options: VerifyOptions): Promise<Verification> {
  const { attestations, expectations, now = new Date(), certificates = new Map(), signal } = options
  checkExpectations(expectations)
  const candidates = attestations.map(opened)
  const artifact = await withDigests(options.artifact, new Set(candidates.flatMap(algorithmsOf)))
  const statements: StatementResult[] = []
  for (const candidate of candidates) {
    signal?.throwIfAborted()
    statements.push(await verifyStatement(candidate, { ...options, artifact, now, certificates }))
  }
  const { name, digests, size } = artifact
  return {
    verdict: overall(statements),
    artifact: { name, digests, ...(size !== undefined && { size }) },
    statements,
  }
}

/** One statement that holds is enough; none at all leaves the question open. */
export function overall(statements: { verdict: VerificationVerdict }[]): VerificationVerdict {
  for (const verdict of ['verified', 'rejected'] as const) {
    if (statements.some((statement) => statement.verdict === verdict)) return verdict
  }
  return 'unverifiable'
}

type Opened = { attestation: Attestation; signed?: Signed; statement?: ReturnType<typeof readStatement> }

function opened(attestation: Attestation): Opened {
  if ('fault' in attestation) return { attestation }
  const signed = signedBy(attestation.content)
  return { attestation, signed, ...(signed.kind === 'envelope' && { statement: readStatement(signed.payload) }) }
}

function algorithmsOf({ signed, statement }: Opened): string[] {
  if (signed?.kind === 'file') return [signed.algorithm]
  return statement && 'view' in statement ? statement.view.subjects.flatMap(({ digest }) => Object.keys(digest)) : []
}

type Context = VerifyOptions & { now: Date; certificates: ReadCertificates }

async function verifyStatement({ attestation, signed, statement }: Opened, context: Context): Promise<StatementResult> {
  const { origin } = attestation
  if ('fault' in attestation || !signed) {
    const { fault } = attestation as Extract<Attestation, { fault: unknown }>
    const checks = [failed('format', fault.code, fault.detail), ...restSkipped('format', 'It could not be read.')]
    return { verdict: verdictOf(checks), origin, times: [], checks }
  }
  const { content, label } = attestation
  const [best] = await materials(content, signed, context)
  const { material, root } = best
  const view = statement && 'view' in statement ? statement.view : undefined
  const format = content.format === 'dsse' ? 'a bare DSSE envelope' : content.mediaType
  const checks = [
    passed('format', `It is ${format}.`, { format: content.format }),
    ...material.checks,
    identityCheck(material.signer, context.expectations, content.format),
    ...saidChecks({ signed, statement, label, signer: material.signer }, context),
  ]
  const payload = signed.kind === 'envelope' ? signed.payload : undefined
  return {
    verdict: verdictOf(checks),
    origin,
    format: content.format,
    ...(view && { predicateType: view.predicateType }),
    ...(material.signer && { signer: toldSigner(material.signer) }),
    times: material.times.map((time) => time.toISOString()),
    ...(payload && { payloadSha256: createHash('sha256').update(payload).digest('hex') }),
    trustRoot: { name: root.name, sha256: root.sha256 },
    checks,
    ...(view && { statement: view }),
  }
}

type Tried = { material: MaterialResult; root: TrustRoot }

/** Under every root by itself, the one that trusts most first. */
async function materials(
  content: Parameters<typeof signedBy>[0],
  signed: Signed,
  context: Context,
): Promise<[Tried, ...Tried[]]> {
  const { artifact, expectations, keys = {}, trustRoots, now, certificates } = context
  const [first, ...others] = trustRoots
  const trusted = expectations.signers.flatMap((one) =>
    'key' in one ? (one.key === 'given' ? (keys.given ?? []) : (keys.npmRegistry ?? [])) : [],
  )
  const attempt = async (root: TrustRoot): Promise<Tried> => ({
    root,
    material: await verifyMaterial({
      content,
      signed,
      artifact,
      root,
      keys: trusted,
      certificates,
      require: expectations.require ?? {},
      now,
    }),
  })
  const tried: [Tried, ...Tried[]] = [await attempt(first ?? nobody)]
  for (const root of others) {
    if (failures(tried[0]) === 0) break
    tried.push(await attempt(root))
    tried.sort((one, other) => failures(one) - failures(other))
  }
  return tried
}

const failures = ({ material }: Tried): number => material.checks.filter(({ result }) => result === 'failed').length

/** Without any trusted root only keys are trusted. */
const nobody: TrustRoot = {
  name: 'none',
  sha256: '',
  material: { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] },
  faults: [],
}

type Said = {
  signed: Signed
  statement: ReturnType<typeof readStatement> | undefined
  label: string | undefined
  signer: Signer | undefined
}

/** From the payload type on: what is said, and whether it is what was expected. */
function saidChecks({ signed, statement, label, signer }: Said, { artifact, expectations }: Context): Check[] {
  if (signed.kind === 'file') return plainSignatureChecks(signed, signer, { artifact, expectations })
  const payloadType = payloadTypeCheck(signed)
  if (payloadType.result === 'failed' || !statement || 'fault' in statement) {
    const fault = statement && 'fault' in statement ? statement.fault : undefined
    const check =
      payloadType.result !== 'failed' && fault ? failed('payload-type', fault.code, fault.detail) : payloadType
    return [check, ...restSkipped('payload-type', 'There is no statement to read.')]
  }
  const { view } = statement
  const { policy, dependencies } = expectations
  return [
    payloadType,
    predicateTypeCheck(view, label, expectations.predicateType),
    subjectCheck(view.subjects, artifact),
    sourceCheck(view, signer, expectations),
    builderCheck(view, signer, expectations.builder),
    buildTypeCheck(view, expectations.buildType),
    parametersCheck(view, expectations.parameters),
    dependencies ? dependencies(view) : dependenciesCheck(view),
    policy ? policy(view) : skipped('policy', 'No policy file was given.'),
  ]
}

/** A signature over the file itself says who had it, and nothing of how it came about. */
function plainSignatureChecks(
  signed: Extract<Signed, { kind: 'file' }>,
  signer: Signer | undefined,
  { artifact, expectations }: Pick<Context, 'artifact' | 'expectations'>,
): Check[] {
  const { predicateType, builder, buildType, parameters, policy } = expectations
  const nothing = 'It signs the file itself and contains no statement.'
  const unless = (id: CheckId, code: Parameters<typeof failed>[1], wanted: unknown): Check =>
    wanted === undefined ? skipped(id, nothing) : failed(id, code, nothing)
  return [
    skipped('payload-type', nothing),
    unless('predicate-type', 'PREDICATE_TYPE', predicateType),
    signedFileCheck(signed, artifact),
    sourceCheck(undefined, signer, expectations),
    unless('builder', 'BUILDER_NOT_STATED', builder),
    unless('build-type', 'BUILD_TYPE_MISMATCH', buildType),
    unless('parameters', 'PARAMETER_MISMATCH', parameters),
    skipped('dependencies', nothing),
    policy ? skipped('policy', nothing) : skipped('policy', 'No policy file was given.'),
  ]
}

function restSkipped(after: CheckId, detail: string): Check[] {
  return checkIds.slice(checkIds.indexOf(after) + 1).map((id) => skipped(id, detail))
}

function toldSigner(signer: Signer): NonNullable<StatementResult['signer']> {
  if (signer.kind === 'key') return { key: signer.trusted.name, sha256: signer.trusted.sha256 }
  const { identity, issuer } = signer.claims
  return { identity, ...(issuer !== undefined && { issuer }) }
}
