import { expect, test } from 'vitest'
import { askedFor, candidatesFor } from './candidates.ts'

const published = ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '2.0.0', '1.4.0-rc.1'].map((version, at) => ({
  version,
  publishedAt: at * 1000,
  isDeprecated: false,
}))
const of = (options: Partial<Parameters<typeof candidatesFor>[1]> = {}, releases = published) =>
  candidatesFor(releases, { built: '1.2.0', ranges: ['^1.0.0'], named: new Set(), ...options })

test('releases that may be there instead, the nearest first', () => {
  expect(of()).toEqual(['1.1.0', '1.3.0', '1.0.0'])
})

test.each([
  [
    'what the published files name comes first',
    of({ named: new Set(['1.0.0', '2.0.0']) }),
    ['1.0.0', '1.1.0', '1.3.0'],
  ],
  ['everybody who got the release must take the other', of({ ranges: ['^1.0.0', '~1.2.0', '^2.0.0'] }), []],
  ['who asks for another release says nothing', of({ ranges: ['^1.1.0', '^2.0.0', '0.x'] }), ['1.1.0', '1.3.0']],
  ['nobody asks', of({ ranges: [] }), []],
  ['nobody who asks can have got it', of({ ranges: ['^2.0.0'] }), []],
  ['what came later was not there', of({ until: 1000 }), ['1.1.0', '1.0.0']],
  [
    'what nobody should use',
    of(
      {},
      published.map((one) => ({ ...one, isDeprecated: one.version === '1.1.0' })),
    ),
    ['1.0.0', '1.3.0'],
  ],
])('%s', (_, found, expected) => {
  expect(found).toEqual(expected)
})

test('of very many only the nearest are looked at', () => {
  const many = Array.from({ length: 60_000 }, (_, at) => ({ version: `1.0.${at}`, isDeprecated: false }))
  const start = performance.now()
  expect(candidatesFor(many, { built: '1.0.30000', ranges: ['^1.0.0'], named: new Set() })).toHaveLength(8)
  expect(performance.now() - start).toBeLessThan(5000)
})

test('another package may be asked for under the name', () => {
  expect(askedFor('a', 'npm:@scope/b@^1.0.0')).toEqual({ name: '@scope/b', range: '^1.0.0' })
  expect(askedFor('a', '^1.0.0')).toEqual({ name: 'a', range: '^1.0.0' })
  expect(askedFor('a', 'workspace:^')).toBeUndefined()
  expect(askedFor('a', 'git+https://example.org/a.git')).toBeUndefined()
})
