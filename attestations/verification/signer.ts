import { createPublicKey, type KeyObject } from 'node:crypto'
import { X509Certificate } from '@sigstore/core'
import type { VerifiedArtifact } from './artifact.ts'
import { type Claims, claimsOf } from './claims.ts'
import type { AttestationContent } from './formats.ts'
import type { TrustedKey } from './keys.ts'
import { type Check, type Fault, failed, messageOf, passed } from './model.ts'
import { remembering } from './remembering.ts'
import { type Signed, signatureHolds } from './signed.ts'

type CertificateSigner = { kind: 'certificate'; claims: Claims; certificate: X509Certificate; key: KeyObject }

/** Who signed, as far as the signature itself shows. */
export type Signer = CertificateSigner | { kind: 'key'; trusted: TrustedKey; key: KeyObject }

/** Certificates that were read before, because one may have signed many statements. */
export type ReadCertificates = Map<string, CertificateSigner>

export type SignerInput = {
  content: AttestationContent
  signed: Signed
  artifact: VerifiedArtifact
  /** Keys that may have signed. */
  keys: TrustedKey[]
  certificates: ReadCertificates
}

export type FoundSigner = { signer?: Signer; check: Check }

/** Whose key the signature holds with: the one of the certificate that came with it, or one that is trusted. */
export async function findSigner({ content, signed, artifact, keys, certificates }: SignerInput): Promise<FoundSigner> {
  const envelope = content.format === 'dsse' ? signed.signatures.find((one) => one.certificate) : undefined
  const encoded = content.format === 'dsse' ? envelope?.certificate : certificateIn(content)
  if (encoded === undefined || (envelope && keys.length > 0)) {
    const found = await findKey({ content, signed, artifact, keys })
    if (encoded === undefined || found.signer) return found
  }
  const signer = certified(encoded, certificates)
  if ('code' in signer) return { check: failed('signature', signer.code, signer.detail) }
  const weakness = weaknessOf(signer.key)
  if (weakness) return { signer, check: failed('signature', 'SIGNATURE_KEY_WEAK', weakness) }
  const signature = envelope ?? signed.signatures[0]
  const holds = signature && (await signatureHolds(signer.key, signed, signature.bytes, artifact))
  const evidence = { signed: signed.kind, keyType: signer.key.asymmetricKeyType }
  return { signer, check: signatureCheck(holds, 'the key of the certificate', evidence) }
}

function certified(encoded: Buffer | string, certificates: ReadCertificates): CertificateSigner | Fault {
  const id = typeof encoded === 'string' ? encoded : encoded.toString('latin1')
  const known = certificates.get(id)
  if (known) return known
  try {
    const certificate = remembering(X509Certificate.parse(typeof encoded === 'string' ? encoded : Buffer.from(encoded)))
    const key = createPublicKey({ key: certificate.publicKey, format: 'der', type: 'spki' })
    const signer: CertificateSigner = { kind: 'certificate', certificate, claims: claimsOf(certificate), key }
    if (certificates.size < 1024) certificates.set(id, signer)
    return signer
  } catch (error) {
    const detail = `The certificate of the signer cannot be read: ${messageOf(error)}.`
    return { code: 'CERTIFICATE_UNREADABLE', detail }
  }
}

function certificateIn(content: Exclude<AttestationContent, { format: 'dsse' }>): Buffer | undefined {
  const { content: material } = content.bundle.verificationMaterial
  if (material.$case === 'certificate') return material.certificate.rawBytes
  if (material.$case === 'x509CertificateChain') return material.x509CertificateChain.certificates[0]?.rawBytes
  return undefined
}

/** A hint or key id chooses nothing: every key that is trusted is tried. */
async function findKey({ content, signed, artifact, keys }: Omit<SignerInput, 'certificates'>): Promise<FoundSigner> {
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
      const weakness = weaknessOf(key)
      const check = weakness
        ? failed('signature', 'SIGNATURE_KEY_WEAK', weakness)
        : signatureCheck(true, `the key of ${name}`, { ...evidence, keySha256: sha256 })
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

/** https://github.com/sigstore/architecture-docs/blob/main/algorithm-registry.md has none that is weaker. */
function weaknessOf(key: KeyObject): string | undefined {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'rsa' && modulusLength < 2048) {
    return `The key is of RSA with ${modulusLength} bits, which others can break; 2048 are the least.`
  }
  if (key.asymmetricKeyType === 'ec' && !['prime256v1', 'secp384r1', 'secp521r1'].includes(namedCurve)) {
    return `The key is on the curve ${namedCurve}, and only P-256, P-384 and P-521 are accepted.`
  }
  return undefined
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
