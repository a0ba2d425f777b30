import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { madeTree } from '../../../fixtures/source/tree.ts'
import { parseBuildManifest } from './manifest.ts'
import { openReader } from './reader.ts'
import { releasePlugins, releaseSteps } from './semantic-release.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-release-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function steps(plugins: unknown[], files: Record<string, string> = {}) {
  const text = JSON.stringify({ release: { plugins }, scripts: { build: 'tsc' } })
  const manifest = parseBuildManifest(text)
  if (!manifest) throw new Error('no manifest')
  const own = { directory: '', manifest }
  const reader = await openReader(madeTree(files), () => false)
  return releaseSteps(await releasePlugins(reader, own, text), own, '1.2.3')
}

test('the version takes the place of what stands for it, in the files that are named', async () => {
  const files = ['pkg/*/version.*', 'lib/**/*.js']
  const [step] = await steps([['semantic-release-plugin-update-version-in-files', { files }]])
  const written = ['pkg/a/version.js', 'lib/x.js', 'lib/b/c/x.js']
  const left = ['pkg/version.js', 'pkg/a/b/version.js', 'lib/x.ts', 'other.js']
  for (const path of [...written, ...left]) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), 'v 0.0.0-development')
  }
  execFileSync('/bin/sh', ['-eu', '-c', step?.run ?? ''], { cwd: folder })
  const read = (paths: string[]) => Promise.all(paths.map((path) => readFile(join(folder, path), 'utf8')))
  expect(new Set(await read(written))).toEqual(new Set(['v 1.2.3']))
  expect(new Set(await read(left))).toEqual(new Set(['v 0.0.0-development']))
})

test.each<[string, string, string[]]>([
  ['that builds', 'V=${nextRelease.version} npm run build', ['V=1.2.3 npm run build']],
  ['of which only a part builds', 'npm test && npm run build', ['npm run build']],
  ['that needs what is not known', 'npm run build ${branch.name}', []],
  ['that only pushes', 'git push', []],
])('a command of exec %s', async (_, prepareCmd, expected) => {
  const found = await steps([['@semantic-release/exec', { prepareCmd }]])
  expect(found.map(({ run }) => run.split('\n').at(-1))).toEqual(expected)
})

test('configuration in files counts, and what cannot be read does not', async () => {
  const yaml = 'plugins:\n  - - "@semantic-release/exec"\n    - prepareCmd: npm run build\n'
  expect(await steps([], { '.releaserc.yml': yaml, '.releaserc': '{' })).toHaveLength(1)
})
