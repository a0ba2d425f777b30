import { expect, test } from 'vitest'
import { parsePackument } from './packument.ts'
import { publicationBounds } from './publication-bounds.ts'

const never = Number.POSITIVE_INFINITY

function boundsOf(name: string, versions: Record<string, object>) {
  const entries = Object.entries(versions).map(([version, more]) => [version, { name, version, dist: {}, ...more }])
  const document = { name, versions: Object.fromEntries(entries), 'dist-tags': {}, time: {} }
  const bounds = publicationBounds(parsePackument(Buffer.from(JSON.stringify(document)), name))
  const dayOf = (at: number) => (at === never ? 'never' : new Date(at).toISOString().slice(0, 10))
  return Object.fromEntries(Array.from(bounds, ([version, { after, by }]) => [version, [dayOf(after), dayOf(by)]]))
}

test('the first release of a line of TypeScript is known to the day, and the others came later', () => {
  expect(boundsOf('typescript', { '5.4.5': {}, '5.4.2': {}, '5.4.0-dev.20240201': {}, '99.0.1': {} })).toEqual({
    '5.4.2': ['2024-03-06', '2024-03-06'],
    '5.4.5': ['2024-03-06', 'never'],
  })
})

test('whoever names a TypeScript was published after that', () => {
  const versions = {
    '1.0.0': { devDependencies: { typescript: '~4.9.3' } },
    '1.1.0': { devDependencies: { typescript: '4.0 || ^5.0.0' }, dependencies: { typescript: '^4.1.2' } },
    '1.2.0': { devDependencies: { typescript: 'latest' } },
    '1.3.0': { peerDependencies: { typescript: '>=5' } },
  }
  expect(boundsOf('bundler', versions)).toEqual({
    '1.0.0': ['2022-11-15', 'never'],
    '1.1.0': ['2020-11-19', 'never'],
  })
})

test('a preview of TypeScript was there before its release: from the day in its name on, or after the line before', () => {
  const versions = {
    '1.0.0': { devDependencies: { typescript: '^5.4.0-dev.20240131' } },
    '1.1.0': { devDependencies: { typescript: '5.5.0-beta' } },
    '1.2.0': { devDependencies: { typescript: '>=2.0.0-rc' } },
  }
  expect(boundsOf('available', versions)).toEqual({
    '1.0.0': ['2024-01-31', 'never'],
    '1.1.0': ['2024-03-06', 'never'],
  })
})

test('types name the oldest TypeScript of two years, so that the one before was older', () => {
  const versions = {
    '18.0.0': { typeScriptVersion: '4.3' },
    '22.0.0': { typeScriptVersion: '5.0' },
    '8.0.0': { typeScriptVersion: '2.3' },
    '9.0.0': { typeScriptVersion: 'x'.repeat(99) },
  }
  expect(boundsOf('@types/node', versions)).toEqual({
    '18.0.0': ['2023-02-23', 'never'],
    '22.0.0': ['2024-11-14', 'never'],
  })
})
