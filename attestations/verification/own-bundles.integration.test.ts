import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digestsOf } from '../../fixtures/attestations/key-signed.ts'
import { workflowClaims } from '../../fixtures/services/oidc.ts'
import { type SigstoreServices, startServices } from '../../fixtures/services/start.ts'
import { createKey } from '../signing/local-key.ts'
import { type PlanOptions, planSigning } from '../signing/plan.ts'
import { signStatements } from '../signing/sign.ts'
import { statement } from '../statements/statement.ts'
import type { Expectations } from './expectations.ts'
import { readKeys } from './keys.ts'
import { readAttestations } from './read.ts'
import { readTrustRoots } from './trust-root.ts'
import { verifyArtifact } from './verify.ts'

// Real Fulcio, Rekor v2 and timestamp authority: what reproof signs with them, reproof verifies.
let services: SigstoreServices
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-own-'))
  services = await startServices()
}, 900_000)
afterAll(async () => {
  await services[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function signed(options: Partial<PlanOptions>): Promise<Buffer> {
  const signal = new AbortController().signal
  const plan = await planSigning({
    signingConfig: services.clientConfig,
    environment: {},
    password: async () => 'secret words',
    now: () => new Date(),
    signal,
    ...options,
  })
  const said = statement({ name: 'file', digest: digestsOf('contents') }, 'https://example.com/p', {
    nonce: randomBytes(8).toString('hex'),
  })
  const bundles = await signStatements(new Map([['one', said]]), plan, { announce: () => {}, signal })
  return Buffer.from([...bundles.values()].map(({ bundle }) => `${bundle}\n`).join(''))
}

async function verify(bytes: Buffer, expectations: Expectations, key?: string) {
  return verifyArtifact({
    artifact: { name: 'file', digests: digestsOf('contents') },
    attestations: readAttestations({ bytes, file: 'bundle' }).attestations,
    expectations,
    trustRoots: await readTrustRoots(services.clientConfig),
    keys: { given: key === undefined ? [] : await readKeys(key) },
  })
}

const failed = ({ statements }: Awaited<ReturnType<typeof verify>>) =>
  statements.flatMap(({ checks }) => checks.filter(({ result }) => result === 'failed'))

test('of a workflow, with the claims of its certificate', async () => {
  const bytes = await signed({ environment: services.oidc.githubEnvironment() })
  const identity = { exactly: `https://github.com/${workflowClaims.job_workflow_ref}` }
  const sourceRepository = `https://github.com/${workflowClaims.repository}`
  const verification = await verify(bytes, { signers: [{ identity, issuer: { pattern: '.+' } }], sourceRepository })
  expect(failed(verification)).toEqual([])
  expect(verification.statements[0]?.times).toHaveLength(1)
  const other = { signers: [{ identity, issuer: { pattern: '.+' } }], sourceRepository: `${sourceRepository}2` }
  expect((await verify(bytes, other)).verdict).toBe('rejected')
})

test('of a person', async () => {
  const email = 'someone@acme.example'
  const identityToken = services.oidc.token(services.oidc.people, { sub: 'x', email, email_verified: true })
  const bytes = await signed({ identityToken })
  const signers = [{ identity: { exactly: email }, issuer: { pattern: '.+' } }]
  expect(
    failed(await verify(bytes, { signers, require: { logEntries: 1, certificateLogs: 1, timestamps: 1 } })),
  ).toEqual([])
})

test('of a key, logged and timestamped', async () => {
  const key = join(folder, 'key.pem')
  const { publicPath } = await createKey(key, 'secret words')
  const bytes = await signed({ key })
  const expectations = { signers: [{ key: 'given' as const }], require: { logEntries: 1, timestamps: 1 } }
  expect(failed(await verify(bytes, expectations, publicPath))).toEqual([])
})
