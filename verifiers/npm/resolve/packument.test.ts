import { expect, test } from 'vitest'
import { claimsOf, type Packument, pickVersion } from './packument.ts'
import type { Wanted } from './spec.ts'

function packument(versions: string[], more: Partial<Packument> = {}, deprecated: string[] = []): Packument {
  return {
    name: 'made',
    'dist-tags': { latest: versions.at(-1) ?? '' },
    time: {},
    ...more,
    versions: Object.fromEntries(
      versions.map((version) => [
        version,
        {
          name: 'made',
          version,
          dist: { tarball: `https://registry.example/made/-/made-${version}.tgz` },
          ...(deprecated.includes(version) && { deprecated: 'no' }),
        },
      ]),
    ),
  }
}

const versions = ['1.0.0', '1.1.0', '1.2.0', '2.0.0', '2.1.0-beta.1']

test.each<[string, Wanted, Partial<Packument>, string[], string]>([
  ['an exact version is that one', { type: 'version', spec: '1.1.0' }, {}, [], '1.1.0'],
  [
    'a tag is what it points at',
    { type: 'tag', spec: 'next' },
    { 'dist-tags': { next: '2.1.0-beta.1' } },
    [],
    '2.1.0-beta.1',
  ],
  ['no wish is latest', { type: 'range', spec: '*' }, { 'dist-tags': { latest: '1.1.0' } }, [], '1.1.0'],
  ['a range prefers latest', { type: 'range', spec: '^1' }, { 'dist-tags': { latest: '1.1.0' } }, [], '1.1.0'],
  [
    'a range without latest is its highest',
    { type: 'range', spec: '^1' },
    { 'dist-tags': { latest: '2.0.0' } },
    [],
    '1.2.0',
  ],
  ['deprecated versions come last', { type: 'range', spec: '^1' }, { 'dist-tags': {} }, ['1.2.0'], '1.1.0'],
  ['but they come', { type: 'range', spec: '~1.2' }, { 'dist-tags': {} }, ['1.2.0'], '1.2.0'],
  ['a prerelease is only in a range of prereleases', { type: 'range', spec: '>=2' }, { 'dist-tags': {} }, [], '2.0.0'],
])('%s', (_, wanted, more, deprecated, expected) => {
  expect(pickVersion(packument(versions, more, deprecated), wanted).version).toBe(expected)
})

test('a version that does not exist names its neighbours', () => {
  expect(() => pickVersion(packument(versions), { type: 'version', spec: '1.1.5' })).toThrow(
    expect.objectContaining({
      code: 'VERSION_NOT_FOUND',
      hint: 'The nearest are: 1.0.0, 1.1.0, 1.2.0, 2.0.0, 2.1.0-beta.1.',
    }),
  )
})

test.each<[string, Packument, Wanted]>([
  ['a tag that does not exist', packument(versions), { type: 'tag', spec: 'next' }],
  ['a range that nothing is in', packument(versions), { type: 'range', spec: '>9' }],
  ['a package that was taken back', packument([]), { type: 'range', spec: '*' }],
  ['a name that every object has', packument(versions), { type: 'tag', spec: 'constructor' }],
  ['a tag that points at nothing', packument(versions, { 'dist-tags': { x: '7.0.0' } }), { type: 'tag', spec: 'x' }],
])('%s is VERSION_NOT_FOUND', (_, document, wanted) => {
  expect(() => pickVersion(document, wanted)).toThrow(expect.objectContaining({ code: 'VERSION_NOT_FOUND' }))
})

test.each<[string, unknown]>([
  ['of another package', { name: 'other', version: '1.0.0', dist: { tarball: 'https://registry.example/x.tgz' } }],
  ['of another version', { name: 'made', version: '1.0.1', dist: { tarball: 'https://registry.example/x.tgz' } }],
  ['without a file', { name: 'made', version: '1.0.0' }],
  ['that is none', null],
])('a version document %s is refused', (_, manifest) => {
  const document = { ...packument([]), versions: { '1.0.0': manifest } }
  expect(() => pickVersion(document, { type: 'version', spec: '1.0.0' })).toThrow(
    expect.objectContaining({ code: 'REGISTRY_ANSWER_INVALID' }),
  )
})

const dist = { tarball: 'https://registry.example/made/-/made-1.0.0.tgz' }

test.each<[string, unknown, unknown]>([
  [
    'an object',
    { type: 'git', url: 'git+https://host.example/a.git', directory: 'packages/a' },
    { url: 'git+https://host.example/a.git', directory: 'packages/a' },
  ],
  ['a string', 'owner/name', { url: 'owner/name' }],
  ['something else', 42, undefined],
  ['an object without a URL', { type: 'git' }, undefined],
])('the repository may be %s', (_, repository, expected) => {
  const document = { ...packument([]), versions: { '1.0.0': { name: 'made', version: '1.0.0', dist, repository } } }
  expect(claimsOf(document, pickVersion(document, { type: 'version', spec: '1.0.0' })).repository).toEqual(expected)
})

test('claims that are malformed are left out, the others kept', () => {
  const manifest = {
    name: 'made',
    version: '1.0.0',
    dist,
    gitHead: 'not a commit',
    _nodeVersion: '20.1.0',
    _npmVersion: 7,
  }
  const document = { ...packument([]), time: { '1.0.0': 'yesterday' }, versions: { '1.0.0': manifest } }
  const claims = claimsOf(document, pickVersion(document, { type: 'version', spec: '1.0.0' }))
  expect(claims).toEqual({ nodeVersion: '20.1.0', mirrored: true, manifest: { name: 'made', version: '1.0.0' } })
})
