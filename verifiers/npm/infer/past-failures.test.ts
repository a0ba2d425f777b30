import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseBuildManifest } from './manifest.ts'
import { pastFailures } from './past-failures.ts'

function stepPast(run: string, scripts: Record<string, string>) {
  const manifest = parseBuildManifest(JSON.stringify({ scripts }))
  if (!manifest) throw new Error('no manifest')
  const step = { run, cwd: '', from: '', says: '' }
  return { step, past: pastFailures(step, [{ directory: '', manifest }]) }
}

test('what comes after a part that fails is run, and the step ends well', async () => {
  const { past } = stepPast('npm run release', {
    release: 'touch a && npm run site && touch c',
    site: 'false && touch b',
  })
  const folder = await mkdtemp(join(tmpdir(), 'reproof-past-'))
  try {
    execFileSync('/bin/sh', ['-eu', '-c', past.run], { cwd: folder, stdio: 'pipe' })
    expect((await readdir(folder)).sort()).toEqual(['a', 'b', 'c'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('scripts that are run one after the other are parts, too', async () => {
  const scripts = { build: 'npm-run-all site format', site: 'false', format: 'touch b' }
  expect(stepPast('yarn run build', scripts).past.run).toMatch(/\( false \) \|\| .*\n\( touch b \) \|\| /)
  const parallel = stepPast('yarn run build', { ...scripts, build: 'npm-run-all -p site format' })
  expect(parallel.past).toBe(parallel.step)
})

test('a compiler writes in spite of errors, and of what else is run alone nothing is left after one', () => {
  const compiled = stepPast('npm run build', { build: 'tsc -p .' })
  expect(compiled.past.run).toContain('( tsc -p . ) ||')
  const bundled = stepPast('npm run build', { build: 'rollup -c' })
  expect(bundled.past).toBe(bundled.step)
  expect(pastFailures(bundled.step, [], { always: true }).run).toContain('( npm run build ) ||')
})

test('a pattern of npm-run-all stands for all that it matches, and a script of more than a chain is run whole', () => {
  const scripts = {
    all: 'run-s clear build build:*',
    clear: 'rm -rf dist',
    build: 'tsc',
    'build:types': 'cd src && find .',
    'build:a:b': 'touch b',
    'build:jsr': 'npx jsr publish',
  }
  const { past } = stepPast('npm run all', scripts)
  const parts = past.run.match(/(?<=^\( ).*(?= \) \|\|)/gm)
  expect(parts).toEqual(['rm -rf dist', 'tsc', 'npm run build:types', 'npx jsr publish'])
})

test('scripts that lead to more parts than anybody runs are run as they are', () => {
  const wide = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`s${i}`, `run-s ${`s${i + 1} `.repeat(50)}`]))
  const { step, past } = stepPast('npm run s0', { ...wide, s9: 'touch a' })
  expect(past).toBe(step)
})

test('the script of every member is one that npm goes on with', () => {
  expect(stepPast('npm run build --workspaces --if-present', {}).past.run).toContain('|| echo')
  expect(stepPast('npm run build -ws', {}).past.run).toContain('|| echo')
})
