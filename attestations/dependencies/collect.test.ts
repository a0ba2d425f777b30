import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { digestsOf, exchangeOf, finishedRun, integrityOf, manifestsOf } from '../../fixtures/runs/finished-run.ts'
import type { Report } from '../../verifiers/model/report.ts'
import { writeFileAtomically } from '../../verifiers/store/atomic.ts'
import { openContentStore } from '../../verifiers/store/content.ts'
import { collectDependencies } from './collect.ts'

const signal = new AbortController().signal

async function collect(report: Report, lockfile?: Record<string, unknown> | string) {
  const runFolder = await mkdtemp(join(tmpdir(), 'reproof-run-'))
  onTestFinished(() => rm(runFolder, { recursive: true }))
  const manifests = manifestsOf()
  if (lockfile !== undefined) {
    const text = typeof lockfile === 'string' ? lockfile : JSON.stringify(lockfile)
    await writeFileAtomically(join(runFolder, 'manifests/package-lock.json'), text)
    const root = typeof lockfile === 'object' && Object(lockfile.packages)['']
    const manifest = root ? JSON.stringify(root) : manifests.manifest
    await writeFileAtomically(join(runFolder, 'manifests/package.json'), manifest)
  }
  const store = openContentStore(join(runFolder, 'content'))
  return await collectDependencies({ report, runFolder, store, signal })
}

const standardLock = () => JSON.parse(manifestsOf().lockfile.bytes.toString()) as { packages: Record<string, object> }

test('what was declared and fetched is one entry that says both, with the digests of the bytes', async () => {
  const { dependencies, completeness, findings } = await collect(await finishedRun(), standardLock())
  const left = dependencies.filter(({ uri }) => uri === 'pkg:npm/left@1.0.0')
  const { sha256, sha512 } = digestsOf('left@1.0.0')
  expect(left).toEqual([
    {
      uri: 'pkg:npm/left@1.0.0',
      digests: { sha256, sha512 },
      role: 'runtime',
      evidence: 'both',
      direct: true,
      license: '(MIT OR Apache-2.0)',
    },
  ])
  expect(completeness).toMatchObject({ declared: 2, observed: 2, both: 2, undeclared: 0, unhashed: 0 })
  expect(findings.map(({ id }) => id)).toEqual(['DEP_DEPRECATED'])
})

test('source, recipe, image, its Debian packages and the tools are in the list', async () => {
  const { dependencies } = await collect(await finishedRun(), standardLock())
  const counts = Object.groupBy(dependencies, ({ role }) => role)
  expect(counts.source?.[0]).toMatchObject({
    uri: 'git+https://git.example/acme/widget.git@refs/tags/v1.2.3',
    digests: { gitCommit: 'a'.repeat(40), gitTree: 'b'.repeat(40) },
  })
  expect(counts.recipe).toHaveLength(1)
  expect(counts.image?.[0]?.uri).toMatch(/^pkg:oci\/reproof-base@sha256:[0-9a-f]{64}\?arch=amd64$/)
  expect(counts.os?.length).toBeGreaterThan(50)
  expect(counts.os?.every(({ uri, digests }) => uri.startsWith('pkg:deb/debian/') && digests.sha256)).toBe(true)
  expect(counts.toolchain?.map(({ uri }) => uri)).toEqual(['pkg:npm/npm@10.8.2'])
})

test('each file that the server of the source has lost is a finding on that source', async () => {
  const report = await finishedRun()
  if (report.rebuild) report.rebuild.lost = ['docs/big.pdf', '<b>.exe']
  const { findings } = await collect(report, standardLock())
  const lost = findings.filter(({ id }) => id === 'SOURCE_FILE_LOST')
  expect(lost.map(({ summary }) => summary)).toEqual([
    expect.stringContaining('docs/big.pdf'),
    expect.stringContaining('<b>.exe'),
  ])
  expect(new Set(lost.map(({ uri }) => uri))).toEqual(
    new Set(['git+https://git.example/acme/widget.git@refs/tags/v1.2.3']),
  )
})

test('a commit is one dependency, whether the lockfile names its repository by ssh or the build got it over https', async () => {
  const report = await finishedRun()
  const lockfile = standardLock()
  const gitCommit = 'c'.repeat(40)
  const resolved = `git+ssh://git@github.com/owner/made.git#${gitCommit}`
  lockfile.packages['node_modules/made'] = { version: '1.0.0', resolved }
  const base = { ...exchangeOf('made@1.0.0'), purl: undefined, declaredBy: 'lockfile' as const }
  const git = { repository: 'https://github.com/owner/made', commits: [gitCommit] }
  const url = 'https://github.com/owner/made.git'
  report.rebuild?.exchanges.push(
    { ...base, sha256: undefined, sha512: undefined, url: `${url}/info/refs`, git: { ...git, commits: [] } },
    { ...base, sha256: undefined, sha512: undefined, url: `${url}/git-upload-pack`, git },
  )
  const { dependencies, findings } = await collect(report, lockfile)
  const made = dependencies.filter(({ digests }) => digests.gitCommit === gitCommit)
  const uri = resolved.replace('git@', '')
  expect(made).toMatchObject([{ uri, evidence: 'both', origin: 'git', digests: { gitCommit } }])
  expect(findings.filter((finding) => finding.uri === uri).map(({ id }) => id)).not.toContain('DECLARED_NOT_FETCHED')
  expect(findings.map(({ id }) => id)).not.toContain('FETCH_UNHASHED')
})

test('another file than the declared one stays beside it and is the loudest finding', async () => {
  const report = await finishedRun()
  report.rebuild?.exchanges.push(exchangeOf('left@1.0.0', 'something else'))
  const { dependencies, findings } = await collect(report, standardLock())
  expect(dependencies.filter(({ uri }) => uri === 'pkg:npm/left@1.0.0')).toHaveLength(2)
  expect(findings).toContainEqual(
    expect.objectContaining({ id: 'DEP_DIGEST_MISMATCH', severity: 'critical', uri: 'pkg:npm/left@1.0.0' }),
  )
})

test('a substituted file is never merged with what the lockfile declares', async () => {
  const report = await finishedRun({ fetched: ['tool@2.0.0'] })
  report.rebuild?.exchanges.push(exchangeOf('left@1.0.0', 'something else'))
  const { dependencies } = await collect(report, standardLock())
  const left = dependencies.filter(({ uri }) => uri === 'pkg:npm/left@1.0.0')
  expect(left.map(({ evidence }) => evidence).sort()).toEqual(['declared', 'observed'])
})

test.each([
  {
    name: 'fetched and not declared',
    fetched: ['left@1.0.0', 'tool@2.0.0', 'evil@6.6.6'],
    id: 'FETCH_UNDECLARED',
    uri: 'pkg:npm/evil@6.6.6',
  },
  { name: 'declared and not fetched', fetched: ['left@1.0.0'], id: 'DECLARED_NOT_FETCHED', uri: 'pkg:npm/tool@2.0.0' },
])('$name is a finding', async ({ fetched, id, uri }) => {
  const { findings, completeness } = await collect(await finishedRun({ fetched }), standardLock())
  expect(findings).toContainEqual(expect.objectContaining({ id, uri }))
  expect(completeness.declaredNotFetched + completeness.undeclared).toBe(1)
})

test('without a lockfile everything that was fetched is there, and the summary says how it was learnt', async () => {
  const { dependencies, completeness, findings } = await collect(await finishedRun())
  expect(dependencies.filter(({ role }) => role === 'build').map(({ uri }) => uri)).toEqual([
    'pkg:npm/left@1.0.0',
    'pkg:npm/tool@2.0.0',
  ])
  expect(completeness).toMatchObject({ method: 'recording-proxy', undeclared: 2 })
  expect(findings.map(({ id }) => id)).toEqual(['FETCH_UNDECLARED', 'FETCH_UNDECLARED'])
})

test('what a registry said of a package is listed under that package, not under the address of the proxy', async () => {
  const report = await finishedRun()
  const { sha256, sha512: _, ...answer } = exchangeOf('left@1.0.0')
  const url = 'http://127.0.0.1:4873/left'
  report.rebuild?.exchanges.push({ ...answer, url, purl: undefined, about: 'pkg:npm/left', sha256 })
  const { dependencies, findings } = await collect(report, standardLock())
  expect(dependencies.filter(({ role }) => role === 'metadata')).toEqual([
    { uri: 'pkg:npm/left', digests: { sha256 }, role: 'metadata', evidence: 'observed' },
  ])
  expect(findings.map(({ uri }) => uri)).not.toContain('pkg:npm/left')
})

test('an answer without a digest is listed and counted, a refused request is counted only', async () => {
  const report = await finishedRun()
  const base = { ...exchangeOf('x@1.0.0'), purl: undefined, sha256: undefined, sha512: undefined }
  report.rebuild?.exchanges.push(
    { ...base, url: 'https://packages.example/x' },
    { ...base, url: 'https://elsewhere.example/', from: 'refused', status: 403 },
  )
  const { dependencies, completeness } = await collect(report, standardLock())
  expect(dependencies).toContainEqual({
    uri: 'https://packages.example/x',
    digests: {},
    role: 'metadata',
    evidence: 'observed',
  })
  expect(dependencies.some(({ uri }) => uri.includes('elsewhere'))).toBe(false)
  expect(completeness).toMatchObject({ unhashed: 1, refused: 1 })
})

test('roles, paths and skippable packages are as npm sees them', async () => {
  const report = await finishedRun({ fetched: ['a@1.0.0', 'b@1.0.0'] })
  const entry = (name: string, more: object = {}) => ({
    version: '1.0.0',
    integrity: integrityOf(`${name}@1.0.0`),
    ...more,
  })
  const packages = {
    '': {
      name: '@acme/widget',
      version: '1.2.3',
      dependencies: { a: '1' },
      optionalDependencies: { o: '1' },
      devDependencies: { d: '1' },
    },
    'node_modules/a': entry('a', { dependencies: { b: '1' } }),
    'node_modules/b': entry('b', { peerDependencies: { p: '1' } }),
    'node_modules/o': entry('o', { optional: true, dependencies: { deep: '1' } }),
    'node_modules/deep': entry('deep', { optional: true }),
    'node_modules/d': entry('d', { dev: true, dependencies: { b: '1' } }),
    'node_modules/p': entry('p', { peer: true }),
  }
  const { dependencies, findings, graph } = await collect(report, { lockfileVersion: 3, packages })
  const roles = Object.fromEntries(
    dependencies.filter(({ uri }) => /npm\/.@|deep/.test(uri)).map(({ uri, role }) => [uri.slice(8), role]),
  )
  expect(roles).toEqual({
    'a@1.0.0': 'runtime',
    'b@1.0.0': 'runtime',
    'o@1.0.0': 'optional',
    'deep@1.0.0': 'optional',
    'd@1.0.0': 'development',
    'p@1.0.0': 'peer',
  })
  expect(dependencies.find(({ uri }) => uri === 'pkg:npm/b@1.0.0')?.path).toEqual(['a@1.0.0', 'b@1.0.0'])
  expect(findings.find(({ uri }) => uri === 'pkg:npm/deep@1.0.0')).toMatchObject({
    id: 'DECLARED_NOT_FETCHED',
    severity: 'info',
  })
  expect(findings.find(({ uri }) => uri === 'pkg:npm/d@1.0.0')).toMatchObject({
    id: 'DECLARED_NOT_FETCHED',
    severity: 'low',
  })
  expect(graph.get('pkg:npm/a@1.0.0')).toEqual(['pkg:npm/b@1.0.0'])
})

test('lockfiles of version 1 are read, too', async () => {
  const lockfile = {
    lockfileVersion: 1,
    dependencies: {
      left: { version: '1.0.0', integrity: integrityOf('left@1.0.0'), requires: { tool: '2' } },
      tool: { version: '2.0.0', integrity: integrityOf('tool@2.0.0') },
    },
  }
  const { dependencies, completeness } = await collect(await finishedRun(), lockfile)
  expect(completeness).toMatchObject({ declared: 2, both: 2 })
  expect(dependencies.find(({ uri }) => uri === 'pkg:npm/tool@2.0.0')).toMatchObject({
    role: 'runtime',
    evidence: 'both',
  })
})

test.each([
  [
    'a git repository',
    { resolved: `git+ssh://git@git.example/o/r.git#${'c'.repeat(40)}` },
    'DEP_EXOTIC',
    'git+ssh://git.example/o/r.git#',
  ],
  [
    'an address',
    { resolved: 'https://user:secret@files.example/left.tgz?token=abc', integrity: integrityOf('left@1.0.0') },
    'DEP_EXOTIC',
    'https://files.example/left.tgz?token=redacted',
  ],
  ['a lockfile without integrity', {}, 'DEP_NO_INTEGRITY', 'pkg:npm/left@1.0.0'],
  [
    'a lockfile with SHA-1 only',
    { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' },
    'DEP_NO_INTEGRITY',
    'pkg:npm/left@1.0.0',
  ],
])('%s is a finding, and no secret stays in an address', async (_, entry, id, uri) => {
  const lockfile = standardLock()
  lockfile.packages['node_modules/left'] = { version: '1.0.0', ...entry }
  const { findings } = await collect(await finishedRun(), lockfile)
  const finding = findings.find((one) => one.id === id)
  expect(finding?.uri.startsWith(uri)).toBe(true)
  expect(JSON.stringify(findings)).not.toMatch(/secret|abc/)
})

test.each([
  ['no JSON', '{'],
  ['a list', '[]'],
  ['packages that are no objects', { lockfileVersion: 3, packages: { 'node_modules/a': 1 } }],
  ['a name that leaves the folder', { lockfileVersion: 3, packages: { '../../node_modules/a': { version: '1.0.0' } } }],
  [
    'a link to the outside',
    { lockfileVersion: 3, packages: { 'node_modules/a': { link: true, resolved: '../../etc' } } },
  ],
  ['a version that is a number', { lockfileVersion: 3, packages: { 'node_modules/a': { version: 7 } } }],
  [
    'a prototype',
    '{"lockfileVersion":3,"packages":{"__proto__":{"version":"1.0.0"},"node_modules/__proto__":{"version":"1.0.0"}}}',
  ],
  [
    'a circle of links',
    { lockfileVersion: 3, packages: { 'node_modules/a': { link: true, resolved: 'node_modules/a' } } },
  ],
])('a lockfile with %s gives a problem or a list, and no crash', async (_, lockfile) => {
  const outcome = await collect(await finishedRun(), lockfile).catch((error: unknown) => error)
  expect(outcome).toSatisfy(
    (value: { code?: string; dependencies?: unknown[] }) =>
      value.code === 'SOURCE_MANIFEST_INVALID' || Array.isArray(value.dependencies),
  )
})

test.each([
  [
    'nests without end',
    () =>
      `{"lockfileVersion":1,"dependencies":${'{"a":{"version":"1.0.0","dependencies":'.repeat(5000)}{}${'}}'.repeat(5000)}}`,
  ],
  [
    'has too many packages',
    () => ({
      lockfileVersion: 3,
      packages: Object.fromEntries(
        Array.from({ length: 20_001 }, (_, index) => [`node_modules/p${index}`, { version: '1.0.0' }]),
      ),
    }),
  ],
])('a lockfile that %s is refused before it takes time and memory', async (_, lockfile) => {
  await expect(collect(await finishedRun(), lockfile())).rejects.toMatchObject({ code: 'SOURCE_MANIFEST_INVALID' })
})

test('a run that was made with another image lock is refused', async () => {
  const report = await finishedRun()
  if (report.recipe) report.recipe.environment.image.lock = '0'.repeat(64)
  await expect(collect(report)).rejects.toMatchObject({ code: 'LOCK_INVALID' })
})

test('a run that rebuilt nothing has no dependencies', async () => {
  const { rebuild: _, ...report } = await finishedRun()
  await expect(collect(report)).rejects.toMatchObject({ code: 'RUN_INCOMPLETE' })
})
