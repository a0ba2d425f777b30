import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  everything,
  large,
  openTestNetwork,
  pathOf,
  pin,
  type Reply,
  small,
  type TestNetwork,
} from '../../fixtures/network/proxy.ts'
import { type Handler, isTarball, packumentOf, startTestRegistry } from '../../fixtures/network/registry.ts'

let network: TestNetwork
beforeEach(async () => {
  network = await openTestNetwork()
})
afterEach(() => network[Symbol.asyncDispose]())

const json = (reply: Reply) => JSON.parse(reply.body.toString())

const answers: [string, Handler, { status: number; problem: string }][] = [
  ['answers 500', (_, response) => !!response.writeHead(500).end('{}'), { status: 424, problem: 'REGISTRY_ERROR' }],
  ['answers 401', (_, response) => !!response.writeHead(401).end('{}'), { status: 424, problem: 'REGISTRY_ERROR' }],
  ['hangs', () => true, { status: 424, problem: 'REGISTRY_TIMEOUT' }],
  ['resets the connection', (request) => !!request.socket.destroy(), { status: 424, problem: 'REGISTRY_UNREACHABLE' }],
  [
    'redirects to another host',
    (_, response) => !!response.writeHead(302, { location: 'http://127.0.0.1:1/secret' }).end(),
    { status: 424, problem: 'REGISTRY_ANSWER_INVALID' },
  ],
  [
    'redirects to a file',
    (_, response) => !!response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    { status: 424, problem: 'REGISTRY_ANSWER_INVALID' },
  ],
  [
    'redirects in a circle',
    (request, response) => !!response.writeHead(302, { location: request.url }).end(),
    { status: 424, problem: 'REGISTRY_ANSWER_INVALID' },
  ],
  [
    'drips',
    (_, response) => {
      const timer = setInterval(() => response.write(' '), 20)
      return !!response.once('close', () => clearInterval(timer))
    },
    { status: 424, problem: 'REGISTRY_TIMEOUT' },
  ],
  [
    'stops sending',
    (_, response) => !!response.writeHead(200, { 'content-length': 100 }).write('{"name":'),
    { status: 424, problem: 'REGISTRY_TIMEOUT' },
  ],
  [
    'stops in the middle',
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{"name":', () => response.destroy())
      return true
    },
    { status: 424, problem: 'REGISTRY_ERROR' },
  ],
  [
    'sends without end',
    (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, ' ')));
      }
      more()
      return !!response.on('drain', more)
    },
    { status: 424, problem: '(too large)' },
  ],
  [
    'lies about its encoding',
    (_, response) => !!response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip'),
    { status: 424, problem: '(encoding)' },
  ],
]
const limits = {
  connectMs: 500,
  idleMs: 300,
  packumentMs: 600,
  tarballMs: 600,
  packumentBytes: 200_000,
  tarballBytes: 5_000_000,
}

test.each(answers)(
  'a registry that %s is said to be so of a packument, and harms nothing',
  async (_, handler, { status, problem }) => {
    network.registry.misbehave(handler)
    const proxy = await network.open({ limits })
    expect((await proxy.get('/small')).status).toBe(status)
    const expected = { '(too large)': 'REGISTRY_ANSWER_TOO_LARGE', '(encoding)': 'REGISTRY_ERROR' }[problem] ?? problem
    expect(proxy.exchanges()).toMatchObject([{ status, problem: expected, from: 'network' }])
    network.registry.misbehave(undefined)
    expect((await proxy.get('/small')).status).toBe(200)
  },
)

test.each(answers)(
  'a registry that %s is said to be so of a tarball, and harms nothing',
  async (_, handler, { problem }) => {
    network.registry.misbehave((request, response) => isTarball(request, response) && handler(request, response))
    const proxy = await network.open({ limits })
    const reply = await proxy.get(pathOf(small)).catch(() => undefined)
    expect(reply?.status ?? 424).toBe(424)
    const expected =
      { '(too large)': 'ARTIFACT_TOO_LARGE', '(encoding)': 'DEPENDENCY_INTEGRITY_MISMATCH' }[problem] ?? problem
    expect(proxy.exchanges()).toMatchObject([{ problem: expected }])
    network.registry.misbehave(undefined)
    expect((await proxy.get(pathOf(small))).body).toEqual(small.tarball)
  },
)

test.each([
  ['is not JSON', '<html></html>'],
  ['is about another package', JSON.stringify(packumentOf('large', everything, 'http://127.0.0.1/'))],
  ['is nested deeply', '['.repeat(100_000)],
])('a packument that %s is not passed on', async (_, answer) => {
  network.registry.misbehave((_request, response) => !!response.end(answer))
  const proxy = await network.open()
  expect((await proxy.get('/small')).status).toBe(424)
  expect(proxy.exchanges()).toMatchObject([{ problem: 'REGISTRY_ANSWER_INVALID' }])
})

test('a packument of 100 MB ends at the limit', async () => {
  network.registry.misbehave((_, response) => !!response.end(Buffer.alloc(100 * 2 ** 20, ' ')))
  const proxy = await network.open()
  expect((await proxy.get('/small')).status).toBe(424)
  expect(proxy.exchanges()).toMatchObject([{ problem: 'REGISTRY_ANSWER_TOO_LARGE' }])
})

test('a registry that recovers is not noticed', async () => {
  let failures = 2
  network.registry.misbehave((_, response) => failures-- > 0 && !!response.writeHead(503).end())
  const proxy = await network.open()
  expect((await proxy.get('/small')).status).toBe(200)
  expect(network.registry.requests).toHaveLength(3)
})

test('a redirect inside the registry is followed', async () => {
  network.registry.misbehave((request, response) => {
    return request.url === '/small' && !!response.writeHead(302, { location: '/large/../small?again' }).end()
  })
  const proxy = await network.open()
  expect((await proxy.get('/small')).status).toBe(404)
  expect(network.registry.requests).toEqual(['/small', '/small?again'])
})

test.each([
  ['small', small],
  ['large', large],
])('a %s tarball with other bytes never arrives whole, and is not kept', async (_, published) => {
  const damaged = Buffer.from(published.tarball)
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
  network.registry.misbehave((request, response) => isTarball(request, response) && !!response.end(damaged))
  for (const declared of [[], [pin(published)]]) {
    const proxy = await network.open({ declared })
    const reply = await proxy.get(pathOf(published)).catch(() => 'broken off')
    if (published === large) expect(reply).toBe('broken off')
    else expect(reply).toMatchObject({ status: 424 })
    expect(proxy.exchanges()).toMatchObject([{ problem: 'DEPENDENCY_INTEGRITY_MISMATCH', size: expect.any(Number) }])
  }
  network.registry.misbehave(undefined)
  expect((await (await network.open()).get(pathOf(published))).body).toEqual(published.tarball)
})

test('a lockfile that declares other bytes than the registry has is a mismatch', async () => {
  const proxy = await network.open({ declared: [pin(small, { integrity: large.integrity })] })
  expect((await proxy.get(pathOf(small))).status).toBe(424)
  expect(proxy.exchanges()).toMatchObject([{ problem: 'DEPENDENCY_INTEGRITY_MISMATCH' }])
})

test('an old lockfile with SHA-1 is checked against the registry as well', async () => {
  const sha1 = `sha1-${Buffer.from(small.shasum, 'hex').toString('base64')}`
  const proxy = await network.open({ declared: [pin(small, { integrity: sha1 })] })
  expect((await proxy.get(pathOf(small))).body).toEqual(small.tarball)
  expect(network.registry.requests).toEqual(['/small', '/small/-/small-1.0.0.tgz'])
  expect(proxy.exchanges()).toMatchObject([{ declaredBy: 'lockfile' }])
})

test('a tarball that the registry places on another host is taken from the registry itself', async () => {
  await using other = await startTestRegistry(everything)
  network.registry.misbehave((request, response) => {
    return request.url === '/small' && !!response.end(JSON.stringify(packumentOf('small', everything, other.url)))
  })
  const proxy = await network.open()
  expect((await proxy.get(pathOf(small))).body).toEqual(small.tarball)
  expect(other.requests).toEqual([])
})

test('a registry with paths of its own is followed to them', async () => {
  const packument = JSON.stringify(packumentOf('small', everything, network.registry.url)).replaceAll(
    '/small/-/',
    '/download/',
  )
  network.registry.misbehave((request, response) => {
    if (request.url === '/small') return !!response.end(packument)
    if (request.url === '/download/small-1.0.0.tgz') return !!response.end(small.tarball)
    return !!response.writeHead(404).end()
  })
  const proxy = await network.open()
  const { tarball } = json(await proxy.get('/small')).versions['1.0.0'].dist
  expect((await proxy.get(new URL(tarball).pathname)).body).toEqual(small.tarball)
})

test('a tarball that is called otherwise is found by what the registry says of it', async () => {
  const packument = JSON.stringify(packumentOf('small', everything, network.registry.url)).replaceAll(
    'small-1.0.0.tgz',
    'old.tar.gz',
  )
  network.registry.misbehave((request, response) => {
    if (request.url === '/small') return !!response.end(packument)
    return request.url === '/small/-/old.tar.gz' ? !!response.end(small.tarball) : !!response.writeHead(404).end()
  })
  const proxy = await network.open()
  expect((await proxy.get('/small/-/old.tar.gz')).body).toEqual(small.tarball)
})
