import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { madeTree } from '../../../fixtures/source/tree.ts'
import { parseBuildManifest } from './manifest.ts'
import { openReader } from './reader.ts'
import { cleanPublish, clearedScripts, lernaSteps, rolloutSteps, usesCleanPublish } from './release-tools.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-release-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function project(directory: string, manifest: object) {
  const parsed = parseBuildManifest(JSON.stringify(manifest))
  if (!parsed) throw new Error('no manifest')
  return { directory, manifest: parsed }
}

test('a published package.json of empty lines is read in time', () => {
  const own = project('', { name: 'a', devDependencies: { 'clean-publish': '1.0.0' } })
  expect(usesCleanPublish(own, { manifest: `{${'\n'.repeat(2 ** 20)}"devDependencies": {}}` })).toBe(false)
  expect(usesCleanPublish(own, { manifest: `{${'\n'.repeat(2 ** 20)}"dependencies": {}}` })).toBe(true)
  expect(usesCleanPublish(own, { manifest: `{${'\r'.repeat(2 ** 20)}"dependencies": {}}` })).toBe(true)
})

const commit = 'c'.repeat(40)
const member = (name: string, version: string) => project(`packages/${name}`, { name, version })

async function steps(files: Record<string, string>, directory = 'packages/a') {
  const reader = await openReader(madeTree(files), () => false)
  const members = [member('b', '1.2.3'), member('@s/c', '2.0.0')]
  return lernaSteps({ reader, own: project(directory, { name: 'a' }), members, commit })
}

test('package.json is written as lerna writes it', async () => {
  const [step] = await steps({})
  const dependencies = { z: '^1.0.0', b: 'workspace:*', '@s/c': 'workspace:^', d: 'workspace:^3.0.0' }
  const before = { name: 'a', version: '1.0.0', dependencies, peerDependencies: { b: 'workspace:~' } }
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(before, null, 4)}\n`)
  execFileSync('/bin/sh', ['-eu', '-c', step?.run ?? ''], { cwd: folder })
  const after = {
    name: 'a',
    version: '1.0.0',
    dependencies: { '@s/c': '^2.0.0', b: '1.2.3', d: 'workspace:^3.0.0', z: '^1.0.0' },
    peerDependencies: { b: '~1.2.3' },
    gitHead: commit,
  }
  expect(await readFile(join(folder, 'package.json'), 'utf8')).toBe(`${JSON.stringify(after, null, 4)}\n`)
})

test.each<[string, Record<string, string>, string, string[]]>([
  ['the licence of the root', { 'LICENSE.md': 'x' }, 'packages/a', ['cp ../../LICENSE.md .']],
  ['none where it has its own', { LICENSE: 'x', 'packages/a/license': 'y' }, 'packages/a', []],
  ['none where it is the root', { LICENSE: 'x' }, '', []],
  ['none where there is none', { 'packages/b/LICENSE': 'x' }, 'packages/a', []],
])('lerna puts beside a package %s', async (_, files, directory, runs) => {
  expect((await steps(files, directory)).slice(1).map(({ run }) => run)).toEqual(runs)
})

test('clean-publish is run where it is there and its work is seen', () => {
  const own = project('', { devDependencies: { 'clean-publish': '^5.0.0' } })
  expect(usesCleanPublish(own, { manifest: '{\n  "name": "a"\n}' })).toBe(true)
  expect(usesCleanPublish(own, { manifest: '{\n  "devDependencies": {}\n}' })).toBe(false)
  expect(usesCleanPublish(own, { manifest: undefined })).toBe(false)
  expect(usesCleanPublish(project('', {}), { manifest: '{}' })).toBe(false)
  const { step, directory } = cleanPublish(project('packages/a', {}))
  expect(step.run).toMatch(/\nclean-publish --without-publish --temp-dir \.reproof-cleaned$/)
  expect(directory).toBe('packages/a/.reproof-cleaned')
})

test('clean-publish leaves its work where pnpm looks for what it packs', () => {
  const { step, directory, packedFrom } = cleanPublish(project('packages/a', {}), 'packages/a/package')
  expect(step.run).toMatch(/\nclean-publish --without-publish --temp-dir package$/)
  expect({ directory, packedFrom }).toEqual({ directory: 'packages/a/package', packedFrom: 'packages/a' })
  const [inRoot] = [cleanPublish(project('', {}), 'package')]
  expect(inRoot).toMatchObject({ directory: 'package', packedFrom: '' })
})

test('scripts are taken out where the tool is there that does so, and its work is seen', async () => {
  const own = project('packages/a', { name: 'a', scripts: { build: 'x', "it's": 'y' }, files: ['dist'] })
  const above = project('', { devDependencies: { '@tanstack/config': '^0.13.0' } }).manifest
  const published = { manifest: '{\n  "name": "a",\n  "scripts": {}\n}' }
  const [step] = clearedScripts(own, above, published)
  expect(step?.cwd).toBe('packages/a')
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'a', scripts: { build: 'x' }, files: ['dist'] }))
  execFileSync('/bin/sh', ['-c', step?.run ?? ''], {
    cwd: folder,
    env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` },
  })
  const text = await readFile(join(folder, 'package.json'), 'utf8')
  expect(text).toBe('{\n  "name": "a",\n  "scripts": {},\n  "files": [\n    "dist"\n  ]\n}\n')
  expect(clearedScripts(own, own.manifest, published)).toEqual([])
  expect(clearedScripts(project('', { name: 'a' }), above, published)).toEqual([])
  const others = ['{\n  "scripts": {\n    "build": "x"\n  }\n}', '{\n  "name": "a"\n}', '\n'.repeat(2 ** 20), undefined]
  for (const manifest of others) expect(clearedScripts(own, above, { manifest })).toEqual([])
})

test('rollout writes the package.json of the folder that it publishes', async () => {
  const butler = join(folder, 'node_modules', '@4c', 'file-butler')
  await mkdir(butler, { recursive: true })
  await writeFile(join(butler, 'package.json'), '{ "type": "module", "main": "lib.js" }')
  await writeFile(
    join(butler, 'lib.js'),
    'import fs from "fs"; export const createAltPublishDir = async ({ publishDir }) => fs.writeFileSync("asked", publishDir)',
  )
  const own = project('packages/a', { devDependencies: { '@4c/rollout': '^4.0.2' } })
  const [step] = rolloutSteps(own, 'packages/a/lib')
  expect(step?.cwd).toBe('packages/a')
  execFileSync('sh', ['-ec', step?.run ?? 'false'], { cwd: folder })
  expect(await readFile(join(folder, 'asked'), 'utf8')).toBe('lib')
  expect(rolloutSteps(project('', {}), 'lib')).toEqual([])
})
