import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepManifests, readKeptManifests } from './kept-manifests.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-manifests-'))
  await mkdir(join(folder, 'work/packages/a'), { recursive: true })
  await mkdir(join(folder, 'run'))
})
afterEach(() => rm(folder, { recursive: true }))

const put = (path: string, text: string) => writeFile(join(folder, 'work', path), text)
const keep = (directory: string, command = 'npm ci') =>
  keepManifests(join(folder, 'work'), { directory, built: 'packages/a', command }, join(folder, 'run'))
const kept = async () => {
  const found = await readKeptManifests(join(folder, 'run'))
  return (
    found && {
      manifest: found.manifest.toString(),
      name: found.lockfile.name,
      lockfile: found.lockfile.bytes.toString(),
    }
  )
}

test('the lockfile nearest to where packages are installed is kept, with the manifest beside it', async () => {
  await put('package.json', 'root')
  await put('package-lock.json', 'root lock')
  await keep('packages/a')
  expect(await kept()).toEqual({ manifest: 'root', name: 'package-lock.json', lockfile: 'root lock' })
  await put('packages/a/package.json', 'a')
  await put('packages/a/package-lock.json', 'a lock')
  await keep('packages/a')
  expect(await kept()).toMatchObject({ manifest: 'a', lockfile: 'a lock' })
})

test('a shrinkwrap comes before a lockfile, as for npm', async () => {
  await put('package.json', '{}')
  await put('package-lock.json', 'lock')
  await put('npm-shrinkwrap.json', 'shrinkwrap')
  await keep('')
  expect(await kept()).toMatchObject({ name: 'npm-shrinkwrap.json', lockfile: 'shrinkwrap' })
})

test.each([
  ['npm ci', 'package-lock.json'],
  ['yarn install --frozen-lockfile', 'yarn.lock'],
  ['pnpm install --frozen-lockfile', 'pnpm-lock.yaml'],
])('%s uses %s', async (command, name) => {
  await put('package.json', '{}')
  for (const lockfile of ['package-lock.json', 'yarn.lock', 'pnpm-lock.yaml']) await put(lockfile, lockfile)
  await keep('', command)
  expect(await kept()).toMatchObject({ name, lockfile: name })
})

test('of a member of a workspace its own manifest is kept, too', async () => {
  await put('package.json', 'root')
  await put('package-lock.json', 'root lock')
  await put('packages/a/package.json', 'a')
  await keep('')
  expect((await readKeptManifests(join(folder, 'run')))?.member?.toString()).toBe('a')
})

test('nothing is kept of a source without a lockfile', async () => {
  await put('package.json', '{}')
  await keep('packages/a')
  expect(await kept()).toBeUndefined()
})

test('a lockfile that is a link to somewhere else is refused', async () => {
  await put('package.json', '{}')
  await writeFile(join(folder, 'outside'), 'secret')
  await symlink('../outside', join(folder, 'work/package-lock.json'))
  await expect(keep('')).rejects.toMatchObject({ code: 'SOURCE_MANIFEST_INVALID' })
})
