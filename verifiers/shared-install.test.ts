import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { finishedRun } from '../fixtures/runs/finished-run.ts'
import type { Recipe } from './model/recipe.ts'
import { type Installed, type SharedInstall, shareInstall } from './shared-install.ts'
import { removeTree } from './store/remove.ts'

let folder = ''
let recipe: Recipe
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-install-'))
  const run = await finishedRun()
  if (!run.recipe) throw new Error('the run has no recipe')
  recipe = run.recipe
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const removeAll = async (paths: string[]) => void (await Promise.all(paths.map(removeTree)))

const installed: Installed = { step: { phase: 'install', exitCode: 0, seconds: 1 }, exchanges: [] }

function places(attempt: string) {
  const at = (name: string) => join(folder, attempt, name)
  return { work: at('work'), home: at('home'), manifests: at('manifests') }
}

/** A source that is laid out, with one file that the installation is to change. */
async function laidOut(attempt: string) {
  const own = places(attempt)
  await mkdir(join(own.work, 'packages'), { recursive: true })
  await mkdir(own.home)
  await writeFile(join(own.work, 'lock'), 'as it was')
  await writeFile(join(own.work, 'package.json'), '{}')
  return own
}

/** One attempt that has installed something, kept; with packages in the source's own folder, as yarn 2 and later may. */
async function kept(packages = 0) {
  const first = await laidOut('1')
  await sleep(20)
  const since = Date.now()
  await sleep(20)
  for (const modules of ['node_modules', 'packages/node_modules']) {
    await mkdir(join(first.work, modules))
    await writeFile(join(first.work, modules, 'a.js'), 'a')
  }
  await symlink('a.js', join(first.work, 'node_modules', 'link'))
  await writeFile(join(first.home, '.npmrc'), '')
  await writeFile(join(first.work, 'lock'), 'settled')
  await mkdir(join(first.work, '.yarn', 'cache'), { recursive: true })
  for (let number = 0; number < packages; number++)
    await writeFile(join(first.work, '.yarn', 'cache', `${number}.zip`), 'zip')
  const share = shareInstall(join(folder, 'installed'), removeAll)
  await share.keep(recipe, first, installed, since)
  // A build begins some time after its installation has ended.
  await sleep(20)
  return { share, first }
}

async function restored(share: SharedInstall, attempt: string, other = recipe) {
  if (!(await share.has(other))) return undefined
  const own = await laidOut(attempt)
  return { own, installed: await share.restore(own) }
}

test('the next attempt has what the first one installed, and not what it built', async () => {
  const { share, first } = await kept()
  await writeFile(join(first.work, 'built.js'), 'b')
  await writeFile(join(first.work, 'package.json'), '{"version":"1.0.0"}')
  const next = await restored(share, '2', { ...recipe, evidence: [] })
  expect(next?.installed).toEqual(installed)
  const read = (path: string) => readFile(join(next?.own.work ?? '', path), 'utf8')
  const paths = ['node_modules/link', 'packages/node_modules/a.js', 'lock', 'package.json']
  expect(await Promise.all(paths.map(read))).toEqual(['a', 'a', 'settled', '{}'])
  await expect(read('built.js')).rejects.toMatchObject({ code: 'ENOENT' })
})

test.each([
  [700, true],
  [5001, false],
])('%i packages in the folder of the source go on to the next attempt: %s', async (packages, go) => {
  const { share } = await kept(packages)
  const next = await restored(share, '2')
  expect(next?.installed !== undefined).toBe(go)
  if (go) expect(await readdir(join(next?.own.work ?? '', '.yarn', 'cache'))).toHaveLength(packages)
})

test('what a build has written into is not used again, whatever time it gives it', async () => {
  const { share, first } = await kept()
  const file = join(first.work, 'node_modules', 'a.js')
  await appendFile(file, 'evil')
  await utimes(file, 0, 0)
  expect(await share.has(recipe)).toBe(false)
})

test('an attempt whose folders go leaves it to the next', async () => {
  const { share } = await kept()
  await share.rescue()
  await removeTree(join(folder, '1'))
  expect((await restored(share, '2'))?.installed).toEqual(installed)
  await share.rescue()
  await removeTree(join(folder, '2'))
  const third = await restored(share, '3')
  expect(third?.installed).toEqual(installed)
  expect(await readFile(join(third?.own.work ?? '', 'packages/node_modules/a.js'), 'utf8')).toBe('a')
})

test.each<[string, (work: string, home: string) => Promise<unknown>]>([
  ['written into', (work) => appendFile(join(work, 'node_modules/a.js'), 'evil')],
  ['removed', (work) => rm(join(work, 'packages/node_modules/a.js'))],
  ['put in the place of another', (work) => rename(join(work, 'node_modules/a.js'), join(work, 'node_modules/link'))],
  ['given other permissions', (work) => chmod(join(work, 'node_modules/a.js'), 0o600)],
  ['given to others to write to', (work) => chmod(join(work, 'node_modules'), 0o777)],
  ['moved with its folder', (work) => rename(join(work, 'packages/node_modules'), join(work, 'packages/x'))],
  ['changed in the home folder', (_, home) => writeFile(join(home, '.npmrc'), 'evil')],
])('what was %s before its folders go is not used again', async (_, change) => {
  const { share, first } = await kept()
  await change(first.work, first.home)
  await share.rescue()
  await removeTree(join(folder, '1'))
  expect(await share.has(recipe)).toBe(false)
})

test('nothing of what a build has added, and no time or attribute of a folder, goes on to the next', async () => {
  const { share, first } = await kept()
  const modules = join(first.work, 'node_modules')
  await mkdir(join(modules, '.cache'))
  await writeFile(join(modules, '.cache', 'told'), 'the next one')
  await writeFile(join(first.home, 'told'), 'the next one')
  await utimes(modules, 4711, 4711)
  const next = await restored(share, '2')
  expect(next?.installed).toEqual(installed)
  const there = join(next?.own.work ?? '', 'node_modules')
  expect((await readdir(there)).sort()).toEqual(['a.js', 'link'])
  expect(await readdir(next?.own.home ?? '')).toEqual(['.npmrc'])
  expect((await stat(there)).mtimeMs).not.toBe(4_711_000)
})

test('where the source has such a folder of its own, the next attempt installs by itself', async () => {
  const { share } = await kept()
  expect(await share.has(recipe)).toBe(true)
  const own = await laidOut('2')
  await mkdir(join(own.work, 'node_modules'))
  await writeFile(join(own.work, 'node_modules', 'committed.js'), '')
  expect(await share.restore(own)).toBeUndefined()
  expect(await share.has(recipe)).toBe(false)
})

test('another recipe installs by itself', async () => {
  const { share } = await kept()
  const { network, variables } = recipe
  for (const other of [
    { ...recipe, variables: { ...variables, V: '1' } },
    { ...recipe, network: { ...network, registryTime: '2026-01-01T00:00:00Z' } },
    { ...recipe, steps: [{ phase: 'install' as const, run: 'npm install', cwd: '' }] },
  ]) {
    expect(await share.has(other)).toBe(false)
  }
})

test('the folder of the source keeps its mode', async () => {
  const { share } = await kept()
  expect(await share.has(recipe)).toBe(true)
  for (const [attempt, mode] of [
    ['2', 0o775],
    ['3', 0o700],
  ] as const) {
    await share.rescue()
    const own = await laidOut(attempt)
    await chmod(own.work, mode)
    expect(await share.restore(own)).toEqual(installed)
    expect((await stat(own.work)).mode & 0o7777).toBe(mode)
  }
})
