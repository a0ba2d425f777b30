import { expect, test } from 'vitest'
import { presentPaths } from './present-paths.ts'
import { effectOfAbsence } from './resolution.ts'

const absence = (
  kind: 'npm' | 'wheel' | 'jar' | 'tar' | 'sdist' | 'crate',
  path: string,
  other = '',
  inControl = false,
) => effectOfAbsence(path, presentPaths([other]), { kind, inControl })

test.each([
  ['package/a.js', 'package/a.json'],
  ['package/a.js', 'package/a.node'],
  ['package/a.js', 'package/a/index.js'],
  ['package/a.json', 'package/a/package.json'],
  ['package/a', 'package/a.js'],
  ['package/a/index.js', 'package/a/index.json'],
  ['package/a/index.js', 'package/a.js'],
  ['package/a.native.js', 'package/a.js'],
  ['package/a.ios.tsx', 'package/a.tsx'],
])('without %s Node loads %s', (path, other) => {
  expect(absence('npm', path, other)).toContain(` ${other} `)
})

test.each([
  ['package/a.js', 'package/a.mjs'],
  ['package/a.js', 'package/a.d.ts'],
  ['package/a.js', 'package/a.js'],
  ['package/a.js', 'package/b.js'],
  ['package/README.md', 'package/README'],
])('without %s Node does not load %s', (path, other) => {
  expect(absence('npm', path, other)).toBeUndefined()
})

test.each([
  ['npm', 'package/npm-shrinkwrap.json'],
  ['npm', 'package/node_modules/ms/index.js'],
  ['npm', 'package/lib/package.json', 'package/lib/a.js'],
  ['wheel', 'a/__init__.py', 'a.py'],
  ['wheel', 'a.abi3.so', 'a.py'],
  ['wheel', 'a.cpython-312-x86_64-linux-gnu.so', 'a/__init__.py'],
  ['wheel', 'a.py', 'a.pyc'],
  ['jar', 'META-INF/versions/9/a.class'],
  ['jar', 'META-INF/services/java.sql.Driver'],
  ['tar', 'etc/.wh.passwd'],
  ['sdist', 'a-1/pyproject.toml'],
  ['crate', 'a-1/build.rs'],
] as const)('something acts on the absence, in a %s, of %s', (kind, path, other?: string) => {
  expect(absence(kind, path, other)).toBeTruthy()
})

test.each([
  ['npm', 'package/lib/package.json', 'package/a.js'],
  ['npm', 'package/lib/npm-shrinkwrap.json'],
  ['wheel', 'a/b.py', 'a/__init__.py'],
  ['jar', 'META-INF/maven/a/pom.xml'],
  ['jar', 'a.class'],
  ['tar', 'etc/passwd'],
] as const)('a file is only missed, in a %s: %s', (kind, path, other?: string) => {
  expect(absence(kind, path, other)).toBeUndefined()
})

test('a Debian package does less without a part of its control archive', () => {
  expect(absence('tar', './preinst', '', true)).toBeTruthy()
})
