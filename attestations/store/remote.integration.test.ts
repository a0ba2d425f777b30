import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bundle, digestsOf, keyPair, statementAbout } from '../../fixtures/attestations/key-signed.ts'
import { gitHubAttestations } from './github.ts'
import { ociAttestations } from './oci.ts'

const pair = keyPair()
const file = Buffer.from('a file')
const digest = `sha256:${digestsOf(file).sha256}`
const signed = bundle(JSON.stringify(statementAbout(file)), pair)

type Handler = (request: IncomingMessage, response: ServerResponse) => void

let server: Server
let origin: string
let routes: Map<string, Handler>
let asked: { path: string; authorization: string | undefined }[]
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-remote-'))
  routes = new Map()
  asked = []
  server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push({ path, authorization: request.headers.authorization })
    const handler = routes.get(path) ?? routes.get(path.split('?')[0] ?? '')
    if (handler) handler(request, response)
    else response.writeHead(404).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

const json =
  (value: unknown, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    response.writeHead(code, headers).end('{}')
const bytes =
  (body: Buffer): Handler =>
  (_, response) =>
    response.writeHead(200).end(body)
/** Answers in turn, the last one for ever. */
const inTurn = (...handlers: Handler[]): Handler => {
  let turn = 0
  return (request, response) => handlers[Math.min(turn++, handlers.length - 1)]?.(request, response)
}
const endless: Handler = (_, response) => {
  response.writeHead(200)
  const more = () => {
    while (response.write(Buffer.alloc(1 << 20, 0x20)));
  }
  response.on('drain', more)
  more()
}
const silent: Handler = (_, response) => response.writeHead(200).flushHeaders()

const limits = { attempts: 2, retryDelay: 5, silence: 300, duration: 3000, longestDelay: 100 }
const signal = new AbortController().signal

describe('GitHub', () => {
  const path = `/api/repos/o/r/attestations/${digest}`
  const get = (environment: NodeJS.ProcessEnv = {}) =>
    gitHubAttestations({
      repository: 'o/r',
      digest,
      environment: { GITHUB_API_URL: `${origin}/api`, ...environment },
      limits,
      signal,
    })
  const count = async () => (await get()).attestations.filter((one) => 'content' in one).length

  test('bundles that are in the answer, page after page, with the token of gh', async () => {
    routes.set(path, json({ attestations: [{ bundle: signed }] }, { link: `<${origin}${path}/2?after=x>; rel="next"` }))
    routes.set(`${path}/2`, json({ attestations: [{ bundle: signed }, {}] }))
    const { attestations, ignored } = await get({ GH_TOKEN: 'secret' })
    expect(attestations).toHaveLength(2)
    expect(ignored).toHaveLength(1)
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer secret', 'Bearer secret'])
  })

  test('bundles that are elsewhere, compressed, get no token', async () => {
    const text = Buffer.from(JSON.stringify(signed))
    const length = Buffer.from([(text.length & 0x7f) | 0x80, text.length >> 7])
    const head = Buffer.from([61 << 2, (text.length - 1) & 0xff, (text.length - 1) >> 8])
    routes.set(path, json({ attestations: [{ bundle: null, bundle_url: `${origin}/blob?signature=x` }] }))
    routes.set('/blob', bytes(Buffer.concat([length, head, text])))
    expect(await count()).toBe(1)
    expect(asked.at(-1)).toEqual({ path: '/blob?signature=x', authorization: undefined })
    routes.set('/blob', bytes(Buffer.from('damaged')))
    await expect(get()).rejects.toMatchObject({ code: 'ATTESTATIONS_ANSWER_INVALID' })
  })

  test.each([404, 422])('%d means that there is none', async (code) => {
    routes.set(path, status(code))
    expect(await count()).toBe(0)
  })

  test('what is busy is asked again, as soon as it says; not when that is too long', async () => {
    routes.set(path, inTurn(status(429, { 'retry-after': '0' }), json({ attestations: [{ bundle: signed }] })))
    expect(await count()).toBe(1)
    routes.set(path, status(429, { 'retry-after': '3600' }))
    await expect(get()).rejects.toMatchObject({ code: 'ATTESTATIONS_UNREACHABLE', details: { status: 429 } })
    routes.set(path, status(500))
    await expect(get()).rejects.toMatchObject({ code: 'ATTESTATIONS_UNREACHABLE', details: { status: 500 } })
  })

  test.each<[string, Handler, string]>([
    ['an answer without end', endless, 'ATTESTATIONS_ANSWER_INVALID'],
    ['an answer that never comes', silent, 'ATTESTATIONS_UNREACHABLE'],
    ['a page', bytes(Buffer.from('<html>')), 'ATTESTATIONS_ANSWER_INVALID'],
    ['another document', json({ message: 'hello' }), 'ATTESTATIONS_ANSWER_INVALID'],
    ['a refusal', status(403), 'ATTESTATIONS_UNREACHABLE'],
    ['a redirect into the clear', status(302, { location: 'http://example.com/x' }), 'ATTESTATIONS_ANSWER_INVALID'],
    ['a redirect to a file', status(302, { location: 'file:///etc/passwd' }), 'ATTESTATIONS_ANSWER_INVALID'],
    ['a redirect to nowhere', status(302), 'ATTESTATIONS_ANSWER_INVALID'],
    ['a connection that breaks', (request) => request.socket.destroy(), 'ATTESTATIONS_UNREACHABLE'],
    ['a bundle at no address', json({ attestations: [{ bundle_url: 'file:///etc/passwd' }] }), 'USAGE'],
  ])('%s is refused', async (_, handler, code) => {
    routes.set(path, handler)
    await expect(get()).rejects.toMatchObject({ code })
  })

  test('a redirect that turns in circles has an end', async () => {
    routes.set(path, status(307, { location: path }))
    await expect(get()).rejects.toMatchObject({ code: 'ATTESTATIONS_ANSWER_INVALID' })
    expect(asked.length).toBeLessThan(15)
  })

  test('the next page is only looked for at the same place', async () => {
    routes.set(path, json({ attestations: [{ bundle: signed }] }, { link: '<https://example.com/steal>; rel="next"' }))
    expect(await count()).toBe(1)
  })

  test.each(['owner', 'o/r/x', '../x', 'o/..', 'o/r?x', ''])('%s is no repository', async (repository) => {
    const environment = { GITHUB_API_URL: origin }
    await expect(gitHubAttestations({ repository, digest, environment, limits, signal })).rejects.toMatchObject({
      code: 'USAGE',
    })
  })
})

describe('an OCI registry', () => {
  const sha256 = (body: Buffer) => `sha256:${createHash('sha256').update(body).digest('hex')}`
  const index = (manifests: unknown[]) => ({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests,
  })
  const image = Buffer.from(JSON.stringify({ schemaVersion: 2, layers: [] }))
  const imageDigest = sha256(image)
  const artifactType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
  const blob = Buffer.from(JSON.stringify(signed))
  const descriptor = (body: Buffer, mediaType = 'application/vnd.oci.image.manifest.v1+json') => ({
    mediaType,
    digest: sha256(body),
    size: body.length,
  })
  const manifestOf = (subject = imageDigest) =>
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        artifactType,
        layers: [descriptor(blob, artifactType)],
        subject: { mediaType: 'x', digest: subject, size: 1 },
      }),
    )
  const base = '/v2/team/app'

  beforeEach(() => {
    const manifest = manifestOf()
    routes.set(`${base}/manifests/v1`, bytes(image))
    routes.set(`${base}/manifests/${sha256(manifest)}`, bytes(manifest))
    routes.set(`${base}/blobs/${sha256(blob)}`, bytes(blob))
    routes.set(
      `${base}/referrers/${imageDigest}`,
      json(
        index([
          { ...descriptor(manifest), artifactType },
          { ...descriptor(image), artifactType: 'application/spdx+json' },
          'odd',
        ]),
      ),
    )
  })

  const get = (suffix = `@${imageDigest}`, environment: NodeJS.ProcessEnv = { HOME: folder }) =>
    ociAttestations({
      reference: `oci://${origin.replace('http://', '')}/team/app${suffix}`,
      environment,
      limits,
      signal,
    })
  const contents = async (suffix?: string) =>
    (await get(suffix)).reading.attestations.filter((one) => 'content' in one).length

  test('what refers to an image is found by its digest and by its tag; other kinds are left alone', async () => {
    expect(await contents()).toBe(1)
    expect(await contents(':v1')).toBe(1)
    expect((await get(':v1')).artifact).toMatchObject({ digests: { sha256: imageDigest.slice(7) } })
  })

  test('a registry without the API keeps the list under a tag', async () => {
    const list = routes.get(`${base}/referrers/${imageDigest}`)
    routes.delete(`${base}/referrers/${imageDigest}`)
    expect(await contents()).toBe(0)
    if (list) routes.set(`${base}/manifests/${imageDigest.replace(':', '-')}`, list)
    expect(await contents()).toBe(1)
  })

  test('a blob that lies elsewhere is fetched there, without what is secret', async () => {
    routes.set(`${base}/blobs/${sha256(blob)}`, status(307, { location: '/cdn/blob' }))
    routes.set('/cdn/blob', bytes(blob))
    expect(await contents()).toBe(1)
  })

  test('it logs in as nobody, and with what docker login left', async () => {
    const realm = `Bearer realm="${origin}/token",service="reg"`
    const challenged = (path: string) => {
      const open = routes.get(path)
      routes.set(path, (request, response) => {
        if (request.headers.authorization === 'Bearer abc') open?.(request, response)
        else response.writeHead(401, { 'www-authenticate': realm }).end()
      })
    }
    for (const path of routes.keys()) challenged(path)
    routes.set('/token', json({ token: 'abc' }))
    expect(await contents()).toBe(1)
    expect(asked.find(({ path }) => path.startsWith('/token'))).toEqual({
      path: '/token?scope=repository%3Ateam%2Fapp%3Apull&service=reg',
      authorization: undefined,
    })
    await mkdir(join(folder, '.docker'))
    const auths = { [origin.replace('http://', '')]: { auth: 'dTpw' } }
    await writeFile(join(folder, '.docker', 'config.json'), JSON.stringify({ auths }))
    asked.length = 0
    expect(await contents()).toBe(1)
    expect(asked.find(({ path }) => path.startsWith('/token'))?.authorization).toBe('Basic dTpw')
  })

  test.each<[string, () => void, string]>([
    [
      'other bytes than the digest says',
      () => routes.set(`${base}/blobs/${sha256(blob)}`, bytes(Buffer.from('{}'))),
      'ATTESTATIONS_ANSWER_INVALID',
    ],
    [
      'more bytes than it says',
      () => routes.set(`${base}/blobs/${sha256(blob)}`, endless),
      'ATTESTATIONS_ANSWER_INVALID',
    ],
    [
      'a list of another media type',
      () => routes.set(`${base}/referrers/${imageDigest}`, json({ ...index([]), mediaType: 'x' })),
      'ATTESTATIONS_ANSWER_INVALID',
    ],
    [
      'a list without end',
      () => routes.set(`${base}/referrers/${imageDigest}`, endless),
      'ATTESTATIONS_ANSWER_INVALID',
    ],
    [
      'a token server in the clear',
      () =>
        routes.set(
          `${base}/referrers/${imageDigest}`,
          status(401, { 'www-authenticate': 'Bearer realm="http://example.com/"' }),
        ),
      'USAGE',
    ],
    [
      'a challenge without an address',
      () => routes.set(`${base}/referrers/${imageDigest}`, status(401, { 'www-authenticate': 'Bearer' })),
      'ATTESTATIONS_UNREACHABLE',
    ],
    ['429 for ever', () => routes.set(`${base}/referrers/${imageDigest}`, status(429)), 'ATTESTATIONS_UNREACHABLE'],
    ['a blob that is gone', () => routes.delete(`${base}/blobs/${sha256(blob)}`), 'ATTESTATIONS_UNREACHABLE'],
  ])('%s is refused', async (_, attack, code) => {
    attack()
    await expect(get()).rejects.toMatchObject({ code })
  })

  test('what refers to something else is ignored, and said', async () => {
    const other = manifestOf(`sha256:${'0'.repeat(64)}`)
    routes.set(`${base}/manifests/${sha256(other)}`, bytes(other))
    routes.set(`${base}/referrers/${imageDigest}`, json(index([{ ...descriptor(other), artifactType }])))
    const { reading } = await get()
    expect(reading.attestations).toEqual([])
    expect(reading.ignored).toHaveLength(1)
  })

  test.each([
    'oci://host',
    'oci://host/Upper',
    'oci://user:pw@host/x',
    'oci://host/../x',
    'oci://host/x@sha256:abc',
    `oci://host/${'a/'.repeat(2000)}`,
  ])('%s names nothing', async (reference) => {
    await expect(ociAttestations({ reference, environment: {}, limits, signal })).rejects.toMatchObject({
      code: 'USAGE',
    })
  })
})
