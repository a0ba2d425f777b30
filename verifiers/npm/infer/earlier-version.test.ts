import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { earlierVersion } from './earlier-version.ts'
import { parseBuildManifest } from './manifest.ts'

async function around(plugins: string[], before: string | undefined, now = '2.0.0') {
  const manifest = parseBuildManifest(JSON.stringify({ version: now }))
  if (!manifest) throw new Error('no manifest')
  return await earlierVersion({
    own: { directory: '', manifest },
    plugins: plugins.map((name) => ({ name, options: {}, from: '.releaserc.json' })),
    npmMajor: 10,
    version: '2.0.0',
    versionBefore: async () => before,
  })
}

const git = ['@semantic-release/npm', '@semantic-release/git']

test('what the job builds has the version of the commit before the release, and what is packed the published one', async () => {
  const steps = await around(git, '1.9.3')
  const folder = await mkdtemp(join(tmpdir(), 'reproof-earlier-'))
  const work = join(folder, 'work')
  await mkdir(work)
  const released = '{"name":"a",  "version":"2.0.0"}\n'
  await writeFile(join(work, 'package.json'), released)
  const run = (text: string) =>
    execFileSync('/bin/sh', ['-eu', '-c', text], { cwd: work, env: { ...process.env, HOME: folder }, stdio: 'pipe' })
  for (const step of steps?.before ?? []) run(step.run)
  expect(JSON.parse(await readFile(join(work, 'package.json'), 'utf8')).version).toBe('1.9.3')
  for (const step of steps?.after ?? []) run(step.run)
  expect(await readFile(join(work, 'package.json'), 'utf8')).toBe(released)
  await rm(folder, { recursive: true })
})

test.each<[string, Parameters<typeof around>]>([
  ['semantic-release commits nothing', [['@semantic-release/npm'], '1.9.3']],
  ['the source has no version yet', [git, '1.9.3', '0.0.0-development']],
  ['the commit before has the same', [git, '2.0.0']],
  ['there is none before', [git, undefined]],
])('nothing is written where %s', async (_, args) => {
  expect(await around(...args)).toBeUndefined()
})
