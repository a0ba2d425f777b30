import { expect, test } from 'vitest'
import { digestsOf, integrityOf } from '../../fixtures/runs/finished-run.ts'
import type { LockfileName } from '../../verifiers/kept-manifests.ts'
import { readDeclaredTree } from './lockfile-tree.ts'

const manifest = {
  name: '@acme/widget',
  version: '1.2.3',
  license: 'MIT',
  dependencies: { a: '^1.0.0', alias: 'npm:@s/b@^1.0.0', forked: 'https://git.example/o/forked.git' },
  optionalDependencies: { o: '^1.0.0' },
  devDependencies: { d: '^1.0.0' },
}
const commit = 'c'.repeat(40)
const integrity = (name: string) => integrityOf(`${name}@1.0.0`)
const file = (name: string) => `https://packages.example/${name}/-/${name.split('/').at(-1)}-1.0.0.tgz`

const classic = ['a', '@s/b', 'c', 'd', 'o'].map((name) => {
  const asked = name === '@s/b' ? 'alias@npm:@s/b@^1.0.0' : `${name}@^1.0.0`
  const needs = name === 'a' || name === 'd' ? '\n  dependencies:\n    c "^1.0.0"' : ''
  return `"${asked}":\n  version "1.0.0"\n  resolved "${file(name)}#${digestsOf(name).sha1}"\n  integrity ${integrity(name)}${needs}\n`
})
const header = '# yarn lockfile v1\n\n\n'
const yarnClassic = `${header}${classic.join('\n')}
"forked@https://git.example/o/forked.git":
  version "2.0.0"
  resolved "https://git.example/o/forked.git#${commit}"
`

const berry = ['a', '@s/b', 'c', 'd', 'o'].map((name) => {
  const asked = name === '@s/b' ? 'alias@npm:@s/b@^1.0.0' : `${name}@npm:^1.0.0`
  const needs = name === 'a' || name === 'd' ? '\n  dependencies:\n    c: "npm:^1.0.0"' : ''
  return `"${asked}":\n  version: 1.0.0\n  resolution: "${name}@npm:1.0.0"${needs}\n  checksum: 10c0/${digestsOf(name).sha512}\n  languageName: node\n  linkType: hard\n`
})
const yarnBerry = `__metadata:\n  version: 8\n  cacheKey: 10c0\n\n${berry.join('\n')}
"@acme/widget@workspace:.":
  version: 0.0.0-use.local
  resolution: "@acme/widget@workspace:."
  languageName: unknown
  linkType: soft

"forked@https://git.example/o/forked.git":
  version: 2.0.0
  resolution: "forked@https://git.example/o/forked.git#commit=${commit}"
  checksum: 10c0/abc
  languageName: node
  linkType: hard
`

/** The same in each version's way of writing names. */
function pnpm(lockfileVersion: string): string {
  const old = lockfileVersion.startsWith('5')
  const isNine = lockfileVersion.startsWith('9')
  const key = (name: string) => (old ? `/${name}/1.0.0` : isNine ? `${name}@1.0.0` : `/${name}@1.0.0`)
  const wanted = (version: string) => (old ? version : { specifier: 'x', version })
  const git = { type: 'git', repo: 'https://git.example/o/forked.git', commit }
  const gitKey = isNine ? `forked@git+https://git.example/o/forked.git#${commit}` : `git.example/o/forked/${commit}`
  const importer = {
    dependencies: { a: wanted('1.0.0'), alias: wanted(key('@s/b')), forked: wanted(gitKey) },
    optionalDependencies: { o: wanted('1.0.0') },
    devDependencies: { d: wanted(old ? '1.0.0_p@2.0.0' : '1.0.0(p@2.0.0)') },
  }
  const withPeers = (name: string) => (name === 'd' ? (old ? '_p@2.0.0' : '(p@2.0.0)') : '')
  const packages: Record<string, unknown> = {}
  const snapshots: Record<string, unknown> = { [gitKey]: {} }
  for (const name of ['a', '@s/b', 'c', 'd', 'o']) {
    const needs = name === 'a' || name === 'd' ? { dependencies: { c: '1.0.0' } } : {}
    snapshots[key(name) + withPeers(name)] = needs
    const own = { resolution: { integrity: integrity(name) }, ...(name === 'c' && { deprecated: 'use another' }) }
    packages[isNine ? key(name) : key(name) + withPeers(name)] = isNine ? own : { ...own, ...needs }
  }
  packages[gitKey] = { resolution: git, name: 'forked', version: '2.0.0' }
  // JSON is YAML.
  return JSON.stringify({
    lockfileVersion,
    ...(old ? importer : { importers: { '.': importer } }),
    packages,
    ...(isNine && { snapshots }),
  })
}

const read = (name: LockfileName, text: string, own: object = manifest) =>
  readDeclaredTree({ manifest: Buffer.from(JSON.stringify(own)), lockfile: { name, bytes: Buffer.from(text) } }, '')

test.each([
  ['yarn classic', 'yarn.lock', yarnClassic],
  ['yarn berry', 'yarn.lock', yarnBerry],
  ['pnpm, lockfile 5.4', 'pnpm-lock.yaml', pnpm('5.4')],
  ['pnpm, lockfile 6.0', 'pnpm-lock.yaml', pnpm('6.0')],
  ['pnpm, lockfile 9.0', 'pnpm-lock.yaml', pnpm('9.0')],
] as const)('%s: every package with its role, the way to it, and its digest', async (manager, name, text) => {
  const { packages, graph, license } = await read(name, text)
  expect(license).toBe('MIT')
  const told = Object.fromEntries(
    packages.map(({ uri, role, path, skippable }) => [uri, [role, path.length, skippable]]),
  )
  expect(told).toEqual({
    'pkg:npm/a@1.0.0': ['runtime', 1, false],
    'pkg:npm/%40s/b@1.0.0': ['runtime', 1, false],
    'pkg:npm/c@1.0.0': ['runtime', 2, false],
    'pkg:npm/d@1.0.0': ['development', 1, false],
    'pkg:npm/o@1.0.0': ['optional', 1, true],
    [`git+https://git.example/o/forked.git#${commit}`]: ['runtime', 1, false],
  })
  const b = packages.find(({ uri }) => uri === 'pkg:npm/%40s/b@1.0.0')
  if (manager === 'yarn berry') expect(b).toMatchObject({ digests: {}, repacked: `10c0/${digestsOf('@s/b').sha512}` })
  else expect(b?.digests.sha512).toBe(digestsOf('@s/b@1.0.0').sha512)
  expect(graph.get('pkg:npm/a@1.0.0')).toEqual(['pkg:npm/c@1.0.0'])
  if (name === 'pnpm-lock.yaml') expect(packages.find(({ uri }) => uri.includes('/c@'))?.deprecated).toBe('use another')
})

test('a host that is not everybody’s registry is told, and a tarball of a host of code by its commit', async () => {
  const lock = `${header}"a@^1.0.0":\n  version "1.0.0"\n  resolved "${file('a')}"\n\n"forked@https://git.example/o/forked.git":\n  version "1.0.0"\n  resolved "https://codeload.git.example/o/forked/tar.gz/${commit}"\n`
  const { packages } = await read('yarn.lock', lock)
  expect(packages).toMatchObject([
    { uri: 'pkg:npm/a@1.0.0', host: 'packages.example' },
    { uri: `https://codeload.git.example/o/forked/tar.gz/${commit}`, origin: 'git', digests: { gitCommit: commit } },
  ])
})

test('a member of a workspace has its own dependencies, and the tools of the root', async () => {
  const member = Buffer.from(JSON.stringify({ name: 'm', version: '1.0.0', dependencies: { a: '^1.0.0' } }))
  const manifestBytes = Buffer.from(JSON.stringify({ name: 'root', devDependencies: { d: '^1.0.0' } }))
  const roles = async (name: LockfileName, text: string) => {
    const lockfile = { name, bytes: Buffer.from(text) }
    const { packages } = await readDeclaredTree({ manifest: manifestBytes, lockfile, member }, 'packages/m')
    return packages.filter(({ uri }) => /npm\/[ad]@/.test(uri)).map(({ uri, role }) => [uri, role])
  }
  const expected = [
    ['pkg:npm/a@1.0.0', 'runtime'],
    ['pkg:npm/d@1.0.0', 'development'],
  ]
  expect(await roles('yarn.lock', yarnClassic)).toEqual(expected)
  const lock = JSON.parse(pnpm('9.0'))
  const ask = (version: string) => ({ specifier: 'x', version })
  lock.importers = {
    '.': { devDependencies: { d: ask('1.0.0(p@2.0.0)') } },
    'packages/m': { dependencies: { a: ask('1.0.0') } },
  }
  expect(await roles('pnpm-lock.yaml', JSON.stringify(lock))).toEqual(expected)
})

const endless = '['.repeat(200_000)
test.each([
  ['no YAML', 'pnpm-lock.yaml', ': : :\n- ['],
  ['a list', 'pnpm-lock.yaml', '[]'],
  ['another version', 'pnpm-lock.yaml', 'lockfileVersion: 99'],
  ['aliases', 'pnpm-lock.yaml', 'lockfileVersion: 9\na: &a {}\nb: *a'],
  ['endless nesting', 'pnpm-lock.yaml', endless],
  ['endless nesting', 'yarn.lock', `a: ${endless}`],
  ['no yarn lockfile', 'yarn.lock', '"a@1":\n  version "1.0.0"\n'],
] as const)('a lockfile with %s (%s) is refused', async (_, name, text) => {
  await expect(read(name, text)).rejects.toMatchObject({ code: 'SOURCE_MANIFEST_INVALID' })
})

test.each([
  ['a name that leaves its place', 'yarn.lock', `${header}"../../x@1":\n  version "1.0.0"\n`],
  ['a version that leaves its place', 'yarn.lock', `${header}"a@^1.0.0":\n  version "../../x"\n`],
  ['a prototype', 'yarn.lock', `${header}"__proto__@1":\n  version "1.0.0"\n\n__proto__:\n  version "1.0.0"\n`],
  ['entries that are none', 'pnpm-lock.yaml', 'lockfileVersion: 9\npackages: {a: 1}\nsnapshots: {a: 1, "b@1": []}'],
  [
    'a file of the source',
    'pnpm-lock.yaml',
    'lockfileVersion: 6\npackages: {"file:x.tgz": {resolution: {tarball: "file:x.tgz"}}}',
  ],
] as const)('a lockfile with %s (%s) declares nothing by it', async (_, name, text) => {
  const { packages } = await read(name, text)
  expect(packages.filter(({ uri }) => !/^pkg:npm\/[\w~%-]+@1(?:\.0\.0)?$/.test(uri))).toEqual([])
})
