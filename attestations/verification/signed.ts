import { createHash, createVerify, type KeyObject, verify } from 'node:crypto'
import { dsse } from '@sigstore/core'
import { HashAlgorithm } from '@sigstore/protobuf-specs'
import { toSignedEntity } from '@sigstore/verify'
import type { VerifiedArtifact } from './artifact.ts'
import { holdsForDigest } from './curve.ts'
import type { AttestationContent, Signature } from './formats.ts'

/** What a signature is over: a statement in an envelope, or the file itself by its digest. */
export type Signed =
  | {
      kind: 'envelope'
      /** Not in a Sigstore bundle. */
      isBare: boolean
      payloadType: string
      payload: Buffer
      encoded: Buffer
      signatures: Signature[]
    }
  | { kind: 'file'; algorithm: string; digest: Buffer; signatures: Signature[] }

const algorithms: Partial<Record<HashAlgorithm, string>> = {
  [HashAlgorithm.SHA2_256]: 'sha256',
  [HashAlgorithm.SHA2_384]: 'sha384',
  [HashAlgorithm.SHA2_512]: 'sha512',
  [HashAlgorithm.SHA3_256]: 'sha3_256',
  [HashAlgorithm.SHA3_384]: 'sha3_384',
}

export function signedBy(content: AttestationContent): Signed {
  if (content.format === 'dsse') {
    const { payloadType, payload, signatures } = content
    const encoded = dsse.preAuthEncoding(payloadType, payload)
    return { kind: 'envelope', isBare: true, payloadType, payload, encoded, signatures }
  }
  const { content: body } = content.bundle
  if (body.$case === 'dsseEnvelope') {
    const { payloadType, payload, signatures } = body.dsseEnvelope
    return {
      kind: 'envelope',
      isBare: false,
      payloadType,
      payload,
      encoded: dsse.preAuthEncoding(payloadType, payload),
      signatures: signatures.map(({ sig, keyid }) => ({ bytes: sig, keyId: keyid })),
    }
  }
  const { messageDigest, signature } = body.messageSignature
  const algorithm = algorithms[messageDigest.algorithm] ?? 'unknown'
  return { kind: 'file', algorithm, digest: messageDigest.digest, signatures: [{ bytes: signature, keyId: '' }] }
}

/**
 * Whether a signature holds.
 * @returns nothing when it cannot be said: the key is of a kind that needs the file, and the file is not there.
 */
export async function signatureHolds(
  key: KeyObject,
  signed: Signed,
  signature: Buffer,
  artifact: VerifiedArtifact,
): Promise<boolean | undefined> {
  if (signed.kind === 'envelope') {
    // DSSE leaves open how a signature on a curve is written; Tink writes its two numbers one after the other.
    const encodings = signed.isBare ? (['der', 'ieee-p1363'] as const) : (['der'] as const)
    return hashesFor(key).some((hash) =>
      encodings.some((dsaEncoding) => holds(() => verify(hash, signed.encoded, { key, dsaEncoding }, signature))),
    )
  }
  const { algorithm, digest } = signed
  const isThisFile = artifact.open !== undefined && artifact.digests[algorithm] === digest.toString('hex')
  if (!isThisFile || (key.asymmetricKeyType !== 'ec' && key.asymmetricKeyType !== 'rsa')) {
    return holdsForDigest(key, digest, signature)
  }
  const verifier = createVerify(algorithm.replace('sha3_', 'sha3-'))
  for await (const chunk of artifact.open?.() ?? []) verifier.update(chunk)
  return holds(() => verifier.verify(key, signature))
}

/** Node throws where a signature does not even have the form of one. */
function holds(check: () => boolean): boolean {
  try {
    return check()
  } catch {
    return false
  }
}

/** https://github.com/sigstore/architecture-docs/blob/main/algorithm-registry.md, and SHA-256 as cosign has it with any curve. */
function hashesFor(key: KeyObject): (string | null)[] {
  if (key.asymmetricKeyType === 'ed25519') return [null]
  if (key.asymmetricKeyType === 'rsa') return ['sha256']
  if (key.asymmetricKeyType !== 'ec') return []
  const { namedCurve } = key.asymmetricKeyDetails ?? {}
  if (namedCurve === 'secp384r1') return ['sha384', 'sha256']
  return namedCurve === 'secp521r1' ? ['sha512', 'sha256'] : ['sha256']
}

/** What the library compares a log entry and a timestamp with; whether the signature holds is asked apart. */
export function comparable(content: Exclude<AttestationContent, { format: 'dsse' }>, signed: Signed) {
  // With a certificate the library would read it again.
  const anyKey = { $case: 'publicKey', publicKey: { hint: '' } } as const
  const bare = {
    ...content.bundle,
    verificationMaterial: { content: anyKey, tlogEntries: [], timestampVerificationData: undefined },
  }
  const { signature } = toSignedEntity(bare)
  return {
    signature: signature.signature,
    compareSignature: (bytes: Buffer) => signature.compareSignature(bytes),
    compareDigest: (digest: Buffer) => signature.compareDigest(digest),
    // The library knows SHA-256 only; a log names the digest of its own choice.
    compareSignedDigest: (digest: Buffer) =>
      signed.kind === 'file'
        ? digest.equals(signed.digest)
        : createHash(hashOfLength[digest.length] ?? 'sha256')
            .update(signed.encoded)
            .digest()
            .equals(digest),
    verifySignature: () => true,
  }
}

/** Of a bare envelope, which comes with nothing that could be compared. */
export const incomparable = {
  signature: Buffer.alloc(0),
  compareSignature: () => false,
  compareDigest: () => false,
  compareSignedDigest: () => false,
  verifySignature: () => true,
}

const hashOfLength: Record<number, string> = { 32: 'sha256', 48: 'sha384', 64: 'sha512' }
