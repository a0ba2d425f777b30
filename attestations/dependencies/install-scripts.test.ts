import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { Header } from 'tar'
import { expect, onTestFinished, test } from 'vitest'
import { finishedRun } from '../../fixtures/runs/finished-run.ts'
import { openContentStore } from '../../verifiers/store/content.ts'
import { inspectPackages, scriptsAllowed } from './install-scripts.ts'

const signal = new AbortController().signal

/** A package's tarball of these files. */
function tarball(files: Record<string, string>): Buffer {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const header = new Header({ path, mode: 0o644, size: Buffer.byteLength(text), type: 'File' })
    const block = Buffer.alloc(512)
    header.encode(block, 0)
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512)
    body.write(text)
    return [block, body]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

async function scriptsOf(bytes: Buffer): Promise<string[] | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-scripts-'))
  onTestFinished(() => rm(folder, { recursive: true, maxRetries: 5 }))
  const store = openContentStore(folder)
  const { digests } = await store.write(Readable.from([bytes]), { limit: 1e6, what: 'it' })
  const observed = [{ uri: 'pkg:npm/a@1.0.0', address: '', digests: { sha512: digests.sha512 }, isPackage: true }]
  return (await inspectPackages(observed, { store, signal })).get(digests.sha512)?.installScripts
}

const manifest = (scripts: unknown) => ({ 'package/package.json': JSON.stringify({ name: 'a', scripts }) })

test.each([
  ['no scripts', manifest(undefined), []],
  ['scripts of its own development', manifest({ test: 'x', prepare: 'x', prepublishOnly: 'x' }), []],
  ['a postinstall', manifest({ postinstall: 'node x' }), ['postinstall']],
  [
    'all three',
    manifest({ postinstall: 'a', install: 'b', preinstall: 'c' }),
    ['preinstall', 'install', 'postinstall'],
  ],
  ['an empty one', manifest({ install: '' }), []],
  ['a binding.gyp, which npm builds', { ...manifest({}), 'package/binding.gyp': '{}' }, ['node-gyp']],
  [
    'a binding.gyp and a script in its place',
    { ...manifest({ install: 'x' }), 'package/binding.gyp': '{}' },
    ['install'],
  ],
  ['another first folder', { 'a-1.0.0/package.json': JSON.stringify({ scripts: { install: 'x' } }) }, ['install']],
  [
    'a second manifest, which npm takes',
    { ...manifest({}), 'x/package.json': JSON.stringify({ scripts: { install: 'x' } }) },
    ['install'],
  ],
  [
    'a manifest further down',
    { ...manifest({}), 'package/a/package.json': JSON.stringify({ scripts: { install: 'x' } }) },
    [],
  ],
])('a package with %s', async (_, files, scripts) => {
  expect(await scriptsOf(tarball(files))).toEqual(scripts)
})

test.each([
  ['no manifest', tarball({ 'package/index.js': '' })],
  ['a manifest that is no JSON', tarball({ 'package/package.json': '{' })],
  ['no archive', Buffer.from('no archive at all')],
])('of a package with %s nothing is said', async (_, bytes) => {
  expect(await scriptsOf(bytes)).toBeUndefined()
})

test.each([
  ['npm ci', '10.8.2', {}, true],
  ['npm ci --ignore-scripts', '10.8.2', {}, false],
  ['npm ci --ignore-scripts=false', '10.8.2', {}, true],
  ['npm ci', '10.8.2', { npm_config_ignore_scripts: 'true' }, false],
  ['npm ci', '12.0.0', {}, false],
  ['pnpm install --frozen-lockfile', '9.15.0', {}, true],
  ['pnpm install --frozen-lockfile', '10.0.0', {}, false],
  ['pnpm install --ignore-scripts --frozen-lockfile', '9.15.0', {}, false],
  ['yarn install --frozen-lockfile', '1.22.22', {}, true],
  ['yarn install --ignore-scripts', '1.22.22', {}, false],
  ['YARN_CHECKSUM_BEHAVIOR=throw yarn install --immutable --mode=skip-build', '4.9.2', {}, false],
  ['yarn install --immutable', '4.9.2', { YARN_ENABLE_SCRIPTS: 'false' }, false],
  ['bun install', '1.2.0', {}, false],
])('%s of version %s with %j', async (run, version, variables, allowed) => {
  const { recipe } = await finishedRun()
  const [npm] = recipe?.environment.toolchains ?? []
  if (!recipe || !npm) throw new Error('no recipe')
  const [name] = /\b(?:pnpm|npm|yarn|bun)\b/.exec(run) ?? []
  Object.assign(npm, { name, version })
  recipe.variables = variables
  recipe.steps = [{ phase: 'install', run, cwd: '' }]
  expect(scriptsAllowed(recipe)).toBe(allowed)
})
