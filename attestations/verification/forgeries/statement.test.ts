import { describe } from 'vitest'
import { expecting, instance, said, subjects, tried } from '../../../fixtures/attestations/forge/forgeries.ts'
import { file, signedBundle } from '../../../fixtures/attestations/forge/instance.ts'
import { digestsOf, statementAbout } from '../../../fixtures/attestations/key-signed.ts'

describe('a statement', () => {
  const { sha256, sha512 } = digestsOf(file)
  const another = digestsOf('another file')
  const provenance = 'https://slsa.dev/provenance/v1'
  tried([
    ['of version 0.1', 'verified', () => said({ _type: 'https://in-toto.io/Statement/v0.1' })],
    ['of version 2', 'STATEMENT_TYPE', () => said({ _type: 'https://in-toto.io/Statement/v2' })],
    ['of version 1 with a slash', 'STATEMENT_TYPE', () => said({ _type: 'https://in-toto.io/Statement/v1/' })],
    ['of version 1 in capitals', 'STATEMENT_TYPE', () => said({ _type: 'HTTPS://IN-TOTO.IO/STATEMENT/V1' })],
    ['without version', 'STATEMENT_TYPE', () => said({ _type: undefined })],
    ['about nothing', 'PAYLOAD_INVALID', () => said({ subject: [] })],
    ['about what is no list', 'PAYLOAD_INVALID', () => said({ subject: { digest: { sha256 } } })],
    ['about a name', 'PAYLOAD_INVALID', () => said({ subject: [{ name: 'file' }] })],
    ['about a digest that is a list', 'PAYLOAD_INVALID', () => subjects({ sha256: [sha256] })],
    [
      'about a digest by way of a prototype',
      'PAYLOAD_INVALID',
      () => ({
        options: {
          payload: JSON.stringify(statementAbout(file)).replace(
            /"digest":\{[^}]*\}/,
            `"digest":{"__proto__":{"sha256":"${sha256}"}}`,
          ),
        },
      }),
    ],
    [
      'about a digest beside a prototype',
      'PAYLOAD_INVALID',
      () => ({
        options: {
          payload: JSON.stringify(statementAbout('x')).replace(
            /"digest":\{/,
            `"digest":{"__proto__":{"sha256":"${sha256}"},`,
          ),
        },
      }),
    ],
    ['about another file', 'SUBJECT_MISMATCH', () => subjects(another)],
    ['about the file by SHA-256 only', 'verified', () => subjects({ sha256 })],
    ['about the file by SHA-512 only', 'verified', () => subjects({ sha512 })],
    ['about the file by an algorithm that nobody knows too', 'verified', () => subjects({ sha256, kangaroo: '00' })],
    ['about the file by a commit too', 'verified', () => subjects({ sha256, gitCommit: 'a'.repeat(40) })],
    [
      'about the file by SHA-256 and another by SHA-512',
      'SUBJECT_INCONSISTENT',
      () => subjects({ sha256, sha512: another.sha512 }),
    ],
    [
      'about the file twice, once inconsistently',
      'SUBJECT_INCONSISTENT',
      () => subjects({ sha256 }, { sha256: another.sha256, sha512 }),
    ],
    ['about the digest in capitals', 'SUBJECT_MISMATCH', () => subjects({ sha256: sha256.toUpperCase() })],
    ['about the algorithm in capitals', 'SUBJECT_NOT_COMPARABLE', () => subjects({ SHA256: sha256 })],
    ['about the algorithm with a dash', 'SUBJECT_NOT_COMPARABLE', () => subjects({ 'sha-256': sha256 })],
    ['about the digest with its algorithm before', 'SUBJECT_MISMATCH', () => subjects({ sha256: `sha256:${sha256}` })],
    ['about the start of the digest', 'SUBJECT_MISMATCH', () => subjects({ sha256: sha256.slice(0, 32) })],
    ['about an empty digest', 'SUBJECT_MISMATCH', () => subjects({ sha256: '' })],
    [
      'about the digest in base64',
      'SUBJECT_MISMATCH',
      () => subjects({ sha256: Buffer.from(sha256, 'hex').toString('base64') }),
    ],
    ['about SHA-256 under the name of SHA-512', 'SUBJECT_MISMATCH', () => subjects({ sha512: sha256 })],
    [
      'about the file by SHA-1 only',
      'SUBJECT_TOO_WEAK',
      () => ({
        ...subjects({ sha1: '0'.repeat(40) }),
        digests: { ...digestsOf(file), sha1: '0'.repeat(40) },
      }),
    ],
    [
      'of another type',
      'PREDICATE_TYPE',
      () => expecting({ predicateType: provenance }, said({ predicateType: `${provenance}.1` })),
    ],
    [
      'of a type with a slash',
      'PREDICATE_TYPE',
      () => expecting({ predicateType: provenance }, said({ predicateType: `${provenance}/` })),
    ],
    [
      'of a type with a space',
      'PREDICATE_TYPE',
      () => expecting({ predicateType: provenance }, said({ predicateType: `${provenance} ` })),
    ],
    [
      'of a type in capitals',
      'PREDICATE_TYPE',
      () => expecting({ predicateType: provenance }, said({ predicateType: provenance.toUpperCase() })),
    ],
    ['of a type that is a list', 'PAYLOAD_INVALID', () => said({ predicateType: [provenance] })],
    [
      'called something else in the list it came in',
      'LABEL_MISMATCH',
      () => ({
        value: {
          attestations: [
            {
              predicateType: provenance,
              bundle: signedBundle(instance, said({ predicateType: 'https://example.com/p' }).options),
            },
          ],
        },
      }),
    ],
  ])
})
