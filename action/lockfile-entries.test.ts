import { expect, test } from 'vitest'
import { carriedEntries, namelessEntries } from './lockfile-entries.ts'

const lock = (packages: unknown) => Buffer.from(JSON.stringify({ lockfileVersion: 3, packages }))
const integrity = 'sha512-AA=='

test('what is said to come inside another package, and inside which', () => {
  const bytes = lock({
    '': { name: 'root', bundleDependencies: ['e'] },
    'node_modules/@s/c': { version: '2.0.0', integrity },
    'node_modules/@s/c/node_modules/a': { version: '1.0.0', inBundle: true },
    'node_modules/@s/c/node_modules/a/node_modules/b': { version: '1.1.0', inBundle: true },
    'node_modules/d': { version: '1.0.0', integrity, inBundle: true },
    'node_modules/e': { version: '1.0.0', inBundle: true },
    'node_modules/gone/node_modules/f': { version: '1.0.0', inBundle: true },
    'node_modules/<x>': { version: '1.0.0', inBundle: true },
  })
  const carrier = { name: '@s/c', version: '2.0.0', integrity }
  expect(carriedEntries(bytes)).toEqual([
    { name: 'a', version: '1.0.0', carrier: { ...carrier, place: 'node_modules/a' } },
    { name: 'b', version: '1.1.0', carrier: { ...carrier, place: 'node_modules/a/node_modules/b' } },
    { name: 'e', version: '1.0.0' },
    { name: 'f', version: '1.0.0' },
  ])
  expect(namelessEntries(bytes)).toEqual(['node_modules/<x>'])
})

test.each([[{}], [{ '': 1, 'node_modules/a': null, 'node_modules/b': [] }], [{ 'node_modules/': { inBundle: true } }]])(
  'nothing is carried by %j',
  (packages) => {
    expect(carriedEntries(lock(packages))).toEqual([])
  },
)
