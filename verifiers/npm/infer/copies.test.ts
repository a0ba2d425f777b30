import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SourceEntry } from '../../source/source-tree.ts'
import { copiesOf, copySteps, withoutLicence } from './copies.ts'
import { parseBuildManifest } from './manifest.ts'
import { needOf } from './need.ts'

type Tree = Record<string, string>

/** A source and a package as blob ids by their paths. */
function copies(source: Tree, published: Tree, { directory = '', changed = [] as string[] } = {}) {
  const entries = new Map<string, SourceEntry & { id: string }>(
    Object.entries(source).map(([path, id]) => [path, { path, id, kind: id === 'link' ? 'symlink' : 'file' }]),
  )
  const files = Object.entries(published).map(([path, blob]) => ({
    path,
    blob,
    size: blob === 'none' ? 0 : 1,
    mode: 420,
  }))
  const missing = Object.keys(published).filter((path) => !changed.includes(path))
  return copiesOf({ published: { files }, match: { missing, changed }, entries, directory })
}

test.each<[string, Parameters<typeof copies>, ReturnType<typeof copies>]>([
  [
    'the licence of a monorepo',
    [{ LICENSE: 'a', 'packages/b/LICENSE': 'a' }, { LICENSE: 'a' }, { directory: 'packages/c' }],
    [{ path: 'LICENSE', of: 'LICENSE' }],
  ],
  [
    'declarations under another name',
    [
      { 'src/sync.d.mts': 'a', 'src/sync.js': 'b' },
      { 'sync/index.d.mts': 'a', 'sync/index.js': 'b' },
    ],
    [{ path: 'sync/index.d.mts', of: 'src/sync.d.mts' }],
  ],
  [
    'a document that the package has another one of',
    [
      { 'README.md': 'a', 'packages/c/README.md': 'b' },
      { 'README.md': 'a' },
      { directory: 'packages/c', changed: ['README.md'] },
    ],
    [{ path: 'README.md', of: 'README.md' }],
  ],
  [
    'nothing that runs',
    [
      { 'src/license.js': 'a', 'src/b.json': 'b' },
      { 'license.js': 'a', 'b.json': 'b' },
    ],
    [],
  ],
  ['nothing that only a link leads to', [{ 'docs/a.md': 'link' }, { 'a.md': 'link' }], []],
  ['nothing empty, which is anywhere', [{ 'test/a.md': 'none' }, { 'a.md': 'none' }], []],
  ['nothing outside the package', [{ 'b.md': 'a' }, { '../b.md': 'a', 'c//b.md': 'a' }], []],
])('of what a package has beside its source it is copied: %s', async (_, args, expected) => {
  expect(copies(...args)).toEqual(expected)
})

test('what only has to be copied has not to be built', () => {
  const manifest = parseBuildManifest('{}')
  if (!manifest) throw new Error('no manifest')
  const match = { total: 3, same: 1, missing: ['LICENSE'], changed: ['README.md'] }
  const inputs = { match, published: { manifest: '{}' }, manifest, sourceManifest: '{}', version: '1.0.0' }
  const [licence, readme] = ['LICENSE', 'README.md'].map((path) => ({ path, of: path }))
  expect(needOf({ ...inputs, copies: licence && readme ? [licence, readme] : [] }).build).toBe(false)
  expect(needOf({ ...inputs, copies: licence ? [licence] : [] }).build).toBe(true)
})

test('the copy takes the place of a link, and the file that it leads to stays as it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-copies-'))
  await mkdir(join(folder, 'packages/-a'), { recursive: true })
  await writeFile(join(folder, 'LICENSE'), 'licence')
  await writeFile(join(folder, 'README.md'), 'readme')
  await symlink('../../README.md', join(folder, 'packages/-a/README.md'))
  const [step] = copySteps(
    [
      { path: 'README.md', of: 'LICENSE' },
      { path: 'docs/a b.md', of: 'README.md' },
    ],
    'packages/-a',
  )
  execFileSync('/bin/sh', ['-eu', '-c', step?.run ?? 'false'], { cwd: folder })
  expect(await readFile(join(folder, 'packages/-a/README.md'), 'utf8')).toBe('licence')
  expect(await readFile(join(folder, 'packages/-a/docs/a b.md'), 'utf8')).toBe('readme')
  expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('readme')
  await rm(folder, { recursive: true })
})

test('what a build has taken away is not copied, and what it has made in its place stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-copies-'))
  await mkdir(join(folder, 'typings'))
  await writeFile(join(folder, 'typings/receivebuffer.d.ts'), 'made')
  const copy = { path: 'typings/receivebuffer.d.ts', of: 'typings/receiveBuffer.d.ts' }
  const [step] = copySteps([copy, { path: 'NOTICE.md', of: 'NOTICE' }], '')
  await writeFile(join(folder, 'NOTICE'), 'notice')
  execFileSync('/bin/sh', ['-eu', '-c', step?.run ?? 'false'], { cwd: folder })
  expect(await readFile(join(folder, copy.path), 'utf8')).toBe('made')
  expect(await readFile(join(folder, 'NOTICE.md'), 'utf8')).toBe('notice')
  await rm(folder, { recursive: true })
})

test('the licence of a workspace is left to pnpm, which packs it last, and to no other', () => {
  const copies = [
    { path: 'LICENSE', of: 'LICENSE' },
    { path: 'README.md', of: 'README.md' },
    { path: 'LICENSE.md', of: 'docs/LICENSE.md' },
  ]
  const left = (packer: string, file: string) => withoutLicence(copies, packer, (path) => path === file)
  expect(left('pnpm', 'pnpm-workspace.yaml')).toEqual(copies.slice(1))
  expect(left('pnpm', 'package.json')).toEqual(copies)
  expect(left('npm', 'pnpm-workspace.yaml')).toEqual(copies)
})

test.each<[string, Tree, ReturnType<typeof copies>]>([
  ['is the only one', { 'README.md': 'a' }, [{ path: 'README.md', of: 'Readme.md', isOnlyOne: true }]],
  ['is one of two', { 'README.md': 'a', 'Readme.md': 'a' }, [{ path: 'README.md', of: 'Readme.md' }]],
])('a name in another case %s', (_, published, expected) => {
  const found = copies({ 'Readme.md': 'a' }, published)
  expect(found.filter(({ path }) => path === 'README.md')).toEqual(expected)
})

test('what differs only in case was the same file on a disk that knows none', () => {
  const [step] = copySteps([{ path: 'README.md', of: 'Readme.md', isOnlyOne: true }], '')
  expect(step?.run).toBe('{ test ! -e Readme.md || mv -- Readme.md README.md; }')
})
