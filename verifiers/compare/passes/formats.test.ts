import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { ArchiveEntry } from '../entry.ts'
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
  const fileOf: Within['fileOf'] = (side, path) => {
    const text = sides[side][path]
    return text === undefined ? undefined : fileWith(path, Buffer.from(text))
  }
  return { kind, fileOf, sameEntry: () => undefined, entries: () => [], outer }
}

function fileWith(path: string, bytes: Buffer): ArchiveEntry {
  const place = { mode: 0o644, linkTarget: '', mtime: '0', owner: '', offset: 0, dataOffset: 0 }
  const sha512 = createHash('sha512').update(bytes).digest('hex')
  return { path, type: 'file', size: bytes.length, content: { bytes }, sha512, ...place }
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
const inGem = (published: string, rebuilt: string) =>
  same('metadata', published, rebuilt, archives('file', {}, {}, archives('gem', {}, {})))

test('digests in RECORD that are those of the files are no difference', () => {
  expect(inWheel(record('a\r\n'), record('a\n'))).toEqual(['wheel-record'])
})

test.each([
  ['a digest that is not that of the file', record('evil'), record('a\n')],
  ['another name', record('a\r\n'), record('a\n', 'b.py')],
  ['one line more', `${record('a\r\n')}b.py,,\n`, record('a\n')],
  ['another algorithm', record('a\r\n').replace('sha256', 'md5'), record('a\n')],
  ['no digest', 'a.py,,\n', record('a\n')],
  ['what stands for a digest that was taken out', 'a.py,\ud800\n', record('a\n')],
  ['another size', record('a\r\n').replace(/\d+\n/, '99999\n'), record('a\n')],
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
  ['no date', gem('date:\n')],
  ['the line deeper', gem('x:\n  date: 2024-05-01\n')],
])('metadata of a gem stay different: %s', (_, published) => {
  expect(inGem(published, gem('date: 1980-01-02\n'))).toBeUndefined()
})

const digestIn = (text: string, algorithm: string) => createHash(algorithm).update(text).digest('hex')
const checksums = (metadata: string, algorithms = ['sha256', 'sha512']) =>
  `---\n${algorithms
    .map((one) => {
      const lines = { 'metadata.gz': metadata, 'data.tar.gz': 'data' }
      const listed = Object.entries(lines).map(([name, text]) => `  ${name}: ${digestIn(text, one)}\n`)
      return `${one.toUpperCase()}:\n${listed.join('')}`
    })
    .join('')}`
const ofMembers = (published: string, rebuilt: string) => {
  const members = (metadata: string) => ({ 'metadata.gz': metadata, 'data.tar.gz': 'data' })
  return same(
    'checksums.yaml',
    published,
    rebuilt,
    archives('file', {}, {}, archives('gem', members('a'), members('b'))),
  )
}

test.each([
  ['as RubyGems writes them', ['sha256', 'sha512']],
  ['in the other order', ['sha512', 'sha256']],
  ['of one algorithm', ['sha256']],
])('checksums of a gem are no difference where they are right: %s', (_, algorithms) => {
  expect(ofMembers(checksums('a', algorithms), checksums('b', algorithms))).toEqual(['gem-checksums'])
})

test('checksums of a gem are read where YAML has folded them', () => {
  const folded = (metadata: string) => checksums(metadata).replace(/ ([0-9a-f]{128})$/gm, ' >-\n    $1')
  expect(ofMembers(folded('a'), folded('b'))).toEqual(['gem-checksums'])
})

const right = checksums('a')
test.each([
  ['one that is wrong', checksums('evil')],
  ['SHA512 that is wrong', right.replace(digestIn('a', 'sha512'), 'ab'.repeat(64))],
  ['SHA512 that is longer', right.replace(digestIn('a', 'sha512'), `${digestIn('a', 'sha512')}ab`)],
  ['SHA512 in more lines', right.replace(digestIn('a', 'sha512'), `>-\n    ${digestIn('a', 'sha512')}\n    abcd`)],
  ['no SHA512', right.replace(digestIn('a', 'sha512'), '')],
  ['no SHA256', right.replace(digestIn('a', 'sha256'), '')],
  ['SHA256 in the place of SHA512', right.replace(digestIn('a', 'sha512'), digestIn('a', 'sha256'))],
  ['digests by another algorithm', right.replace('SHA512', 'SHA384')],
])('checksums of a gem stay different: %s', (_, published) => {
  expect(ofMembers(published, checksums('b'))).toBeUndefined()
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
  const readme = (kind: Within['kind']) => same('a/README.md', 'a\r\n', 'a\n', archives(kind, {}, {}))
  expect(readme('npm')).toEqual(['line-endings'])
  expect(readme('crate')).toBeUndefined()
  expect(readme(undefined)).toBeUndefined()
  expect(
    same('META-INF/MANIFEST.MF', manifest('Built-By: a\r\n'), manifest(''), archives('wheel', {}, {})),
  ).toBeUndefined()
})
