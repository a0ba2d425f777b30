import { expect, test } from 'vitest'
import { madeTree } from '../../../fixtures/source/tree.ts'
import { needsMd4, readInstallation } from './lockfile.ts'
import { parseBuildManifest } from './manifest.ts'
import { openReader } from './reader.ts'

async function read(manifest: Record<string, unknown>, files: Record<string, string>, commands: string[][] = []) {
  const parsed = parseBuildManifest(JSON.stringify(manifest))
  if (!parsed) throw new Error('no manifest')
  return readInstallation(await openReader(madeTree(files), () => false), '', parsed, commands)
}

const lock = (packages: Record<string, unknown>, version = 3) =>
  JSON.stringify({ lockfileVersion: version, packages: { '': {}, ...packages } })

const manifest = { devDependencies: { typescript: '^5.0.0' } }
const typescript = (version: string) => ({ 'node_modules/typescript': { version } })

test.each<[string, Record<string, string>, number]>([
  ['package-lock.json', { 'package-lock.json': lock(typescript('5.1.0')) }, 3],
  [
    'npm-shrinkwrap.json before it',
    { 'package-lock.json': '{', 'npm-shrinkwrap.json': lock(typescript('5.1.0'), 2) },
    2,
  ],
  ['one of npm 6', { 'package-lock.json': JSON.stringify({ lockfileVersion: 1, dependencies: {} }) }, 1],
])('a lockfile is used: %s', async (_, files, version) => {
  expect(await read(manifest, files)).toMatchObject({ manager: 'npm', lockfile: { version } })
})

test.each<[string, string]>([
  ['is not JSON', '{'],
  ['is of a version to come', lock(typescript('5.1.0'), 4)],
  ['is nested without end', '['.repeat(1e6)],
  ['is a list', '[]'],
])('a lockfile that %s is not, and it is said why', async (_, text) => {
  const installation = await read(manifest, { 'package-lock.json': text })
  expect(installation.lockfile).toBeUndefined()
  expect(installation.unusable).toMatch(/package-lock\.json/)
})

test.each<[string, string]>([
  ['is stale', lock(typescript('4.9.0'))],
  ['misses what is asked for', lock({})],
])('a lockfile that %s is followed as far as it fits, and it is said why', async (_, text) => {
  const installation = await read(manifest, { 'package-lock.json': text })
  expect(installation).toMatchObject({ lockfile: { version: 3 }, stale: expect.stringContaining('typescript') })
})

test('what is asked for by a URL or an alias is not compared with a version', async () => {
  const wishes = { devDependencies: { a: 'git+https://host.example/a.git', b: 'npm:c@1.0.0' } }
  const files = {
    'package-lock.json': lock({ 'node_modules/a': { version: '0.0.1' }, 'node_modules/b': { version: '1.0.0' } }),
  }
  expect((await read(wishes, files)).lockfile).toBeDefined()
})

test.each<[string, Record<string, unknown>, Record<string, string>, string[][], string]>([
  ['its lockfile', {}, { 'yarn.lock': '' }, [], 'yarn'],
  ['its lockfile', {}, { 'pnpm-lock.yaml': '' }, [], 'pnpm'],
  ['its lockfile', {}, { 'bun.lockb': '' }, [], 'bun'],
  ['packageManager', { packageManager: 'pnpm@9.1.0+sha512.x' }, { 'package-lock.json': lock({}) }, [], 'pnpm'],
  ['packageManager', { packageManager: 'npm@10.0.0' }, { 'yarn.lock': '' }, [], 'npm'],
  ['the job, of two lockfiles', {}, { 'yarn.lock': '', 'package-lock.json': lock({}) }, [['yarn']], 'yarn'],
  ['the job, of two lockfiles', {}, { 'yarn.lock': '', 'package-lock.json': lock({}) }, [['npm', 'ci']], 'npm'],
  ['its workspace, without any lockfile', {}, { 'pnpm-workspace.yaml': '' }, [], 'pnpm'],
  ['its lockfile', {}, { 'pnpm-workspace.yaml': '', 'package-lock.json': lock({}) }, [], 'npm'],
  ['npm, where nothing says another', { packageManager: 'unknown@1' }, {}, [], 'npm'],
])('the package manager is known by %s', async (_, wishes, files, commands, expected) => {
  expect((await read(wishes, files, commands)).manager).toBe(expected)
})

test.each<[string, Record<string, unknown>, Record<string, string>, boolean]>([
  ['webpack 4', { devDependencies: { webpack: '^4.46.0' } }, {}, true],
  [
    'webpack 5 that is pinned low',
    { devDependencies: { webpack: '^5.0.0' } },
    { 'package-lock.json': lock({ 'node_modules/webpack': { version: '5.10.0' } }) },
    true,
  ],
  ['webpack 5', { devDependencies: { webpack: '^5.0.0' } }, {}, false],
  ['no webpack', {}, {}, false],
  ['webpack from somewhere', { devDependencies: { webpack: 'github:webpack/webpack' } }, {}, false],
])('%s needs a hash that new Nodes withhold: %s', async (_, wishes, files, expected) => {
  expect(needsMd4(await read(wishes, files))).toBe(expected)
})
