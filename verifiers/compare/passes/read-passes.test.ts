import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareBytes } from '../../../fixtures/archives/compared.ts'
import { buildTar, gzip, honestEntries } from '../../../fixtures/archives/tar-builder.ts'
import { readPasses } from './read-passes.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-passes-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const reason = 'Made by a generator that shuffles.'
const digest = 'ab'.repeat(32)
const valid = { path: 'package/a.js', reason, published: digest, rebuilt: digest }
const written = async (content: string) => {
  const file = join(folder, 'passes.yaml')
  await writeFile(file, content)
  return file
}

test('passes are read from YAML and JSON', async () => {
  const yaml = `passes:\n  - path: package/a.js\n    reason: ${reason}\n    published: ${digest}\n    rebuilt: ${digest}\n`
  expect(await readPasses(await written(yaml))).toEqual([valid])
  expect(await readPasses(await written(JSON.stringify({ passes: [valid] })))).toEqual([valid])
})

test.each([
  ['no reason', JSON.stringify({ passes: [{ ...valid, reason: undefined }] })],
  ['a reason of one letter', JSON.stringify({ passes: [{ ...valid, reason: 'x' }] })],
  ['no path', JSON.stringify({ passes: [{ ...valid, path: '' }] })],
  ['no digest', JSON.stringify({ passes: [{ ...valid, published: undefined }] })],
  ['a digest that is none', JSON.stringify({ passes: [{ ...valid, rebuilt: '*' }] })],
  ['a field that nobody knows', JSON.stringify({ passes: [{ ...valid, pattern: '.*' }] })],
  ['none at all', '{"passes": []}'],
  ['a list', '[]'],
  ['nothing', ''],
  ['what is no YAML', '{'],
  ['aliases that grow', 'a: &a [1]\nb: &b [*a, *a]\npasses: *b\n'],
])('refuses passes with %s', async (_, content) => {
  await expect(readPasses(await written(content))).rejects.toMatchObject({ code: 'PASS_INVALID' })
})

test.each(['missing.yaml', '.'])('says that %s cannot be read', async (name) => {
  await expect(readPasses(join(folder, name))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})

const pack = (data: string) => gzip(buildTar([...honestEntries, { path: 'package/a.js', data }]))

test('a pass hides exactly the two contents that it names, and the report has all of it', async () => {
  const seen = await compareBytes(pack('a(1)'), pack('a(2)'))
  const { published, rebuilt } = (seen.differences[0]?.evidence ?? {}) as Record<string, { sha256: string }>
  const pass = { path: 'package/a.js', reason, published: published?.sha256 ?? '', rebuilt: rebuilt?.sha256 ?? '' }
  const { verdict, differences } = await compareBytes(pack('a(1)'), pack('a(2)'), { hidden: [pass] })
  expect(verdict).toBe('equivalent')
  expect(differences[0]).toMatchObject({ cause: 'user-pass', severity: 'benign', evidence: { pass } })
  for (const hidden of [[{ ...pass, path: 'package/b.js' }], [{ ...pass, rebuilt: digest }]]) {
    expect((await compareBytes(pack('a(1)'), pack('a(2)'), { hidden })).verdict).toBe('different')
  }
  expect((await compareBytes(pack('a(3)'), pack('a(2)'), { hidden: [pass] })).verdict).toBe('different')
})
