import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CliContext } from '../context.ts'
import { registerEnv } from './env.ts'

let folder: string
let written: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-env-'))
  written = ''
})
afterEach(() => rm(folder, { recursive: true }))

async function env(...arguments_: string[]): Promise<string> {
  const context: CliContext = {
    environment: { ...process.env, HOME: folder },
    cacheFolder: join(folder, 'cache'),
    stateFolder: join(folder, 'state'),
    write: (text) => {
      written += text
    },
    say: () => {},
    progress: () => {},
    signal: new AbortController().signal,
    color: false,
    width: 80,
    setExitCode: () => {},
  }
  const program = new Command().exitOverride()
  registerEnv(program, context)
  await program.parseAsync(['env', ...arguments_], { from: 'user' })
  return written
}

test('env show lists every image with its digest, and writes nothing', async () => {
  const text = await env('show')
  for (const name of ['base amd64', 'build amd64', 'base arm64', 'build arm64'])
    expect(text).toContain(`${name}\n  sha256:`)
  expect(await readdir(folder)).toEqual([])
})

test('env show with a variant lists the packages, as text and as JSON', async () => {
  expect(await env('show', 'base', '--architecture', 'arm64')).toMatch(/\n {2}bubblewrap +\d\S+ {2}[0-9a-f]{64}\n/)
  written = ''
  const lock = JSON.parse(await env('show', 'base', '--architecture', 'arm64', '--json'))
  expect(lock).toMatchObject({ variant: 'base', architecture: 'arm64', suite: 'bookworm' })
  expect(lock.packages).toContainEqual(expect.objectContaining({ name: 'bash', sha256: expect.any(String) }))
})

test('env show --json is one list of the locks', async () => {
  const locks = JSON.parse(await env('show', '--json', '--architecture', 'amd64'))
  expect(locks.map(({ variant }: { variant: string }) => variant)).toEqual(['base', 'build'])
})

test.each([
  ['a variant that there is not', ['build', 'tiny']],
  ['an architecture that there is not', ['show', '--architecture', 'mips']],
])('%s is an error of usage', async (_, arguments_) => {
  await expect(env(...arguments_)).rejects.toMatchObject({ code: 'USAGE' })
})
