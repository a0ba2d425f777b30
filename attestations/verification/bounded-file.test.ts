import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readBounded } from './bounded-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-bounded-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('of a larger file the limit and one byte more are read', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '0123456789')
  expect((await readBounded(file, 4)).toString()).toBe('01234')
  expect((await readBounded(file, 40)).toString()).toBe('0123456789')
})

test.each(['fifo', '.', 'none', '/dev/zero'])('%s is no file that could be waited for', async (name) => {
  await promisify(execFile)('mkfifo', [join(folder, 'fifo')])
  await expect(readBounded(resolve(folder, name))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})
