import { expect, test } from 'vitest'
import { compareBytes } from '../../../fixtures/archives/compared.ts'
import { type BuiltEntry, buildTar, gzip, honestPackage } from '../../../fixtures/archives/tar-builder.ts'

const honest = honestPackage()
const withFile = (file: BuiltEntry) => honestPackage((entries) => [...entries, file])

test.each([
  ['package/src/README.md', ['10.0.0 to 10.2.4', '9.0.0 to 9.9.2', '6']],
  ['package/CHANGELOG.md', ['6']],
])('a document that older versions of npm packed is named with them: %s', async (path, npm) => {
  const { verdict, differences } = await compareBytes(withFile({ path, data: '# Hello\n\n    hello()\n' }), honest)
  expect(verdict).toBe('different')
  expect(differences).toMatchObject([
    { path, cause: 'npm-file-list', severity: 'unexplained', evidence: { npms: npm } },
  ])
})

test('a document may have one separator that a word processor left', async () => {
  const file = { path: 'package/CHANGELOG.md', data: '# Changes\n\n* Update the documentation\u2029 for phones\n' }
  expect((await compareBytes(withFile(file), honest)).differences[0]).toMatchObject({ cause: 'npm-file-list' })
})

test.each([
  ['a licence beside package.json, which every npm packs', { path: 'package/COPYING', data: 'text' }],
  ['one that is executable', { path: 'package/src/README.md', data: 'text', mode: 0o755 }],
  ['one that begins with #!', { path: 'package/src/README', data: '#!/bin/sh\nx\n' }],
  ['one that is binary', { path: 'package/src/README.md', data: '\0' }],
  ['one with invisible characters', { path: 'package/src/README.md', data: 'a\u202eb' }],
  ['one with two separators', { path: 'package/CHANGELOG.md', data: '* a\u2029 b\n* a\u2029 b\n' }],
  ['one with escaped characters', { path: 'package/src/README.md', data: '\\x65\\x76\\x61\\x6c' }],
  ['one that is a program by its name', { path: 'package/src/README.js', data: 'x' }],
] satisfies [string, BuiltEntry][])('any other file without a counterpart stays suspicious: %s', async (_, file) => {
  const { differences } = await compareBytes(withFile(file), honest)
  expect(differences[0]).toMatchObject({ path: file.path, cause: 'missing', severity: 'suspicious' })
})

test.each(['PKG-INFO', 'Cargo.toml.orig', 'readme.txt'])(
  'what npm does not pack has no such documents: beside %s',
  async (beside) => {
    const entries: BuiltEntry[] = [{ path: `six-1.0.0/${beside}`, data: 'x' }]
    const hidden: BuiltEntry = { path: 'six-1.0.0/CHANGES', data: 'Words.\n' }
    const { differences } = await compareBytes(gzip(buildTar([...entries, hidden])), gzip(buildTar(entries)))
    expect(differences[0]).toMatchObject({ path: hidden.path, cause: 'missing', severity: 'suspicious' })
  },
)
