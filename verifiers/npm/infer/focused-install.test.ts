import { expect, test } from 'vitest'
import { installStep } from './install-step.ts'
import type { Installation } from './lockfile.ts'
import { parseBuildManifest } from './manifest.ts'

const focus = { own: '@a/own', root: 'root', siblings: ['@a/needed'] }

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
    'pnpm install --ignore-scripts --frozen-lockfile --filter=@a/own...',
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
