import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { listedFiles, stanzas } from '../deb822.ts'
import { parseDsc } from './dsc.ts'
import { isRepacked, upstreamVersions } from './version.ts'

test.each([
  ['2.1.3+~cs0.7.31-3', '2.1.3', false],
  ['4.0.0+~4.0.1-1', '4.0.0', false],
  ['5.0.0-4', '5.0.0', false],
  ['1:2.3.4-1~deb12u1', '2.3.4', false],
  ['4.17.21+dfsg+~cs8.31.198.20210220-9', '4.17.21', true],
  ['1.2.3~dfsg-1', '1.2.3', true],
  ['1.2.3+ds1-1', '1.2.3', true],
  ['2.0.0~rc1-1', '2.0.0-rc.1', false],
  ['1.0.0~beta.2-1', '1.0.0-beta.2', false],
  ['3.0.0+really2.5.0-1', '2.5.0', false],
  ['1.2.3', '1.2.3', false],
])('%s was %s upstream', (version, upstream, repacked) => {
  expect(upstreamVersions(version)).toContain(upstream)
  expect(isRepacked(version)).toBe(repacked)
})

const sum = 'ab'.repeat(32)
const package_ = { name: 'node-x', version: '1.0.0-1' }
const dsc = (files: string[], more = '') =>
  `Format: 3.0 (quilt)\nSource: node-x\nVersion: 1.0.0-1\n${more}Checksums-Sha256:\n${files.map((name) => ` ${sum} 10 ${name}\n`).join('')}`

test('a .dsc names the main tarball and components; signatures and changes of Debian are none', () => {
  const names = ['x_1.orig.tar.gz', 'x_1.orig-types-x.tar.gz', 'x_1.orig.tar.gz.asc', 'x_1-1.debian.tar.xz']
  expect(parseDsc(dsc(names), package_).upstream.map(({ name, component }) => [name, component])).toEqual([
    ['x_1.orig.tar.gz', ''],
    ['x_1.orig-types-x.tar.gz', 'types-x'],
  ])
})

test('a native package is its own upstream', () => {
  expect(parseDsc(dsc(['x_1.tar.xz']), package_).upstream).toMatchObject([{ name: 'x_1.tar.xz', component: '' }])
})

test.each([
  ['a path', ['../../etc/x_1.orig.tar.gz']],
  ['a folder', ['a/x_1.orig.tar.gz']],
  ['an option', ['-x_1.orig.tar.gz']],
  ['a hidden file', ['.x_1.orig.tar.gz']],
  ['no upstream tarball', ['x_1-1.debian.tar.xz']],
  ['nothing', []],
  ['a hundred files', Array.from({ length: 100 }, (_, index) => `x_${index}.orig.tar.gz`)],
])('a .dsc that lists %s is refused', (_, names) => {
  expect(() => parseDsc(dsc(names), package_)).toThrow(expect.objectContaining({ code: 'SOURCE_REFUSED' }))
})

test('a .dsc of another package or version is refused', () => {
  for (const expected of [
    { ...package_, name: 'node-y' },
    { ...package_, version: '1.0.0-2' },
  ]) {
    expect(() => parseDsc(dsc(['x_1.orig.tar.gz']), expected)).toThrow(
      expect.objectContaining({ code: 'SOURCE_REFUSED' }),
    )
  }
})

test('lines of another form than checksum, size, name are left out', () => {
  const lines = [
    '',
    'x 1 a',
    `${sum} -1 a`,
    `${sum} 1e9 a`,
    `${sum} 1`,
    `${sum} 1 a b`,
    `${sum} ${'9'.repeat(20)} a`,
    `${sum} 7 good`,
  ]
  expect(listedFiles(lines.join('\n'))).toEqual([{ sha256: sum, size: 7, name: 'good' }])
})

test('paragraphs are read across chunks, folded fields with them, unwanted ones not at all', async () => {
  const text = 'A: 1\nB:\n x\n y\n\n\nA: 2\n# comment\nbroken\n\nA: 3'
  for (const size of [1, 3, 1000]) {
    const chunks = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? []
    const found: string[][][] = []
    const source = Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
    for await (const stanza of stanzas(source, 'it', (text) => !text.includes('A: 3'))) found.push([...stanza])
    expect(found).toEqual([
      [
        ['a', '1'],
        ['b', '\nx\ny'],
      ],
      [['a', '2']],
    ])
  }
})

test('a paragraph without end is given up', async () => {
  async function* endless() {
    for (;;) yield Buffer.alloc(1024 * 1024, 'x')
  }
  const read = async () => {
    for await (const _ of stanzas(endless(), 'it'));
  }
  await expect(read()).rejects.toMatchObject({ code: 'ARCHIVE_LIMIT_EXCEEDED' })
})
