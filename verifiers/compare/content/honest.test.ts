import { expect, test } from 'vitest'
import { compareBytes } from '../../../fixtures/archives/compared.ts'
import { buildTar, gzip } from '../../../fixtures/archives/tar-builder.ts'
import { honestDifferences } from '../../../fixtures/honest/contents.ts'
import { explainContent } from './explain.ts'

test.each(honestDifferences)('an honest difference is named and not called suspicious: $name', async (one) => {
  const manifest = { path: 'package/package.json', data: JSON.stringify({ version: one.version }) }
  const beside = one.path === manifest.path ? [] : [manifest]
  const pack = (data: string | Buffer) => gzip(buildTar([...beside, { path: one.path, data }]))
  const { verdict, differences } = await compareBytes(pack(one.published), pack(one.source))
  expect(verdict).toBe(one.verdict ?? 'different')
  expect(differences[0]).toMatchObject({ path: one.path, cause: one.cause, severity: one.severity })
})

test('executable for others or not, as the umask makes it, is not called suspicious', async () => {
  const pack = (mode: number) => gzip(buildTar([{ path: 'package/cli.js', data: 'run()\n', mode }]))
  const { differences } = await compareBytes(pack(0o755), pack(0o700))
  expect(differences[0]).toMatchObject({ cause: 'mode', severity: 'unexplained' })
})

test('three tokens that differ in a bundle of 200 KB are shown with what stands around them', () => {
  const line = (index: number) => `function f${index}(e){return e*${index}+"text ${index}"}`
  const text = Array.from({ length: 5000 }, (_, index) => line(index)).join(';')
  const other = text.replace('"text 77"', '"text 78"').replace('e*2500', 'e*2501').replace('f4000', 'g4000')
  const { changes, count } = explainContent('package/x.min.js', Buffer.from(text), Buffer.from(other), () => undefined)
  expect(count).toBe(3)
  expect(changes?.map(({ published, rebuilt }) => [published, rebuilt])).toEqual([
    ['"text 77"', '"text 78"'],
    ['2500', '2501'],
    ['f4000', 'g4000'],
  ])
  expect(changes?.[1]).toMatchObject({
    line: 1,
    before: expect.stringMatching(/return e\*$/),
    after: expect.stringMatching(/^\+"text 2500"/),
  })
})

const hostile = {
  'deep JSON': [
    'package/a.json',
    `${'['.repeat(100_000)}1${']'.repeat(100_000)}`,
    `${'['.repeat(100_000)}2${']'.repeat(100_000)}`,
  ],
  'a prototype in JSON': ['package/package.json', '{"__proto__": {"main": "x"}, "a": 1}', '{"a": 1}'],
  'a manifest that is a list': ['package/package.json', '[1]', '[2]'],
  'an empty file': ['package/a.js', '', 'a'],
  'unclosed everything': ['package/a.js', '`${`${"/*', '/['],
  'only opening brackets': ['package/a.js', '{(['.repeat(40_000), '}])'.repeat(40_000)],
  'only slashes': ['package/a.js', '/'.repeat(300_000), '/ '.repeat(150_000)],
  'regular expressions without an end': ['package/a.js', '=/['.repeat(100_000), '=/[ '.repeat(75_000)],
  'functions that are no functions': [
    'package/a.js',
    '\tcontent:a;function \\'.repeat(20_000),
    'content:a;function \\ '.repeat(20_000),
  ],
  'braces in declarations': ['package/a.d.ts', '{'.repeat(200_000), '{a:'.repeat(70_000)],
  'line ends in declarations': ['package/a.d.ts', '\r'.repeat(200_000), '\r '.repeat(100_000)],
  'line ends in a document': ['package/README.md', '\n'.repeat(200_000), '\n \n'.repeat(70_000)],
  'commands without an end': ['package/README.md', 'npm -a '.repeat(40_000), `npm${' '.repeat(200_000)}`],
  'only backslashes': ['package/a.js', '\\'.repeat(300_000), '\\ '.repeat(150_000)],
  'a long line of dates': ['package/a.txt', '2024-05-01 '.repeat(30_000), '2024-05-02 '.repeat(30_000)],
  'a long run of digits': ['package/a.txt', '1'.repeat(400_000), '2'.repeat(400_000)],
  'a tag that does not begin': ['package/README.md', `<${'\n'.repeat(300_000)}`, `<${'\n '.repeat(150_000)}`],
  'a comment of stars': ['package/a.js', `/*${'*'.repeat(300_000)}x*/`, `/*${'* '.repeat(150_000)}x*/`],
  'half a surrogate': ['package/a.js', 'a("\ud800")', 'a("\udfff")'],
} satisfies Record<string, [string, string, string]>

test.each(Object.entries(hostile))('hostile content neither hangs nor throws: %s', (_, [path, a, b]) => {
  expect(explainContent(path, Buffer.from(a), Buffer.from(b), () => undefined).summary).toBeTruthy()
  expect(explainContent(path, Buffer.from(b), Buffer.from(a), () => undefined).summary).toBeTruthy()
})
