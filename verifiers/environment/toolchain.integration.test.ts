import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readNpmConfiguration } from '../npm/configuration.ts'
import { openContentStore } from '../store/content.ts'
import { hostArchitecture } from './architecture.ts'
import { ensureToolchain } from './toolchain.ts'

const run = promisify(execFile)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-toolchain-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('an old npm runs on the old Node that it came with, and packs', async () => {
  const registry = await readNpmConfiguration({ env: process.env })
  const options = {
    architecture: hostArchitecture(process.arch),
    store: openContentStore(join(folder, 'store')),
    folder: join(folder, 'toolchains'),
    registry,
    progress: () => {},
    signal: new AbortController().signal,
  }
  const [node, npm] = await Promise.all([
    ensureToolchain({ ...options, name: 'node', version: '12.22.12' }),
    ensureToolchain({ ...options, name: 'npm', version: '6.14.16' }),
  ])
  await writeFile(join(folder, 'package.json'), '{"name":"packed","version":"1.0.0"}')
  const PATH = [join(npm.folder, 'bin'), join(node.folder, 'bin'), '/usr/bin', '/bin'].join(':')
  const env = { PATH, HOME: folder }
  expect((await run('node', ['--version'], { env })).stdout).toBe('v12.22.12\n')
  expect((await run('npm', ['--version'], { env })).stdout).toBe('6.14.16\n')
  const { stdout } = await run('npm', ['pack'], { env, cwd: folder })
  expect(stdout).toBe('packed-1.0.0.tgz\n')
})
