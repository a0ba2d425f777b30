import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { stabilise } from './passes.ts'
import type { Within } from './within.ts'

const digest = (text: string) => createHash('sha256').update(text)
const record = (text: string, name = 'a.py') => `${name},sha256=${digest(text).digest('base64url')},${text.length}\n`
/** Archives whose entries have these contents. */
function archives(
  kind: Within['kind'],
  published: Record<string, string>,
  rebuilt: Record<string, string>,
  outer?: Within,
): Within {
  const sides = { published, rebuilt }
  const digestOf: Within['digestOf'] = (side, path) => {
    const text = sides[side][path]
    return text === undefined ? undefined : digest(text).digest('hex')
  }
  return { kind, digestOf, sameEntry: () => undefined, entries: () => [], outer }
}
const same = (path: string, published: string, rebuilt: string, within: Within) => {
  const { equal, applied } = stabilise(path, Buffer.from(published), Buffer.from(rebuilt), { within })
  return equal ? applied.map(({ id }) => id) : undefined
}
const inWheel = (published: string, rebuilt: string) =>
  same('a-1.dist-info/RECORD', published, rebuilt, archives('wheel', { 'a.py': 'a\r\n' }, { 'a.py': 'a\n' }))
const inCrate = (published: unknown, rebuilt: unknown) =>
  same('a-1/.cargo_vcs_info.json', JSON.stringify(published), JSON.stringify(rebuilt), archives('crate', {}, {}))
const inJar = (published: string, rebuilt: string, more: Record<string, string> = {}) =>
  same('META-INF/MANIFEST.MF', published, rebuilt, archives('jar', more, more))
const gem = (lines: string) => `--- !ruby/object:Gem::Specification\nname: a\n${lines}`
const inGem = (published: string, rebuilt: string) => same('metadata', published, rebuilt, archives('file', {}, {}))

test('digests in RECORD that are those of the files are no difference', () => {
  expect(inWheel(record('a\r\n'), record('a\n'))).toEqual(['wheel-record'])
})

test.each([
  ['a digest that is not that of the file', record('evil'), record('a\n')],
  ['another name', record('a\r\n'), record('a\n', 'b.py')],
  ['one line more', `${record('a\r\n')}b.py,,\n`, record('a\n')],
  ['another algorithm', record('a\r\n').replace('sha256', 'md5'), record('a\n')],
  ['a name in quotes', record('a\r\n', '"a.py"'), record('a\n', '"a.py"')],
])('RECORD stays different: %s', (_, published, rebuilt) => {
  expect(inWheel(published, rebuilt)).toBeUndefined()
})

const info = { git: { sha1: 'ab'.repeat(20) }, path_in_vcs: '' }

test('a working copy that was dirty is no difference', () => {
  expect(inCrate({ ...info, git: { ...info.git, dirty: true } }, info)).toEqual(['cargo-vcs-dirty'])
})

test.each([
  ['another commit', { ...info, git: { sha1: 'cd'.repeat(20), dirty: true } }],
  ['another path', { ...info, git: { ...info.git, dirty: true }, path_in_vcs: 'evil' }],
  ['a flag that is none', { ...info, git: { ...info.git, dirty: 'rm -rf /' } }],
  ['another field', { ...info, git: { ...info.git, dirty: true, hook: 'x' } }],
])('.cargo_vcs_info.json stays different: %s', (_, published) => {
  expect(inCrate(published, info)).toBeUndefined()
})

const manifest = (lines: string) => `Manifest-Version: 1.0\r\nMain-Class: a.Main\r\n${lines}\r\n`

test('build stamps of a jar are no difference, over several lines too', () => {
  const stamps = 'Build-Time: 2024-05-01\r\nCreated-By: Maven\r\nBuilt-By: some\r\n one\r\n'
  expect(inJar(manifest(stamps), manifest('Created-By: Gradle\r\n'))).toContain('jar-manifest-stamps')
})

test.each([
  ['another main class', manifest('').replace('a.Main', 'b.Main')],
  ['a class path', manifest('Class-Path: evil.jar\r\n')],
  ['an agent', manifest('Built-By: a\r\nLauncher-Agent-Class: evil\r\n')],
  ['a name that nobody knows', manifest('Built-Bye: x\r\n')],
  ['the section of an entry', `${manifest('Built-By: a\r\n')}Name: a.class\r\nSealed: true\r\n\r\n`],
  ['a line that goes on what is kept', 'Manifest-Version: 1.0\r\nMain-Class: a.Main\r\n .Evil\r\n\r\n'],
])('a manifest of a jar stays different: %s', (_, published) => {
  expect(inJar(published, manifest(''))).toBeUndefined()
})

test('a signed manifest is not touched', () => {
  const signed = (by: string) =>
    `${manifest(`Built-By: ${by}\r\n`)}Name: a.class\r\nSHA-256-Digest: ${digest('a').digest('base64')}\r\n\r\n`
  expect(inJar(signed('a'), signed('b'))).toBeUndefined()
})

test('the date of a gem is no difference', () => {
  const [a, b] = ['date: 2024-05-01 00:00:00.000000000 Z\n', 'date: 1980-01-02 00:00:00.000000000 Z\n']
  expect(inGem(gem(a), gem(b))).toEqual(['gem-metadata-date'])
})

test.each([
  ['another name', gem('date: 2024-05-01\n').replace('name: a', 'name: b')],
  ['a value that is no date', gem('date: !ruby/object:Evil\n')],
  ['the line twice', gem('date: 2024-05-01\ndate: 2024-05-02\n')],
  ['the line deeper', gem('x:\n  date: 2024-05-01\n')],
])('metadata of a gem stay different: %s', (_, published) => {
  expect(inGem(published, gem('date: 1980-01-02\n'))).toBeUndefined()
})

test('checksums of a gem are no difference where they are right, and stay one where one is not', () => {
  const checksums = (metadata: string) =>
    `---\nSHA256:\n  metadata.gz: ${digest(metadata).digest('hex')}\n  data.tar.gz: ${digest('data').digest('hex')}\n`
  const outer = archives(
    'gem',
    { 'metadata.gz': 'a', 'data.tar.gz': 'data' },
    { 'metadata.gz': 'b', 'data.tar.gz': 'data' },
  )
  const within = archives('file', {}, {}, outer)
  expect(same('checksums.yaml', checksums('a'), checksums('b'), within)).toEqual(['gem-checksums'])
  expect(same('checksums.yaml', checksums('evil'), checksums('b'), within)).toBeUndefined()
})

const repository = (value: unknown) => JSON.stringify({ name: 'a', repository: value })
const inManifest = (published: unknown, rebuilt: unknown) =>
  same('package/package.json', repository(published), repository(rebuilt), archives('npm', {}, {}))

test('the spelling of a repository is no difference, another repository and what stands beside it are', () => {
  const url = 'git+https://github.com/someone/honest.git'
  expect(inManifest('someone/honest', { type: 'git', url })).toContain('package-json-repository')
  expect(inManifest('someone/evil', { type: 'git', url })).toBeUndefined()
  expect(inManifest({ type: 'git', url, directory: 'evil' }, { type: 'git', url })).toBeUndefined()
  expect(inManifest({ type: 'git', url: 'someone/honest', run: 'x' }, { type: 'git', url })).toBeUndefined()
})

test('a pass touches only archives that it is made for', () => {
  expect(
    same('META-INF/MANIFEST.MF', manifest('Built-By: a\r\n'), manifest(''), archives('wheel', {}, {})),
  ).toBeUndefined()
})
