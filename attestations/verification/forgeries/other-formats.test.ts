import { sign } from 'node:crypto'
import { describe } from 'vitest'
import { ecKeys } from '../../../fixtures/attestations/forge/certificates.ts'
import { type Forgery, instance, stranger, tried } from '../../../fixtures/attestations/forge/forgeries.ts'
import {
  type BundleOptions,
  createInstance,
  file,
  signedBundle,
  signedFile,
} from '../../../fixtures/attestations/forge/instance.ts'
import { bundle, digestsOf, envelope, keyPair, statementAbout } from '../../../fixtures/attestations/key-signed.ts'

const pem = (der: string) => `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`

describe('a signature of the file itself', () => {
  type Plain = ReturnType<typeof signedFile>
  const plain = (change: (bundle: Plain) => void = () => {}, options: BundleOptions = {}): Forgery => {
    const value = signedFile(instance, file, options)
    change(value)
    return { value }
  }
  const other = Buffer.from('another file')
  tried([
    ['that is honest', 'verified', () => plain()],
    ['of another file', 'SUBJECT_MISMATCH', () => ({ value: signedFile(instance, other) })],
    [
      'with the digest of this one and a signature of another',
      'SIGNATURE_INVALID',
      () => {
        const value = signedFile(instance, other)
        value.messageSignature.messageDigest = signedFile(instance, file).messageSignature.messageDigest
        return { value }
      },
    ],
    [
      'with the log entry of another',
      'LOG_ENTRY_INVALID',
      () => plain((one) => Object.assign(one.verificationMaterial, onlyLog(signedFile(instance, other)))),
    ],
    [
      'that calls its digest SHA-512',
      'SUBJECT_MISMATCH',
      () => plain(({ messageSignature: { messageDigest } }) => Object.assign(messageDigest, { algorithm: 'SHA2_512' })),
    ],
    [
      'with an algorithm that nobody knows',
      'FORMAT_FIELDS',
      () => plain(({ messageSignature: { messageDigest } }) => Object.assign(messageDigest, { algorithm: 'MD5' })),
    ],
    [
      'with an empty digest',
      'FORMAT_FIELDS',
      () => plain(({ messageSignature: { messageDigest } }) => Object.assign(messageDigest, { digest: '' })),
    ],
    [
      'with the start of the digest',
      'SUBJECT_MISMATCH',
      () =>
        plain(({ messageSignature: { messageDigest } }) => {
          messageDigest.digest = Buffer.from(digestsOf(file).sha256, 'hex').subarray(0, 16).toString('base64')
        }),
    ],
    [
      'where provenance is wanted',
      'PREDICATE_TYPE',
      () => ({ ...plain(), expectations: { predicateType: 'https://slsa.dev/provenance/v1' } }),
    ],
    [
      'where a builder is wanted',
      'BUILDER_NOT_STATED',
      () => ({ ...plain(), expectations: { builder: { pattern: '.*' } } }),
    ],
    [
      'by a stranger',
      'CERTIFICATE_UNTRUSTED',
      () => ({ value: signedFile({ ...instance, authority: stranger.authority }, file) }),
    ],
  ])

  function onlyLog({ verificationMaterial: { tlogEntries } }: Plain) {
    return { tlogEntries }
  }
})

describe('a bare envelope', () => {
  const pair = keyPair()
  const statement = JSON.stringify(statementAbout(file))
  const expecting = { signers: [{ key: 'given' as const }] }
  /** With the certificate of the honest signer, as slsa-github-generator adds it. */
  const certified = () => {
    const { verificationMaterial, dsseEnvelope } = signedBundle(instance)
    const cert = pem(verificationMaterial.certificate?.rawBytes ?? '')
    return { ...dsseEnvelope, signatures: dsseEnvelope.signatures.map((one) => ({ ...one, cert })) }
  }
  tried([
    ['that shows no time', 'TIME_NOT_IN_ENVELOPE', () => ({ value: certified() })],
    ['that shows no log entry', 'LOG_ENTRY_NOT_IN_ENVELOPE', () => ({ value: certified() })],
    ['with a changed payload', 'SIGNATURE_INVALID', () => ({ value: { ...certified(), payload: 'e30=' } })],
    [
      'signed with another key than its certificate’s',
      'SIGNATURE_INVALID',
      () => {
        const one = certified()
        const [{ cert = '' } = {}] = one.signatures
        return {
          value: { ...envelope(statement, pair), signatures: [{ ...envelope(statement, pair).signatures[0], cert }] },
        }
      },
    ],
    ['without certificate', 'SIGNER_NOT_IN_ENVELOPE', () => ({ value: envelope(statement, pair) })],
    [
      'with a certificate where a key is expected',
      'IDENTITY_MISMATCH',
      () => ({ value: certified(), expectations: expecting, key: pair.pem }),
    ],
    [
      'with somebody’s certificate beside the signature that is expected',
      'verified',
      () => {
        const good = envelope(statement, pair)
        const { signatures } = certified()
        return {
          value: { ...good, signatures: [...signatures, ...good.signatures] },
          expectations: expecting,
          key: pair.pem,
        }
      },
    ],
    [
      'with the signature of another payload beside it',
      'verified',
      () => {
        const good = envelope(statement, pair)
        const signatures = [...envelope('{}', pair).signatures, ...good.signatures]
        return { value: { ...good, signatures }, expectations: expecting, key: pair.pem }
      },
    ],
    [
      'signed without its payload type',
      'SIGNATURE_INVALID',
      () => {
        const good = envelope(statement, pair)
        const sig = sign('sha256', Buffer.from(statement), pair.privateKey).toString('base64')
        return { value: { ...good, signatures: [{ sig, keyid: '' }] }, expectations: expecting, key: pair.pem }
      },
    ],
    [
      'with the name of the key that is expected and another signature',
      'SIGNATURE_INVALID',
      () => {
        const forged = envelope(statement, keyPair())
        const signatures = forged.signatures.map((one) => ({ ...one, keyid: 'key.pub' }))
        return { value: { ...forged, signatures }, expectations: expecting, key: pair.pem }
      },
    ],
  ])
})

describe('a key', () => {
  const expecting = { signers: [{ key: 'given' as const }] }
  const signedWith = (curve: string): Forgery => {
    const pair = keyPair(curve)
    return { value: bundle(JSON.stringify(statementAbout(file)), pair), expectations: expecting, key: pair.pem }
  }
  tried([
    ['on P-256', 'verified', () => signedWith('prime256v1')],
    ['on P-224', 'SIGNATURE_KEY_WEAK', () => signedWith('secp224r1')],
    ['on the curve of bitcoin', 'SIGNATURE_KEY_WEAK', () => signedWith('secp256k1')],
    [
      'whose hint is that of another',
      'verified',
      () => {
        const pair = keyPair()
        const value = bundle(JSON.stringify(statementAbout(file)), pair)
        value.verificationMaterial.publicKey.hint = 'the key of somebody else'
        return { value, expectations: expecting, key: pair.pem }
      },
    ],
    [
      'that only its hint says to be the expected one',
      'SIGNATURE_INVALID',
      () => ({
        value: bundle(JSON.stringify(statementAbout(file)), keyPair()),
        expectations: expecting,
        key: keyPair().pem,
      }),
    ],
  ])
})

describe('an attestation of a package index', () => {
  const attestation = () => {
    const { verificationMaterial, dsseEnvelope } = signedBundle(instance, { log: 'v1' })
    return {
      version: 1,
      verification_material: {
        certificate: verificationMaterial.certificate?.rawBytes,
        transparency_entries: verificationMaterial.tlogEntries,
      },
      envelope: { statement: dsseEnvelope.payload, signature: dsseEnvelope.signatures[0]?.sig },
    }
  }
  const changed = (change: (value: ReturnType<typeof attestation>) => void): Forgery => {
    const value = attestation()
    change(value)
    return { value }
  }
  tried([
    ['that is honest', 'verified', () => changed(() => {})],
    [
      'with another statement',
      'SIGNATURE_INVALID',
      () => changed(({ envelope: one }) => Object.assign(one, { statement: Buffer.from('{}').toString('base64') })),
    ],
    ['of a version to come', 'FORMAT_FIELDS', () => changed((one) => Object.assign(one, { version: 2 }))],
    ['whose version is a text', 'FORMAT_FIELDS', () => changed((one) => Object.assign(one, { version: '1' }))],
    [
      'without log entries',
      'LOG_ENTRY_MISSING',
      () => changed(({ verification_material: one }) => Object.assign(one, { transparency_entries: [] })),
    ],
    [
      'with the certificate of another',
      'SIGNATURE_INVALID',
      () =>
        changed(({ verification_material: one }) => {
          one.certificate = signedBundle(instance, { keys: ecKeys() }).verificationMaterial.certificate?.rawBytes
        }),
    ],
    [
      'of another instance',
      'CERTIFICATE_UNTRUSTED',
      () => {
        const { verificationMaterial, dsseEnvelope } = signedBundle(createInstance(), { log: 'v1' })
        return changed((one) => {
          one.verification_material.certificate = verificationMaterial.certificate?.rawBytes
          one.verification_material.transparency_entries = verificationMaterial.tlogEntries
          one.envelope = { statement: dsseEnvelope.payload, signature: dsseEnvelope.signatures[0]?.sig }
        })
      },
    ],
  ])
})
