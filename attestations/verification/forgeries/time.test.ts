import { describe } from 'vitest'
import { ecKeys } from '../../../fixtures/attestations/forge/certificates.ts'
import { timeAuthority, timestamp } from '../../../fixtures/attestations/forge/clock.ts'
import { sequence } from '../../../fixtures/attestations/forge/der.ts'
import { entry, instance, minutes, stamps, stranger, tried } from '../../../fixtures/attestations/forge/forgeries.ts'
import { signedAt } from '../../../fixtures/attestations/forge/instance.ts'

const { clock } = instance
describe('a time', () => {
  tried([
    ['after the certificate', 'CERTIFICATE_UNTRUSTED', () => ({ options: { timestampedAt: minutes(10) } })],
    ['before the certificate', 'CERTIFICATE_UNTRUSTED', () => ({ options: { timestampedAt: minutes(-2) } })],
    [
      'in the log after the certificate',
      'CERTIFICATE_UNTRUSTED',
      () => ({ options: { log: 'v1', loggedAt: minutes(10) } }),
    ],
    [
      'one of two outside the certificate',
      'CERTIFICATE_UNTRUSTED',
      () => ({
        options: { log: 'v1', timestampedAt: minutes(10) },
      }),
    ],
    ['of an unknown authority', 'TIME_INVALID', () => stamps((data) => [timestamp(stranger.clock, data, signedAt)])],
    [
      'of an unknown authority of the same name',
      'TIME_INVALID',
      () => stamps((data) => [timestamp(clock, data, signedAt, { signWith: ecKeys() })]),
    ],
    ['of another signature', 'TIME_INVALID', () => stamps(() => [timestamp(clock, Buffer.from('other'), signedAt)])],
    ['that was refused', 'TIME_INVALID', () => stamps((data) => [timestamp(clock, data, signedAt, { status: 2 })])],
    [
      'with another content than was signed',
      'TIME_INVALID',
      () => stamps((data) => [timestamp(clock, data, signedAt, { info: sequence() })]),
    ],
    [
      'twice',
      'TIME_INVALID',
      () => stamps((data) => [timestamp(clock, data, signedAt), timestamp(clock, data, signedAt)]),
    ],
    [
      'that holds beside one that does not',
      'TIME_INVALID',
      () => stamps((data) => [timestamp(clock, data, signedAt), timestamp(stranger.clock, data, signedAt)]),
    ],
    ['that is cut off', 'TIME_INVALID', () => stamps((data) => [timestamp(clock, data, signedAt).subarray(0, 60)])],
    [
      'of an authority that was retired',
      'TIME_INVALID',
      () => ({
        root({ timestampAuthorities }) {
          for (const one of timestampAuthorities) Object.assign(one.validFor, { end: '2025-01-01T00:00:00Z' })
        },
      }),
    ],
    [
      'of an authority whose certificate had expired',
      'TIME_INVALID',
      () => {
        const expired = timeAuthority({ notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') })
        return {
          ...stamps((data) => [timestamp(expired, data, signedAt)]),
          root({ timestampAuthorities: [one] }) {
            const chain = [expired.certificate, expired.root.certificate]
            one?.certChain.certificates.splice(0, 2, ...chain.map((der) => ({ rawBytes: der.toString('base64') })))
          },
        }
      },
    ],
    ['of nobody', 'TIME_MISSING', () => ({ options: { timestampedAt: 'never' } })],
    ['that the log did not promise', 'TIME_MISSING', () => entry((one) => delete one.inclusionPromise, { log: 'v1' })],
    [
      'in the log that was set back',
      'LOG_ENTRY_INVALID',
      () =>
        entry((one) => Object.assign(one, { integratedTime: String(signedAt.getTime() / 1000 - 30) }), { log: 'v1' }),
    ],
    [
      'that a log without times is said to have promised',
      'LOG_ENTRY_INVALID',
      () =>
        entry(
          (one) => {
            one.integratedTime = String(signedAt.getTime() / 1000)
            one.inclusionPromise = { signedEntryTimestamp: Buffer.alloc(64).toString('base64') }
          },
          { timestampedAt: 'never' },
        ),
    ],
    ['in the future', 'TIME_IN_FUTURE', () => ({ now: minutes(-60) })],
  ])
})
