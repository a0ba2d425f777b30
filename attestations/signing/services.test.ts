import { SigningConfig } from '@sigstore/protobuf-specs'
import { expect, test } from 'vitest'
import { publicGood } from './configuration.ts'
import { selectServices } from './services.ts'

const now = new Date('2026-06-01T00:00:00Z')
const always = { start: '2020-01-01T00:00:00Z' }

type Service = { url: string; majorApiVersion: number; validFor?: object; operator?: string }
const service = (name: string, version = 1, more: object = {}): Service => ({
  url: `https://${name}.example`,
  majorApiVersion: version,
  validFor: always,
  operator: name,
  ...more,
})

const select = (logs: Service[], selector: object = { selector: 'ANY' }, more: object = {}) =>
  selectServices(
    SigningConfig.fromJSON({
      caUrls: [service('ca')],
      rekorTlogUrls: logs,
      rekorTlogConfig: selector,
      tsaUrls: [service('tsa')],
      tsaConfig: { selector: 'ANY' },
      ...more,
    }),
    now,
  ).logs.map(({ url, version }) => `${new URL(url).hostname.split('.')[0]} v${version}`)

test.each([
  [
    'the highest version of an operator',
    [service('a', 1), service('a2', 2, { operator: 'a' })],
    { selector: 'ANY' },
    ['a2 v2'],
  ],
  ['no version that is not spoken here', [service('a', 3), service('b')], { selector: 'ANY' }, ['b v1']],
  [
    'nothing that begins later',
    [service('a', 2, { validFor: { start: '2027-01-01T00:00:00Z' } }), service('b')],
    { selector: 'ANY' },
    ['b v1'],
  ],
  [
    'nothing that has ended',
    [service('a', 1, { validFor: { ...always, end: '2026-01-01T00:00:00Z' } }), service('b')],
    { selector: 'ANY' },
    ['b v1'],
  ],
  [
    'nothing of which no start is known',
    [service('a', 1, { validFor: {} }), service('b')],
    { selector: 'ANY' },
    ['b v1'],
  ],
  [
    'the newest of one version',
    [service('a'), service('new', 1, { operator: 'a', validFor: { start: '2025-01-01T00:00:00Z' } })],
    { selector: 'ANY' },
    ['new v1'],
  ],
  ['all operators', [service('a'), service('b')], { selector: 'ALL' }, ['a v1', 'b v1']],
  [
    'as many operators as asked for',
    [service('a'), service('a2', 1, { operator: 'a' }), service('b'), service('c')],
    { selector: 'EXACT', count: 2 },
    ['a v1', 'b v1'],
  ],
])('%s is chosen', (_, logs, selector, chosen) => {
  expect(select(logs, selector)).toEqual(chosen)
})

test.each([
  [
    'fewer operators than asked for',
    () => select([service('a'), service('a2', 1, { operator: 'a' })], { selector: 'EXACT', count: 2 }),
  ],
  ['none that can be used', () => select([service('a', 9)])],
  ['no selector', () => select([service('a')], {})],
  ['a count of nothing', () => select([service('a')], { selector: 'EXACT' })],
  ['an address without encryption', () => select([service('a', 1, { url: 'http://log.example' })])],
  ['an address with a password', () => select([service('a', 1, { url: 'https://u:p@log.example' })])],
  ['another kind of address', () => select([service('a', 1, { url: 'file:///etc/passwd' })])],
  ['no address', () => select([service('a', 1, { url: 'log' })])],
  ['a Rekor v2 log and no clock', () => select([service('a', 2)], { selector: 'ANY' }, { tsaConfig: undefined })],
])('a configuration with %s is refused', (_, choose) => {
  expect(choose).toThrow(expect.objectContaining({ code: 'SIGNING_CONFIG_INVALID' }))
})

test('plain http is for this machine only', () => {
  expect(select([service('a', 1, { url: 'http://127.0.0.1:3000' })])).toEqual(['127 v1'])
})

test('the public-good instance is asked for a certificate, a log entry and a timestamp', () => {
  const { config, trustRoots } = publicGood()
  const { certificates, logs, timestamps } = selectServices(config, now)
  expect([certificates, ...logs, ...timestamps].map((one) => one && new URL(one.url).hostname)).toEqual([
    'fulcio.sigstore.dev',
    'rekor.sigstore.dev',
    'timestamp.sigstore.dev',
  ])
  expect(trustRoots).toHaveLength(1)
})
