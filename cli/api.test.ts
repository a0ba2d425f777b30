import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createKey } from '../attestations/signing/local-key.ts'
import { finishedRun, manifestsOf } from '../fixtures/runs/finished-run.ts'
import { writeFileAtomically } from '../verifiers/store/atomic.ts'
import { attest, compare, inspect, isProblem, rebuild, verify } from './api.ts'

let keys: string
beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), 'reproof-api-keys-'))
  await createKey(join(keys, 'k'), 'secret')
})
afterAll(() => rm(keys, { recursive: true }))

let folder: string
let environment: NodeJS.ProcessEnv
const said: unknown[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-api-'))
  environment = { HOME: folder, REPROOF_CACHE: join(folder, 'cache'), REPROOF_STATE: join(folder, 'state') }
  const { manifest, lockfile } = manifestsOf()
  const place = join(folder, 'state/runs/one')
  const run = { id: 'one', request: {}, startedAt: '2026-02-03T04:05:06Z', finishedAt: '2026-02-03T04:06:07Z' }
  await writeFileAtomically(join(place, 'run.json'), JSON.stringify(run))
  await writeFileAtomically(join(place, 'report.json'), JSON.stringify(await finishedRun()))
  await writeFileAtomically(join(place, 'manifests/package.json'), manifest)
  await writeFileAtomically(join(place, 'manifests', lockfile.name), lockfile.bytes)
  said.length = 0
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => said.push(text) > 0)
  }
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

const path = (name: string) => join(folder, name)

test('what attest signs, verify accepts and inspect explains, and nothing is printed', async () => {
  const { statements, files } = await attest('one', { key: join(keys, 'k'), password: 'secret', environment })
  expect(statements.map(({ kind }) => kind)).toEqual(['provenance', 'sbom', 'rebuild-result'])
  const bundle = files.filter((file) => file.endsWith('.intoto.jsonl'))
  await writeFile(path('acme-widget-1.2.3.tgz'), 'published')
  const trust = { key: [join(keys, 'k.pub')], environment }
  const { verdict } = await verify(path('acme-widget-1.2.3.tgz'), { ...trust, bundle, offline: true })
  expect(verdict).toBe('verified')
  const inspection = await inspect(bundle[0] ?? '', trust)
  expect(inspection.verdict).toBe('verified')
  expect(inspection.dependencies.map(({ uri }) => uri)).toContain('pkg:npm/left@1.0.0')
  expect(said).toEqual([])
})

test('parameters that were not expected are refused', async () => {
  const { files } = await attest('one', { key: join(keys, 'k'), password: 'secret', environment })
  await writeFile(path('acme-widget-1.2.3.tgz'), 'published')
  const bundle = files.filter((file) => file.endsWith('.provenance.sigstore.json'))
  const options = { key: [join(keys, 'k.pub')], bundle, environment }
  const { verdict } = await verify(path('acme-widget-1.2.3.tgz'), { ...options, parameters: { artifact: 'x' } })
  expect(verdict).toBe('rejected')
})

test('the public services are never used without somebody who agrees', async () => {
  const claims = { iss: 'https://i.example', sub: 'me', aud: 'sigstore', exp: Math.floor(Date.now() / 1000) + 600 }
  const identityToken = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`
  const told: string[] = []
  const agree = (notice: string[]) => told.push(...notice) < 0
  await expect(attest('one', { identityToken, environment })).rejects.toMatchObject({ code: 'NOT_AGREED' })
  await expect(attest('one', { identityToken, environment, agree })).rejects.toMatchObject({ code: 'NOT_AGREED' })
  expect(told.join(' ')).toContain('for ever')
})

test.each([
  ['verify', () => verify('nowhere', { key: [join(keys, 'k.pub')], environment }), 'FILE_UNREADABLE'],
  ['verify without a signer', () => verify(join(keys, 'k'), { environment }), 'SIGNER_NOT_NAMED'],
  ['inspect', () => inspect('nowhere', { environment }), 'RUN_NOT_FOUND'],
  ['attest', () => attest('nowhere', { key: join(keys, 'k'), environment }), 'RUN_NOT_FOUND'],
  ['compare', () => compare('nowhere', 'nowhere'), 'FILE_UNREADABLE'],
  ['rebuild', () => rebuild('npm:../x', { environment: { ...process.env, ...environment } }), 'SPEC_INVALID'],
])('%s of what is not there is a problem with a code', async (_, call, code) => {
  const error = await call().then(
    (value) => ({ value }),
    (thrown: unknown) => thrown,
  )
  const problem = isProblem(error)
    ? error.code
    : (error as { value?: { problem?: { code?: string } } }).value?.problem?.code
  expect(problem).toBe(code)
})
