import { expect, test } from 'vitest'
import { explainManifest } from '../content/explain-manifest.ts'

const explain = (published: unknown, rebuilt: unknown) => {
  const { cause, severity } = explainManifest(JSON.stringify(published), JSON.stringify(rebuilt)) ?? {}
  return { cause, severity }
}

test.each([
  ['a member of the workspace', { dependencies: { a: '1.2.3' } }, { dependencies: { a: 'workspace:*' } }],
  ['a range of one', { peerDependencies: { a: '^1.2.3' } }, { peerDependencies: { a: 'workspace:^' } }],
  ['a range that is written out', { dependencies: { a: '~1.2.3' } }, { dependencies: { a: 'workspace:~1.2.3' } }],
  ['a catalogue', { dependencies: { a: '^1.2.3' } }, { dependencies: { a: 'catalog:' } }],
  ['fields of publishConfig', { main: 'dist/a.js' }, { main: 'src/a.ts', publishConfig: { main: 'dist/a.js' } }],
  ['publishConfig itself', {}, { publishConfig: { access: 'public' } }],
])('what package managers write when they publish is named: %s', (_, published, rebuilt) => {
  expect(explain(published, rebuilt)).toEqual({ cause: 'manifest-rewritten', severity: 'unexplained' })
})

test.each([
  ['another range', { dependencies: { a: '^6.6.6' } }, { dependencies: { a: 'workspace:^1.2.3' } }],
  [
    'a range where the version was asked for',
    { dependencies: { a: '^1.2.3' } },
    { dependencies: { a: 'workspace:*' } },
  ],
  ['an alias', { dependencies: { a: 'npm:evil@1.0.0' } }, { dependencies: { a: 'workspace:*' } }],
  ['any version', { dependencies: { a: '*' } }, { dependencies: { a: 'workspace:^' } }],
  ['a dependency of the registry', { dependencies: { a: '1.2.3' } }, { dependencies: { a: '1.2.4' } }],
  ['one that nobody named', { dependencies: { a: '1.2.3' } }, { dependencies: {} }],
  ['another value than publishConfig has', { main: 'evil.js' }, { main: 'a.js', publishConfig: { main: 'b.js' } }],
  ['publishConfig that is added', { publishConfig: { registry: 'x' } }, {}],
  ['a field of publishConfig that is dropped', { main: 'a.js' }, { main: 'a.js', publishConfig: { main: 'b.js' } }],
])('nothing else is: %s', (_, published, rebuilt) => {
  expect(explain(published, rebuilt).severity).toBe('suspicious')
})

test.each<[string, unknown, unknown, string]>([
  ['no dependencies, written out', { dependencies: {} }, {}, 'unexplained'],
  ['no scripts, written out', {}, { scripts: {} }, 'unexplained'],
  ['one dependency', { dependencies: { a: '1.2.3' } }, {}, 'suspicious'],
  ['none of three', {}, { dependencies: { a: '1.2.3' } }, 'suspicious'],
  ['a list where none is', { dependencies: [] }, {}, 'suspicious'],
  ['something empty that is no list of packages', { exports: {} }, {}, 'suspicious'],
])('what asks for nothing is as if it were not there: %s', (_, published, rebuilt, severity) => {
  expect(explain(published, rebuilt).severity).toBe(severity)
})
