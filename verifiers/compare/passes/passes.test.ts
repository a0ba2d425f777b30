import { expect, test } from 'vitest'
import { compareBytes } from '../../../fixtures/archives/compared.ts'
import { buildTar, gzip, honestEntries } from '../../../fixtures/archives/tar-builder.ts'
import type { ContentPass } from './pass.ts'
import { contentPasses, passes, stabilise } from './passes.ts'

const apply = (path: string, published: string, rebuilt: string) =>
  stabilise(path, Buffer.from(published), Buffer.from(rebuilt))
const manifest = 'package/package.json'
const commit = '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567'

test.each([
  ['line ends', 'package/a.js', 'a\r\nb\r\n', 'a\nb\n', ['line-endings']],
  ['line ends of a document', 'package/CHANGELOG.md', 'a\r\nb\r\n', 'a\nb\n', ['line-endings']],
  ['line ends of a readme in a folder', 'package/lib/README.md', 'a\r\n', 'a\n', ['line-endings']],
  ['line ends of a licence that a bundler writes', 'package/dist/a.js.LICENSE.txt', 'a\r\n', 'a\n', ['line-endings']],
  ['line ends of settings', 'package/tsconfig.json', '{\r\n // a\r\n}', '{\n // a\n}', ['line-endings']],
  ['line ends of a template', 'package/a.js', 'String.raw`a\r\nb`', 'String.raw`a\nb`', ['line-endings']],
  ['an indentation', manifest, '{"a": 1}', '{\n  "a": 1\n}\n', ['package-json-formatting']],
  ['gitHead', manifest, `{"a": 1, "gitHead": "${commit}"}`, '{\n  "a": 1\n}\n', ['package-json-git-head']],
  [
    'line ends and an indentation',
    manifest,
    '{\r\n"a": 1}',
    '{\n  "a": 1\n}',
    ['line-endings', 'package-json-formatting'],
  ],
])('the same after the passes that are named: %s', (_, path, published, rebuilt, ids) => {
  const { equal, applied } = apply(path, published, rebuilt)
  expect({ equal, ids: applied.map(({ id }) => id) }).toEqual({ equal: true, ids })
})

test.each([
  ['a value', manifest, '{"a": 1}', '{\n  "a": 2\n}\n'],
  ['the order of keys', manifest, '{"a": 1, "b": 2}', '{"b": 2, "a": 1}'],
  ['a key twice', manifest, '{"a": 0, "a": 1}', '{\n  "a": 1\n}\n'],
  ['a key twice beside gitHead', manifest, `{"a": 0, "a": 1, "gitHead": "${commit}"}`, '{"a": 1}'],
  ['keys that JSON.parse puts elsewhere', manifest, '{"b": 1, "1": 2}', '{"1": 2, "b": 1}'],
  ['how a string is escaped', manifest, '{"a": "\\u0062"}', '{"a": "b"}'],
  ['white space in a string', manifest, '{"a": "b c"}', '{"a": "bc"}'],
  ['a gitHead that is none', manifest, '{"a": 1, "gitHead": "rm -rf /"}', '{"a": 1}'],
  ['a manifest that is not the own one', 'package/dist/package.json', '{"a": 1}', '{"a":1}'],
  ['line ends behind #!', 'package/cli', '#!/usr/bin/env node\r\n', '#!/usr/bin/env node\n'],
  ['line ends of a list', 'package/data/contributors.txt', 'a\r\nb\r\n', 'a\nb\n'],
  ['line ends of a document that programs read', 'package/prompts/a.md', 'a\r\n', 'a\n'],
  ['line ends of a page among programs', 'package/lib/words.md', 'a\r\n', 'a\n'],
  ['line ends of a list that is called JSON', 'package/words.json', 'a\r\nb\r\n', 'a\nb\n'],
  ['the text of a function', 'package/a.js', 'f(function () {\r\n}.toString())', 'f(function () {\n}.toString())'],
  ['the text of a function, as a member', 'package/a.js', 'f["toString"]\r\n()', 'f["toString"]\n()'],
  ['the text of a function, made of it', 'package/a.js', 'String(f)\r\n', 'String(f)\n'],
  ['the text of a function, beside nothing', 'package/a.js', "f +\r\n''", "f +\n''"],
  [
    'a comment that is all of a function',
    'package/a.js',
    'g(function () {/*\r\na\r\n*/})',
    'g(function () {/*\na\n*/})',
  ],
  ['a comment before all of a function', 'package/a.js', 'g(() => /*\r\na\r\n*/ 0)', 'g(() => /*\na\n*/ 0)'],
  ['line ends of a shell script', 'package/a.sh', 'a\r\n', 'a\n'],
  ['line ends of what is binary', 'package/a.bin', '\0\r\n', '\0\n'],
  ['a CR that stands alone', 'package/a.js', 'a\rb', 'a\nb'],
])('never the same after any pass: %s', (_, path, published, rebuilt) => {
  expect(apply(path, published, rebuilt).equal).toBe(false)
})

const pack = (data: string) => gzip(buildTar([...honestEntries, { path: 'package/a.js', data }]))

test('what only passes make the same is equivalent, and each pass is in the report', async () => {
  const { verdict, differences } = await compareBytes(pack('a\r\n'), pack('a\n'))
  expect(verdict).toBe('equivalent')
  expect(differences[0]).toMatchObject({
    path: 'package/a.js',
    severity: 'benign',
    evidence: { passes: [{ id: 'line-endings', version: 3, published: '1 line ends' }] },
  })
})

test('one thing more than a pass changes is different', async () => {
  expect((await compareBytes(pack('a\r\n'), pack('b\n'))).verdict).toBe('different')
  const executable = gzip(buildTar([...honestEntries, { path: 'package/a.js', data: 'a\r\n', mode: 0o755 }]))
  expect((await compareBytes(executable, pack('a\n'))).verdict).toBe('different')
})

test('a pass that fails leaves the two different and says so', () => {
  const broken: ContentPass = {
    ...(contentPasses[0] as ContentPass),
    apply() {
      throw new Error('broken')
    },
  }
  const { equal, failed } = stabilise('package/a.js', Buffer.from('a'), Buffer.from('b'), { using: [broken] })
  expect({ equal, failed }).toEqual({ equal: false, failed: { id: 'line-endings', message: 'broken' } })
})

test('applying a pass twice changes nothing more', () => {
  const file = { path: manifest, place: manifest }
  const samples = ['a\r\nb', '{"a": 1}', `{"b": 1, "gitHead": "${commit}"}`]
  for (const pass of contentPasses) {
    for (const kind of ['javascript', 'manifest'] as const) {
      for (const text of samples) {
        const once = pass.apply({ ...file, kind, text })
        if (once) expect(pass.apply({ ...file, kind, text: once.text })?.text ?? once.text).toBe(once.text)
      }
    }
  }
})

test('every pass has an id of its own and says what it does', () => {
  expect(new Set(passes.map(({ id }) => id)).size).toBe(passes.length)
  for (const { changes, safe, never } of passes) for (const text of [changes, safe, never]) expect(text).toMatch(/\.$/)
})
