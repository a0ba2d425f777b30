import { expect, test } from 'vitest'
import { presentPaths } from './present-paths.ts'
import { effectOfAbsence } from './resolution.ts'

const absence = (
  kind: 'npm' | 'wheel' | 'jar' | 'zip' | 'tar' | 'sdist' | 'crate',
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
  ['package/a.mjs', 'package/a.js'],
  ['package/a.mts', 'package/a.ts'],
  ['package/a.ts', 'package/a.tsx'],
  ['package/a.mjs', 'package/a/index.js'],
  ['package/a.js', 'package/a.wasm'],
])('without %s Node or a bundler loads %s', (path, other) => {
  expect(absence('npm', path, other)).toContain(` ${other} `)
})

test.each([
  ['package/a.js', 'package/a.mjs'],
  ['package/a.js', 'package/a.d.ts'],
  ['package/a.d.mts', 'package/a.d.ts'],
  ['package/a.ts', 'package/a.js'],
  ['package/a.cjs', 'package/a.js'],
  ['package/a.js', 'package/a.js'],
  ['package/a.js', 'package/b.js'],
  ['package/README.md', 'package/README'],
])('without %s nothing loads %s', (path, other) => {
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
  ['jar', 'module-info.class'],
  ['zip', 'META-INF/services/java.sql.Driver'],
  ['sdist', 'a-1/pyproject.toml'],
  ['sdist', 'a-1/setup.cfg'],
  ['sdist', 'a-1/setup.py'],
  ['sdist', 'a-1/MANIFEST.in'],
  ['tar', 'a-1/GNUmakefile', 'a-1/Makefile'],
  ['tar', 'lib/a.rb', 'lib/a.so'],
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
  ['jar', 'a/module-info.class'],
  ['zip', 'a.txt'],
  ['sdist', 'a-1/tests/setup.cfg'],
  ['sdist', 'a-1/tox.ini'],
  ['tar', 'a-1/Makefile', 'a-1/GNUmakefile'],
  ['tar', 'a-1/makefile', 'b-1/Makefile'],
  ['tar', 'lib/a.so', 'lib/a.rb'],
  ['tar', 'etc/passwd'],
] as const)('a file is only missed, in a %s: %s', (kind, path, other?: string) => {
  expect(absence(kind, path, other)).toBeUndefined()
})

test('a Debian package does less without a part of its control archive', () => {
  expect(absence('tar', './preinst', '', true)).toBeTruthy()
})

const inSystem = (path: string, system: 'package' | 'layer') =>
  effectOfAbsence(path, presentPaths([]), { kind: 'tar', inControl: false, system })

test.each([
  ['layer', 'etc/passwd'],
  ['layer', 'usr/lib/a.so'],
  ['layer', './app/a.js'],
  ['package', './etc/apparmor.d/usr.bin.a'],
  ['package', './usr/lib/systemd/system/a.service.d/hardening.conf'],
  ['package', './usr/share/polkit-1/rules.d/a.rules'],
] as const)('in a system something acts on the absence, in a %s, of %s', (system, path) => {
  expect(inSystem(path, system)).toBeTruthy()
})

test.each([
  ['layer', 'var/log/dpkg.log'],
  ['layer', 'var/cache/ldconfig/aux-cache'],
  ['layer', 'usr/share/doc/a/README'],
  ['layer', 'usr/lib/python3/__pycache__/a.cpython-311.pyc'],
  ['package', './usr/bin/a'],
  ['package', './usr/share/doc/a/README'],
] as const)('in a system a file is only missed, in a %s: %s', (system, path) => {
  expect(inSystem(path, system)).toBeUndefined()
})
