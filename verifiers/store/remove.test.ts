import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
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

test('goes on when somebody presses Ctrl-C, which reaches all programs of a terminal', async () => {
  const folder = await scratch()
  const script = `
    process.on('SIGINT', () => undefined)
    const { removeTree } = await import(${JSON.stringify(new URL('./remove.ts', import.meta.url).href)})
    const { mkdir, writeFile } = await import('node:fs/promises')
    await mkdir('tree')
    await Promise.all(Array.from({ length: 5000 }, (_, name) => writeFile('tree/' + name, '')))
    const removing = removeTree('tree')
    console.log('begun')
    await removing
    // While a program ends it has no say in what a signal does.
    for await (const _ of process.stdin);`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), exited])
  for (let times = 3; times > 0; times--) {
    // Its number is its own until somebody has asked how it ended.
    if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGINT')
    await pause(20)
  }
  child.stdin.end()
  expect(await exited).toEqual([0, null])
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
