import { describe } from 'vitest'
import {
  certificate,
  codeSigning,
  ecKeys,
  rsaKeys,
  serverAuthentication,
} from '../../../fixtures/attestations/forge/certificates.ts'
import { name, octets, sequence } from '../../../fixtures/attestations/forge/der.ts'
import { type Forgery, instance, minutes, stranger, tried } from '../../../fixtures/attestations/forge/forgeries.ts'
import { type BundleOptions, signedBundle, workflowClaims } from '../../../fixtures/attestations/forge/instance.ts'

describe('a certificate', () => {
  const issued = (change: BundleOptions['certificate']): Forgery => ({ options: { certificate: change ?? {} } })
  tried([
    ['that had expired', 'CERTIFICATE_UNTRUSTED', () => issued({ notAfter: minutes(-0.5) })],
    ['that was not valid yet', 'CERTIFICATE_UNTRUSTED', () => issued({ notBefore: minutes(1) })],
    ['of another authority', 'CERTIFICATE_UNTRUSTED', () => issued({ issuer: stranger.authority })],
    [
      'of another authority of the same name',
      'CERTIFICATE_UNTRUSTED',
      () => issued({ issuer: { keys: ecKeys(), subject: instance.authority.subject } }),
    ],
    [
      'of an authority that was retired',
      'CERTIFICATE_UNTRUSTED',
      () => ({
        root({ certificateAuthorities }) {
          for (const one of certificateAuthorities) Object.assign(one.validFor, { end: '2025-01-01T00:00:00Z' })
        },
      }),
    ],
    [
      'of an authority that came later',
      'CERTIFICATE_UNTRUSTED',
      () => ({
        root({ certificateAuthorities }) {
          for (const one of certificateAuthorities) one.validFor.start = '2026-02-01T00:00:00Z'
        },
      }),
    ],
    [
      'that brings its own root',
      'CERTIFICATE_UNTRUSTED',
      () => chained((leaf) => [leaf, stranger.authority.certificate], stranger.authority),
    ],
    [
      'issued with a certificate for signing code',
      'CERTIFICATE_UNTRUSTED',
      () => {
        const keys = ecKeys()
        const subject = name('test', 'not an authority')
        const middle = certificate({
          keys,
          issuer: instance.authority,
          subject,
          notBefore: minutes(-1),
          notAfter: minutes(9),
          extensions: codeSigning,
          promisedBy: [instance.certificateLog],
        })
        return chained((leaf) => [leaf, middle], { keys, subject })
      },
    ],
    ['for web servers', 'CERTIFICATE_NOT_FOR_SIGNING', () => ({ options: { usage: serverAuthentication } })],
    ['for nothing in particular', 'CERTIFICATE_NOT_FOR_SIGNING', () => ({ options: { usage: [] } })],
    [
      'of an authority itself',
      'CERTIFICATE_NOT_FOR_SIGNING',
      () => ({
        options: {
          usage: [...codeSigning.slice(1), { id: '2.5.29.19', critical: true, value: sequence(Buffer.of(1, 1, 255)) }],
        },
      }),
    ],
    ['that no log has promised to show', 'CERTIFICATE_UNTRUSTED', () => issued({ promisedBy: [] })],
    [
      'that an unknown log has promised to show',
      'CERTIFICATE_UNTRUSTED',
      () => issued({ promisedBy: [stranger.certificateLog] }),
    ],
    ['with the promise for another one', 'CERTIFICATE_UNTRUSTED', () => issued({ promised: Buffer.from('another') })],
    [
      'whose log was retired',
      'CERTIFICATE_UNTRUSTED',
      () => ({
        root({ ctlogs }) {
          for (const { publicKey } of ctlogs) Object.assign(publicKey.validFor, { end: '2021-01-01T00:00:00Z' })
        },
      }),
    ],
    [
      'with a critical extension that nobody knows',
      'CERTIFICATE_UNREADABLE',
      () => ({
        options: { claims: [...workflowClaims(), { id: '1.2.3.4', critical: true, value: octets() }] },
      }),
    ],
    ['with more behind it', 'CERTIFICATE_UNREADABLE', () => rawBytes((der) => Buffer.concat([der, Buffer.of(0)]))],
    ['that is cut off', 'CERTIFICATE_UNREADABLE', () => rawBytes((der) => der.subarray(0, -10))],
    ['that is another document', 'CERTIFICATE_UNREADABLE', () => rawBytes(() => Buffer.from('{"certificate":true}'))],
    ['that is empty', 'FORMAT_FIELDS', () => rawBytes(() => Buffer.alloc(0))],
    [
      'for a key of another',
      'SIGNATURE_INVALID',
      () =>
        rawBytes(() => Buffer.from(signedBundle(instance).verificationMaterial.certificate?.rawBytes ?? '', 'base64')),
    ],
    ['for RSA with 1024 bits', 'SIGNATURE_KEY_WEAK', () => ({ options: { keys: rsaKeys(1024) } })],
    ['for P-224', 'SIGNATURE_KEY_WEAK', () => ({ options: { keys: ecKeys('secp224r1') } })],
    ['for the curve of bitcoin', 'SIGNATURE_KEY_WEAK', () => ({ options: { keys: ecKeys('secp256k1') } })],
    ['whose signature uses SHA-1', 'SIGNATURE_INVALID', () => ({ options: { digest: 'sha1' } })],
  ])

  function chained(
    chain: (leaf: Buffer) => Buffer[],
    issuer: { keys: ReturnType<typeof ecKeys>; subject: Buffer },
  ): Forgery {
    return {
      options: { certificate: { issuer } },
      change(bundle) {
        const { verificationMaterial } = bundle
        const leaf = Buffer.from(verificationMaterial.certificate?.rawBytes ?? '', 'base64')
        delete verificationMaterial.certificate
        const certificates = chain(leaf).map((der) => ({ rawBytes: der.toString('base64') }))
        verificationMaterial.x509CertificateChain = { certificates }
        bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2'
      },
    }
  }

  function rawBytes(change: (der: Buffer) => Buffer): Forgery {
    return {
      change({ verificationMaterial }) {
        const der = Buffer.from(verificationMaterial.certificate?.rawBytes ?? '', 'base64')
        verificationMaterial.certificate = { rawBytes: change(der).toString('base64') }
      },
    }
  }
})
