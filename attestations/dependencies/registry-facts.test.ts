import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { digestsOf } from '../../fixtures/runs/finished-run.ts'
import { listen } from '../../fixtures/services/listen.ts'
import { embeddedTrustRoot } from '../verification/embedded-root.ts'
import type { Dependency, DependencySet } from './model.ts'
import { type RegistryFactsOptions, withRegistryFacts } from './registry-facts.ts'

const packageOf = (name: string): Dependency => ({
  uri: `pkg:npm/${name.replace('@', '%40')}@1.0.0`,
  digests: { sha512: digestsOf(name).sha512 },
  role: 'runtime',
  evidence: 'both',
})

const setOf = (...names: string[]): DependencySet => ({
  dependencies: [
    ...names.map(packageOf),
    {
      uri: 'pkg:deb/debian/bash@5?arch=amd64',
      digests: { sha256: digestsOf('x').sha256 },
      role: 'os',
      evidence: 'both',
    },
  ],
  findings: [],
  graph: new Map(),
  completeness: {
    method: 'recording-proxy',
    declared: 0,
    observed: 0,
    both: 0,
    declaredNotFetched: 0,
    undeclared: 0,
    unhashed: 0,
    refused: 0,
    inspected: 0,
  },
})

type World = { time?: Record<string, string>; attestations?: string; status?: number }

/** A registry that has every package, in a version 1.0.0. */
async function ask(set: DependencySet, world: World = {}) {
  const requests: string[] = []
  const time = world.time ?? { created: '2020-01-01T00:00:00Z', '1.0.0': '2024-06-01T00:00:00.000Z' }
  const server = createServer(({ url = '' }, response) => {
    requests.push(url)
    if (world.status !== undefined) return void response.writeHead(world.status).end()
    const name = decodeURIComponent(url.slice(1))
    if (url.startsWith('/-/npm/v1/attestations/')) {
      if (world.attestations === undefined) return void response.writeHead(404).end()
      return void response.end(world.attestations)
    }
    if (name === 'gone') return void response.writeHead(404).end()
    const attestations = { url: `https://elsewhere.example/-/npm/v1/attestations/${name}@1.0.0` }
    const dist = { tarball: 'https://packages.example/x.tgz', ...(name.startsWith('attested') && { attestations }) }
    const versions = { '1.0.0': { name, version: '1.0.0', dist, ...(name === 'old' && { deprecated: 'use another' }) } }
    response.end(JSON.stringify({ name, versions, time, 'dist-tags': { latest: '1.0.0' } }))
  })
  const url = await listen(server)
  const cacheFolder = await mkdtemp(join(tmpdir(), 'reproof-facts-'))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await rm(cacheFolder, { recursive: true })
  })
  const options: RegistryFactsOptions = {
    registry: { registry: url },
    cacheFolder,
    trustRoots: [embeddedTrustRoot()],
    limits: { attempts: 2, retryDelay: 1, silence: 5000, duration: 10_000 },
    now: new Date('2024-07-01T00:00:00Z'),
    signal: new AbortController().signal,
  }
  const again = () => withRegistryFacts(set, '2024-06-02T00:00:00Z', options)
  return { again, requests }
}

test('of each package it is known when it was published, and that nothing attests it', async () => {
  const { again, requests } = await ask(setOf('plain', '@s/scoped'))
  const { dependencies, findings, completeness } = await again()
  expect(dependencies.map(({ provenance, publishedOn }) => [provenance, publishedOn])).toEqual([
    ['absent', '2024-06-01T00:00:00.000Z'],
    ['absent', '2024-06-01T00:00:00.000Z'],
    [undefined, undefined],
  ])
  expect(completeness.provenance).toEqual({ asked: 2, verified: 0 })
  expect(findings.map(({ id }) => id)).toEqual(['DEP_FRESH', 'DEP_FRESH'])
  expect(requests.sort()).toEqual(['/@s%2fscoped', '/plain'])
})

test('what was asked once is not asked again, and gives the same', async () => {
  const { again, requests } = await ask(setOf('plain', 'attested'))
  const first = await again()
  const count = requests.length
  expect(await again()).toEqual(first)
  expect(requests).toHaveLength(count)
})

test.each([
  ['that the registry does not give out', undefined, 'absent'],
  [
    'of something else than provenance',
    { attestations: [{ predicateType: 'https://example/publish', bundle: {} }] },
    'absent',
  ],
  [
    'that are no bundles',
    { attestations: [{ predicateType: 'https://slsa.dev/provenance/v1', bundle: {} }] },
    'present',
  ],
  ['of another form', ['?'], 'present'],
])('attestations %s: %s', async (_, answer, expected) => {
  const { again } = await ask(setOf('attested'), answer === undefined ? {} : { attestations: JSON.stringify(answer) })
  const { dependencies, findings, completeness } = await again()
  expect(dependencies[0]?.provenance).toBe(expected)
  expect(completeness.provenance).toEqual({ asked: 1, verified: 0 })
  expect(findings.some(({ id }) => id === 'PROVENANCE_INVALID')).toBe(expected === 'present')
})

test('the times of a mirror are not taken for times of publishing, and a package that is gone has none', async () => {
  const { again } = await ask(setOf('plain', 'gone'), { time: { '1.0.0': '2024-06-01T00:00:00.000Z' } })
  const { dependencies, findings } = await again()
  expect(dependencies.some(({ publishedOn }) => publishedOn !== undefined)).toBe(false)
  // A mirror hands no attestations on, so that nothing is known of them.
  expect(dependencies.map(({ provenance }) => provenance)).toEqual([undefined, 'absent', undefined])
  expect(findings).toEqual([])
})

test('what its authors deprecated since the lockfile was written is told', async () => {
  const { again } = await ask(setOf('old', 'plain'))
  const { dependencies, findings } = await again()
  expect(dependencies.map(({ deprecated }) => deprecated)).toEqual(['use another', undefined, undefined])
  expect(findings.filter(({ id }) => id === 'DEP_DEPRECATED')).toMatchObject([{ uri: 'pkg:npm/old@1.0.0' }])
})

test('a registry that fails is a problem, not an absence', async () => {
  const { again } = await ask(setOf('plain'), { status: 500 })
  await expect(again()).rejects.toMatchObject({ code: 'REGISTRY_ERROR' })
})
