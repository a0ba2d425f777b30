import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { compareBytes } from '../../../fixtures/archives/compared.ts'
import { type BuiltEntry, buildTar, gzip } from '../../../fixtures/archives/tar-builder.ts'
import { commit, stampDifference, traceContext } from '../../../fixtures/honest/trace-context.ts'
import type { Comparison, Difference } from '../../model/comparison.ts'
import { Problem } from '../../model/problem.ts'
import { explainContent } from '../content/explain.ts'
import { traceCauses } from './trace.ts'
import type { TraceContext } from './tracer.ts'

async function trace(difference: Difference, context: TraceContext): Promise<Difference | undefined> {
  const comparison = { verdict: 'different', differences: [difference] } as unknown as Comparison
  return (await traceCauses(comparison, context)).differences[0]
}

test.each([
  ['version-stamp', '"v1.2.3"', '"unknown"'],
  ['version-stamp', '"1.2.3"', '"0.0.0"'],
  ['version-stamp', '"1.2.3"', '"0.0.0-development"'],
  ['version-stamp', '"1.2.3"', '"1.2.3-4-gabcdef1"'],
  ['commit-stamp', `"${commit}"`, `"${commit.slice(0, 12)}"`],
  ['commit-stamp', `"${commit.slice(0, 8)}"`, `"${commit.slice(0, 7)}"`],
  ['build-time', '"2024-05-01T10:30:00Z"', '"2026-01-01T00:00:00Z"'],
  ['build-time', '1714560000000', '1767225600000'],
  ['build-time', '"2024-05-01T10:30:00Z"', '"2024-05-01T10:00:00Z"'],
  ['build-time', '"2024-05-02"', '"2024-05-01"'],
  ['build-path', '"/home/someone/honest/src/a.js"', '"/home/builder/honest/src/a.js"'],
])('a stamp that the source or the registry confirms is benign: %s %s', async (cause, published, rebuilt) => {
  const traced = await trace(stampDifference(cause, published, rebuilt), traceContext())
  expect(traced).toMatchObject({ cause, severity: 'benign', evidence: { confirmed: [published] } })
})

test.each([
  ['version-stamp', '"v6.6.6"', '"unknown"'],
  ['version-stamp', '"unknown"', '"1.2.3"'],
  ['version-stamp', '"1.2.3"', '"2.0.0"'],
  ['version-stamp', '"1.2.3"', '"undefined"'],
  ['version-stamp', '"1.2.3"', '""'],
  ['version-stamp', '"https://cdn.example.org/x-1.2.3.js"', '"https://cdn.example.org/x-0.0.0.js"'],
  ['version-stamp', '"dep@1.2.3"', '"dep@0.0.0"'],
  ['version-stamp', '"dep/1.2.3/x.js"', '"dep/0.0.0/x.js"'],
  ['commit-stamp', `"${commit}"`, '"4b825dc642cb6eb9a060e54bf8d69288fbee4904"'],
  ['build-time', '"2024-05-02"', '"2025-01-01"'],
  ['build-time', '"2024-05-02"', '"1/1/2025"'],
  ['commit-stamp', '"ffb2c3d4e5f60718293a4b5c6d7e8f9012345678"', `"${commit}"`],
  ['build-time', '"2034-05-01T10:30:00Z"', '"2026-01-01T00:00:00Z"'],
  ['build-time', '"2014-05-01"', '"2026-01-01"'],
  ['build-path', '"/home/someone/honest/src/a.js"', '"/home/other/honest/src/a.js"'],
  ['random-id', '"3f2504e0-4f89-41d3-9a0c-0305e82c3301"', '"7c9e6679-7425-40de-944b-e07fc1f90ae7"'],
])('a stamp that nothing confirms stays as it is: %s %s', async (cause, published, rebuilt) => {
  expect((await trace(stampDifference(cause, published, rebuilt), traceContext()))?.severity).toBe('unexplained')
})

test('a stamp that the code decides by is not benign, confirmed or not', async () => {
  const difference = stampDifference('version-stamp', '"1.2.3"', '"unknown"')
  const stamps = [{ causes: ['version-stamp'], published: '"1.2.3"', rebuilt: '"unknown"', operand: true }]
  const traced = await trace({ ...difference, evidence: { ...difference.evidence, stamps } }, traceContext())
  expect(traced).toMatchObject({ severity: 'unexplained', evidence: { confirmed: ['"1.2.3"'] } })
})

test('a version that is compared with something, or in place of the one before, is not harmless', async () => {
  const context = traceContext({ versionBefore: '1.2.2' })
  const of = async (rebuilt: string, more: object) => {
    const difference = { ...stampDifference('version-stamp', '"1.2.3"', rebuilt), severity: 'suspicious' as const }
    const stamps = [{ causes: ['version-stamp'], published: '"1.2.3"', rebuilt, ...more }]
    return (await trace({ ...difference, evidence: { ...difference.evidence, stamps } }, context))?.severity
  }
  expect(await of('"unknown"', {})).toBe('benign')
  expect(await of('"unknown"', { unnamed: true })).toBe('unexplained')
  expect(await of('"1.2.2"', {})).toBe('unexplained')
  expect(await of('"0.0.0"', { operand: true })).toBe('unexplained')
  expect(await of('"0.0.0"', { operand: true, compared: true })).toBe('suspicious')
  expect(await of('"1.2.1"', {})).toBe('suspicious')
})

test.each([
  ['a limit that the source has', 'build-time', '1714560000000', '1914560000000'],
  ['a folder where everybody may write', 'build-path', '"/tmp/x/src/a.js"', '"/home/builder/honest/src/a.js"'],
])('what only looks confirmed is not: %s', async (_, cause, published, rebuilt) => {
  expect((await trace(stampDifference(cause, published, rebuilt), traceContext()))?.severity).not.toBe('benign')
})

const versionsIn = (published: string, rebuilt: string, more: Record<string, unknown> = {}): Difference => {
  const difference = stampDifference('version-stamp', published, rebuilt)
  return { ...difference, severity: 'suspicious', evidence: { ...difference.evidence, ...more } }
}

test('the version of the commit before in place of the own one is no stamp that is known, and no alarm', async () => {
  const context = traceContext({ versionBefore: '1.2.2' })
  expect(await trace(versionsIn('"1.2.2"', '"1.2.3"'), context)).toMatchObject({
    cause: 'version-stamp',
    severity: 'unexplained',
    evidence: { versionBefore: '1.2.2' },
  })
  const others: [Difference, TraceContext][] = [
    [versionsIn('"1.2.1"', '"1.2.3"'), context],
    [versionsIn('"1.2.2"', '"1.2.4"'), context],
    [versionsIn('"1.2.2"', '"unknown"'), context],
    [versionsIn('"1.2.2"', '"1.2.3"'), traceContext()],
    [versionsIn('"https://cdn.example.org/x-1.2.2.js"', '"https://cdn.example.org/x-1.2.3.js"'), context],
    [
      versionsIn('"1.2.2"', '"1.2.3"', {
        stamps: [{ causes: ['version-stamp'], published: '"1.2.2"', rebuilt: '"1.2.3"', operand: true }],
      }),
      context,
    ],
    [versionsIn('"1.2.2"', '"1.2.3"', { allStamps: false }), context],
    [versionsIn('"1.2.2"', '"1.2.3"', { besides: 'and in what is no code' }), context],
    [
      versionsIn('"1.2.2"', '"1.2.3"', {
        stamps: [{ causes: ['version-stamp', 'build-time'], published: '"1.2.2"', rebuilt: '"1.2.3"' }],
      }),
      context,
    ],
  ]
  for (const [difference, known] of others) expect((await trace(difference, known))?.severity).toBe('suspicious')
})

test('of several stamps each must be confirmed', async () => {
  const one = stampDifference('version-stamp', '"1.2.3"', '"unknown"')
  const stamps = [
    ...(one.evidence.stamps as unknown[]),
    { causes: ['version-stamp'], published: '"6.6.6"', rebuilt: '"1"' },
  ]
  expect((await trace({ ...one, evidence: { ...one.evidence, stamps } }, traceContext()))?.severity).toBe('unexplained')
  expect((await trace({ ...one, evidence: { ...one.evidence, allStamps: false } }, traceContext()))?.severity).toBe(
    'unexplained',
  )
})

const banner = '/*! honest, see https://example.org/honest\n * (c) Someone, with parts of run() */'

function commentDifference(published: string, rebuilt = 'a(b)\n'): Difference {
  const explained = explainContent('package/x.js', Buffer.from(published), Buffer.from(rebuilt), () => undefined)
  return { path: 'package/x.js', kind: 'changed', evidence: {}, ...explained }
}

test.each([
  ['the source', { files: { 'src/a.js': `${banner}\nexport const a = 1\n` } }],
  [
    'the source, in other lines',
    { files: { LICENSE: 'honest, see https://example.org/honest (c) Someone,\nwith parts of run()' } },
  ],
  [
    'a package that was fetched',
    { fetched: { 'pkg:npm/kept@1.0.0': gzip(buildTar([{ path: 'package/a.js', data: `${banner}\nx()` }])) } },
  ],
])('a comment that only the published program has and that stands in %s is not suspicious', async (_, facts) => {
  const difference = commentDifference(`${banner}\na(b)\n`)
  expect(difference.severity).toBe('suspicious')
  expect(await trace(difference, traceContext(facts))).toMatchObject({ cause: 'kept-comment', severity: 'unexplained' })
})

test.each([
  ['stands nowhere', `${banner}\na(b)\n`, {}],
  ['stands there in part', `${banner}\n/* steal(b) */a(b)\n`, { 'src/a.js': banner }],
  ['stands there beside other code', `${banner}\nc(b)\n`, { 'src/a.js': banner }],
  ['stands there beside a value', `${banner}\na(b);x=Date.now()>1714557072123\n`, { 'src/a.js': banner }],
  [
    'stands there and is a directive',
    '//# sourceMappingURL=evil.js.map\na(b)\n',
    { 'src/a.js': '//# sourceMappingURL=evil.js.map' },
  ],
])('a comment that only the published program has stays suspicious where it %s', async (_, published, files) => {
  const rebuilt = published.includes('Date') ? 'a(b);x=Date.now()>1795410000000\n' : 'a(b)\n'
  const traced = await trace(commentDifference(published, rebuilt), traceContext({ files }))
  expect(traced?.severity).toBe('suspicious')
})

const files = {
  'webpack.config.js': 'process.env.APP_VERSION',
  '.gitlab-ci.yml': 'a:\n  script: export APP_VERSION=$CI_COMMIT_TAG',
}

test('a variable that the build reads and the recipe lacks is suggested, with what names it', async () => {
  const traced = await trace(stampDifference('version-stamp', '"v1.2.3"', '"unknown"'), traceContext({ files }))
  expect(traced?.suggestion).toEqual({
    lines: [{ line: '/variables/APP_VERSION', value: 'v1.2.3' }],
    reason: expect.stringContaining('webpack.config.js, .gitlab-ci.yml'),
  })
})

test('the version in a comment at the head of a program is taken from such a variable, too', async () => {
  const comment = (version: string) => `/**\n * honest v${version} - does it\n */`
  const of = async (rebuilt: string) =>
    await trace(stampDifference('version-stamp', comment('1.2.3'), rebuilt), traceContext({ files }))
  expect((await of(comment('1.2.2')))?.suggestion?.lines).toEqual([{ line: '/variables/APP_VERSION', value: '1.2.3' }])
  expect((await of(`${comment('1.2.2')} more`))?.suggestion).toBeUndefined()
})

test.each([
  ['another version than the package has', '"v6.6.6"', {}],
  ['a variable that the recipe has', '"v1.2.3"', { APP_VERSION: 'x' }],
  ['more than a stamp', '"v1.2.3; rm -rf /"', {}],
])('nothing is suggested for %s', async (_, published, variables) => {
  const traced = await trace(
    stampDifference('version-stamp', published, '"unknown"'),
    traceContext({ files, variables }),
  )
  expect(traced?.suggestion).toBeUndefined()
})

test('the clock is suggested only where the build shows that it goes by it', async () => {
  const ours = stampDifference('build-time', '"2024-05-01T12:00:00Z"', '"2024-05-01T10:00:00Z"')
  expect((await trace(ours, traceContext()))?.suggestion?.lines).toEqual([
    { line: '/variables/SOURCE_DATE_EPOCH', value: String(Date.UTC(2024, 4, 1, 12) / 1000) },
  ])
  const other = stampDifference('build-time', '"2024-05-01T12:00:00Z"', '"2026-01-01T00:00:30Z"')
  expect((await trace(other, traceContext()))?.suggestion).toBeUndefined()
})

test('the folder that was built in is suggested, and none that belongs to the system', async () => {
  const stamp = (folder: string) =>
    stampDifference('build-path', `"${folder}/src/a.js"`, '"/home/builder/honest/src/a.js"')
  expect((await trace(stamp('/builds/group/honest'), traceContext()))?.suggestion?.lines).toEqual([
    { line: '/workFolder', value: '/builds/group/honest' },
  ])
  for (const folder of ['/usr/bin', '/etc', '/opt/node/x', '/home/../etc', '/proc/self']) {
    expect((await trace(stamp(folder), traceContext()))?.suggestion).toBeUndefined()
  }
})

const missing = (path: string, content: string, mode = '0644'): Difference => ({
  path,
  kind: 'removed',
  cause: 'missing',
  severity: 'suspicious',
  summary: 'The published file is not in the rebuild.',
  evidence: { published: { type: 'file', mode, sha256: createHash('sha256').update(content).digest('hex') } },
})

const effective = {
  ...missing('package/a.js', 'a()').evidence,
  effect: 'by the same name a/index.js is loaded instead',
}

test.each([
  ['package/src/a.ts', 'a()\n', '', 'not-packed', 'unexplained'],
  ['package/README.md', '# a\n', '', 'not-packed', 'benign'],
  ['package/LICENSE-MIT', 'Do as you like.\n', '', 'not-packed', 'benign'],
  ['package/readme.js', 'a()\n', '', 'not-packed', 'unexplained'],
  ['package/LICENSE', 'Do as you like.\n', 'packages/a', 'licence-added', 'benign'],
])(
  'a file that the source has is named, and not called suspicious: %s',
  async (path, content, directory, cause, severity) => {
    const place = path.replace('package/', '')
    const context = traceContext({ files: { [place]: content }, directory })
    expect(await trace(missing(path, content), context)).toMatchObject({ cause, severity, evidence: { source: place } })
  },
)

test.each([
  ['other bytes', missing('package/a.js', 'evil()'), ''],
  ['another path', missing('package/b.js', 'a()'), ''],
  ['an executable bit', missing('package/a.js', 'a()', '0755'), ''],
  ['a program of the root in a member', missing('package/a.js', 'a()'), 'packages/a'],
])('a file stays suspicious with %s', async (_, difference, directory) => {
  const context = traceContext({ files: { 'a.js': 'a()' }, directory })
  expect((await trace(difference, context))?.severity).toBe('suspicious')
})

test.each([
  ['what npm compiles', missing('package/binding.gyp', 'a()')],
  ['settings of npm', missing('package/.npmrc', 'a()')],
  ['a module in machine code', missing('package/build/a.node', 'a()')],
  ['a module before another one of its name', { ...missing('package/a.js', 'a()'), evidence: effective }],
])('a file of the source that acts by being there stays suspicious: %s', async (_, difference) => {
  const files = { 'a.js': 'a()', 'binding.gyp': 'a()', '.npmrc': 'a()', 'build/a.node': 'a()' }
  const traced = await trace(difference, traceContext({ files }))
  expect(traced).toMatchObject({ cause: 'not-packed', severity: 'suspicious' })
})

test('what takes the place of another file is said of it', async () => {
  const folder = { path: 'package/check/index.js', data: 'exports.ok = false\n' }
  const pack = (...more: BuiltEntry[]) =>
    gzip(buildTar([{ path: 'package/package.json', data: '{}' }, folder, ...more]))
  const published = pack({ path: 'package/check.js', data: 'exports.ok = true\n' })
  const { differences } = await compareBytes(published, pack())
  expect(differences[0]).toMatchObject({
    path: 'package/check.js',
    severity: 'suspicious',
    evidence: { effect: expect.stringContaining('package/check/index.js') },
  })
})

test('an npm that packs such documents is suggested: of that time, and of the same major version', async () => {
  const releases = ['11.0.0', '10.9.0', '10.2.4', '10.2.3', '9.9.2', '6.14.18']
  const npmReleases = async () =>
    releases.map((version) => ({ version, releasedAt: Date.parse(version === '10.2.4' ? '2025-01-01' : '2023-01-01') }))
  const difference: Difference = {
    ...missing('package/lib/README.md', '# a'),
    cause: 'npm-file-list',
    severity: 'unexplained',
    evidence: { npmRange: '>=10.0.0 <=10.2.4 || >=9.0.0 <=9.9.2 || 6' },
  }
  expect((await trace(difference, traceContext({ npmReleases })))?.suggestion?.lines).toEqual([
    { line: '/environment/toolchains/1/version', value: '10.2.3' },
  ])
})

const publishing = { build: 'tsc', prepublishOnly: 'tsc && rm -rf tmp', postinstall: 'node x.js' }
const withScripts = (names: (keyof typeof publishing)[], more = {}) =>
  JSON.stringify({
    name: 'honest',
    scripts: Object.fromEntries(names.map((name) => [name, publishing[name]])),
    ...more,
  })

const withBanner = { 'src/a.js': banner }
const values = '{"a":"0.0.0","b*":1,"*":2}'
test.each<[string, string, string, string]>([
  ['some line ends', 'x.js', 'a(b)\nc()\n', `${banner}\na(b)\r\nc()\n`],
  ['data behind lines', 'x.js', 'a(b)\nc()\n', `${banner}\na(b)${' \t'.repeat(30)}\nc()\n`],
  ['another interpreter', 'x.js', 'a(b)\n', `#!/bin/sh\n${banner}\na(b)\n`],
  ['the text of a function', 'x.js', 'a(function(){})\n', `a(function(){${banner}})\n`],
  ['a line end behind return', 'x.js', 'a("0.0.0")\nif(b) return c\n', 'a("1.2.3")\nif(b) return\nc\n'],
  ['line ends, of a value', 'x.js', 'a("0.0.0")\nb()\nc()\n', 'a("1.2.3")\r\nb()\nc()\n'],
  ['a text in words that is shown', 'x.jsx', 'v = "0.0.0"\nf = <a>b c</a>\n', 'v = "1.2.3"\nf = <a>b\nc</a>\n'],
  ['space between values', 'x.json', values, '{"a":"1.2.3", \t"b*":1,\t \t"*":2}'],
  ['patterns in another order', 'x.json', values, '{"a":"1.2.3","*":2,"b*":1}'],
  ['a number in other digits', 'x.json', values, '{"a":"1.2.3","b*":1e0,"*":2}'],
  ['a key twice', 'x.json', values, '{"a":"1.2.3","b*":3,"b*":1,"*":2}'],
])('what the source excuses excuses nothing beside it: %s', async (_, path, source, published) => {
  const sides = [published, source].map((text) => Buffer.from(text)) as [Buffer, Buffer]
  const explained = explainContent(`package/${path}`, ...sides, () => undefined)
  const difference = { path: `package/${path}`, kind: 'changed' as const, evidence: {}, ...explained }
  expect((await trace(difference, traceContext({ files: withBanner })))?.severity).toBe('suspicious')
})

test.each<[string, string, Record<string, string>, string]>([
  ['as the source has it', withScripts(['build', 'prepublishOnly']), publishing, 'unexplained'],
  ['with other words', withScripts(['build', 'prepublishOnly']), { ...publishing, prepublishOnly: 'x' }, 'suspicious'],
  ['that the source lacks', withScripts(['build', 'prepublishOnly']), { build: 'tsc' }, 'suspicious'],
  ['beside one that is run', withScripts(['build', 'prepublishOnly', 'postinstall']), publishing, 'suspicious'],
  [
    'beside data between values',
    withScripts(['build', 'prepublishOnly']).replaceAll(':', ':\t \t'),
    publishing,
    'suspicious',
  ],
  ['beside another field', withScripts(['build', 'prepublishOnly'], { main: 'x.js' }), publishing, 'suspicious'],
])('a script that only the published package.json has, %s', async (_, published, scripts, severity) => {
  const path = 'package/package.json'
  const sides = [published, withScripts(['build'])].map((text) => Buffer.from(text)) as [Buffer, Buffer]
  const difference = {
    path,
    kind: 'changed' as const,
    evidence: {},
    ...explainContent(path, ...sides, () => undefined),
  }
  expect(difference.severity).toBe('suspicious')
  const files = { 'package.json': JSON.stringify({ name: 'honest', scripts }) }
  expect((await trace(difference, traceContext({ files })))?.severity).toBe(severity)
})

const mode = (published: string, rebuilt: string): Difference => ({
  path: 'package/cli.js',
  kind: 'changed',
  cause: 'mode',
  severity: 'unexplained',
  summary: 'The modes differ.',
  evidence: { published: { mode: published }, rebuilt: { mode: rebuilt } },
})

test.each([
  ['0775', '0755', '002'],
  ['0700', '0755', '077'],
  ['0755', '0755', undefined],
  ['0755', '0644', undefined],
  ['0711', '0755', undefined],
])('for a file of mode %s in place of %s the umask %s is suggested', async (published, rebuilt, umask) => {
  const context = traceContext()
  context.recipe.umask = '022'
  const lines = (await trace(mode(published, rebuilt), context))?.suggestion?.lines
  expect(lines).toEqual(umask && [{ line: '/umask', value: umask }])
})

const tarball = (text: string) => gzip(buildTar([{ path: 'package/index.js', data: text }]))
const code = (published: string, rebuilt: string): Difference => ({
  path: 'package/dist/a.js',
  kind: 'changed',
  cause: 'code',
  severity: 'suspicious',
  summary: 'The code differs.',
  evidence: { changes: [{ published, rebuilt }] },
})

test('the dependency that differing code comes from is named, and not excused', async () => {
  const fetched = {
    'pkg:npm/left@1.1.0': tarball('exports.leftMessageOfTheDay = "something that only left says"'),
    'pkg:npm/right@2.0.0': tarball('exports.right = 1'),
  }
  const difference = code('old()', 'leftMessageOfTheDay("something that only left says")')
  expect(await trace(difference, traceContext({ fetched }))).toMatchObject({
    cause: 'dependency-version',
    severity: 'suspicious',
    evidence: { dependency: { purl: 'pkg:npm/left@1.1.0' } },
  })
  const shared = { ...fetched, 'pkg:npm/copy@1.0.0': fetched['pkg:npm/left@1.1.0'] }
  expect(await trace(difference, traceContext({ fetched: shared }))).toMatchObject({ cause: 'code' })
})

test('a banner with another version of what was fetched names it', async () => {
  const fetched = { 'pkg:npm/%40scope/tool@1.9.0': tarball('') }
  const difference = { ...code('/*! @scope/tool v1.0.0 */', '/*! @scope/tool v1.9.0 */'), cause: 'content' }
  expect(await trace(difference, traceContext({ fetched }))).toMatchObject({
    cause: 'dependency-version',
    evidence: { dependency: { purl: 'pkg:npm/@scope/tool@1.9.0', says: expect.stringContaining('1.0.0') } },
  })
})

test('what cannot be traced is said, and leaves the difference as it is', async () => {
  const context = traceContext()
  context.tree.readMany = () => Promise.reject(new Problem('SOURCE_REFUSED', 'The source is gone.'))
  const traced = await trace(missing('package/a.js', 'a()'), context)
  expect(traced).toMatchObject({
    cause: 'missing',
    severity: 'suspicious',
    evidence: { untraced: { code: 'SOURCE_REFUSED' } },
  })
})
