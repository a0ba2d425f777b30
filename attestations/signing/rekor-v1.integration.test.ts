import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RekorV1, startRekorV1 } from '../../fixtures/services/rekor-v1.ts'
import { type SigstoreServices, startServices } from '../../fixtures/services/start.ts'
import { statement } from '../statements/statement.ts'
import { createKey } from './local-key.ts'
import { planSigning } from './plan.ts'
import { signStatements } from './sign.ts'

let services: SigstoreServices
let log: RekorV1
let folder: string
let configuration: string
beforeAll(async () => {
  services = await startServices()
  log = await startRekorV1()
  folder = await mkdtemp(join(tmpdir(), 'reproof-rekor-v1-'))
  configuration = join(folder, 'client_config.json')
  const config = JSON.parse(await readFile(services.clientConfig, 'utf8'))
  config.trustedRoot.tlogs = [log.instance]
  const [service] = config.signingConfig.rekorTlogUrls
  config.signingConfig.rekorTlogUrls = [{ ...service, url: log.url, majorApiVersion: 1 }]
  await writeFile(configuration, JSON.stringify(config))
}, 900_000)
afterAll(async () => {
  await services[Symbol.asyncDispose]()
  await log[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const subject = { name: 'pkg:npm/a@1.0.0', digest: { sha256: 'a'.repeat(64), sha512: 'b'.repeat(128) } }
const statements = new Map([['one', statement(subject, 'https://example/p', { a: 1 })]])
const signal = new AbortController().signal

async function sign(who: { key: string } | { identityToken: string }) {
  const options = { environment: {}, password: async () => 'secret', now: () => new Date(), signal }
  const plan = await planSigning({ ...who, ...options, signingConfig: configuration })
  const notices: string[] = []
  const signed = await signStatements(statements, plan, { announce: (notice) => void notices.push(...notice), signal })
  return { bundle: JSON.parse(signed.get('one')?.bundle ?? ''), notices: notices.join('\n') }
}

const token = () =>
  services.oidc.token(services.oidc.people, { sub: 'x', email: 'someone@acme.example', email_verified: true })

const logged = { verificationMaterial: { tlogEntries: [{ kindVersion: { kind: 'dsse', version: '0.0.1' } }] } }

test('an identity is logged in Rekor v1, and the user is told that the statements go there', async () => {
  const { bundle, notices } = await sign({ identityToken: token() })
  expect(bundle).toMatchObject(logged)
  expect(notices).toMatch(/statements themselves are sent.*pkg:npm\/a@1\.0\.0/)
})

test('a key is logged in Rekor v1', async () => {
  const key = join(folder, 'key.pem')
  await createKey(key, 'secret')
  expect((await sign({ key })).bundle).toMatchObject(logged)
})

test('an entry that the log has already is fetched', async () => {
  log.conflicts.next = true
  expect((await sign({ identityToken: token() })).bundle).toMatchObject(logged)
})
