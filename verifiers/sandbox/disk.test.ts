import { link, mkdir, mkdtemp, open, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { watchDisk } from './disk.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-disk-'))
  await mkdir(join(folder, 'a'))
  await writeFile(join(folder, 'a', 'old'), Buffer.alloc(300_000))
  await pause(50)
})
afterEach(() => rm(folder, { recursive: true }))

const watch = () => watchDisk([folder], 200_000, new Date())
const closely = { measure: true, openFiles: [] }

test('what was there before, names of the same file, links and holes do not count', async () => {
  const disk = await watch()
  await writeFile(join(folder, 'new'), Buffer.alloc(150_000))
  await link(join(folder, 'new'), join(folder, 'a', 'same'))
  await symlink(join(folder, 'a', 'old'), join(folder, 'pointer'))
  await writeFile(join(folder, 'holes'), '')
  await truncate(join(folder, 'holes'), 1e12)
  expect(await disk.exceeded(closely)).toBe(false)
})

test('new files count, however deep and whatever their times say', async () => {
  const disk = await watch()
  for (const name of ['one', 'two']) {
    await writeFile(join(folder, 'a', name), Buffer.alloc(150_000))
    await utimes(join(folder, 'a', name), 1, 1)
  }
  expect(await disk.exceeded(closely)).toBe(true)
})

test('a file that only a process holds counts', async () => {
  const disk = await watch()
  await using file = await open(join(folder, 'gone'), 'w')
  await file.writeFile(Buffer.alloc(300_000))
  await rm(join(folder, 'gone'))
  expect(await disk.exceeded(closely)).toBe(false)
  expect(await disk.exceeded({ measure: true, openFiles: ['/proc/self/fd'] })).toBe(true)
})

test('folders that are gone are no fault', async () => {
  const disk = await watchDisk([folder, join(folder, 'a')], 200_000, new Date())
  await rm(join(folder, 'a'), { recursive: true })
  expect(await disk.exceeded(closely)).toBe(false)
})
