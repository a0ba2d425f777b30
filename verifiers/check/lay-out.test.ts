import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { layOut } from './lay-out.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-lay-out-'))
  await mkdir(join(folder, 'from/work/node_modules/.bin'), { recursive: true })
  await writeFile(join(folder, 'from/work/plain'), 'x')
  await writeFile(join(folder, 'from/work/program'), 'x')
  await chmod(join(folder, 'from/work/program'), 0o755)
  await writeFile(join(folder, 'from/work/object'), 'x')
  await chmod(join(folder, 'from/work/object'), 0o444)
  await link(join(folder, 'from/work/plain'), join(folder, 'from/work/twice'))
  await symlink('../plain', join(folder, 'from/work/node_modules/link'))
  await writeFile(join(folder, 'from/work/node_modules/.bin/tsc'), 'NODE_PATH=/home/builder/a/node_modules exec tsc')
  await utimes(join(folder, 'from/work/plain'), 1, 1)
  await utimes(join(folder, 'from/work'), 2, 2)
})
afterAll(() => rm(folder, { recursive: true }))

test('a copy has the permissions of the umask, and times, links and contents as they were', async () => {
  const into = join(folder, 'into')
  const moved = { from: '/home/builder/a', to: '/srv/other' }
  await layOut({
    from: join(folder, 'from'),
    into,
    umask: '027',
    reversed: true,
    moved,
    signal: AbortSignal.timeout(9999),
  })
  const stats = async (path: string) => await lstat(join(into, 'work', path))
  const mode = async (path: string) => ((await stats(path)).mode & 0o7777).toString(8)
  expect(await Promise.all(['plain', 'program', 'object', ''].map(mode))).toEqual(['640', '750', '440', '750'])
  expect((await stats('plain')).mtimeMs).toBe(1000)
  expect((await stats('')).mtimeMs).toBe(2000)
  expect((await stats('twice')).ino).toBe((await stats('plain')).ino)
  expect(await readlink(join(into, 'work/node_modules/link'))).toBe('../plain')
  expect(await readFile(join(into, 'work/node_modules/.bin/tsc'), 'utf8')).toBe(
    'NODE_PATH=/srv/other/node_modules exec tsc',
  )
})

test('it can be stopped', async () => {
  const options = { umask: '022', reversed: false, moved: { from: 'a', to: 'b' }, signal: AbortSignal.abort() }
  await expect(layOut({ from: join(folder, 'from'), into: join(folder, 'stopped'), ...options })).rejects.toThrow()
})
