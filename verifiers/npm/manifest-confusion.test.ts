import { expect, test } from 'vitest'
import { manifestConfusion } from './manifest-confusion.ts'

const honest = {
  name: '@scope/honest',
  version: '1.2.3',
  scripts: { test: 'node test.js' },
  bin: { honest: 'cli.js' },
  dependencies: { ms: '^2.1.3' },
  devDependencies: { typescript: '^5.0.0' },
  engines: { node: '>=18' },
}
const confusionOf = (claimed: Record<string, unknown>, packed: unknown, hasBindingGyp = false) =>
  manifestConfusion(claimed, packed, { hasBindingGyp }).map(({ evidence }) => evidence.field)

test.each<[string, Record<string, unknown>, unknown, string]>([
  ['another name', honest, { ...honest, name: 'other' }, '/name'],
  ['another version', honest, { ...honest, version: '1.2.4' }, '/version'],
  [
    'a dependency that only the tarball has',
    honest,
    { ...honest, dependencies: { ms: '^2.1.3', evil: '1' } },
    '/dependencies/evil',
  ],
  [
    'a dependency that only the registry has',
    { ...honest, dependencies: { evil: '1' } },
    { ...honest, dependencies: {} },
    '/dependencies/evil',
  ],
  ['another range', honest, { ...honest, dependencies: { ms: '*' } }, '/dependencies/ms'],
  ['a scoped dependency', honest, { ...honest, dependencies: { ms: '^2.1.3', '@a/b': '1' } }, '/dependencies/@a~1b'],
  ['an optional dependency', honest, { ...honest, optionalDependencies: { evil: '1' } }, '/optionalDependencies/evil'],
  ['a peer dependency', honest, { ...honest, peerDependencies: { evil: '1' } }, '/peerDependencies/evil'],
  ['a bundled dependency', honest, { ...honest, bundledDependencies: ['ms'] }, '/bundleDependencies/ms'],
  [
    'an install script',
    honest,
    { ...honest, scripts: { ...honest.scripts, postinstall: 'node x' } },
    '/scripts/postinstall',
  ],
  ['a script', honest, { ...honest, scripts: { test: 'node evil' } }, '/scripts/test'],
  ['a program', honest, { ...honest, bin: { honest: 'cli.js', ls: 'evil.js' } }, '/bin/ls'],
  ['another program of the same name', honest, { ...honest, bin: { honest: 'evil.js' } }, '/bin/honest'],
  ['another engine', honest, { ...honest, engines: { node: '>=1' } }, '/engines/node'],
  ['another system', honest, { ...honest, os: ['!win32'] }, '/os'],
  ['a manifest that is none', honest, ['x'], ''],
])('confusion is named with its field: %s', (_, claimed, packed, field) => {
  expect(confusionOf(claimed, packed)).toContain(field)
})

test('an install script that the registry denies is confusion, though it shows the script itself', () => {
  const scripts = { install: 'node x' }
  expect(confusionOf({ ...honest, scripts, hasInstallScript: false }, { ...honest, scripts })).toEqual([
    '/hasInstallScript',
  ])
})

test.each<[string, Record<string, unknown>, Record<string, unknown>, boolean?]>([
  ['the spelling of the address of the repository', honest, { ...honest, repository: 'a/b' }],
  ['a program that is given as a text', honest, { ...honest, bin: './cli.js' }],
  [
    'a program below a folder',
    { ...honest, bin: { honest: 'bin/cli.js' } },
    { ...honest, bin: { honest: './bin/../bin/cli.js' } },
  ],
  ['a version with a letter before it', honest, { ...honest, version: ' v1.2.3' }],
  [
    'optional dependencies that npm merged',
    { ...honest, dependencies: { ms: '^2.1.3', fsevents: '2' }, optionalDependencies: { fsevents: '2' } },
    { ...honest, optionalDependencies: { fsevents: '2' } },
  ],
  [
    'a binding.gyp',
    { ...honest, scripts: { test: 'node test.js', install: 'node-gyp rebuild' }, gypfile: true },
    honest,
    true,
  ],
  ['a binding.gyp that the registry does not tell of', honest, honest, true],
  [
    'bundled dependencies that are all of them',
    { ...honest, bundleDependencies: ['ms'] },
    { ...honest, bundledDependencies: true },
  ],
  ['dependencies in a list', honest, { ...honest, dependencies: ['ms@^2.1.3'] }],
  ['the folder of programs in a script', honest, { ...honest, scripts: { test: './node_modules/.bin/node test.js' } }],
  ['empty members', honest, { ...honest, optionalDependencies: {}, os: [], bundledDependencies: false }],
  ['what only developers need', { ...honest, devDependencies: undefined }, honest],
])('what npm writes otherwise when it publishes is no confusion: %s', (_, claimed, packed, gyp) => {
  expect(confusionOf(claimed, packed, gyp)).toEqual([])
})

test('a hostile manifest gives a bounded answer', () => {
  const dependencies = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`x${index}`, 'y'.repeat(1000)]))
  const found = manifestConfusion(
    honest,
    { ...honest, dependencies, __proto__: null, bin: 7, scripts: [1] },
    { hasBindingGyp: false },
  )
  expect(found.length).toBeLessThanOrEqual(200)
  for (const { summary } of found) expect(summary.length).toBeLessThan(2048)
})
