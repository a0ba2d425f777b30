import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { manifestFormat } from './manifest-format.ts'

const manifest = { name: "it's", version: '1.0.0', files: ['ö', 'a\tb'], empty: {} }
const source = `${JSON.stringify(manifest, null, 4)}\n`

function stepsFor(published: string | undefined, version = '1.0.0', text = source) {
  return manifestFormat({ source: text, published, version, directory: 'packages/a' })
}

test.each<[string, string]>([
  ['two spaces, and no line end at the end', JSON.stringify(manifest, null, 2)],
  ['two spaces', `${JSON.stringify(manifest, null, 2)}\n`],
  ['tabs', `${JSON.stringify(manifest, null, '\t')}\n`],
  ['no line end at the end', JSON.stringify(manifest, null, 4)],
  ['all on one line', JSON.stringify(manifest)],
])('package.json is written with %s where it was published so', async (_, published) => {
  const folder = await mkdtemp(join(tmpdir(), 'manifest-format-'))
  try {
    await writeFile(join(folder, 'package.json'), source)
    const [step] = stepsFor(published)
    expect(step?.cwd).toBe('packages/a')
    execFileSync('sh', ['-ec', step?.run ?? 'false'], { cwd: folder })
    expect(await readFile(join(folder, 'package.json'), 'utf8')).toBe(published)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a list on one line is written anew as a tool would have', () => {
  const text = source.replace(/\[[\s\S]*?\]/, (list) => list.replace(/\s+/g, ' '))
  expect(stepsFor(source, '1.0.0', text)).toHaveLength(1)
})

test('the version may have been set before', () => {
  const published = JSON.stringify({ ...manifest, version: '2.0.0' }, null, 2)
  expect(stepsFor(published, '2.0.0')).toHaveLength(1)
  expect(stepsFor(published, '2.0.1')).toEqual([])
})

test.each<[string, string | undefined, string]>([
  ['the published one says something else', JSON.stringify({ ...manifest, main: 'x' }, null, 2), source],
  [
    'it says it in another order',
    JSON.stringify(Object.fromEntries(Object.entries(manifest).reverse()), null, 2),
    source,
  ],
  ['it has the format of the source', source.replace('1.0.0', '1.0.1'), source],
  ['nothing can be read of it', undefined, source],
  ['the source’s is no JSON', JSON.stringify(manifest, null, 2), '{\n    "name": '],
  ['it is nested without end', `{\n  "a": ${'['.repeat(1e5)}\n}`, `{\n    "a": ${'['.repeat(1e5)}\n}`],
])('it is left as it is where %s', (_, published, text) => {
  expect(stepsFor(published, '1.0.0', text)).toEqual([])
})
