import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { Parser } from 'tar'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTree } from '../tree.ts'
import { layerOf } from './layer.ts'

const time = new Date('2026-07-11T10:16:37Z')
const signal = new AbortController().signal
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-layer-'))
})
afterEach(() => rm(folder, { recursive: true }))

const long = `${'folder/'.repeat(20)}file`
const files = ['b', 'a', 'a.b', 'z/ü', long, 'z/a']

function layerWith(name: string, paths: string[]): Promise<Buffer> {
  const tree = createTree(join(folder, name), { time })
  for (const path of paths) tree.addFile(path === 'a' ? 'a/file' : path, path, { executable: path === 'b' })
  tree.addSymlink('link', long)
  tree.addHardLink('a/again', 'b')
  tree.finish()
  return buffer(layerOf({ rootFolder: join(folder, name), time, signal }))
}

test('a layer depends on what is in the folder only, not on the order in which it was written', async () => {
  const layer = await layerWith('one', files)
  expect(await layerWith('two', files.toReversed())).toEqual(layer)
  // Recorded once: the bytes of images may not change with a version of Node or of a library.
  expect(createHash('sha256').update(layer).digest('hex')).toBe(
    '062dee2def9210c0b1dee2cee85d2feb55022301c745100470ecba7ff1333bf1',
  )
})

test('a layer is a tar archive that others read: names, kinds, modes, targets', async () => {
  const entries: unknown[][] = []
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      const { path, type, mode, linkpath, uid, gid, mtime } = entry
      entries.push([path, type, mode?.toString(8), linkpath ?? '', uid, gid, mtime?.toISOString()])
      entry.resume()
    },
  })
  parser.write(await layerWith('one', ['b', 'z/ü', long]))
  parser.end()
  const at = '2026-07-11T10:16:37.000Z'
  expect(entries.filter(([path]) => !String(path).startsWith('folder') || path === long)).toEqual([
    ['a/', 'Directory', '755', '', 0, 0, at],
    ['a/again', 'File', '755', '', 0, 0, at],
    ['b', 'Link', '755', 'a/again', 0, 0, at],
    [long, 'File', '644', '', 0, 0, at],
    ['link', 'SymbolicLink', '777', long, 0, 0, at],
    ['z/', 'Directory', '755', '', 0, 0, at],
    ['z/ü', 'File', '644', '', 0, 0, at],
  ])
})

test('a layer that is stopped ends at once', async () => {
  const tree = createTree(join(folder, 'one'), { time })
  tree.addFile('a', 'a')
  const stopped = layerOf({ rootFolder: join(folder, 'one'), time, signal: AbortSignal.abort() })
  await expect(buffer(stopped)).rejects.toMatchObject({ name: 'AbortError' })
})
