import { lstat, mkdtemp, readFile, readlink, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTree, type Tree, treePath } from './tree.ts'

const time = new Date('2026-07-11T10:16:37Z')
let folder: string
let tree: Tree
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-tree-'))
  tree = createTree(join(folder, 'root'), { time, merged: ['bin', 'lib'] })
})
afterEach(() => rm(folder, { recursive: true }))

const at = (path: string) => join(folder, 'root', path)

test('what packages ship in the old places ends up below usr', async () => {
  tree.addFolder('./bin/')
  tree.addFile('./bin/sh', 'shell', { executable: true })
  tree.addFile('./lib/x/liba.so', 'library')
  expect(await readlink(at('bin'))).toBe('usr/bin')
  expect(await readFile(at('usr/bin/sh'), 'utf8')).toBe('shell')
  expect(await readFile(at('lib/x/liba.so'), 'utf8')).toBe('library')
  expect(tree.has('bin/sh') && tree.has('usr/bin/sh')).toBe(true)
})

test('modes and times are the same under every umask, and folders become what was said last of them', async () => {
  const before = process.umask(0o077)
  try {
    tree.addFile('a/b/program', 'x', { executable: true })
    tree.addFile('a/b/text', 'x')
    tree.addFolder('tmp')
    tree.addFolder('tmp', { sticky: true })
    tree.finish()
  } finally {
    process.umask(before)
  }
  const modes = await Promise.all(
    ['', 'a', 'a/b/program', 'a/b/text', 'tmp'].map(async (path) => (await stat(at(path))).mode & 0o7777),
  )
  expect(modes.map((mode) => mode.toString(8))).toEqual(['755', '755', '755', '644', '1777'])
  for (const path of ['', 'a', 'a/b', 'a/b/text', 'bin']) expect((await lstat(at(path))).mtime).toEqual(time)
})

test('a file can be written piece by piece, and be there under two names', async () => {
  const file = tree.openFile('a/file')
  file.write(Buffer.from('one '))
  file.write(Buffer.from('two'))
  file.close()
  tree.addHardLink('a/same', './a/file')
  expect(await readFile(at('a/same'), 'utf8')).toBe('one two')
  expect((await stat(at('a/same'))).ino).toBe((await stat(at('a/file'))).ino)
  expect(tree.list('a')).toEqual(['file', 'same'])
})

test('nothing is written through a link', async () => {
  tree.addSymlink('escape', folder)
  expect(() => tree.addFile('escape/file', 'x')).toThrow(expect.objectContaining({ code: 'ARCHIVE_UNSAFE_PATH' }))
  await expect(readFile(join(folder, 'file'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test.each<[string, (tree: Tree) => void, string]>([
  [
    'a file below a file',
    (tree) => {
      tree.addFile('a', '')
      tree.addFile('a/b', '')
    },
    'ARCHIVE_UNSAFE_PATH',
  ],
  [
    'a path that is there twice',
    (tree) => {
      tree.addFile('a', '')
      tree.addFile('./a', '')
    },
    'ARCHIVE_INVALID',
  ],
  ['a file where a merged folder is', (tree) => tree.addFile('usr/bin', ''), 'ARCHIVE_INVALID'],
  [
    'a folder where a file is',
    (tree) => {
      tree.addFile('a', '')
      tree.addFolder('a')
    },
    'ARCHIVE_INVALID',
  ],
  ['a hard link to nothing', (tree) => tree.addHardLink('a', 'b'), 'ARCHIVE_INVALID'],
  [
    'a hard link to a folder',
    (tree) => {
      tree.addFolder('b')
      tree.addHardLink('a', 'b')
    },
    'ARCHIVE_INVALID',
  ],
  ['a hard link out of the tree', (tree) => tree.addHardLink('a', '../../etc/passwd'), 'ARCHIVE_UNSAFE_PATH'],
])('%s is refused', (_, act, code) => {
  expect(() => act(tree)).toThrow(expect.objectContaining({ code }))
})

test.each(['../a', 'a/../../b', 'a//b', 'a/./b', '..', '//a', `a/${'b'.repeat(256)}`, 'a\0b', 'x/'.repeat(3000)])(
  'the path %j is refused',
  (path) => {
    expect(() => treePath(path)).toThrow(expect.objectContaining({ code: 'ARCHIVE_UNSAFE_PATH' }))
  },
)
