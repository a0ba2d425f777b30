import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  ask,
  later,
  openTestNetwork,
  pathOf,
  pin,
  type Reply,
  scoped,
  small,
  type TestNetwork,
} from '../../fixtures/network/proxy.ts'

let network: TestNetwork
beforeEach(async () => {
  network = await openTestNetwork()
})
afterEach(() => network[Symbol.asyncDispose]())

const json = (reply: Reply) => JSON.parse(reply.body.toString())

test.each(['https://registry.example.test/npm', 'http://registry.example.test'])(
  'a lockfile that names %s is served from the configured registry',
  async (host) => {
    const proxy = await network.open({ declared: [pin(scoped, { url: `${host}${pathOf(scoped)}` })] })
    const reply = await proxy.getThrough(`${host}${pathOf(scoped)}`)
    expect(reply.body).toEqual(scoped.tarball)
    const packument = json(await proxy.getThrough(`${host}/@scope%2fmember`))
    expect(packument.versions['1.0.0'].dist.tarball).toBe(`${host}${pathOf(scoped)}`)
    expect(proxy.exchanges()[0]).toMatchObject({ url: `${host}${pathOf(scoped)}`, declaredBy: 'lockfile' })
  },
)

test('of a host that only the lockfile names nothing but the pinned versions is shown', async () => {
  const url = `https://registry.example.test${pathOf(small)}`
  const proxy = await network.open({ declared: [pin(small, { url })], registryTime: '2999-01-01T00:00:00.000Z' })
  const packument = json(await proxy.getThrough('https://registry.example.test/small'))
  expect(Object.keys(packument.versions)).toEqual(['1.0.0'])
  expect((await proxy.getThrough(`https://registry.example.test${pathOf(later)}`)).status).toBe(403)
})

test.each([
  'https://downloads.example.test/file?v=1',
  'http://downloads.example.test/file',
  'https://code.example.test/a/b.git/info/refs?service=git-upload-pack',
  'https://127.0.0.1:1/',
  'http://169.254.169.254/latest/meta-data',
  'http://[::1]:1/',
])('%s is refused and named', async (url) => {
  const proxy = await network.open()
  const reply = await proxy.getThrough(url)
  expect(reply.status).toBe(403)
  expect(json(reply).message).toMatch(/^Neither (?:npm's configuration|the lockfile nor package\.json)/)
  expect(proxy.refusals()).toMatchObject([{ url, status: 403, from: 'refused', problem: 'NETWORK_REFUSED' }])
})

test('the configured registry cannot be asked for another path, nor its neighbours', async () => {
  const proxy = await network.open({ registry: { registry: `${network.registry.url}npm/` } })
  expect((await proxy.getThrough(`${network.registry.url}admin`)).status).toBe(403)
  expect(network.registry.requests).toEqual([])
})

test('a program that finds the proxy by name resolution alone is refused by name, too', async () => {
  const proxy = await network.open()
  const { certificate } = { certificate: proxy.environment(proxy.port).files[0]?.content }
  const socket = connectTls({ port: proxy.port, servername: 'downloads.example.test', ca: certificate })
  socket.write('GET /file HTTP/1.1\r\nhost: downloads.example.test\r\nconnection: close\r\n\r\n')
  expect(await text(socket)).toContain('403')
  await ask(http.get({ port: proxy.port, path: '/plain', headers: { host: 'other.example.test' }, agent: false }))
  expect(proxy.refusals().map(({ url }) => url)).toEqual([
    'https://downloads.example.test/file',
    'http://other.example.test/plain',
  ])
})

test('TLS to the proxy itself is answered, as some npm 11 want it', async () => {
  const proxy = await network.open()
  const ca = proxy.environment(proxy.port).files[0]?.content
  const reply = await ask(https.get({ host: '127.0.0.1', port: proxy.port, path: pathOf(small), ca, agent: false }))
  expect(reply.body).toEqual(small.tarball)
})

test('requests for the proxy that go through the proxy are answered', async () => {
  const proxy = await network.open()
  const own = `127.0.0.1:${proxy.port}`
  expect((await proxy.getThrough(`http://${own}${pathOf(small)}`)).body).toEqual(small.tarball)
  expect((await proxy.getThrough(`https://${own}${pathOf(small)}`)).body).toEqual(small.tarball)
})

test.each([
  ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['bytes', '\0\x01\x02'],
  ['a TLS hello that is none', '\x16\x03\x01\0\x05hello'],
  ['nothing', ''],
])('a tunnel with %s in it is refused and named', async (_, bytes) => {
  const proxy = await network.open({ limits: { idleMs: 200 } })
  const socket = connect({ port: proxy.port })
  socket.write('CONNECT code.example.test:22 HTTP/1.1\r\nhost: code.example.test:22\r\n\r\n')
  await once(socket, 'data')
  if (bytes !== '') socket.end(bytes, 'latin1')
  else socket.resume()
  await once(socket, 'close')
  await expect.poll(() => proxy.refusals()).toMatchObject([{ method: 'CONNECT', url: 'code.example.test:22' }])
})

test.each([
  { what: 'a tunnel to nowhere', bytes: 'CONNECT nonsense HTTP/1.1\r\n\r\n' },
  { what: 'an address without a host', bytes: 'GET http:// HTTP/1.1\r\nhost: a\r\n\r\n' },
  { what: 'no address', bytes: 'OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n' },
  { what: 'no HTTP', bytes: 'nonsense\r\n\r\n' },
  { what: 'a very long address', bytes: `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n` },
])('a request with $what is answered with an error', async ({ bytes }) => {
  const proxy = await network.open()
  const socket = connect({ port: proxy.port })
  socket.end(bytes)
  expect(await text(socket)).toMatch(/^HTTP\/1.1 4/)
  expect((await proxy.get('/-/ping')).status).toBe(200)
})
