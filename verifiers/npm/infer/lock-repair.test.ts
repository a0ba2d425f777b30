import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { madeTree } from '../../../fixtures/source/tree.ts'
import { findUnavailable, repairedInstall, type Unavailable } from './lock-repair.ts'
import { parseBuildManifest } from './manifest.ts'
import { openReader } from './reader.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-lock-'))
  await mkdir(join(folder, 'work'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** What an installation would see; afterwards both files are to be as they were. */
async function seen(name: string, lock: string, unavailable: Unavailable) {
  const manifest = JSON.stringify({ name: 'a', devDependencies: { git: 'x/y', b: '^1.0.0' } })
  const work = join(folder, 'work')
  await writeFile(join(work, 'package.json'), manifest)
  await writeFile(join(work, name), lock)
  const run = repairedInstall(`cp package.json ${name} ..`, name, unavailable)
  execFileSync('/bin/sh', ['-eu', '-c', run], { cwd: work, env: { ...process.env, HOME: folder } })
  expect(await readFile(join(work, 'package.json'), 'utf8')).toBe(manifest)
  expect(await readFile(join(work, name), 'utf8')).toBe(lock)
  const [after, left] = await Promise.all(['package.json', name].map((it) => readFile(join(folder, it), 'utf8')))
  return { manifest: JSON.parse(after ?? '') as unknown, lock: left ?? '' }
}

const gone = { packages: ['b@1.0.1', '@s/c@2.0.0'], foreign: ['git'], asked: [] }

test('of what package.json asks for by a range that nothing may be left of, an older version will do', async () => {
  const { manifest } = await seen('pnpm-lock.yaml', 'packages:\n', { ...gone, asked: ['b@1.0.1'] })
  expect(manifest).toEqual({ name: 'a', devDependencies: { b: '^1.0.0 || <1.0.1' } })
})

test('of npm what cannot be had is taken out, wherever it lies', async () => {
  const entry = (version: string, more = {}) => ({ version, ...more })
  const packages = {
    '': { devDependencies: { git: 'x/y', b: '^1.0.0' } },
    'node_modules/b': entry('1.0.1'),
    // What takes its place may need others.
    'node_modules/b/node_modules/e': entry('1.0.0'),
    'node_modules/b/node_modules/e/node_modules/f': entry('1.0.0'),
    'node_modules/d': entry('1.0.1'),
    'node_modules/d/node_modules/@s/c': entry('2.0.0'),
    'node_modules/alias': entry('2.0.0', { name: '@s/c' }),
    'node_modules/git': entry('1.0.0'),
  }
  const dependencies = { b: entry('1.0.1'), d: entry('1.0.1', { dependencies: { '@s/c': entry('2.0.0') } }) }
  const { lock, manifest } = await seen('package-lock.json', JSON.stringify({ packages, dependencies }), gone)
  expect(JSON.parse(lock)).toEqual({
    packages: { '': { devDependencies: { b: '^1.0.0' } }, 'node_modules/d': { version: '1.0.1' } },
    dependencies: { d: { version: '1.0.1', dependencies: {} } },
  })
  expect(manifest).toEqual({ name: 'a', devDependencies: { b: '^1.0.0' } })
})

test.each<[string, string, string, string]>([
  [
    'pnpm',
    'pnpm-lock.yaml',
    "packages:\n\n  '@s/c@2.0.0':\n    resolution: {}\n\n  b@1.0.1:\n    resolution: {}\n\n  d@1.0.1:\n    resolution: {}\n\nsnapshots:\n\n  b@1.0.1(d@1.0.1): {}\n\n  d@1.0.1: {}\n",
    'packages:\n\n  d@1.0.1:\n    resolution: {}\n\nsnapshots:\n\n  d@1.0.1: {}\n',
  ],
  [
    'yarn 1',
    'yarn.lock',
    '# yarn lockfile v1\n\n\nb@^1.0.0, b@^1.0.1:\n  version "1.0.1"\n\nb@~1.1.0:\n  version "1.1.0"\n\n"@s/c@^2.0.0":\n  version "2.0.0"\n',
    '# yarn lockfile v1\n\nb@~1.1.0:\n  version "1.1.0"',
  ],
  [
    'yarn 4',
    'yarn.lock',
    '__metadata:\n  version: 8\n\n"b@npm:^1.0.0":\n  version: 1.0.1\n\n"d@npm:^1.0.0":\n  version: 1.0.1\n',
    '__metadata:\n  version: 8\n\n"d@npm:^1.0.0":\n  version: 1.0.1\n',
  ],
])('of %s, too', async (_, name, lock, left) => {
  expect((await seen(name, lock, gone)).lock.replace(/\n{3,}/g, '\n\n')).toBe(left)
})

test('of yarn 4 what is for other machines stays as it is pinned, whoever asks for it now', async () => {
  const entry = (name: string, conditions: string) =>
    `"@x/${name}@npm:2.0.0":\n  version: 2.0.0\n  resolution: "@x/${name}@npm:2.0.0"\n  conditions: ${conditions}\n`
  const here = `os=linux & cpu=${process.arch} & libc=glibc`
  const there = ['os=android', `os=linux & cpu=${process.arch} & libc=musl`, '(os=darwin | os=win32) & cpu=none']
  const lock = ['__metadata:\n  version: 8\n', ...[here, ...there].map((one, at) => entry(`part-${at}`, one))].join(
    '\n',
  )
  const { manifest } = await seen('yarn.lock', lock, { packages: [], foreign: [], asked: [] })
  expect(manifest).toEqual({
    name: 'a',
    devDependencies: { git: 'x/y', b: '^1.0.0' },
    resolutions: { '@x/part-1': '2.0.0', '@x/part-2': '2.0.0', '@x/part-3': '2.0.0' },
  })
})

test('asked for are all that the lockfile pins, and what package.json asks for that is not there', async () => {
  const packages = {
    'node_modules/b': { version: '1.0.1' },
    'node_modules/c': { version: '2.0.1' },
    // Of other machines nothing is fetched, and without its entry a package manager would look for another version.
    'node_modules/other-machine': { version: '1.0.0', optional: true, os: ['win32'] },
    'node_modules/d': { version: '1.0.1', peerDependencies: { git: '*' } },
    'node_modules/e': { version: '1.0.1', dependencies: { f: '*' } },
  }
  const reader = await openReader(madeTree({ 'package-lock.json': JSON.stringify({ packages }) }), () => false)
  const wanted = {
    b: '1.0.1',
    c: '^2.0.0',
    d: '^1.0.0',
    e: '*',
    git: 'git+https://host.example/x.git',
    hub: 'owner/name',
  }
  const manifest = parseBuildManifest(JSON.stringify({ devDependencies: wanted }))
  if (!manifest) throw new Error('no manifest')
  const missing = async (all: readonly { name: string }[]) =>
    all.flatMap(({ name }) =>
      name === 'b' ? 'b@1.0.1' : name === 'c' ? 'c@2.0.1' : name === 'other-machine' ? name : [],
    )
  const found = await findUnavailable(reader, { directory: '', manifest }, { path: 'package-lock.json' }, { missing })
  expect(found).toEqual({
    packages: ['b@1.0.1', 'c@2.0.1'],
    foreign: ['b', 'git', 'hub', 'd'],
    asked: ['c@2.0.1'],
  })
})
