import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bundle, keyPair, statementAbout } from '../../fixtures/attestations/key-signed.ts'
import { openContentStore } from '../../verifiers/store/content.ts'
import { findAttestations } from './find.ts'
import { keysFrom } from './keys.ts'
import { verifyArtifact } from './verify.ts'

const pair = keyPair()
const tarball = gzipSync(Buffer.alloc(1024))
const list = {
  attestations: [
    { predicateType: 'https://slsa.dev/provenance/v1', bundle: bundle(JSON.stringify(statementAbout(tarball)), pair) },
  ],
}

let answers: Map<string, () => Buffer | string>
let folder: string
let registry: string
let server: ReturnType<typeof createServer>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-find-'))
  server = createServer((request, response) => {
    const answer = answers.get(request.url ?? '')
    response.writeHead(answer ? 200 : 404).end(answer?.() ?? '{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  // The host is another one, as with a mirror: only the path counts.
  const attestations = { url: 'https://elsewhere.invalid/-/npm/v1/attestations/a@1.0.0' }
  const dist = { tarball: `${registry}/a/-/a-1.0.0.tgz`, integrity, attestations }
  const packument = {
    name: 'a',
    'dist-tags': { latest: '1.0.0' },
    versions: { '1.0.0': { name: 'a', version: '1.0.0', dist } },
  }
  answers = new Map<string, () => Buffer | string>([
    ['/a', () => JSON.stringify(packument)],
    ['/a/-/a-1.0.0.tgz', () => tarball],
    ['/-/npm/v1/attestations/a@1.0.0', () => JSON.stringify(list)],
  ])
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

const find = () =>
  findAttestations({
    spec: 'npm:a@1.0.0',
    bundles: [],
    offline: false,
    published: async () => ({
      registry: { registry: `${registry}/` },
      store: openContentStore(join(folder, 'content')),
    }),
    progress: () => {},
    signal: new AbortController().signal,
  })

async function verdict() {
  const { artifact, reading } = await find()
  const { attestations } = reading
  const expectations = { signers: [{ key: 'given' as const }] }
  return (
    await verifyArtifact({
      artifact,
      attestations,
      expectations,
      trustRoots: [],
      keys: { given: keysFrom(pair.pem, 'key') },
    })
  ).verdict
}

test('a published package is verified with the attestations of its registry', async () => {
  expect(await verdict()).toBe('verified')
})

test('a registry that has none leaves the question open', async () => {
  answers.delete('/-/npm/v1/attestations/a@1.0.0')
  expect(await verdict()).toBe('unverifiable')
})

test('a registry that answers with something else is rejected', async () => {
  answers.set('/-/npm/v1/attestations/a@1.0.0', () => '<html>')
  expect(await verdict()).toBe('rejected')
})
