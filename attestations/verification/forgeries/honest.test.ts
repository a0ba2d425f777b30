import { describe, expect, test } from 'vitest'
import { authority, rsaKeys } from '../../../fixtures/attestations/forge/certificates.ts'
import { utf8 } from '../../../fixtures/attestations/forge/der.ts'
import {
  entry,
  findings,
  instance,
  minutes,
  proofOf,
  type Root,
  stranger,
  tried,
} from '../../../fixtures/attestations/forge/forgeries.ts'
import { signedAt, trustedRootOf, workflowClaims } from '../../../fixtures/attestations/forge/instance.ts'
import { checkpoint } from '../../../fixtures/attestations/forge/logs.ts'

describe('what is honest is verified', () => {
  tried([
    ['in a log of Rekor v2, with a timestamp', 'verified', () => ({})],
    ['in a log of Rekor v1', 'verified', () => ({ options: { log: 'v1' } })],
    ['in Rekor v1 and timestamped', 'verified', () => ({ options: { log: 'v1', timestampedAt: signedAt } })],
    ['with an RSA key of 2048 bits', 'verified', () => ({ options: { keys: rsaKeys(2048) } })],
    [
      'under the old issuer extension only',
      'verified',
      () => ({
        options: { claims: workflowClaims().filter(({ id }) => !id.endsWith('.8')) },
      }),
    ],
    [
      'with an extension that nobody needs to know',
      'verified',
      () => ({
        options: { claims: [...workflowClaims(), { id: '1.2.3.4', value: utf8('hello') }] },
      }),
    ],
    ['an index as a number', 'verified', () => entry((one) => Object.assign(one, { logIndex: 1 }))],
    ['a clock that is a minute behind', 'verified', () => ({ now: minutes(-1) })],
    [
      'cosigned by a witness that nobody knows',
      'verified',
      () =>
        entry((_, bundle) => {
          const proof = proofOf(bundle)
          const line = `— witness.test ${Buffer.alloc(68, 1).toString('base64')}\n`
          proof.checkpoint.envelope += line
        }),
    ],
    [
      'a machine as the name in the checkpoint of Rekor v1',
      'verified',
      () =>
        entry(
          (_, bundle) => {
            const proof = proofOf(bundle)
            const { v1 } = instance.logs
            proof.checkpoint.envelope = checkpoint(v1, Buffer.from(proof.rootHash, 'base64'), 2, 'pod-7 - 42').replace(
              '— pod-7 - 42',
              '— pod-7',
            )
          },
          { log: 'v1' },
        ),
    ],
  ])
})

test('a root that knows another instance verifies nothing of this one', async () => {
  const root = (trusted: Root) => Object.assign(trusted, trustedRootOf(stranger))
  expect(await findings({ root })).toEqual(['CERTIFICATE_UNTRUSTED', 'TIME_INVALID', 'LOG_ENTRY_INVALID'])
  expect(authority('another').certificate.length).toBeGreaterThan(100)
})
