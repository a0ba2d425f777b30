import { createPublicKey, type KeyObject } from 'node:crypto'
import { RFC3161Timestamp, X509Certificate } from '@sigstore/core'
import { TransparencyLogEntry } from '@sigstore/protobuf-specs'
import { type SignedEntity, Verifier } from '@sigstore/verify'
import type { VerifiedArtifact } from './artifact.ts'
import { type Claims, claimsOf } from './claims.ts'
import type { Expectations } from './expectations.ts'
import type { AttestationContent } from './formats.ts'
import type { TrustedKey } from './keys.ts'
import { isolated, type LogResult, logCheck, logResults } from './log-inclusion.ts'
import { type Check, failed, messageOf, passed, skipped } from './model.ts'
import { withKeptBytes } from './remembering.ts'
import { comparable, type Signed, signatureHolds } from './signed.ts'
import type { TrustRoot } from './trust-root.ts'

/** A clock may be this much ahead of ours before something is wrong. */
const clockSkew = 5 * 60_000

/** Who signed, as far as the signature itself shows. */
export type Signer =
  | { kind: 'certificate'; claims: Claims; certificate: X509Certificate; key: KeyObject }
  | { kind: 'key'; trusted: TrustedKey; key: KeyObject }

export type MaterialInput = {
  content: AttestationContent
  signed: Signed
  artifact: VerifiedArtifact
  root: TrustRoot
  /** Keys that may have signed, each with what it stands for. */
  keys: TrustedKey[]
  require: NonNullable<Expectations['require']>
  now: Date
}

export type MaterialResult = {
  signer?: Signer
  /** Trusted times of the signature. */
  times: Date[]
  /** Signature, certificate chain, timestamps, log inclusion. */
  checks: Check[]
}

/** All that does not depend on what is said, only on who signed it and when. */
export async function verifyMaterial(input: MaterialInput): Promise<MaterialResult> {
  const { content, signed } = input
  const found = await findSigner(input)
  const { signer } = found
  if (!signer) {
    const rest = ['certificate-chain', 'timestamps', 'log-inclusion'] as const
    return { times: [], checks: [found.check, ...rest.map((id) => skipped(id, 'The signer is not known.'))] }
  }
  const ask = isolated(input.root, signer.key)
  const isBundle = content.format !== 'dsse'
  const whole: SignedEntity = {
    signature: isBundle
      ? comparable(content, signed)
      : ({ signature: Buffer.alloc(0), verifySignature: () => true } as never),
    key: { $case: 'public-key', hint: '' },
    timestamps: [],
    tlogEntries: [],
  }
  const entries = isBundle ? content.bundle.verificationMaterial.tlogEntries : []
  const log = logResults(entries, { ask, whole, key: signer.key, root: input.root })
  const clocks = isBundle
    ? timestampResults(content.bundle.verificationMaterial.timestampVerificationData, ask, whole)
    : []
  const timing = timeCheck(input, signer, log, clocks)
  const { times } = timing
  const required =
    input.require.logEntries ?? (signer.kind === 'key' ? 0 : Math.min(1, input.root.material.tlogs.length))
  const inclusion = isBundle
    ? logCheck(log, { times, required: atLeastOneKnown(required, input.root, signer), root: input.root })
    : envelopeLogCheck(required)
  return {
    signer,
    times,
    checks: [found.check, chainCheck(input, signer, times, clocks, whole), timing.check, inclusion],
  }
}

/** A root whose every log was refused still asks for one; a root that names none does not. */
function atLeastOneKnown(required: number, root: TrustRoot, signer: Signer): number {
  const refused = root.faults.some(({ logId, authority }) => logId !== undefined && authority.startsWith('The log'))
  return signer.kind === 'certificate' && refused ? Math.max(1, required) : required
}

function envelopeLogCheck(required: number): Check {
  return required === 0
    ? skipped('log-inclusion', 'It is in no transparency log, and none is required.')
    : failed(
        'log-inclusion',
        'LOG_ENTRY_NOT_IN_ENVELOPE',
        'A bare envelope carries no log entry, and whether the log has one can only be asked online.',
      )
}

type FoundSigner = { signer?: Signer; check: Check }

async function findSigner({ content, signed, artifact, keys }: MaterialInput): Promise<FoundSigner> {
  const envelope = content.format === 'dsse' ? signed.signatures.find((one) => one.certificate) : undefined
  const encoded = content.format === 'dsse' ? envelope?.certificate : certificateIn(content)
  if (encoded === undefined || (envelope && keys.length > 0)) {
    const found = await findKey({ content, signed, artifact, keys })
    if (encoded === undefined || found.signer) return found
  }
  let signer: Signer
  try {
    const parsed = X509Certificate.parse(typeof encoded === 'string' ? encoded : Buffer.from(encoded))
    const certificate = withKeptBytes(parsed)
    signer = {
      kind: 'certificate',
      certificate,
      claims: claimsOf(certificate),
      key: createPublicKey({ key: certificate.publicKey, format: 'der', type: 'spki' }),
    }
  } catch (error) {
    const detail = `The certificate of the signer cannot be read: ${messageOf(error)}.`
    return { check: failed('signature', 'CERTIFICATE_UNREADABLE', detail) }
  }
  const signature = envelope ?? signed.signatures[0]
  const holds = signature && (await signatureHolds(signer.key, signed, signature.bytes, artifact))
  const evidence = { signed: signed.kind, keyType: signer.key.asymmetricKeyType }
  return { signer, check: signatureCheck(holds, 'the key of the certificate', evidence) }
}

function certificateIn(content: Exclude<AttestationContent, { format: 'dsse' }>): Buffer | undefined {
  const { content: material } = content.bundle.verificationMaterial
  if (material.$case === 'certificate') return material.certificate.rawBytes
  if (material.$case === 'x509CertificateChain') return material.x509CertificateChain.certificates[0]?.rawBytes
  return undefined
}

/** A hint or key id chooses nothing: every key that is trusted is tried. */
async function findKey({
  content,
  signed,
  artifact,
  keys,
}: Pick<MaterialInput, 'content' | 'signed' | 'artifact' | 'keys'>): Promise<FoundSigner> {
  const hint = content.format === 'dsse' ? signed.signatures.map(({ keyId }) => keyId).join(', ') : hintIn(content)
  const evidence = { signed: signed.kind, hint, signatures: signed.signatures.length }
  if (keys.length === 0) {
    const detail = `It is signed with a key${hint ? ` (${JSON.stringify(hint.slice(0, 100))})` : ''}, and no such key is trusted.`
    return { check: failed('signature', 'SIGNATURE_KEY_UNKNOWN', detail, evidence) }
  }
  let undecided = false
  for (const trusted of keys) {
    const { key, name, sha256 } = trusted
    if (!key) continue
    for (const { bytes } of signed.signatures) {
      const holds = await signatureHolds(key, signed, bytes, artifact)
      undecided ||= holds === undefined
      if (!holds) continue
      const check = signatureCheck(true, `the key of ${name}`, { ...evidence, keySha256: sha256 })
      return { signer: { kind: 'key', trusted, key }, check }
    }
  }
  const unusable = keys.find(({ key }) => key === undefined)
  if (unusable) {
    const detail = `What is in ${unusable.name} says that it is a public key, and is none.`
    return { check: failed('signature', 'SIGNATURE_KEY_UNUSABLE', detail, evidence) }
  }
  return { check: signatureCheck(undecided ? undefined : false, 'any of the trusted keys', evidence) }
}

const hintIn = ({ bundle }: Exclude<AttestationContent, { format: 'dsse' }>): string => {
  const { content } = bundle.verificationMaterial
  return content.$case === 'publicKey' ? content.publicKey.hint : ''
}

function signatureCheck(holds: boolean | undefined, by: string, evidence: Record<string, unknown>): Check {
  if (holds) return passed('signature', `The signature holds with ${by}.`, evidence)
  if (holds === false)
    return failed('signature', 'SIGNATURE_INVALID', `The signature does not hold with ${by}.`, evidence)
  const detail = 'A signature with this kind of key can be checked only with the file itself, not with its digest.'
  return failed('signature', 'SIGNATURE_NEEDS_FILE', detail, evidence)
}

type Clock = { time?: Date; serial?: string; timestamp?: SignedEntity['timestamps'][number]; fault?: string }

function timestampResults(
  data: { rfc3161Timestamps: { signedTimestamp: Buffer }[] } | undefined,
  ask: ReturnType<typeof isolated>,
  whole: SignedEntity,
): Clock[] {
  return (data?.rfc3161Timestamps ?? []).map(({ signedTimestamp }): Clock => {
    try {
      const parsed = RFC3161Timestamp.parse(Buffer.from(signedTimestamp))
      const timestamp = { $case: 'timestamp-authority', timestamp: parsed } as const
      ask({ timestamps: [timestamp] }, whole)
      return { time: parsed.signingTime, serial: parsed.signerSerialNumber.toString('hex'), timestamp }
    } catch (error) {
      return { fault: messageOf(error) }
    }
  })
}

/** When it was signed, as somebody trusted says: a timestamp authority, or a log that promised inclusion at a time. */
function timeCheck({ require, now, content }: MaterialInput, signer: Signer, log: LogResult[], clocks: Clock[]) {
  const id = 'timestamps'
  const logged = log.flatMap(({ promisedAt, fault }) => (promisedAt && !fault ? [promisedAt] : []))
  const stamped = clocks.flatMap(({ time }) => (time ? [time] : []))
  const times = [...stamped, ...logged]
  const required = require.timestamps ?? (signer.kind === 'key' ? 0 : 1)
  const evidence = {
    timestampAuthority: stamped.map((time) => time.toISOString()),
    log: logged.map((time) => time.toISOString()),
    required,
  }
  const result = (check: Check) => ({ times, check })
  const faulty = clocks.find(({ fault }) => fault)
  if (faulty) return result(failed(id, 'TIME_INVALID', `A timestamp does not hold: ${faulty.fault}.`, evidence))
  const stamps = clocks.map(({ serial, time }) => `${serial} ${time?.toISOString()}`)
  if (new Set(stamps).size !== stamps.length) {
    return result(failed(id, 'TIME_INVALID', 'The same timestamp stands twice in it.', evidence))
  }
  const future = times.find((time) => time.getTime() > now.getTime() + clockSkew)
  if (future) {
    const detail = `It says that it was signed at ${future.toISOString()}, and the clock here says ${now.toISOString()}: one of them is wrong.`
    return result(failed(id, 'TIME_IN_FUTURE', detail, evidence))
  }
  if (times.length < required) {
    const detail = `It has ${times.length} trusted times of the signature; ${required} is required.`
    const code = content.format === 'dsse' ? 'TIME_NOT_IN_ENVELOPE' : 'TIME_MISSING'
    return result(failed(id, code, detail, evidence))
  }
  if (times.length === 0)
    return result(skipped(id, 'Nobody says when it was signed, and that is not required of a key.', evidence))
  return result(passed(id, `It was signed by ${times.map((time) => time.toISOString()).join(' and ')}.`, evidence))
}

/** Whether the key was its owner's at the time of the signature. */
function chainCheck(input: MaterialInput, signer: Signer, times: Date[], clocks: Clock[], whole: SignedEntity): Check {
  const id = 'certificate-chain'
  if (signer.kind === 'key') return keyValidity(signer.trusted, times, input.now)
  const { claims, certificate } = signer
  const validity = { notBefore: claims.notBefore.toISOString(), notAfter: claims.notAfter.toISOString() }
  const evidence = { ...validity, at: times.map((time) => time.toISOString()), trustRoot: input.root.sha256 }
  if (!claims.forCodeSigning || claims.isAuthority) {
    return failed(id, 'CERTIFICATE_NOT_FOR_SIGNING', 'The certificate is not one for signing code.', evidence)
  }
  const { material, faults } = input.root
  // Certificates of the time of bare envelopes have their log's promise elsewhere, as the envelope has its log entry.
  const byDefault = input.content.format === 'dsse' ? 0 : Math.min(1, material.ctlogs.length)
  const required = input.require.certificateLogs ?? byDefault
  const verifier = new Verifier(
    {
      ...material,
      publicKey: () => {
        throw new Error('No key is meant.')
      },
    },
    {
      tlogThreshold: 0,
      ctlogThreshold: required,
      timestampThreshold: 0,
    },
  )
  // Where nobody trusted says when, the chain is at least asked whether it was right when it was issued.
  const moments = times.length > 0 ? times : [claims.notBefore]
  try {
    const stamps = clocks.flatMap(({ timestamp }) => (timestamp ? [timestamp] : []))
    const promised = moments.filter((time) => !clocks.some((clock) => clock.time === time)).map(loggedAt)
    verifier.verify({ ...whole, key: { $case: 'certificate', certificate }, timestamps: [...stamps, ...promised] })
  } catch (error) {
    const dropped = faults
      .filter(({ authority }) => authority.startsWith('The certificate'))
      .map(({ detail }) => ` ${detail}`)
    return failed(
      id,
      'CERTIFICATE_UNTRUSTED',
      `The certificate is not trusted: ${reasonsOf(error)}.${dropped.join('')}`,
      evidence,
    )
  }
  const when = times.length > 0 ? 'at the time of the signature' : 'when it was issued; when it was used is not shown'
  return passed(id, `The certificate comes from a trusted authority and was valid ${when}.`, evidence)
}

/** A moment as the library takes it; whether it can be trusted was asked before. */
function loggedAt(time: Date): SignedEntity['timestamps'][number] {
  const integratedTime = String(Math.floor(time.getTime() / 1000))
  const message = TransparencyLogEntry.fromJSON({
    integratedTime,
    logId: { keyId: '' },
    kindVersion: {},
    inclusionPromise: {},
  })
  return { $case: 'transparency-log', tlogEntry: message as never }
}

function keyValidity({ name, validFor }: TrustedKey, times: Date[], now: Date): Check {
  const id = 'certificate-chain'
  if (!validFor) return skipped(id, `The key of ${name} has no certificate and no validity.`)
  const { start, end } = validFor
  const evidence = { start: start?.toISOString(), end: end?.toISOString() }
  const isValid = (time: Date) => (start === undefined || start <= time) && (end === undefined || time <= end)
  const untimely = times.find((time) => !isValid(time))
  if (untimely) {
    return failed(
      id,
      'KEY_NOT_VALID_THEN',
      `The key of ${name} was not valid at ${untimely.toISOString()}, when it signed.`,
      evidence,
    )
  }
  if (times.length === 0 && !isValid(now)) {
    const detail = `The key of ${name} is not valid now, and nobody says that it signed while it was.`
    return failed(id, 'KEY_EXPIRED', detail, evidence)
  }
  return passed(id, `The key of ${name} was valid at the time of the signature.`, evidence)
}

function reasonsOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error ? `${messageOf(error)} (${cause.message})` : messageOf(error)
}
