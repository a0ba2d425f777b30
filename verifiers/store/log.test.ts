import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openLog, safeText } from './log.ts'

async function scratch() {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-log-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'build.log')
}

test('a log keeps its bytes as they were and its end as text', async () => {
  const file = await scratch()
  const log = openLog(file)
  log.add(Buffer.from([0xff, 0x00, 0x1b]))
  log.add(Buffer.from('[31mred\u001b[0m\nlast line\n'))
  expect(log.tail()).toBe('\ufffd\ufffdred\nlast line\n')
  await log.close()
  expect((await readFile(file)).subarray(0, 3)).toEqual(Buffer.from([0xff, 0x00, 0x1b]))
})

test('a log without end is cut on the disk and goes on at its end', async () => {
  const file = await scratch()
  const log = openLog(file)
  for (let index = 0; index < 70; index++) log.add(Buffer.alloc(1024 * 1024, 'x'))
  log.add(Buffer.from('\nthe end'))
  expect(log.tail().endsWith('the end')).toBe(true)
  await log.close()
  expect((await readFile(file)).length).toBeLessThan(65 * 1024 * 1024)
})

test.each([
  ['\u001b]0;title\u0007text', 'text'],
  ['a\rb', 'a\nb'],
  ['\u202egnp.exe', '\ufffdgnp.exe'],
])('%j is shown as %j', (given, shown) => {
  expect(safeText(given)).toBe(shown)
})

test('a disk that is full is an error of the log, not of the process', async () => {
  const log = openLog('/dev/full')
  log.add(Buffer.from('x'))
  await expect(log.close()).rejects.toMatchObject({ code: 'ENOSPC' })
})
