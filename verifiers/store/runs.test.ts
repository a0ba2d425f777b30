import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { findRun, listRuns, openRun } from './runs.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-runs-'))
})
afterEach(() => rm(folder, { recursive: true }))

const now = () => new Date('2026-01-02T03:04:05Z')
const request = { spec: 'npm:ms@2.1.3', source: undefined }
const begin = (extra = {}) => openRun({ folder, label: 'npm:ms@2.1.3', request, now, ...extra })

test('a run that was left unfinished is taken up again with what it had', async () => {
  const first = await begin()
  await first.save('artifact', { size: 1 })
  await first.release()
  const second = await begin()
  expect(second.info.id).toBe(first.info.id)
  expect(second.resumed).toBe(true)
  expect(await second.load('artifact', z.object({ size: z.number() }))).toEqual({ size: 1 })
})

test('another request, or a finished run, begins a new one', async () => {
  const first = await begin()
  await first.finish()
  await first.release()
  const second = await begin()
  expect(second.info.id).not.toBe(first.info.id)
  await second.release()
  const third = await begin({ request: { spec: 'npm:other' } })
  expect(third.info.id).not.toBe(second.info.id)
  expect((await listRuns(folder)).length).toBe(3)
})

test('a run is found by its id, by the beginning of it, and by a folder of its own', async () => {
  const run = await begin()
  const own = await begin({ exact: join(folder, 'elsewhere', 'npm-ms') })
  const before = process.cwd()
  process.chdir(join(folder, 'elsewhere'))
  try {
    const found = ['npm-ms@', run.info.id, './npm-ms', 'npm-ms'].map((name) => findRun(folder, name))
    expect(await Promise.all(found)).toEqual([run.folder, run.folder, './npm-ms', 'npm-ms'])
    expect(own.folder).toBe(join(folder, 'elsewhere', 'npm-ms'))
    await expect(findRun(folder, 'elsewhere')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
  } finally {
    process.chdir(before)
  }
})

test('two at once do not share a folder', async () => {
  const [first, second] = await Promise.all([begin(), begin()])
  expect(first.info.id).not.toBe(second.info.id)
})

test('the lock of a process that is gone does not hold', async () => {
  const first = await begin()
  const gone = spawn('true')
  await new Promise((resolve) => gone.on('exit', resolve))
  await writeFile(join(first.folder, 'lock'), JSON.stringify({ pid: gone.pid, started: '1' }))
  expect((await begin()).info.id).toBe(first.info.id)
})

test('a noun that is damaged or no longer fits its schema counts as missing', async () => {
  const run = await begin()
  await run.save('artifact', { size: 'large' })
  expect(await run.load('artifact', z.object({ size: z.number() }))).toBeUndefined()
  await writeFile(join(run.folder, 'artifact.json'), '{"size":')
  expect(await run.load('artifact', z.object({ size: z.number() }))).toBeUndefined()
})

test('a chosen folder is used as it is, and never overwritten', async () => {
  const exact = join(folder, 'out')
  const run = await begin({ exact })
  expect(run.folder).toBe(exact)
  await expect(begin({ exact })).rejects.toMatchObject({ code: 'RUN_BUSY' })
  await run.finish()
  await run.release()
  await expect(begin({ exact })).rejects.toMatchObject({ code: 'OUTPUT_NOT_EMPTY' })
  const other = join(folder, 'other')
  await mkdir(other)
  await writeFile(join(other, 'mine.txt'), 'x')
  await expect(begin({ exact: other })).rejects.toMatchObject({ code: 'OUTPUT_NOT_EMPTY' })
  expect(await readFile(join(other, 'mine.txt'), 'utf8')).toBe('x')
})

test('a folder that cannot be made is refused, also where nothing can ever be made', async () => {
  await expect(begin({ exact: '/proc/self/none/deeper' })).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' })
  const file = join(folder, 'file')
  await writeFile(file, 'x')
  await expect(begin({ exact: join(file, 'below') })).rejects.toMatchObject({ code: 'OUTPUT_NOT_EMPTY' })
})

test('hostile labels stay inside the folder', async () => {
  const run = await begin({ label: '../../etc/\u0000passwd\u202e' })
  expect(run.folder.startsWith(`${folder}/`)).toBe(true)
  expect(run.info.id).toMatch(/^etc-passwd-2026/)
})
