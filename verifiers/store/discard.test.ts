import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { discardTrees, makeRoom } from './discard.ts'

const run = promisify(execFile)
const everything = Number.MAX_SAFE_INTEGER

async function scratch(): Promise<{ folder: string; waiting: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-discard-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return { folder, waiting: join(folder, 'waiting') }
}

/** Large enough to wait. */
const large = 600

async function tree(path: string, files = large): Promise<string> {
  await mkdir(join(path, 'inner'), { recursive: true })
  for (let number = 0; number < files; number++) await writeFile(join(path, 'inner', String(number)), '')
  return path
}

async function untilEmpty(folder: string): Promise<void> {
  for (let attempt = 0; attempt < 200 && (await readdir(folder)).length > 0; attempt++) await pause(50)
  expect(await readdir(folder)).toEqual([])
}

test('trees are out of the way at once, and gone some time later; what is not there is passed over', async () => {
  const { folder, waiting } = await scratch()
  const trees = [await tree(join(folder, 'work')), await tree(join(folder, 'home')), join(folder, 'never-there')]
  await discardTrees(trees, waiting)
  expect(await readdir(folder)).toEqual(['waiting'])
  await untilEmpty(waiting)
})

test('what is small is gone at once, and waits nowhere', async () => {
  const { folder, waiting } = await scratch()
  await discardTrees([await tree(join(folder, 'work'), 3), await tree(join(folder, 'home'), 0)], waiting)
  expect(await readdir(folder)).toEqual([])
})

test('nothing is made for trees that are not there', async () => {
  const { folder, waiting } = await scratch()
  await discardTrees([join(folder, 'never-there')], waiting)
  expect(await readdir(folder)).toEqual([])
})

test('folders that nobody may write to go as well, and what a link points to stays', async () => {
  const { folder, waiting } = await scratch()
  await writeFile(join(folder, 'kept'), 'kept')
  await tree(join(folder, 'work'))
  await symlink(join(folder, 'kept'), join(folder, 'work', 'inner', 'link'))
  await run('chmod', ['-R', 'a-w', join(folder, 'work')])
  await discardTrees([join(folder, 'work')], waiting)
  await untilEmpty(waiting)
  expect(await readFile(join(folder, 'kept'), 'utf8')).toBe('kept')
})

test('when many wait already, they are removed before it goes on', async () => {
  const { folder, waiting } = await scratch()
  const others = Array.from({ length: 8 }, (_, index) => `${Date.now()}-${index}`)
  for (const name of others) await tree(join(waiting, name))
  await discardTrees([await tree(join(folder, 'work'))], waiting)
  expect(await readdir(folder)).toEqual(['waiting'])
  expect((await readdir(waiting)).sort()).toEqual(others.sort())
})

test('what cannot be moved there is removed before it goes on', async () => {
  const { folder } = await scratch()
  const elsewhere = await mkdtemp('/dev/shm/reproof-discard-')
  onTestFinished(() => rm(elsewhere, { recursive: true, force: true, maxRetries: 5 }))
  await discardTrees([await tree(join(folder, 'work'))], join(elsewhere, 'waiting'))
  expect(await readdir(folder)).toEqual([])
})

test('where room is needed it waits for all of them, also beside those that remove them', async () => {
  const { folder, waiting } = await scratch()
  for (const name of ['a', 'b', 'c']) await discardTrees([await tree(join(folder, name), 2000)], waiting)
  let waits = 0
  await Promise.all([makeRoom(waiting, everything, () => waits++), makeRoom(waiting, everything)])
  expect(await readdir(waiting)).toEqual([])
  expect(waits).toBeLessThanOrEqual(1)
})

test('where there is room it goes on only with what was left long ago', async () => {
  const { waiting } = await scratch()
  const now = `${Date.now()}-0a`
  await tree(join(waiting, now))
  await tree(join(waiting, `${Date.now() - 3_600_000}-0b`))
  await Promise.all([makeRoom(waiting, 1), makeRoom(waiting, 1)])
  for (let attempt = 0; attempt < 200 && (await readdir(waiting)).length > 1; attempt++) await pause(50)
  expect(await readdir(waiting)).toEqual([now])
})

test('there may be nothing to make room in', async () => {
  const { waiting } = await scratch()
  await expect(makeRoom(waiting, everything)).resolves.toBeUndefined()
})
