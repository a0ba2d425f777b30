import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import registryFetch from 'npm-registry-fetch'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startBridge } from '../../fixtures/network/bridge.ts'
import { fetchNpmClients, type NpmVersion, npmVersions, runNpm } from '../../fixtures/network/npm-clients.ts'
import { type Published, packumentOf, publish } from '../../fixtures/network/registry.ts'
import { startVerdaccio, type TestRegistry } from '../../fixtures/registry/verdaccio.ts'
import { readNpmConfiguration } from '../npm/configuration.ts'
import { openContentStore } from '../store/content.ts'
import { readLockfileDeclarations } from './declarations.ts'
import { startRecordingProxy } from './proxy.ts'

const wanted = 'https://downloads.example.test/file?version=1'
const leaf = publish({ name: 'leaf', version: '1.0.0' })
const member = publish({ name: '@scope/member', version: '1.0.0', manifest: { dependencies: { leaf: '^1.0.0' } } })
const later = publish({ name: 'leaf', version: '1.1.0' })
// As the installers of prebuilt binaries do it: a tunnel, then TLS in it.
const greedy = publish({
  name: 'greedy',
  version: '1.0.0',
  manifest: { scripts: { postinstall: 'node download.js' } },
  files: {
    'download.js': `
      const proxy = new URL(process.env.HTTPS_PROXY)
      const url = new URL(${JSON.stringify(wanted)})
      const tunnel = require('http').request({ port: proxy.port, method: 'CONNECT', path: url.host + ':443' })
      tunnel.end().on('connect', (_, socket) => {
        require('https').get(url, { socket, agent: false }, (response) => process.exit(response.statusCode === 200 ? 0 : 9))
      })`,
  },
})

let shared: AsyncDisposableStack
let clients: Awaited<ReturnType<typeof fetchNpmClients>>
let registry: TestRegistry
/** Between the publication of what is older and of what is newer. */
let moment: string
beforeAll(async () => {
  shared = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'reproof-npms-'))
  shared.defer(() => rm(folder, { recursive: true, maxRetries: 5 }))
  const started = startVerdaccio()
  clients = await fetchNpmClients(folder)
  registry = shared.use(await started)
  for (const published of [leaf, member, greedy]) await upload(published)
  moment = new Date().toISOString()
  await upload(later)
})
afterAll(() => shared.disposeAsync())

let stack: AsyncDisposableStack
let folder: string
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'reproof-npm-'))
  stack.defer(() => rm(folder, { recursive: true, maxRetries: 5 }))
})
afterEach(() => stack.disposeAsync())

async function upload(published: Published): Promise<void> {
  const { name, file, tarball } = published
  const { time: _, ...packument } = packumentOf(name, [published], registry.url)
  const attachment = {
    content_type: 'application/octet-stream',
    data: tarball.toString('base64'),
    length: tarball.length,
  }
  const response = await fetch(registry.url + name.replace('/', '%2f'), {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...packument, _id: name, _attachments: { [file]: attachment } }),
  })
  if (!response.ok) throw new Error(`${name} was not published: ${await response.text()}`)
}

type Project = { dependencies: Record<string, string>; lockfile?: unknown; npmrc?: string }
type Options = {
  registryTime?: string
  registry?: Record<string, unknown>
  variables?: Record<string, string>
  address?: 'public'
}

/** Runs npm in a project as a sandbox would: everything comes through the proxy. */
async function npm(version: NpmVersion, args: string[], project: Project, options: Options = {}) {
  const cwd = join(folder, 'project')
  const home = join(folder, 'home')
  for (const each of [cwd, home]) await mkdir(each, { recursive: true })
  await writeFile(
    join(cwd, 'package.json'),
    JSON.stringify({ name: 'project', version: '1.0.0', dependencies: project.dependencies }),
  )
  if (project.lockfile) await writeFile(join(cwd, 'package-lock.json'), JSON.stringify(project.lockfile))
  if (project.npmrc) await writeFile(join(cwd, '.npmrc'), project.npmrc)
  const proxy = stack.use(
    await startRecordingProxy({
      socketPath: join(folder, 'proxy.sock'),
      registry: options.registry ?? { registry: registry.url },
      registryTime: options.registryTime ?? moment,
      declared: await readLockfileDeclarations(cwd),
      store: openContentStore(join(folder, 'store')),
      signal: new AbortController().signal,
    }),
  )
  const { port } = stack.use(await startBridge(join(folder, 'proxy.sock')))
  const certificateFile = join(folder, 'proxy.pem')
  const { variables, files } = proxy.environment(port, { certificateFile, registry: options.address ?? 'proxy' })
  for (const { path, content } of files) await writeFile(path, content)
  const result = await runNpm(clients[version], args, { cwd, home, variables: { ...variables, ...options.variables } })
  const installed = async (name: string) =>
    JSON.parse(await readFile(join(cwd, 'node_modules', name, 'package.json'), 'utf8'))
  const lockfile = async () => await readFile(join(cwd, 'package-lock.json'), 'utf8')
  return { ...result, proxy, installed, lockfile }
}

/** A lockfile of `member` and `leaf` whose tarballs are below `base`; without a base it names none. */
function lockfileOf(version: 1 | 2 | 3, base: string | undefined) {
  const entry = ({ name, file, integrity, version: own }: Published) => {
    return { version: own, ...(base !== undefined && { resolved: `${base}${name}/-/${file}` }), integrity }
  }
  const dependencies = { leaf: '^1.0.0' }
  const root = { name: 'project', version: '1.0.0' }
  const packages = {
    '': { ...root, dependencies: { '@scope/member': '^1.0.0' } },
    'node_modules/@scope/member': { ...entry(member), dependencies },
    'node_modules/leaf': entry(leaf),
  }
  const tree = { '@scope/member': { ...entry(member), requires: dependencies }, leaf: entry(leaf) }
  return {
    ...root,
    lockfileVersion: version,
    requires: true,
    ...(version > 1 && { packages }),
    ...(version < 3 && { dependencies: tree }),
  }
}

const dependencies = { '@scope/member': '^1.0.0' }

test.each(npmVersions)('npm %s installs what the registry had at the moment', async (version) => {
  const { exitCode, output, installed, proxy } = await npm(version, ['install'], { dependencies })
  expect(output).not.toMatch(/ERR!|npm error/)
  expect(exitCode).toBe(0)
  expect(await installed('@scope/member')).toMatchObject({ version: '1.0.0' })
  expect(await installed('leaf')).toMatchObject({ version: '1.0.0' })
  const files = proxy.exchanges().filter(({ purl }) => purl !== undefined)
  expect(files.map(({ purl, declaredBy }) => `${purl} ${declaredBy}`).sort()).toEqual([
    'pkg:npm/%40scope/member@1.0.0 registry',
    'pkg:npm/leaf@1.0.0 registry',
  ])
  expect(proxy.refusals()).toEqual([])
})

const elsewhere = 'https://registry.example.test/npm/'
const library = registryFetch.pickRegistry('any')
const places = {
  'another registry': elsewhere,
  'another registry, by http': elsewhere.replace('https:', 'http:'),
  'the public registry': library,
  nothing: undefined,
}
const lockfiles: { version: NpmVersion; lockfileVersion: 1 | 2 | 3; names: keyof typeof places }[] = [
  { version: '6', lockfileVersion: 1, names: 'another registry' },
  { version: '6', lockfileVersion: 1, names: 'the public registry' },
  { version: '6', lockfileVersion: 2, names: 'another registry' },
  { version: '6', lockfileVersion: 1, names: 'nothing' },
  { version: '8', lockfileVersion: 1, names: 'another registry' },
  { version: '8', lockfileVersion: 2, names: 'another registry' },
  { version: '8', lockfileVersion: 2, names: 'the public registry' },
  { version: '10', lockfileVersion: 3, names: 'another registry' },
  { version: '10', lockfileVersion: 3, names: 'nothing' },
  { version: '11', lockfileVersion: 2, names: 'the public registry' },
  { version: '11', lockfileVersion: 3, names: 'another registry' },
  { version: 'latest', lockfileVersion: 1, names: 'another registry' },
  { version: 'latest', lockfileVersion: 3, names: 'the public registry' },
  { version: 'latest', lockfileVersion: 3, names: 'another registry, by http' },
  { version: 'latest', lockfileVersion: 3, names: 'nothing' },
]

test.each(lockfiles)(
  'npm $version takes what a lockfile of version $lockfileVersion pins that names $names',
  async (given) => {
    const lockfile = lockfileOf(given.lockfileVersion, places[given.names])
    const { exitCode, output, installed, proxy } = await npm(given.version, ['ci'], { dependencies, lockfile })
    expect(output).not.toMatch(/ERR!|npm error/)
    expect(exitCode).toBe(0)
    expect(await installed('leaf')).toMatchObject({ version: '1.0.0' })
    const files = proxy.exchanges().filter(({ purl }) => purl !== undefined)
    expect(files.map(({ declaredBy }) => declaredBy)).toEqual(['lockfile', 'lockfile'])
    expect(proxy.refusals()).toEqual([])
  },
)

test.each(['6', 'latest'] as const)(
  "npm %s's files name the public registry where that is asked for",
  async (version) => {
    const { exitCode, lockfile, proxy } = await npm(version, ['install'], { dependencies }, { address: 'public' })
    expect(exitCode).toBe(0)
    expect(await lockfile()).toContain(`${library}leaf/-/leaf-1.0.0.tgz`)
    expect(proxy.exchanges().every(({ url }) => url.startsWith(library))).toBe(true)
  },
)

// Outside of a sandbox the registry's own address is local as well, and would be asked without the proxy.
const nothingDirect = { NO_PROXY: '', no_proxy: '', npm_config_noproxy: '' }

test.each(['6', '10', 'latest'] as const)(
  "npm %s finds a scope's registry that the project names and the user knows",
  async (version) => {
    const npmrc = `@scope:registry=${registry.url}\n`
    const known = { registry: registry.url, '@scope:registry': registry.url }
    const options = { registry: known, variables: nothingDirect }
    const { exitCode, installed, proxy } = await npm(version, ['install'], { dependencies, npmrc }, options)
    expect(exitCode).toBe(0)
    expect(await installed('leaf')).toMatchObject({ version: '1.0.0' })
    expect(proxy.exchanges().map(({ url }) => url)).toContain(`${registry.url}@scope%2fmember`)
  },
)

test.each(['6', 'latest'] as const)(
  "npm %s is told that a scope's registry which only the project names is refused",
  async (version) => {
    const npmrc = '@scope:registry=https://private.example.test/\n'
    const { exitCode, output, proxy } = await npm(version, ['install'], { dependencies, npmrc })
    expect(exitCode).not.toBe(0)
    expect(output).toContain('private.example.test')
    expect(proxy.refusals()[0]).toMatchObject({ url: 'https://private.example.test/@scope%2fmember', status: 403 })
  },
)

test.each(['6', '11'] as const)(
  'what a postinstall under npm %s wants from elsewhere is refused, and named',
  async (version) => {
    const { exitCode, proxy } = await npm(version, ['install'], { dependencies: { greedy: '1.0.0' } })
    expect(exitCode).not.toBe(0)
    expect(proxy.refusals()).toMatchObject([{ method: 'GET', url: wanted, status: 403, problem: 'NETWORK_REFUSED' }])
  },
)

test.each(npmVersions)('npm %s installs although nobody answers for advisories', async (version) => {
  const variables = { npm_config_audit: 'true' }
  const { exitCode, proxy } = await npm(version, ['install'], { dependencies }, { variables })
  expect(exitCode).toBe(0)
  expect(proxy.refusals()).toEqual([])
})

test.each(['6', 'latest'] as const)(
  'npm %s fails when a tarball is not what the lockfile pins, and says so',
  async (version) => {
    const lockfile = JSON.parse(
      JSON.stringify(lockfileOf(version === '6' ? 1 : 3, elsewhere)).replaceAll(leaf.integrity, later.integrity),
    )
    const { exitCode, output, proxy } = await npm(version, ['ci'], { dependencies, lockfile })
    expect(exitCode).not.toBe(0)
    expect(output).toContain('leaf@1.0.0 is not what was declared')
    expect(proxy.exchanges().map(({ problem }) => problem)).toContain('DEPENDENCY_INTEGRITY_MISMATCH')
  },
)

test.each(['6', '8', 'latest'] as const)(
  'npm %s installs from the registry that the user has configured',
  async (version) => {
    const options = {
      registry: await readNpmConfiguration({ env: process.env }),
      registryTime: '2026-01-01T00:00:00.000Z',
    }
    const first = await npm(version, ['install'], { dependencies: { ms: '2.1.3', '@sindresorhus/is': '*' } }, options)
    expect(first.output).not.toMatch(/ERR!|npm error/)
    expect(first.exitCode).toBe(0)
    expect(await first.installed('ms')).toMatchObject({ version: '2.1.3' })
    expect(first.proxy.exchanges().filter(({ purl }) => purl !== undefined)).toHaveLength(2)
  },
)
