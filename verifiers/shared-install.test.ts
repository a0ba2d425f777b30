import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
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

/** One attempt that has installed something, kept. */
async function kept() {
  const first = await laidOut('1')
  await sleep(20)
  const since = Date.now()
  await sleep(20)
  for (const modules of ['node_modules', 'packages/node_modules']) {
    await mkdir(join(first.work, modules))
    await writeFile(join(first.work, modules, 'a.js'), 'a')
  }
  await symlink('a.js', join(first.work, 'node_modules', 'link'))
  await writeFile(join(first.work, 'lock'), 'settled')
  const share = shareInstall(join(folder, 'installed'))
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

test('what a build has written into is not used again, whatever time it gives it', async () => {
  const { share, first } = await kept()
  const file = join(first.work, 'node_modules', 'a.js')
  await appendFile(file, 'evil')
  await utimes(file, 0, 0)
  expect(await share.has(recipe)).toBe(false)
})

test('neither removing an attempt nor laying one out counts as a change', async () => {
  const { share } = await kept()
  await share.removing(() => removeTree(join(folder, '1')))
  expect((await restored(share, '2'))?.installed).toEqual(installed)
  await share.removing(() => removeTree(join(folder, '2')))
  expect((await restored(share, '3'))?.installed).toEqual(installed)
  await share.discard()
  expect(await share.has(recipe)).toBe(false)
})

test('a change before an attempt is removed is seen', async () => {
  const { share, first } = await kept()
  await appendFile(join(first.work, 'node_modules', 'a.js'), 'evil')
  await share.removing(() => removeTree(join(folder, '1')))
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
