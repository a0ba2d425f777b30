import { describe } from 'vitest'
import { type Forgery, tried } from '../../../fixtures/attestations/forge/forgeries.ts'
import { type ForgedBundle, file } from '../../../fixtures/attestations/forge/instance.ts'
import { digestsOf, statementAbout } from '../../../fixtures/attestations/key-signed.ts'

describe('a bundle', () => {
  const payloadOf = (text: string | Buffer): Forgery => ({ options: { payload: text } })
  const typed = (payloadType: string): Forgery => ({ options: { payloadType } })
  const statement = JSON.stringify(statementAbout(file))
  tried([
    [
      'with a certificate and a key',
      'FORMAT_FIELDS',
      () =>
        changed((bundle) => {
          Object.assign(bundle.verificationMaterial, { publicKey: { hint: 'x' } })
        }),
    ],
    [
      'with a certificate and a chain',
      'FORMAT_FIELDS',
      () =>
        changed((bundle) => {
          const { verificationMaterial } = bundle
          const { certificate: own = { rawBytes: '' } } = verificationMaterial
          verificationMaterial.x509CertificateChain = { certificates: [own] }
        }),
    ],
    [
      'with a statement and a signature of the file',
      'FORMAT_FIELDS',
      () =>
        changed((bundle) => {
          const messageDigest = {
            algorithm: 'SHA2_256',
            digest: Buffer.from(digestsOf(file).sha256, 'hex').toString('base64'),
          }
          Object.assign(bundle, { messageSignature: { messageDigest, signature: 'AAAA' } })
        }),
    ],
    [
      'of version 0.3 with a chain',
      'FORMAT_FIELDS',
      () =>
        changed((bundle) => {
          const { verificationMaterial } = bundle
          const { certificate: own = { rawBytes: '' } } = verificationMaterial
          verificationMaterial.x509CertificateChain = { certificates: [own] }
          delete verificationMaterial.certificate
        }),
    ],
    [
      'of version 0.2 with a single certificate',
      'verified',
      () =>
        changed((bundle) => {
          bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2'
        }),
    ],
    [
      'with two signatures',
      'FORMAT_SIGNATURE_COUNT',
      () =>
        changed(({ dsseEnvelope: { signatures } }) => {
          signatures.push(...signatures)
        }),
    ],
    [
      'with an empty signature',
      'FORMAT_FIELDS',
      () =>
        changed(({ dsseEnvelope: { signatures } }) => {
          Object.assign(signatures[0] ?? {}, { sig: '' })
        }),
    ],
    [
      'with spaces in its payload',
      'FORMAT_BASE64',
      () =>
        changed(({ dsseEnvelope }) => {
          dsseEnvelope.payload = `${dsseEnvelope.payload.slice(0, 8)} ${dsseEnvelope.payload.slice(8)}`
        }),
    ],
    [
      'with a payload that is cut off',
      'SIGNATURE_INVALID',
      () =>
        changed(({ dsseEnvelope }) => {
          dsseEnvelope.payload = dsseEnvelope.payload.slice(0, -8)
        }),
    ],
    [
      'with a payload as a list of numbers',
      'FORMAT_BASE64',
      () =>
        changed(({ dsseEnvelope }) => {
          Object.assign(dsseEnvelope, { payload: [123, 125] })
        }),
    ],
    [
      'with a list as payload type',
      'FORMAT_FIELDS',
      () =>
        changed(({ dsseEnvelope }) => {
          Object.assign(dsseEnvelope, { payloadType: ['application/vnd.in-toto+json'] })
        }),
    ],
    ['with a payload type in capitals', 'PAYLOAD_TYPE', () => typed('APPLICATION/VND.IN-TOTO+JSON')],
    ['with parameters of its payload type', 'PAYLOAD_TYPE', () => typed('application/vnd.in-toto+json; charset=utf-8')],
    ['with a line end behind its payload type', 'PAYLOAD_TYPE', () => typed('application/vnd.in-toto+json\n')],
    ['of another kind', 'PAYLOAD_TYPE', () => typed('application/vnd.cyclonedx+json')],
    ['without payload type', 'PAYLOAD_TYPE', () => typed('')],
    ['of a list', 'STATEMENT_TYPE', () => payloadOf(`[${statement}]`)],
    ['of two statements', 'PAYLOAD_INVALID', () => payloadOf(`${statement}\n${statement}`)],
    ['of a statement with a mark of byte order', 'PAYLOAD_INVALID', () => payloadOf(`\ufeff${statement}`)],
    ['of a statement in UTF-16', 'PAYLOAD_INVALID', () => payloadOf(Buffer.from(`\ufeff${statement}`, 'utf16le'))],
    ['of a statement with a comment', 'PAYLOAD_INVALID', () => payloadOf(`/* */${statement}`)],
    [
      'of a statement with two predicate types',
      'PAYLOAD_INVALID',
      () => payloadOf(statement.replace('{', '{"predicateType":"https://example.com/other",')),
    ],
    [
      'of a statement with two predicate types, one escaped',
      'PAYLOAD_INVALID',
      () => payloadOf(statement.replace('{', '{"predicat\\u0065Type":"https://example.com/other",')),
    ],
    [
      'that nests in its predicate without end',
      'PAYLOAD_INVALID',
      () => payloadOf(statement.replace('"predicate":', `"more":${'['.repeat(200)}${']'.repeat(200)},"predicate":`)),
    ],
  ])

  function changed(change: (bundle: ForgedBundle) => void): Forgery {
    return { change }
  }
})
