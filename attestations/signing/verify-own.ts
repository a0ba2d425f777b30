import { createHash, type KeyObject } from 'node:crypto'
import { Problem } from '../../verifiers/model/problem.ts'
import type { Statement } from '../statements/statement.ts'
import type { TrustedSigner } from '../verification/expectations.ts'
import { readAttestations } from '../verification/read.ts'
import { verifyArtifact } from '../verification/verify.ts'
import type { SigningPlan } from './sign.ts'

/**
 * Verifies what was just signed as everybody else will: this statement, by this signer, with every witness that was asked,
 * under the trust that the user configured. A service that lied, and a root that does not belong to the services, are found
 * here and not by others.
 *
 * @throws {Problem} SIGNATURE_UNVERIFIABLE
 */
export async function verifyOwn(
  bundle: string,
  { statement, payloadSha256 }: { statement: Statement<unknown>; payloadSha256: string },
  { signer, services, trustRoots }: SigningPlan,
  signal: AbortSignal,
): Promise<void> {
  const [{ name, digest }] = statement.subject
  const key = signer.kind === 'key' ? signer.key : undefined
  const { verdict, statements } = await verifyArtifact({
    artifact: { name, digests: digest },
    attestations: readAttestations({ bytes: Buffer.from(bundle), file: 'what was signed' }).attestations,
    expectations: {
      signers: [key ? { key: 'given' } : anybody],
      predicateType: statement.predicateType,
      require: { logEntries: services.logs.length, timestamps: services.timestamps.length },
    },
    trustRoots,
    keys: key ? { given: [{ name: 'the signing key', key: key.publicKey, sha256: sha256(key.publicKey) }] } : {},
    signal,
  })
  const [only] = statements
  const isThis = only?.payloadSha256 === payloadSha256
  if (verdict === 'verified' && isThis) return
  const failed = only?.checks.filter(({ result }) => result === 'failed') ?? []
  const reasons = failed.length > 0 ? failed.map(({ detail }) => detail) : ['It is not what was to be signed.']
  throw new Problem(
    'SIGNATURE_UNVERIFIABLE',
    `What was signed does not hold under the configured trust, so it was not written: ${reasons[0]}`,
    {
      hint: 'The trusted root must be the one of the services that were asked.',
      details: { reasons },
    },
  )
}

/** Whom the certificate names was decided by the authority; that its key signed is what matters here. */
const anybody: TrustedSigner = { identity: { pattern: '[^]+' }, issuer: { pattern: '[^]*' } }

const sha256 = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('hex')
