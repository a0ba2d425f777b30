import { verify } from 'node:crypto'
import ssri from 'ssri'
import type { NpmClaims } from '../../verifiers/model/artifact.ts'
import type { Problem } from '../../verifiers/model/problem.ts'
import type { TrustedKey } from './keys.ts'

/** What is so can never be right, whoever looks. */
type Wrong = 'SIGNATURE_INVALID' | 'KEY_EXPIRED' | 'SUBJECT_MISMATCH'
/** Evidence is missing. */
type Open =
  | 'SIGNATURE_ABSENT'
  | 'KEYS_ABSENT'
  | 'KEYS_UNUSABLE'
  | 'KEY_UNKNOWN'
  | 'TIME_UNKNOWN'
  | 'NOT_COMPARABLE'
  | 'NOT_ASKED'

/** One signature of the registry: by which key, and what it is worth. */
export type JudgedSignature = {
  keyid: string
  state: 'valid' | 'invalid' | 'expired' | 'unknown-key' | 'time-unknown'
  /** Who says that the key is the registry's. */
  keyFrom?: string
  expires?: string
}

/** Whether the registry signed that this file is this version. */
export type RegistrySignatureCheck = { id: 'registry-signature'; detail: string; evidence: SignatureEvidence } & (
  | { result: 'passed' }
  | { result: 'failed'; code: Wrong }
  | { result: 'undecided'; code: Open }
)

export type SignatureEvidence = { message?: string; publishedAt?: string; signatures: JudgedSignature[] }

/** The registry's keys, none where it has none, or why they could not be had. */
export type RegistryKeys = TrustedKey[] | 'none' | Problem

export type SignedPackage = {
  name: string
  version: string
  claims: Pick<NpmClaims, 'signed' | 'publishedAt' | 'mirrored'>
  /** Of the file that is meant, as a lockfile pins it or as it was hashed; hexadecimal. */
  digests: Readonly<Record<string, string | undefined>>
}

/**
 * Every signature of the registry has to hold, as for `npm audit signatures`: ECDSA with P-256 over
 * `name@version:integrity`, by a key that had not expired when the version was published. The time is the registry's own
 * word; where it is a mirror's, or missing, an expired key decides nothing.
 * https://docs.npmjs.com/about-registry-signatures
 */
export function checkRegistrySignature(signed: SignedPackage, keys: RegistryKeys, now: Date): RegistrySignatureCheck {
  const { name, version, claims, digests } = signed
  const title = `${name}@${version}`
  const { integrity, signatures = [] } = claims.signed ?? {}
  const message = integrity === undefined ? undefined : `${title}:${integrity}`
  const told = claims.mirrored !== true && claims.publishedAt !== undefined && { publishedAt: claims.publishedAt }
  const base = { ...(message !== undefined && { message }), ...told }
  const undecided = (code: Open, detail: string, judged: JudgedSignature[] = []) =>
    ({ id, result: 'undecided', code, detail, evidence: { ...base, signatures: judged } }) as const
  if (keys === 'none') return undecided('KEYS_ABSENT', 'The registry publishes no keys, so that it signs nothing.')
  if (!Array.isArray(keys)) {
    const code = keys.code === 'KEY_INVALID' ? 'KEYS_UNUSABLE' : 'NOT_ASKED'
    return undecided(code, `What the registry signs could not be looked at: ${keys.message}`)
  }
  if (message === undefined || integrity === undefined) {
    return undecided('SIGNATURE_ABSENT', `The registry publishes keys, and has no signature for ${title}.`)
  }
  const judged = signatures.map((one) => judgeOne(one, message, keys, told ? told.publishedAt : undefined, now))
  const evidence = { ...base, signatures: judged }
  const isSame = isOf(integrity, digests)
  if (isSame === undefined) {
    const detail = `The registry signed ${title} by a digest (${clipped(integrity)}) that is not known of this file.`
    return undecided('NOT_COMPARABLE', detail, judged)
  }
  if (!isSame) {
    const detail = `What the registry signed for ${title} is another file (${clipped(integrity)}) than this one.`
    return { id, result: 'failed', code: 'SUBJECT_MISMATCH', detail, evidence }
  }
  for (const { state, say, ...outcome } of outcomes) {
    const found = judged.find((one) => one.state === state)
    if (found) return { id, ...outcome, detail: say(found, title, evidence), evidence }
  }
  const by = judged.map(({ keyid }) => clipped(keyid)).join(', ')
  return { id, result: 'passed', detail: `The registry signed that this file is ${title}, with ${by}.`, evidence }
}

const id = 'registry-signature' as const

type Outcome = ({ result: 'failed'; code: Wrong } | { result: 'undecided'; code: Open }) & {
  state: JudgedSignature['state']
  say: (one: JudgedSignature, title: string, evidence: SignatureEvidence) => string
}

/** The worst first. */
const outcomes: Outcome[] = [
  {
    state: 'invalid',
    result: 'failed',
    code: 'SIGNATURE_INVALID',
    say: ({ keyid }, title) =>
      `The registry's signature for ${title} does not hold: ${clipped(keyid)} did not sign this file under this name.`,
  },
  {
    state: 'expired',
    result: 'failed',
    code: 'KEY_EXPIRED',
    say: ({ keyid, expires }, title, { publishedAt }) =>
      `The registry's signature for ${title} is by ${clipped(keyid)}, which expired on ${expires}, before that was published on ${publishedAt}.`,
  },
  {
    state: 'unknown-key',
    result: 'undecided',
    code: 'KEY_UNKNOWN',
    say: ({ keyid }, title) =>
      `The registry's signature for ${title} is by ${clipped(keyid)}, which is no P-256 key among those that it publishes.`,
  },
  {
    state: 'time-unknown',
    result: 'undecided',
    code: 'TIME_UNKNOWN',
    say: ({ keyid, expires }, title) =>
      `The registry's signature for ${title} is by ${clipped(keyid)}, which expired on ${expires}, and nothing says when that was published.`,
  },
]

type Signature = { keyid: string; sig: string }

function judgeOne(
  { keyid, sig }: Signature,
  message: string,
  keys: readonly TrustedKey[],
  publishedAt: string | undefined,
  now: Date,
): JudgedSignature {
  const trusted = keys.find(({ keyId }) => keyId === keyid)
  const { key, name, validFor } = trusted ?? {}
  const isUsable = key?.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  if (!key || name === undefined || !isUsable) return { keyid, state: 'unknown-key' }
  const { end } = validFor ?? {}
  const told = { keyid, keyFrom: name, ...(end && { expires: end.toISOString() }) }
  if (!verify('sha256', Buffer.from(message), key, Buffer.from(sig, 'base64'))) return { ...told, state: 'invalid' }
  if (!end || now < end) return { ...told, state: 'valid' }
  if (publishedAt === undefined) return { ...told, state: 'time-unknown' }
  return { ...told, state: Date.parse(publishedAt) < end.getTime() ? 'valid' : 'expired' }
}

/** By the strongest algorithm that both have; nothing where they have none in common. */
function isOf(integrity: string, digests: SignedPackage['digests']): boolean | undefined {
  const signed = ssri.parse(integrity) as Record<string, { digest: string }[]> | null
  for (const algorithm of ['sha512', 'sha384', 'sha256', 'sha1']) {
    const wanted = digests[algorithm]
    const hashes = signed?.[algorithm] ?? []
    if (wanted === undefined || hashes.length === 0) continue
    return hashes.some(({ digest }) => Buffer.from(digest, 'base64').toString('hex') === wanted)
  }
  // A lockfile without any leaves it to the registry which file it is.
  return Object.values(digests).some((one) => one !== undefined) ? undefined : true
}

const clipped = (text: string): string => (text.length > 120 ? `${text.slice(0, 120)}…` : text)
