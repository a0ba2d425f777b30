import { expect, test } from 'vitest'
import { parseArtifactSpec } from './spec.ts'

const cwd = '/somewhere'

test.each([
  ['ms', 'ms', 'range', '*'],
  ['npm:ms', 'ms', 'range', '*'],
  ['ms@2.1.3', 'ms', 'version', '2.1.3'],
  ['npm:ms@v2.1.3', 'ms', 'version', '2.1.3'],
  ['ms@latest', 'ms', 'tag', 'latest'],
  ['ms@^2', 'ms', 'range', '^2'],
  ['@scope/name', '@scope/name', 'range', '*'],
  ['@scope/name@1.0.0-rc.1', '@scope/name', 'version', '1.0.0-rc.1'],
  ['pkg:npm/ms@2.1.3', 'ms', 'version', '2.1.3'],
  ['pkg:npm/%40scope/name@1.2.3', '@scope/name', 'version', '1.2.3'],
  ['pkg:npm/ms', 'ms', 'range', '*'],
  // Names of the early days that nobody could register any more.
  ['JSONStream@1.3.5', 'JSONStream', 'version', '1.3.5'],
])('%s names a package of the registry', (spec, name, type, wanted) => {
  expect(parseArtifactSpec(spec, { cwd })).toMatchObject({ kind: 'registry', name, wanted: { type, spec: wanted } })
})

test('a scope cannot leave its place in a URL', () => {
  expect(parseArtifactSpec('@scope/name', { cwd })).toMatchObject({ escapedName: '@scope%2fname' })
})

test.each([
  ['./ms-2.1.3.tgz', '/somewhere/ms-2.1.3.tgz'],
  ['ms-2.1.3.tgz', '/somewhere/ms-2.1.3.tgz'],
  ['packed/ms-2.1.3.tgz', '/somewhere/packed/ms-2.1.3.tgz'],
  ['/tmp/ms.tgz', '/tmp/ms.tgz'],
  ['file:ms.tar.gz', '/somewhere/ms.tar.gz'],
])('%s names a tarball on the disk', (spec, path) => {
  expect(parseArtifactSpec(spec, { cwd })).toEqual({ kind: 'file', path })
})

test('a URL of a tarball stays as it is', () => {
  const url = 'https://files.example/ms-2.1.3.tgz'
  expect(parseArtifactSpec(url, { cwd })).toEqual({ kind: 'remote', url })
})

test.each([
  '',
  '@',
  '@scope',
  'a b',
  'a\nb',
  'ms@../../x',
  '../../etc',
  './folder',
  'github:owner/repository',
  'git+https://host.example/repository.git',
  'git+ssh://git@host.example/repository.git',
  'other@npm:ms@1.0.0',
  'pkg:pypi/requests@2.0.0',
  'pkg:npm/',
  'pkg:npm/ms@2.1.3?repository_url=https://elsewhere.example',
  'ftp://host.example/ms.tgz',
  'node_modules',
  '.hidden',
  `ms@${'9'.repeat(5000)}`,
  'x'.repeat(300),
])('%j names nothing that was published', (spec) => {
  expect(() => parseArtifactSpec(spec, { cwd })).toThrow(expect.objectContaining({ code: 'SPEC_INVALID' }))
})
