import { expect, test } from 'vitest'
import { namedBy } from './named-by-manifest.ts'
import { presentPaths } from './present-paths.ts'

function named(manifest: unknown, missing: string, present: readonly string[] = [], folder = 'package/') {
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest)
  return namedBy({ path: `${folder}package.json`, text }, presentPaths(present), new Set([missing])).get(missing)
}

test.each([
  ['main', { main: 'a.js' }, 'package/a.js'],
  ['main', { main: './lib' }, 'package/lib/index.js'],
  ['browser', { browser: { './a.js': './b.js' } }, 'package/b.js'],
  ['exports', { exports: { '.': { node: { import: './a.mjs' } } } }, 'package/a.mjs'],
  ['bin', { bin: 'cli.js' }, 'package/cli.js'],
])('by "%s"', (field, manifest, missing) => {
  expect(named(manifest, missing)).toBe(field)
})

test('from a folder below', () => {
  expect(named({ main: '../cjs/a.js' }, 'package/cjs/a.js', [], 'package/esm/')).toBe('main')
})

test.each([
  ['types', { types: 'a.d.ts', exports: { '.': { types: './a.ts' } } }, 'package/a.ts'],
  ['what is there by an ending that is tried before', { main: './lib' }, 'package/lib/index.js', ['package/lib.js']],
  ['patterns', { exports: { './*': './dist/*.js' } }, 'package/dist/a.js'],
  ['other fields', { files: ['a.js'], source: 'a.js', scripts: { a: 'a.js' } }, 'package/a.js'],
  ['what is outside of the package', { main: '../../a.js' }, 'a.js'],
  ['what no program reads', '{"main": "a.js"', 'package/a.js'],
  ['nothing', 'null', 'package/a.js'],
] as const)('not by %s', (_, manifest, missing, present: readonly string[] = []) => {
  expect(named(manifest, missing, present)).toBeUndefined()
})

test('however deep conditions are, they are read', () => {
  const depth = 5000
  const text = `{"exports": ${'{"a":'.repeat(depth)}"./a.js"${'}'.repeat(depth)}}`
  expect(named(text, 'package/a.js')).toBe('exports')
})
