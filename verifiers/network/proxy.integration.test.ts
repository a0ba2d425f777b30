import { hash } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  ask,
  large,
  later,
  openTestNetwork,
  pathOf,
  pin,
  type Reply,
  scoped,
  small,
  type TestNetwork,
} from '../../fixtures/network/proxy.ts'
import { isTarball, type Published, packumentOf, publish, startTestRegistry } from '../../fixtures/network/registry.ts'
import { exchangeSchema } from '../model/rebuild.ts'

let network: TestNetwork
beforeEach(async () => {
  network = await openTestNetwork()
})
afterEach(() => network[Symbol.asyncDispose]())

const json = (reply: Reply) => JSON.parse(reply.body.toString())

test('a packument is cut at the moment, in the form that is asked for, with tarballs at the proxy', async () => {
  const proxy = await network.open()
  const full = json(await proxy.get('/small'))
  expect(Object.keys(full.versions)).toEqual(['1.0.0'])
  expect(full['dist-tags']).toEqual({ latest: '1.0.0' })
  expect(full.time).not.toHaveProperty('2.0.0')
  const reply = await proxy.get('/small', { accept: 'application/vnd.npm.install-v1+json; q=1.0, */*' })
  expect(reply.headers['content-type']).toBe('application/vnd.npm.install-v1+json')
  expect(json(reply)).not.toHaveProperty('time')
  expect(json(reply).versions['1.0.0'].dist.tarball).toBe(`http://localhost:${proxy.port}/small/-/small-1.0.0.tgz`)
  expect(network.registry.requests).toEqual(['/small'])
})

test.each(['/@scope/member', '/@scope%2fmember', '/@scope%2Fmember', '/%40scope%2fmember'])(
  '%s is a scoped package',
  async (path) => {
    const proxy = await network.open()
    expect(json(await proxy.get(path)).name).toBe('@scope/member')
    expect((await proxy.get(pathOf(scoped))).body).toEqual(scoped.tarball)
    expect(proxy.exchanges().at(-1)).toMatchObject({ purl: 'pkg:npm/%40scope/member@1.0.0' })
  },
)

test('a tarball is recorded with its digests, where it came from and who declared it', async () => {
  const proxy = await network.open()
  expect((await proxy.get(pathOf(small))).body).toEqual(small.tarball)
  expect((await proxy.get(pathOf(small))).body).toEqual(small.tarball)
  const [first, second] = proxy.exchanges()
  expect(first).toMatchObject({
    status: 200,
    size: small.tarball.length,
    from: 'network',
    declaredBy: 'registry',
    purl: 'pkg:npm/small@1.0.0',
  })
  expect(second).toEqual({ ...first, at: second?.at, from: 'cache' })
  expect(first?.sha512).toBe(Buffer.from(small.integrity.slice('sha512-'.length), 'base64').toString('hex'))
  for (const exchange of proxy.exchanges()) exchangeSchema.parse(exchange)
})

test.each(['/@scope%2fmember', '/-/package/@scope%2fmember/dist-tags', '/@scope%2fmember/1.0.0'])(
  'what a registry says of a package is recorded with its digests and whom it is about: %s',
  async (path) => {
    const proxy = await network.open()
    const { body } = await proxy.get(path)
    const { sha256, sha512, about, purl } = proxy.exchanges().at(-1) ?? {}
    expect({ sha256, sha512 }).toEqual({ sha256: hash('sha256', body), sha512: hash('sha512', body) })
    expect({ about, purl }).toEqual({ about: 'pkg:npm/%40scope/member', purl: undefined })
  },
)

test('a second run takes everything from the store when it was fetched after the moment', async () => {
  const first = await network.open()
  await first.get('/small')
  await first.get(pathOf(large))
  const asked = network.registry.requests.length
  const second = await network.open()
  expect((await second.get('/small')).status).toBe(200)
  expect((await second.get(pathOf(large))).body.equals(large.tarball)).toBe(true)
  expect(network.registry.requests).toHaveLength(asked)
  expect(second.exchanges().map(({ from }) => from)).toEqual(['cache', 'cache'])
})

test('what was fetched before the moment is revalidated', async () => {
  const statuses: number[] = []
  network.registry.misbehave((request, response) => {
    if (request.headers['if-none-match'] !== '"one"') {
      response.setHeader('etag', '"one"')
      return false
    }
    response.writeHead(304).end()
    statuses.push(304)
    return true
  })
  const moment = '2999-01-01T00:00:00.000Z'
  await (await network.open({ registryTime: moment })).get('/small')
  const second = await network.open({ registryTime: moment })
  expect(Object.keys(json(await second.get('/small')).versions)).toEqual(['1.0.0', '2.0.0'])
  await second.get('/small', { accept: 'application/vnd.npm.install-v1+json' })
  expect(statuses).toEqual([304])
  expect(second.exchanges()[0]).toMatchObject({ from: 'cache' })
})

test('a client that has the packument already is told so', async () => {
  const proxy = await network.open()
  const { headers } = await proxy.get('/small')
  expect(await proxy.get('/small', { 'if-none-match': String(headers.etag) })).toMatchObject({ status: 304 })
})

test('a version from after the moment is not served, unless the lockfile pins it', async () => {
  const proxy = await network.open()
  expect((await proxy.get(pathOf(later))).status).toBe(404)
  const pinned = await network.open({ declared: [pin(later)] })
  expect((await pinned.get(pathOf(later))).body).toEqual(later.tarball)
  expect(pinned.exchanges()[0]).toMatchObject({ declaredBy: 'lockfile' })
})

test('what the package manager checks by itself with its lockfile is served where the metadata does not list it', async () => {
  network.registry.misbehave(({ url }, response) => {
    if (url !== '/small') return false
    response.end(JSON.stringify(packumentOf('small', [small], network.registry.url)))
    return true
  })
  const { integrity: _, ...named } = pin(later)
  const unchecked = await network.open({ declared: [named] })
  expect((await unchecked.get(pathOf(later))).status).toBe(404)
  const checked = await network.open({ declared: [{ ...named, checked: true }] })
  expect((await checked.get(pathOf(later))).body).toEqual(later.tarball)
  expect(checked.exchanges().at(-1)).toMatchObject({ declaredBy: 'nobody' })
})

test.each([
  ['/small/1.0.0', 200],
  ['/small/latest', 200],
  ['/small/2.0.0', 404],
  ['/-/package/small/dist-tags', 200],
  ['/-/ping', 200],
  ['/', 200],
  ['/absent', 404],
  ['/absent/-/absent-1.0.0.tgz', 404],
  ['/-/npm/v1/security/advisories/bulk', 404],
  ['/-/whoami', 403],
  ['/-/v1/search?text=x', 403],
])('%s answers %i', async (path, status) => {
  expect((await (await network.open()).get(path)).status).toBe(status)
})

test.each(['PUT', 'DELETE', 'POST', 'PATCH'])('a build cannot %s', async (method) => {
  const proxy = await network.open()
  const reply = await ask(http.request({ port: proxy.port, path: '/small', method, agent: false }).end())
  expect(reply.status).toBe(403)
  expect(proxy.refusals()).toMatchObject([{ method, problem: 'NETWORK_REFUSED' }])
  expect(network.registry.requests).toEqual([])
})

test('advisories are asked for by POST, and their absence fails no installation', async () => {
  const proxy = await network.open()
  const path = '/-/npm/v1/security/advisories/bulk'
  const reply = await ask(http.request({ port: proxy.port, path, method: 'POST', agent: false }).end('{}'))
  expect(reply.status).toBe(404)
  expect(proxy.refusals()).toEqual([])
})

test("the user's credentials reach the registry, a build's do not, and neither is recorded", async () => {
  const { host } = new URL(network.registry.url)
  const proxy = await network.open({
    registry: { registry: network.registry.url, [`//${host}/:_authToken`]: 'users-token' },
  })
  await proxy.get('/small', { authorization: 'Bearer builds-token', cookie: 'a=b' })
  expect(network.registry.headers).toMatchObject([{ authorization: 'Bearer users-token' }])
  expect(network.registry.headers[0]).not.toHaveProperty('cookie')
  expect(JSON.stringify(proxy.exchanges())).not.toMatch(/token/)
})

test('a scope goes to the registry that the user has for it', async () => {
  await using own = await startTestRegistry([scoped])
  const proxy = await network.open({ registry: { registry: network.registry.url, '@scope:registry': own.url } })
  expect((await proxy.get('/@scope%2fmember')).status).toBe(200)
  expect((await proxy.getThrough(`${own.url}@scope%2fmember`)).status).toBe(200)
  expect(own.requests).toEqual(['/@scope%2fmember'])
  expect(network.registry.requests).toEqual([])
})

test('bytes that were damaged in the store are fetched anew, and nobody gets the damaged ones', async () => {
  for (const published of [small, large]) {
    await (await network.open()).get(pathOf(published))
    for (const entry of await readdir(join(network.folder, 'store', 'content-v2'), {
      recursive: true,
      withFileTypes: true,
    })) {
      const file = join(entry.parentPath, entry.name)
      if (!entry.isFile() || (await stat(file)).size !== published.tarball.length) continue
      const bytes = await readFile(file)
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
      await writeFile(file, bytes)
    }
    const proxy = await network.open()
    const first = await proxy.get(pathOf(published)).catch(() => undefined)
    if (first) expect(first.body).toEqual(published.tarball)
    expect((await proxy.get(pathOf(published))).body).toEqual(published.tarball)
  }
})

test('two requests for one tarball at once fetch it once', async () => {
  const proxy = await network.open({ declared: [pin(large)] })
  const replies = await Promise.all(Array.from({ length: 5 }, () => proxy.get(pathOf(large))))
  for (const { body } of replies) expect(body.equals(large.tarball)).toBe(true)
  expect(network.registry.requests).toEqual([pathOf(large)])
})

test('everybody who waits for a tarball that cannot be had is told, and the next one may have it', async () => {
  network.registry.misbehave((request, response) => isTarball(request, response) && !!response.writeHead(500).end())
  const proxy = await network.open({ declared: [pin(small)] })
  const replies = await Promise.all(Array.from({ length: 3 }, () => proxy.get(pathOf(small))))
  expect(replies.map(({ status }) => status)).toEqual([424, 424, 424])
  network.registry.misbehave(undefined)
  expect((await proxy.get(pathOf(small))).body).toEqual(small.tarball)
})

test.each(['/small', '/small/-/small-1.0.0.tgz'])('HEAD %s says what GET would, without a body', async (path) => {
  const proxy = await network.open()
  const reply = await ask(http.request({ port: proxy.port, path, method: 'HEAD', agent: false }).end())
  expect(reply).toMatchObject({ status: 200, body: Buffer.alloc(0) })
  expect(reply.headers['content-length']).toBe((await proxy.get(path)).headers['content-length'])
})

test('a run that was interrupted already starts no proxy', async () => {
  await expect(network.open({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
})

test('a client that goes away does not keep others from the tarball', async () => {
  const proxy = await network.open({ declared: [pin(large)] })
  const impatient = http.get({ port: proxy.port, path: pathOf(large), agent: false })
  impatient.once('response', () => impatient.destroy()).on('error', () => {})
  expect((await proxy.get(pathOf(large))).body.equals(large.tarball)).toBe(true)
  await expect
    .poll(() => proxy.exchanges().map(({ reason }) => reason))
    .toContain('The build did not read it to its end.')
})

test('a client that reads nothing is sent away', async () => {
  const proxy = await network.open({ declared: [pin(large)], limits: { idleMs: 200 } })
  const socket = connect({ port: proxy.port }).pause()
  socket.write(`GET ${pathOf(large)} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
  expect((await proxy.get(pathOf(large))).body.equals(large.tarball)).toBe(true)
  socket.destroy()
})

test('500 requests at once are all answered', async () => {
  const many = Array.from({ length: 100 }, (_, index) => publish({ name: `many-${index}`, version: '1.0.0' }))
  await using own = await startTestRegistry(many)
  const proxy = await network.open({ registry: { registry: own.url } })
  const replies = await Promise.all(
    Array.from({ length: 500 }, async (_, index) => {
      const published = many[index % many.length] as Published
      return (await proxy.get(pathOf(published))).body.equals(published.tarball)
    }),
  )
  expect(replies.every(Boolean)).toBe(true)
  expect(own.requests).toHaveLength(200)
})

test('a build that asks without end is told to stop', async () => {
  const proxy = await network.open({ limits: { exchanges: 3 } })
  const statuses = []
  for (let count = 0; count < 5; count++) statuses.push((await proxy.get('/-/ping')).status)
  expect(statuses).toEqual([200, 200, 200, 429, 429])
  expect(proxy.exchanges()).toHaveLength(3)
})

test.each(['close', 'abort'] as const)(
  '%s ends open connections and downloads at once, and leaves no socket',
  async (how) => {
    network.registry.misbehave(
      (request, response) => isTarball(request, response) && !!response.writeHead(200).write('x'),
    )
    const controller = new AbortController()
    const proxy = await network.open({ declared: [pin(small)], signal: controller.signal })
    const pending = proxy.get(pathOf(small)).catch(() => 'ended')
    const tunnel = connect({ port: proxy.port })
    tunnel.write('CONNECT a.example.test:443 HTTP/1.1\r\n\r\n')
    await expect.poll(() => network.registry.requests).toHaveLength(1)
    if (how === 'abort') controller.abort()
    await proxy.close()
    expect(await pending).toBe('ended')
    expect(await readdir(join(network.folder, 'socket'))).toEqual([])
    await proxy.close()
  },
)

test('a socket that a killed run left is replaced, and its path may be too long', async () => {
  const first = await network.open()
  expect((await stat(join(network.folder, 'socket'))).mode & 0o777).toBe(0o700)
  await first.close()
  await expect(network.open({ socketPath: join(network.folder, 'x'.repeat(100)) })).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
  })
  await expect(network.open({ socketPath: join(network.folder, 'socket') })).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
  })
})

test('a file that the lockfile names by address and digest is served from there, once it is that file', async () => {
  await using other = await startTestRegistry([small, scoped])
  const url = other.url + pathOf(small).slice(1)
  const wrong = { url: other.url + pathOf(scoped).slice(1), integrity: small.integrity }
  const proxy = await network.open({ files: [{ url, integrity: small.integrity }, wrong] })
  expect((await proxy.getThrough(url)).body).toEqual(small.tarball)
  expect((await proxy.getThrough(url)).body).toEqual(small.tarball)
  const refused = await proxy.getThrough(wrong.url)
  expect(refused.status).toBe(424)
  expect(refused.body.includes(scoped.tarball)).toBe(false)
  expect((await proxy.getThrough(`${other.url}small`)).status).toBe(403)
  const [first, second, third] = proxy.exchanges()
  expect(first).toMatchObject({ status: 200, from: 'network', declaredBy: 'lockfile', size: small.tarball.length })
  expect(first?.sha512).toBe(Buffer.from(small.integrity.slice('sha512-'.length), 'base64').toString('hex'))
  expect(second).toMatchObject({ sha512: first?.sha512 })
  expect(third).toMatchObject({ problem: 'DEPENDENCY_INTEGRITY_MISMATCH' })
  expect(other.requests.filter((path) => path === pathOf(small))).toHaveLength(1)
})
