import { expect, test } from 'vitest'
import { madeArtifact } from '../../fixtures/source/artifact.ts'
import { madeTree } from '../../fixtures/source/tree.ts'
import type { Source } from '../model/source.ts'
import { openContentStore } from '../store/content.ts'
import type { ToolCatalogue } from './infer/toolchain.ts'
import { inferRelease } from './infer.ts'

const catalogue: ToolCatalogue = {
  nodeVersions: async () => ['24.4.0'],
  nodeLine: async () => [{ version: '24.4.0', releasedAt: Date.parse('2025-07-09'), npm: '11.4.2' }],
  npmReleases: async () => [{ version: '11.4.2' }],
  managerReleases: async (name) => [{ version: name === 'yarn' ? '4.9.2' : '10.12.0', releasedAt: 0 }],
  missing: async () => [],
  yarnProgram: async () => undefined,
}

/** Infers how a made package would be made if it were published now; what the environment would be is only recorded. */
async function infer(files: Record<string, string>, directory = '') {
  const source: Source = {
    kind: 'git',
    repository: 'file:',
    commit: 'c'.repeat(40),
    committedAt: '2025-11-01T10:00:00Z',
    tag: 'none',
    submodules: [],
    directory,
    tree: 'a'.repeat(40),
    manifest: {},
    evidence: [],
  }
  const recipe = await inferRelease({
    artifact: madeArtifact('made', '1.0.0'),
    located: { source, tree: madeTree(files) },
    store: openContentStore('/nowhere'),
    registry: {},
    mirrors: [],
    cacheFolder: '/nowhere',
    now: () => new Date('2026-01-01T00:00:00Z'),
    progress: () => {},
    signal: new AbortController().signal,
    catalogue,
    environment: async ({ variant }) => ({
      image: { variant, architecture: 'amd64', digest: `sha256:${'0'.repeat(64)}`, lock: '0'.repeat(64) },
      toolchains: [],
    }),
  })
  return recipe.steps.map(({ phase, run, cwd }) => [phase, run.split('\n').at(-1), cwd])
}

const manifest = (more: Record<string, unknown> = {}) => JSON.stringify({ name: 'made', version: '1.0.0', ...more })
const pack = expect.stringContaining('npm pack --ignore-scripts')

test('a package that builds nothing is only packed', async () => {
  const files = {
    'package.json': manifest({ scripts: { test: 'tap' }, devDependencies: { tap: '1' } }),
    'index.js': '',
  }
  expect(await infer(files)).toEqual([['pack', pack, '']])
})

test('what publishing runs is run, after an installation', async () => {
  const steps = await infer({ 'package.json': manifest({ scripts: { prepack: 'tsc', test: 'tap' } }) })
  expect(steps.map(([phase, run]) => [phase, run])).toEqual([
    ['install', expect.stringContaining('npm install')],
    ['build', 'npm run prepack'],
    ['pack', pack],
  ])
})

test('a folder that a job publishes is believed only where something is built', async () => {
  const workflow = `on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - run: npm publish
        working-directory: cleaned
`
  const files = { 'package.json': manifest(), '.github/workflows/release.yml': workflow }
  expect(await infer(files)).toEqual([['pack', pack, '']])
  const built = { ...files, 'package.json': manifest({ scripts: { build: 'make-cleaned' } }) }
  expect((await infer(built)).at(-1)?.[2]).toBe('cleaned')
})

test.each([
  [
    'a job publishes with it',
    { '.github/workflows/release.yml': 'jobs: { p: { steps: [{ run: pnpm publish }] } }' },
    {},
  ],
  [
    'only it understands the dependencies',
    { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" },
    { dependencies: { b: 'workspace:*' } },
  ],
])('pnpm packs where %s', async (_, files, more) => {
  const steps = await infer({ 'package.json': manifest(more), ...(files as Record<string, string>) })
  expect(steps.at(-1)?.[1]).toContain('pnpm pack')
})
