import { createPrivateKey, randomBytes, sign, X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { bundleFromJSON, type SerializedBundle } from '@sigstore/bundle'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { listen } from '../../fixtures/services/listen.ts'
import { workflowClaims } from '../../fixtures/services/oidc.ts'
import { type SigstoreServices, startServices } from '../../fixtures/services/start.ts'
import { type Statement, statement } from '../statements/statement.ts'
import { logIn } from './browser-login.ts'
import { createKey } from './local-key.ts'
import { type PlanOptions, planSigning } from './plan.ts'
import { type SigningPlan, signStatements } from './sign.ts'

let services: SigstoreServices
beforeAll(async () => {
  services = await startServices()
}, 900_000)
afterAll(() => services[Symbol.asyncDispose]())

const subject = { name: 'pkg:npm/a@1.0.0', digest: { sha256: 'a'.repeat(64), sha512: 'b'.repeat(128) } }
const statements = (count = 1): Map<string, Statement<unknown>> =>
  new Map(
    Array.from({ length: count }, (_, index) => [
      `${index}`,
      statement(subject, 'https://example/p', { index, nonce: randomBytes(8).toString('hex') }),
    ]),
  )

const plan = (options: Partial<PlanOptions> = {}) =>
  planSigning({
    signingConfig: services.clientConfig,
    environment: {},
    password: async () => 'secret words',
    now: () => new Date(),
    signal: new AbortController().signal,
    ...options,
  })

const person = () =>
  services.oidc.token(services.oidc.people, { sub: 'x', email: 'someone@acme.example', email_verified: true })

async function signed(how: SigningPlan, what = statements(), signal = new AbortController().signal) {
  const notices: string[][] = []
  const bundles = await signStatements(what, how, { announce: (notice) => void notices.push(notice), signal })
  return { bundles: [...bundles.values()].map(({ bundle }): SerializedBundle => JSON.parse(bundle)), notices }
}

test('a workflow signs with the identity that GitHub gives it, all of a run with one certificate', async () => {
  const how = await plan({ environment: services.oidc.githubEnvironment() })
  const { bundles, notices } = await signed(how, statements(3))
  const certificates = new Set(bundles.map(({ verificationMaterial }) => verificationMaterial.certificate?.rawBytes))
  expect(certificates.size).toBe(1)
  const certificate = new X509Certificate(Buffer.from([...certificates][0] ?? '', 'base64'))
  expect(certificate.subjectAltName).toBe(`URI:https://github.com/${workflowClaims.job_workflow_ref}`)
  for (const bundle of bundles) {
    expect(bundle.mediaType).toBe('application/vnd.dev.sigstore.bundle.v0.3+json')
    expect(bundle.verificationMaterial.tlogEntries).toMatchObject([
      { kindVersion: { kind: 'hashedrekord', version: '0.0.2' } },
    ])
    expect(bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps).toHaveLength(1)
  }
  expect(notices.flat().join('\n')).toContain(workflowClaims.sub)
})

test('a person signs with a given token, which stands in nothing that is kept or said', async () => {
  const token = person()
  const { bundles, notices } = await signed(await plan({ identityToken: token }))
  const certificate = new X509Certificate(
    Buffer.from(bundles[0]?.verificationMaterial.certificate?.rawBytes ?? '', 'base64'),
  )
  expect(certificate.subjectAltName).toBe('email:someone@acme.example')
  expect(JSON.stringify([bundles, notices])).not.toContain(token.split('.')[1])
  expect(notices.flat().join('\n')).toContain('someone@acme.example')
})

test('a person who logs in with a browser signs, at the provider that the configuration names', async () => {
  const signal = new AbortController().signal
  const open = (address: string) => void fetch(address)
  const login = (issuer: string) => logIn({ issuer, show: () => undefined, open, signal })
  const { bundles } = await signed(await plan({ login }))
  const raw = bundles[0]?.verificationMaterial.certificate?.rawBytes ?? ''
  expect(new X509Certificate(Buffer.from(raw, 'base64')).subjectAltName).toBe('email:someone@acme.example')
})

test('a key of one’s own is logged in Rekor v2 and timestamped', async () => {
  const key = join(tmpdir(), `reproof-${randomBytes(6).toString('hex')}.pem`)
  const { hint } = await createKey(key, 'secret words')
  const { bundles, notices } = await signed(await plan({ key }))
  expect(bundles[0]).toMatchObject({
    verificationMaterial: { publicKey: { hint }, tlogEntries: [{}] },
  })
  // A foreign key id makes cosign find no signature.
  expect(bundles[0]?.dsseEnvelope?.signatures[0]?.keyid ?? '').toBe('')
  expect(notices.flat().join('\n')).toMatch(/public key.*for ever/)
})

test('nobody is asked when the user does not agree to what becomes public', async () => {
  const requests: string[] = []
  const url = await fake((request, response) => {
    requests.push(request.url ?? '')
    response.end()
  })
  const how = await plan({ identityToken: person() })
  how.services.certificates = { url, version: 1, operator: '' }
  const refusal = new Error('no')
  const options = { announce: () => Promise.reject(refusal), signal: new AbortController().signal }
  await expect(signStatements(statements(), how, options)).rejects.toBe(refusal)
  expect(requests).toEqual([])
})

test('20 statements at once are signed', async () => {
  const how = await plan({ identityToken: person() })
  const all = await Promise.all(Array.from({ length: 20 }, () => signed(how)))
  expect(all).toHaveLength(20)
})

test('services that the trusted root does not belong to are found out before anything is written', async () => {
  const config = JSON.parse(await readFile(services.clientConfig, 'utf8'))
  const roots = config.trustedRoot
  const [, other] = [roots, (await plan({ identityToken: person() })).trustRoots[0]]
  if (!other) throw new Error('no root')
  for (const kind of ['tlogs', 'ctlogs', 'certificateAuthorities', 'timestampAuthorities'] as const) {
    const how = await plan({ identityToken: person() })
    how.trustRoots = [{ ...other, material: { ...other.material, [kind]: [] } }]
    // Without certificate logs in the root, the promise in the certificate is of a log that nobody knows.
    await expect(signed(how)).rejects.toMatchObject({ code: 'SIGNATURE_UNVERIFIABLE' })
  }
})

async function fake(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  const url = await listen(server)
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return url
}

const kinds = ['certificates', 'logs', 'timestamps'] as const

async function planWith(
  kind: (typeof kinds)[number],
  listener: RequestListener,
  version?: number,
): Promise<SigningPlan> {
  const how = await plan({ identityToken: person() })
  const service = { url: await fake(listener), version: version ?? (kind === 'logs' ? 2 : 1), operator: '' }
  if (kind === 'certificates') how.services.certificates = service
  else how.services[kind] = [service]
  return how
}

const answers: { name: string; status: number; body: string }[] = [
  { name: 'forbids it', status: 403, body: '' },
  { name: 'wants to be left in peace', status: 429, body: '' },
  { name: 'is broken', status: 500, body: 'oops' },
  { name: 'has it already', status: 409, body: '{"message":"an equivalent entry already exists"}' },
  { name: 'answers with nothing', status: 200, body: '' },
  { name: 'answers with no JSON', status: 200, body: '<html>' },
  { name: 'answers with another object', status: 201, body: '{"a":1}' },
  { name: 'answers with null', status: 201, body: 'null' },
]

test.each(kinds.flatMap((kind) => answers.map((answer) => ({ kind, ...answer }))))(
  'the service for $kind that $name gives a sentence without the token',
  async ({ kind, status, body }) => {
    const how = await planWith(
      kind,
      (_, response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(body),
    )
    const error = await signed(how).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: expect.stringMatching(/^SIGN(ING_SERVICE_FAILED|ATURE_UNVERIFIABLE)$/),
    })
    expect((error as Error).cause).toBeUndefined()
    const token = how.signer.kind === 'identity' ? how.signer.identity.token() : ''
    expect(`${JSON.stringify(error)}${String(error)}${(error as Error).stack}`).not.toContain(token.split('.')[1])
  },
)

test.each([429, 500])('a service that answers %s once is asked again', async (status) => {
  let asked = 0
  const real = (await plan({ identityToken: person() })).services.timestamps[0]?.url ?? ''
  const how = await planWith('timestamps', (request, response) => {
    if (asked++ === 0) return void response.writeHead(status).end()
    const chunks: Buffer[] = []
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', async () => {
        const answer = await fetch(real, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: Buffer.concat(chunks),
        })
        response
          .writeHead(answer.status, { 'content-type': 'application/timestamp-reply' })
          .end(Buffer.from(await answer.arrayBuffer()))
      })
  })
  const [first] = how.services.timestamps
  if (first) first.url = `${first.url}/api/v1/timestamp`
  expect((await signed(how)).bundles).toHaveLength(1)
  expect(asked).toBe(2)
})

test.each(kinds)('the service for %s that never answers is left when the user stops', async (kind) => {
  const how = await planWith(kind, () => undefined)
  const stopping = new AbortController()
  const running = signed(how, statements(), stopping.signal)
  running.catch(() => undefined)
  await setTimeout(300)
  stopping.abort()
  await expect(running).rejects.toMatchObject({ name: 'AbortError' })
})

test.each(kinds)('the service for %s that breaks off its answer gives a sentence', async (kind) => {
  const how = await planWith(kind, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"a":', () => response.destroy())
  })
  await expect(signed(how)).rejects.toMatchObject({ code: 'SIGNING_SERVICE_FAILED' })
})

describe('a service that lies is found out before anything is written', () => {
  const posted = async (request: IncomingMessage): Promise<Buffer> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  test('a log with the entry of another statement', async () => {
    const { bundles } = await signed(await plan({ identityToken: person() }))
    const [entry] = bundles[0]?.verificationMaterial.tlogEntries ?? []
    const how = await planWith('logs', (_, response) => {
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(entry))
    })
    await expect(signed(how)).rejects.toMatchObject({ code: 'SIGNATURE_UNVERIFIABLE' })
  })

  test('a timestamp authority with a timestamp of something else', async () => {
    const real = (await plan({ identityToken: person() })).services.timestamps[0]?.url ?? ''
    const how = await planWith('timestamps', async (request, response) => {
      await posted(request)
      const body = JSON.stringify({ artifactHash: Buffer.alloc(32).toString('base64'), hashAlgorithm: 'sha256' })
      const answer = await fetch(real, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      response
        .writeHead(201, { 'content-type': 'application/timestamp-reply' })
        .end(Buffer.from(await answer.arrayBuffer()))
    })
    const [first] = how.services.timestamps
    if (first) first.url = `${first.url}/api/v1/timestamp`
    await expect(signed(how)).rejects.toMatchObject({
      code: 'SIGNATURE_UNVERIFIABLE',
      message: expect.stringContaining('timestamp'),
    })
  })
})

test('a certificate for another key is refused', async () => {
  const { bundles } = await signed(await plan({ identityToken: person() }))
  const der = bundles[0]?.verificationMaterial.certificate?.rawBytes ?? ''
  const pem = new X509Certificate(Buffer.from(der, 'base64')).toString()
  const body = JSON.stringify({ signedCertificateEmbeddedSct: { chain: { certificates: [pem, pem] } } })
  const how = await planWith(
    'certificates',
    (_, response) => void response.writeHead(201, { 'content-type': 'application/json' }).end(body),
  )
  await expect(signed(how)).rejects.toMatchObject({
    code: 'SIGNING_SERVICE_FAILED',
    message: expect.stringContaining('another key'),
  })
})

test('50,000 dependencies are signed', async () => {
  const dependencies = Array.from({ length: 50_000 }, (_, index) => ({
    uri: `pkg:npm/package-${index}@1.0.0`,
    digest: { sha512: `${index}`.padStart(128, '0') },
  }))
  const large = new Map([['large', statement(subject, 'https://example/p', { dependencies })]])
  const { bundles } = await signed(await plan({ identityToken: person() }), large)
  expect(bundleFromJSON(bundles[0]).content.$case).toBe('dsseEnvelope')
})

test('an unencrypted key that another tool made is taken, too', async () => {
  const key = join(tmpdir(), `reproof-${randomBytes(6).toString('hex')}.pem`)
  await createKey(key, 'secret words')
  const privateKey = createPrivateKey({ key: await readFile(key), passphrase: 'secret words' })
  await writeFile(`${key}.plain`, privateKey.export({ format: 'pem', type: 'sec1' }))
  expect(sign('sha256', Buffer.from('x'), privateKey).length).toBeGreaterThan(60)
  expect((await signed(await plan({ key: `${key}.plain` }))).bundles).toHaveLength(1)
})
