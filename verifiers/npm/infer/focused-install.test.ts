import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canFocus, installsAPart } from './focused-install.ts'
import { installStep } from './install-step.ts'
import type { Installation } from './lockfile.ts'
import { parseBuildManifest } from './manifest.ts'

const focus = { own: '@a/own', root: 'root', siblings: ['@a/needed'], folders: ['packages/own', 'packages/needed'] }

function runOf(
  manager: Installation['manager'],
  { version = '11.0.0', npmMajor = 11, ...options }: Partial<Parameters<typeof installStep>[0]> = {},
) {
  const lockfile = { path: 'lock', version: 9 }
  const manifest = parseBuildManifest('{ "devDependencies": { "a": "1" } }')
  if (!manifest) throw new Error('no manifest')
  const root = { directory: '', manifest }
  const installation: Installation = {
    manager,
    from: 'lock',
    lockfile: manager === 'npm' ? { ...lockfile, version: 3 } : lockfile,
  }
  return installStep({ installation, root, commands: [], npmMajor, version, focus, ...options }).run
}

test.each<[string, string, string]>([
  [
    'npm',
    runOf('npm'),
    'npm ci --ignore-scripts --workspace=@a/own --workspace=@a/needed --include-workspace-root && test -f node_modules/.package-lock.json',
  ],
  [
    'npm 7, which has no such option',
    runOf('npm', { npmMajor: 7 }),
    'npm ci --ignore-scripts && test -f node_modules/.package-lock.json',
  ],
  ['pnpm', runOf('pnpm'), 'pnpm install --ignore-scripts --frozen-lockfile --filter=@a/own... --filter=root'],
  [
    'pnpm, where the root has no name',
    runOf('pnpm', { focus: { ...focus, root: undefined } }),
    'pnpm install --ignore-scripts --frozen-lockfile --filter=@a/own... --filter=.',
  ],
  [
    'yarn 4',
    runOf('yarn', { version: '4.9.1' }),
    'YARN_ENABLE_SCRIPTS=false YARN_CHECKSUM_BEHAVIOR=throw yarn workspaces focus @a/own root @a/needed',
  ],
  [
    'yarn 4 without its lockfile',
    runOf('yarn', { version: '4.9.1', choices: { lockfile: 'ignored' } }),
    'rm -f yarn.lock && YARN_ENABLE_SCRIPTS=false YARN_CHECKSUM_BEHAVIOR=throw yarn workspaces focus @a/own root @a/needed',
  ],
  [
    'yarn 1, which has no such command',
    runOf('yarn', { version: '1.22.22' }),
    'yarn install --ignore-scripts --ignore-engines --non-interactive --frozen-lockfile',
  ],
  [
    'nothing, where all is installed',
    runOf('pnpm', { focus: undefined }),
    'pnpm install --ignore-scripts --frozen-lockfile',
  ],
])('a part of a workspace is installed with %s', (_, run, expected) => {
  expect(run).toBe(expected)
})

test.each<[string, boolean, Installation['manager'], Partial<Parameters<typeof canFocus>[1]>]>([
  ['pnpm', true, 'pnpm', { version: '8.1.0' }],
  ['npm', true, 'npm', {}],
  ['npm without its lockfile', false, 'npm', { ignored: true }],
  ['npm 7', false, 'npm', { npmMajor: 7 }],
  ['yarn 4', true, 'yarn', { version: '4.0.0' }],
  ['yarn 1', false, 'yarn', { version: '1.22.22' }],
  ['bun', false, 'bun', { version: '1.2.0' }],
])('whether %s can install a part to a lockfile: %s', (_, expected, manager, options) => {
  const lockfile = { path: 'lock', version: 3 }
  const means = { npmMajor: 10, ignored: false, ...options }
  expect(canFocus({ manager, lockfile }, means)).toBe(expected)
  expect(canFocus({ manager }, means)).toBe(false)
})

test.each<[boolean, string]>([
  [true, runOf('npm')],
  [true, runOf('pnpm')],
  [true, runOf('yarn', { version: '4.9.1' })],
  [false, runOf('pnpm', { focus: undefined })],
  [false, runOf('npm', { focus: undefined })],
  [false, runOf('yarn', { version: '4.9.1', focus: undefined })],
])('an installation of a part is known as that: %s, %s', (expected, run) => {
  expect(installsAPart(run)).toBe(expected)
})

test('npm without a lockfile knows of no other members while it installs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'focused-'))
  try {
    const text = '{ "workspaces": ["packages/*"] }'
    await writeFile(join(folder, 'package.json'), text)
    await mkdir(join(folder, 'node_modules'))
    await writeFile(join(folder, 'node_modules', '.package-lock.json'), '')
    await writeFile(join(folder, 'npm'), '#!/bin/sh\ncp package.json seen\n', { mode: 0o755 })
    const run = runOf('npm', { choices: { lockfile: 'ignored' } })
    expect(run).not.toContain('--workspace')
    const env = { ...process.env, HOME: folder, PATH: `${folder}:${process.env.PATH}` }
    execFileSync('sh', ['-ec', run], { cwd: folder, env })
    expect(JSON.parse(await readFile(join(folder, 'seen'), 'utf8')).workspaces).toEqual(focus.folders)
    expect(await readFile(join(folder, 'package.json'), 'utf8')).toBe(text)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.each([
  ['11.9.0', 'turbo', true],
  ['10.9.0', 'turbo', false],
  ['11.9.0', 'typescript', false],
])('what pnpm %s runs with %s is kept from installing once more: %s', (version, name, expected) => {
  const manifest = parseBuildManifest(`{ "devDependencies": { "${name}": "1" } }`)
  if (!manifest) throw new Error('no manifest')
  const run = runOf('pnpm', { version, root: { directory: '', manifest }, focus: undefined })
  expect(run.includes('verifyDepsBeforeRun: false')).toBe(expected)
})
