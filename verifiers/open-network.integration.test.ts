import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { observationsOf } from '../attestations/dependencies/observed.ts'
import { startBridge } from '../fixtures/network/bridge.ts'
import {
  bunVersions,
  fetchBuns,
  fetchNpmClients,
  fetchOtherClients,
  type NpmClient,
  type NpmVersion,
  npmVersions,
  runNpm,
} from '../fixtures/network/npm-clients.ts'
import { type MadeContext, makeContext } from '../fixtures/source/context.ts'
import { type MadeRepository, makeRepository, manifest } from '../fixtures/source/repository.ts'
import type { Recipe } from './model/recipe.ts'
import { openNetwork } from './open-network.ts'
import { proxyPort } from './sandbox/options.ts'

let shared: AsyncDisposableStack
let clients: Awaited<ReturnType<typeof fetchNpmClients>>
let others: Awaited<ReturnType<typeof fetchOtherClients>>
let buns: Awaited<ReturnType<typeof fetchBuns>>
beforeAll(async () => {
  shared = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'reproof-npms-'))
  shared.defer(() => rm(folder, { recursive: true, maxRetries: 5 }))
  clients = await fetchNpmClients(folder)
  others = await fetchOtherClients(folder)
  buns = await fetchBuns(folder)
})
afterAll(() => shared.disposeAsync())

let made: MadeContext
let repository: MadeRepository
let commit: string
beforeEach(async () => {
  made = await makeContext()
  repository = await makeRepository(join(made.folder, 'mirror'))
  commit = await repository.commit({ 'package.json': manifest('dep', '1.0.0'), 'index.js': 'module.exports = 1\n' })
  await repository.commit({ 'index.js': 'module.exports = 2\n' })
  for (const host of ['code.example.test', 'github.com']) made.rewrite(repository.folder, `https://${host}/owner/dep`)
})
afterEach(() => made.remove())

type Manager = {
  name: 'npm' | 'pnpm' | 'yarn' | 'bun'
  client: NpmClient
  run: string[]
  lockfile: [name: string, text: string]
  settings?: Record<string, string>
}

/** Runs an installation as the first step of a sandbox would be, without the sandbox. */
async function install({ name, client, run, lockfile: [file, text], settings = {} }: Manager, address: string) {
  const context = made.context()
  const [work, home] = [join(made.folder, 'work'), join(made.folder, 'home')]
  for (const each of [work, home]) await mkdir(each, { recursive: true })
  await writeFile(join(work, 'package.json'), manifest('project', '1.0.0', { dependencies: { dep: address } }))
  await writeFile(join(work, file), text)
  const step = { phase: 'install', run: `${name} ${run.join(' ')}`, cwd: '', variables: {} } as const
  const { store, env, signal } = context
  await using network = await openNetwork(step, {
    recipe: { network: { registryTime: '2024-06-01T00:00:00.000Z' } } as Recipe,
    registry: { registry: 'http://127.0.0.1:9/' },
    ...{ store, env, signal, work, home },
    cacheFolder: join(made.folder, 'cache'),
    folder: made.folder,
  })
  await using bridge = await startBridge(network.socket)
  const [certificate] = network.mounts
  const variables = Object.fromEntries(
    Object.entries(network.variables).map(([name, value]) => [
      name,
      value.replaceAll(`:${proxyPort}/`, `:${bridge.port}/`).replaceAll(certificate?.to ?? '', certificate?.from ?? ''),
    ]),
  )
  // Yarn 1 keeps what it fetched outside of the home folder where root runs it.
  Object.assign(variables, { YARN_CACHE_FOLDER: join(home, 'yarn'), ...settings })
  const { exitCode, output } = await runNpm(client, run, { cwd: work, home, variables })
  const installed = () => readFile(join(work, 'node_modules', 'dep', 'index.js'), 'utf8')
  return { exitCode, output, installed, exchanges: network.exchanges(), home }
}

type Installed = Awaited<ReturnType<typeof install>>

async function expectCommit({ exitCode, output, installed, exchanges, home }: Installed): Promise<void> {
  expect(exitCode === 0 ? '' : output).toBe('')
  expect(await installed()).toBe('module.exports = 1\n')
  expect(exchanges.filter(({ from }) => from === 'refused')).toEqual([])
  const { observed } = observationsOf(exchanges)
  expect(observed.map(({ digests }) => digests.gitCommit)).toContain(commit)
  await expect(stat(join(home, '.gitconfig'))).rejects.toMatchObject({ code: 'ENOENT' })
}

function npm(version: NpmVersion, resolved: string): Manager {
  const root = { name: 'project', version: '1.0.0', requires: true }
  const lockfile =
    version === '6'
      ? { ...root, lockfileVersion: 1, dependencies: { dep: { version: resolved, from: resolved } } }
      : {
          ...root,
          lockfileVersion: 3,
          packages: {
            '': { name: 'project', version: '1.0.0', dependencies: { dep: resolved } },
            'node_modules/dep': { version: '1.0.0', resolved },
          },
        }
  return {
    name: 'npm',
    client: clients[version],
    run: ['ci'],
    lockfile: ['package-lock.json', JSON.stringify(lockfile)],
  }
}

test.each(
  npmVersions.flatMap((version): [NpmVersion, string][] => [
    [version, 'git+ssh://git@code.example.test/owner/dep.git'],
    [version, 'git+ssh://git@github.com/owner/dep.git'],
  ]),
)('npm %s installs the commit of %s that the lockfile names', async (version, repository) => {
  const address = `${repository}#${commit}`
  await expectCommit(await install(npm(version, address), address))
})

/** A second commit of dep with a submodule, which has one as well; named beside its own address, and by ssh. */
async function withSubmodules(): Promise<string> {
  const link = async (parent: MadeRepository, child: string, url: string) => {
    const text = `[submodule "${child}"]\n\tpath = ${child}\n\turl = ${url}\n`
    const of = child === 'sub' ? sub : deeper
    const pinned = (await of.git(['rev-parse', 'HEAD~1'])).trim()
    await parent.commit({ '.gitmodules': text })
    await parent.git(['update-index', '--add', '--cacheinfo', `160000,${pinned},${child}`])
    await parent.git(['commit', '--quiet', '--message', 'with a submodule'])
  }
  const [sub, deeper] = (await Promise.all(
    ['sub', 'deeper'].map(async (name) => {
      const one = await makeRepository(join(made.folder, name))
      made.rewrite(one.folder, `https://${name === 'sub' ? 'code' : 'other'}.example.test/owner/${name}`)
      await one.commit({ 'index.js': `module.exports = '${name}'\n` })
      return one
    }),
  )) as [MadeRepository, MadeRepository]
  await deeper.commit({ 'index.js': 'later' })
  await link(sub, 'deeper', 'git@other.example.test:owner/deeper.git')
  await sub.git(['commit', '--quiet', '--allow-empty', '--message', 'later'])
  await link(repository, 'sub', '../sub.git')
  return (await repository.git(['rev-parse', 'HEAD'])).trim()
}

test.each(npmVersions)('npm %s installs a commit with its submodules, and theirs', async (version) => {
  const commit = await withSubmodules()
  const address = `git+ssh://git@code.example.test/owner/dep.git#${commit}`
  const { exitCode, output, exchanges } = await install(npm(version, address), address)
  expect(exitCode === 0 ? '' : output).toBe('')
  const read = (path: string) => readFile(join(made.folder, 'work', 'node_modules', 'dep', path), 'utf8')
  expect(await read('sub/index.js')).toBe("module.exports = 'sub'\n")
  expect(await read('sub/deeper/index.js')).toBe("module.exports = 'deeper'\n")
  expect(exchanges.filter(({ from }) => from === 'refused')).toEqual([])
  expect(new Set(observationsOf(exchanges).observed.map(({ digests }) => digests.gitCommit)).size).toBe(3)
})

const packed = 'https://codeload.github.com/owner/dep/tar.gz'
const cloned = 'https://code.example.test/owner/dep.git'

test.each([
  ['packed by its host', `github:owner/dep`, () => `{tarball: ${packed}/${commit}}`, () => `${packed}/${commit}`],
  ['cloned', `git+${cloned}`, () => `{commit: ${commit}, repo: ${cloned}, type: git}`, () => `git+${cloned}#${commit}`],
])('pnpm installs a commit, %s', async (_, repository, resolution, key) => {
  const lockfile = `lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      dep:
        specifier: ${repository}#${commit}
        version: ${key()}

packages:

  dep@${key()}:
    resolution: ${resolution()}
    version: 1.0.0

snapshots:

  dep@${key()}: {}
`
  const run = ['install', '--frozen-lockfile']
  const client = others.pnpm
  const pnpm: Manager = { name: 'pnpm', client, run, lockfile: ['pnpm-lock.yaml', lockfile] }
  await expectCommit(await install(pnpm, `${repository}#${commit}`))
})

test.each([
  ['packed by its host', 'github:owner/dep', () => `${packed}/${commit}`],
  ['cloned', `git+${cloned}`, () => `git+${cloned}#${commit}`],
])('yarn 1 installs a commit, %s', async (_, repository, resolved) => {
  const lockfile = `# yarn lockfile v1


"dep@${repository}#${commit}":
  version "1.0.0"
  resolved "${resolved()}"
`
  const run = ['install', '--frozen-lockfile', '--non-interactive']
  const client = others.yarn
  const yarn: Manager = { name: 'yarn', client, run, lockfile: ['yarn.lock', lockfile] }
  await expectCommit(await install(yarn, `${repository}#${commit}`))
})

test.each([
  ['packed by its host', 'https://github.com/owner/dep.git'],
  ['cloned', cloned],
])('yarn 4 installs a commit, %s', async (_, repository) => {
  const lockfile = `__metadata:
  version: 8
  cacheKey: 10c0

"dep@${repository}#${commit}":
  version: 1.0.0
  resolution: "dep@${repository}#commit=${commit}"
  languageName: node
  linkType: hard

"project@workspace:.":
  version: 0.0.0-use.local
  resolution: "project@workspace:."
  dependencies:
    dep: "${repository}#${commit}"
  languageName: unknown
  linkType: soft
`
  const run = ['install', '--mode=skip-build']
  const client = others.berry
  const settings = {
    YARN_NODE_LINKER: 'node-modules',
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    YARN_ENABLE_TELEMETRY: '0',
  }
  const yarn: Manager = { name: 'yarn', client, run, lockfile: ['yarn.lock', lockfile], settings }
  await expectCommit(await install(yarn, `${repository}#${commit}`))
})

test.each(
  bunVersions.flatMap((version): [(typeof bunVersions)[number], string, (commit: string) => string][] => [
    [version, 'packed by its host', (commit) => `github:owner/dep#${commit}`],
    [version, 'packed by its host, and named in short', (commit) => `github:owner/dep#${commit.slice(0, 7)}`],
    [version, 'cloned', (commit) => `git+https://code.example.test/owner/dep.git#${commit}`],
    [version, 'cloned by ssh', (commit) => `git+ssh://git@code.example.test/owner/dep.git#${commit}`],
  ]),
)('bun %s installs a commit, %s', async (version, _, addressOf) => {
  const address = addressOf(commit)
  const packed = address.startsWith('github:')
  const [id, place] = packed
    ? [`dep@github:owner/dep#${commit.slice(0, 7)}`, `owner-dep-${commit.slice(0, 7)}`]
    : [`dep@${address}`, commit]
  const lockfile = {
    lockfileVersion: 1,
    workspaces: { '': { name: 'project', dependencies: { dep: address } } },
    packages: { dep: [id, {}, place] },
  }
  const run = ['install', '--frozen-lockfile', '--ignore-scripts']
  const bun: Manager = { name: 'bun', client: buns[version], run, lockfile: ['bun.lock', JSON.stringify(lockfile)] }
  await expectCommit(await install(bun, address))
})

test('a commit that the lockfile does not name is refused, and so is what it names by a branch', async () => {
  const address = `git+${cloned}#main`
  const { exitCode, exchanges } = await install({ ...npm('11', address), run: ['install'] }, address)
  expect(exitCode).not.toBe(0)
  expect(exchanges.map(({ from }) => from)).toContain('refused')
  expect(observationsOf(exchanges).observed).toEqual([])
})
