import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import npmFetch from 'npm-registry-fetch'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildTar } from '../../fixtures/archives/tar-builder.ts'
import { type Answer, type FileServer, serveFiles } from '../../fixtures/source/file-server.ts'
import type { ProgressEvent } from '../model/progress.ts'
import { type ContentStore, openContentStore } from '../store/content.ts'
import { type ResolveOptions, resolveArtifact } from './resolve.ts'

const manifest = JSON.stringify({ name: 'made', version: '1.0.0' })
const tarball = gzipSync(buildTar([{ path: 'package/package.json', data: manifest }]))
const digest = (algorithm: string, bytes: Buffer = tarball) => createHash(algorithm).update(bytes)
const integrityOf = (algorithm: string, bytes?: Buffer) => `${algorithm}-${digest(algorithm, bytes).digest('base64')}`

let folder: string
let store: ContentStore
let server: FileServer
let events: ProgressEvent[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-resolve-'))
  store = openContentStore(join(folder, 'store'))
  events = []
})
afterEach(async () => {
  await server?.close()
  await rm(folder, { recursive: true, maxRetries: 5 })
})

const limits = { attempts: 3, retryDelay: 5, silence: 300, duration: 2000, tarball: 1_000_000 }

function resolve(spec: string, more: Partial<ResolveOptions> = {}) {
  const registry = { registry: `${server?.url ?? 'http://127.0.0.1:9'}/` }
  const signal = new AbortController().signal
  return resolveArtifact({
    spec,
    cwd: folder,
    store,
    registry,
    limits,
    progress: (e) => events.push(e),
    signal,
    ...more,
  })
}

function packument(dist: Record<string, unknown> = {}, more: Record<string, unknown> = {}): string {
  const file = { tarball: `${server.url}/made/-/made-1.0.0.tgz`, ...dist }
  const version = { name: 'made', version: '1.0.0', dist: file }
  return JSON.stringify({ name: 'made', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version }, ...more })
}

/** A registry of one package, whose metadata and file are as given. */
async function serve(metadata: () => Answer, file: () => Answer = () => tarball): Promise<void> {
  server = await serveFiles((path) => (path === '/made' ? metadata() : path.endsWith('.tgz') ? file() : undefined))
}

const whole = () => packument({ integrity: integrityOf('sha512'), shasum: digest('sha1').digest('hex') })

test('a published version is fetched once, hashed whole and checked in every algorithm', async () => {
  await serve(whole)
  const first = await resolve('made@1.0.0')
  expect(first.artifact).toMatchObject({
    purl: 'pkg:npm/made@1.0.0',
    fileName: 'made-1.0.0.tgz',
    size: tarball.length,
    digests: { sha256: digest('sha256').digest('hex'), sha512: digest('sha512').digest('hex') },
    declared: [
      { by: 'registry', algorithm: 'sha512' },
      { by: 'registry', algorithm: 'sha1' },
    ],
  })
  expect(await buffer(first.open())).toEqual(tarball)
  await resolve('made')
  expect(server.requests.filter((path) => path.endsWith('.tgz'))).toHaveLength(1)
})

test('bytes behind the archive are part of what is hashed', async () => {
  const trailed = Buffer.concat([tarball, Buffer.from('trailing')])
  await serve(
    () => packument({ integrity: integrityOf('sha512', trailed) }),
    () => trailed,
  )
  expect((await resolve('made')).artifact.size).toBe(trailed.length)
})

test('a registry that declares another digest later does not get what was stored', async () => {
  let integrity = integrityOf('sha512')
  await serve(() => packument({ integrity }))
  await resolve('made')
  integrity = integrityOf('sha512', Buffer.from('other'))
  await expect(resolve('made')).rejects.toMatchObject({ code: 'ARTIFACT_INTEGRITY_MISMATCH' })
})

test('a registry that declares nothing is noted', async () => {
  await serve(() => packument())
  expect((await resolve('made')).artifact.declared).toEqual([])
  expect(events).toContainEqual(expect.objectContaining({ type: 'notice' }))
})

const other = Buffer.from('other')

test.each<[string, Record<string, unknown>]>([
  ['sha512', { integrity: integrityOf('sha512', other) }],
  ['sha1 beside a true sha512', { integrity: integrityOf('sha512'), shasum: digest('sha1', other).digest('hex') }],
  ['sha256 beside a true sha512', { integrity: `${integrityOf('sha512')} ${integrityOf('sha256', other)}` }],
  ['sha384', { integrity: integrityOf('sha384', other) }],
  ['a second sha512', { integrity: `${integrityOf('sha512')} ${integrityOf('sha512', other)}` }],
])('a registry that lies about %s is found out, and nothing is kept', async (_, dist) => {
  await serve(() => packument(dist))
  await expect(resolve('made')).rejects.toMatchObject({ code: 'ARTIFACT_INTEGRITY_MISMATCH' })
  expect(await store.has(digest('sha512').digest('hex'))).toBe(false)
})

test('a digest that the caller expects is checked, too', async () => {
  await serve(whole)
  const declared = [
    { by: 'argument' as const, algorithm: 'sha256' as const, value: digest('sha256', other).digest('hex') },
  ]
  await expect(resolve('made', { declared })).rejects.toMatchObject({ code: 'ARTIFACT_INTEGRITY_MISMATCH' })
})

const never = () => () => {}
const head = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'application/json' })
const endless = (chunk: string | Buffer) => (_: unknown, response: ServerResponse) => {
  const write = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', write)
  }
  head(response)
  write()
}
const brokenOff = (bytes: Buffer) => (_: unknown, response: ServerResponse) => {
  response.writeHead(200, { 'content-length': String(bytes.length) })
  response.write(bytes.subarray(0, bytes.length - 20), () => response.destroy())
}
const dripping = (_: unknown, response: ServerResponse) => {
  head(response)
  const timer = setInterval(() => response.write(' '), 50)
  response.on('close', () => clearInterval(timer))
}

test.each<[string, () => Answer, string]>([
  ['does not exist', () => 404, 'PACKAGE_NOT_FOUND'],
  ['is answered with 500', () => 500, 'REGISTRY_ERROR'],
  ['needs a login', () => 401, 'REGISTRY_ERROR'],
  ['is a web page', () => '<!doctype html><title>Welcome</title>', 'REGISTRY_ANSWER_INVALID'],
  ['is no JSON', () => '{"name": "made", ', 'REGISTRY_ANSWER_INVALID'],
  ['is nothing', () => '', 'REGISTRY_ANSWER_INVALID'],
  ['is a list', () => '[]', 'REGISTRY_ANSWER_INVALID'],
  ['is about another package', () => packument({}, { name: 'other' }), 'REGISTRY_ANSWER_INVALID'],
  ['is nested without end', () => '['.repeat(2_000_000), 'REGISTRY_ANSWER_INVALID'],
  ['is nested inside a field', () => packument({}, { time: nested(100_000) }), 'PACKAGE_NOT_FOUND'],
  ['never comes', never, 'REGISTRY_TIMEOUT'],
  ['stops coming', () => (_, response) => void head(response).write('{'), 'REGISTRY_TIMEOUT'],
  ['comes a byte at a time', () => dripping, 'REGISTRY_TIMEOUT'],
  ['never ends', () => endless('x'.repeat(1_000_000)), 'REGISTRY_ANSWER_TOO_LARGE'],
  ['breaks off', () => brokenOff(Buffer.from(whole())), 'ARTIFACT_TRUNCATED'],
  [
    'names a file that is no web address',
    () => packument({ tarball: 'file:///etc/passwd' }),
    'REGISTRY_ANSWER_INVALID',
  ],
])('metadata that %s', async (_, metadata, code) => {
  await serve(metadata, () => 404)
  const problem = await resolve('made').catch((error: unknown) => error)
  expect(problem).toMatchObject({ name: 'Problem', code })
  expect((problem as Error).message.split('\n')).toHaveLength(1)
})

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < Math.min(depth, 2000); i++) value = { value }
  return value
}

test.each<[string, () => Answer, string]>([
  ['is gone', () => 404, 'PACKAGE_NOT_FOUND'],
  ['breaks off', () => brokenOff(tarball), 'ARTIFACT_TRUNCATED'],
  ['is shorter than it was', () => tarball.subarray(0, -1), 'ARTIFACT_INTEGRITY_MISMATCH'],
  ['never ends', () => endless(Buffer.alloc(100_000)), 'ARTIFACT_TOO_LARGE'],
  ['stops coming', () => (_, response) => void head(response).write(tarball.subarray(0, 9)), 'REGISTRY_TIMEOUT'],
  ['is a web page', () => '<!doctype html>', 'ARTIFACT_INTEGRITY_MISMATCH'],
  ['is empty', () => '', 'ARCHIVE_INVALID'],
])('a file that %s', async (_, file, code) => {
  await serve(whole, file)
  await expect(resolve('made')).rejects.toMatchObject({ name: 'Problem', code })
})

test('what fails for a moment is asked for again, from the start', async () => {
  let asked = 0
  const failing = (then: Answer): Answer => (++asked % 2 === 1 ? 503 : then)
  await serve(
    () => failing(whole()),
    () => (++asked % 2 === 1 ? brokenOff(tarball) : tarball),
  )
  expect((await resolve('made')).artifact.size).toBe(tarball.length)
})

test('a refusal is not asked for again', async () => {
  await serve(() => 403)
  await expect(resolve('made')).rejects.toMatchObject({
    code: 'REGISTRY_ERROR',
    hint: expect.stringContaining('npm login'),
  })
  expect(server.requests).toHaveLength(1)
})

test('nobody listening is REGISTRY_UNREACHABLE', async () => {
  await serve(whole)
  await server.close()
  await expect(resolve('made', { registry: { registry: server.url } })).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
  })
  server = await serveFiles(() => 404)
})

test('Ctrl-C ends a download at once', async () => {
  const controller = new AbortController()
  await serve(whole, never)
  const resolving = resolve('made', { signal: controller.signal })
  setTimeout(() => controller.abort(), 100)
  await expect(resolving).rejects.toMatchObject({ code: 'INTERRUPTED' })
})

test('metadata that names the public registry is answered by the configured one', async () => {
  await serve(() =>
    packument({ tarball: `${publicRegistry()}made/-/made-1.0.0.tgz`, integrity: integrityOf('sha512') }),
  )
  expect((await resolve('made')).artifact.size).toBe(tarball.length)
})

test('the registry of a scope is asked with its token, and nobody else gets it', async () => {
  const seen: (string | undefined)[] = []
  server = await serveFiles((path) => (request, response) => {
    seen.push(`${path} ${request.headers.authorization ?? 'none'}`)
    const version = {
      name: '@own/made',
      version: '1.0.0',
      dist: { tarball: `http://localhost:${new URL(server.url).port}/x.tgz` },
    }
    const document = { name: '@own/made', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }
    response.end(path.endsWith('.tgz') ? tarball : JSON.stringify(document))
  })
  const own = `${server.url}/own/`
  const registry = {
    registry: 'http://127.0.0.1:9/',
    '@own:registry': own,
    [`${own.replace(/^http:/, '')}:_authToken`]: 'secret',
  }
  await resolve('@own/made', { registry })
  expect(seen).toEqual(['/own/@own/made Bearer secret', '/x.tgz none'])
})

test('a tarball of 300 MB is never in memory whole', async () => {
  const piece = Buffer.alloc(1 << 20, 7)
  const pieces = 300
  async function* large() {
    for (let sent = 0; sent < pieces; sent++) yield piece
  }
  await serve(
    () => packument(),
    () => (_, response) => void Readable.from(large()).pipe(response),
  )
  const before = process.memoryUsage.rss()
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 10)
  const roomy = { ...limits, tarball: 1e9, silence: 30_000, duration: 100_000 }
  const { artifact } = await resolve('made', { limits: roomy }).finally(() => clearInterval(timer))
  expect(artifact.size).toBe(pieces * piece.length)
  expect(peak - before).toBeLessThan(150 * 2 ** 20)
})

test('a tarball on the disk is named by the package.json inside it', async () => {
  await writeFile(join(folder, 'anything.tgz'), tarball)
  const { artifact } = await resolve('./anything.tgz')
  expect(artifact).toMatchObject({ name: 'made', version: '1.0.0', declared: [], claims: {} })
})

test('a tarball at an address is, too', async () => {
  await serve(whole)
  expect((await resolve(`${server.url}/elsewhere.tgz`)).artifact).toMatchObject({ name: 'made', version: '1.0.0' })
})

const packed = (text: string | Buffer) => gzipSync(buildTar([{ path: 'package/package.json', data: text }]))

test.each<[string, Buffer | undefined, string]>([
  ['does not exist', undefined, 'FILE_UNREADABLE'],
  ['is empty', Buffer.alloc(0), 'ARCHIVE_INVALID'],
  ['has no package.json', gzipSync(buildTar([{ path: 'package/index.js', data: '' }])), 'ARCHIVE_INVALID'],
  ['has a package.json that is not JSON', packed('{'), 'ARCHIVE_INVALID'],
  ['has a package.json without version', packed('{"name":"made"}'), 'ARCHIVE_INVALID'],
  ['has a name that leaves its folder', packed('{"name":"../../made","version":"1.0.0"}'), 'ARCHIVE_INVALID'],
  ['has a version that is none', packed('{"name":"made","version":"../1"}'), 'ARCHIVE_INVALID'],
  [
    'has a package.json of 5 MB',
    packed(`{"name":"made","version":"1.0.0","x":"${'x'.repeat(5e6)}"}`),
    'ARCHIVE_LIMIT_EXCEEDED',
  ],
  ['has a package.json nested without end', packed(`${'['.repeat(1e6)}`), 'ARCHIVE_INVALID'],
  ['is larger than allowed', Buffer.alloc(1_000_001), 'ARTIFACT_TOO_LARGE'],
])('a tarball on the disk that %s', async (_, bytes, code) => {
  if (bytes) await writeFile(join(folder, 'it.tgz'), bytes)
  await expect(resolve('it.tgz')).rejects.toMatchObject({ name: 'Problem', code })
})

test('a device is no tarball', async () => {
  await expect(resolve('/dev/zero/x.tgz')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})

function publicRegistry(): string {
  // The client's own default, so that no host name is written here.
  return String(npmFetch.pickRegistry('made', {}))
}
