import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { removeTree } from './remove.ts'

const run = promisify(execFile)

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-remove-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('folders inside each other, deeper than any path can name', async () => {
  const folder = await scratch()
  const name = 'd'.repeat(200)
  await run('bash', ['-c', `for i in {1..30}; do mkdir ${name}; cd -P ./${name}; done`], { cwd: folder })
  await removeTree(join(folder, name))
  expect(await readdir(folder)).toEqual([])
})

test('folders that nobody may write to', async () => {
  const folder = await scratch()
  await mkdir(join(folder, 'closed', 'inner'), { recursive: true })
  await writeFile(join(folder, 'closed', 'inner', 'file'), '')
  await run('chmod', ['-R', 'a-w', join(folder, 'closed')])
  await removeTree(join(folder, 'closed'))
  expect(await readdir(folder)).toEqual([])
})

test('what a link points to stays', async () => {
  const folder = await scratch()
  await writeFile(join(folder, 'kept'), 'kept')
  await mkdir(join(folder, 'tree'))
  await symlink('../kept', join(folder, 'tree', 'link'))
  await removeTree(join(folder, 'tree'))
  expect(await readFile(join(folder, 'kept'), 'utf8')).toBe('kept')
  await removeTree(join(folder, 'never-there'))
})
