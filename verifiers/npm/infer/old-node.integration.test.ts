import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recompressing } from '../../compress-output.ts'
import { hostArchitecture } from '../../environment/architecture.ts'
import { ensureToolchain } from '../../environment/toolchain.ts'
import { openContentStore } from '../../store/content.ts'
import { readNpmConfiguration } from '../configuration.ts'
import { diskLineEnds } from './disk-line-ends.ts'
import { repairedInstall } from './lock-repair.ts'
import { lowestEdit } from './lowest-install.ts'
import { parseBuildManifest } from './manifest.ts'
import { neededEdit } from './needed-install.ts'
import { lernaSteps } from './release-tools.ts'
import { releaseSteps } from './semantic-release.ts'

let folder: string
let bin: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-old-node-'))
  const { folder: node } = await ensureToolchain({
    ...{ name: 'node', version: '4.2.5', architecture: hostArchitecture(process.arch) },
    ...{ store: openContentStore(join(folder, 'store')), folder: join(folder, 'toolchains') },
    ...{ registry: await readNpmConfiguration({ env: process.env }), progress: () => {} },
    signal: new AbortController().signal,
  })
  bin = join(node, 'bin')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const text = JSON.stringify({
  name: 'made',
  version: '1.0.0',
  devDependencies: { tape: '^4.2.0', nyc: '1.0.0' },
  dependencies: { member: 'workspace:^' },
})
const manifest = parseBuildManifest(text)
if (manifest === undefined) throw new Error('no manifest')
const own = { directory: '', manifest }
const member = { directory: 'member', manifest: { ...manifest, name: 'member', version: '2.0.0' } }
const locked = JSON.stringify({ dependencies: { gone: { version: '1.0.0' }, kept: { version: '1.0.0' } } })
const reader = { entries: new Map(), has: () => false, text: async () => undefined, bring: async () => undefined }
const replacing = {
  name: 'semantic-release-plugin-update-version-in-files',
  options: { files: ['index.js'] },
  from: '',
}
const windows = diskLineEnds({
  // printf 'a\r\n' | git hash-object --stdin
  published: { files: [{ path: 'a.txt', size: 3, mode: 0o644, blob: '533790e525dfeb785a02edfceeb1c7d120972c0d' }] },
  match: { changed: ['a.txt'] },
  tree: { readMany: async () => new Map([['a.txt', Buffer.from('a\n')]]) },
  directory: '',
  algorithm: 'sha1',
})

test.each<[string, () => string | Promise<string>, string, RegExp]>([
  ['asks for the lowest versions', () => lowestEdit, 'package.json', /"tape": "~4\.2\.0"/],
  [
    'asks for what is needed',
    () => neededEdit(['tape']),
    'package.json',
    /"devDependencies": \{\s*"tape": "\^4\.2\.0"\s*\}/,
  ],
  [
    'repairs a lockfile',
    () =>
      repairedInstall('cp package-lock.json seen', 'package-lock.json', {
        packages: ['gone@1.0.0'],
        foreign: [],
        asked: [],
      }),
    'seen',
    /^\{\s*"dependencies": \{\s*"kept": /,
  ],
  [
    'does what lerna does',
    () => lernaSteps({ reader, own, members: [member], commit: 'c'.repeat(40) })[0]?.run ?? '',
    'package.json',
    /"member": "\^2\.0\.0"[\s\S]*"gitHead": "c{40}"/,
  ],
  [
    'writes a version in the place of another',
    () => releaseSteps([replacing], own, '1.2.3')[0]?.run ?? '',
    'index.js',
    /^'1\.2\.3', '1\.2\.3'$/,
  ],
  [
    'compresses what was packed',
    () => `gzip -k a.txt && node -e '${recompressing.replaceAll("'", `'\\''`)}' a.txt.gz 6 1f8b080000000000000b`,
    'a.txt.gz',
    /^\x1f\ufffd\x08\0{6}\v/,
  ],
  ['writes the line ends of Windows', async () => (await windows)[0]?.run ?? '', 'a.txt', /^a\r\n$/],
])('a step of ours that %s runs on a Node of its time', async (_, step, path, expected) => {
  const cwd = await mkdtemp(join(folder, 'made-'))
  const files = {
    'package.json': text,
    'package-lock.json': locked,
    'index.js': "'0.0.0-development', '0.0.0-development'",
    'a.txt': 'a\n',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(cwd, name), content)
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: cwd }
  await promisify(execFile)('/bin/sh', ['-eu', '-c', await step()], { cwd, env })
  expect(await readFile(join(cwd, path), 'utf8')).toMatch(expected)
})
