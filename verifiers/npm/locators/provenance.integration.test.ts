import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { madeArtifact } from '../../../fixtures/source/artifact.ts'
import { type MadeContext, makeContext } from '../../../fixtures/source/context.ts'
import { type Answer, type FileServer, serveFiles } from '../../../fixtures/source/file-server.ts'
import { type MadeRepository, makeRepository, manifest } from '../../../fixtures/source/repository.ts'
import { locateSource } from '../locate.ts'

const url = 'https://code.example.test/owner/name'
const sha512 = '3'.repeat(128)

let made: MadeContext
let repository: MadeRepository
let registry: FileServer
let answer: Answer

beforeEach(async () => {
  made = await makeContext()
  repository = await makeRepository(join(made.folder, 'mirror'))
  made.rewrite(repository.folder, url)
  registry = await serveFiles((path) => (path === '/-/npm/v1/attestations/pkg@1.0.0' ? answer : undefined))
})
afterEach(async () => {
  await registry.close()
  await made.remove()
})

function attestations(statement: unknown, predicateType = 'https://slsa.dev/provenance/v1'): string {
  const payload = Buffer.from(typeof statement === 'string' ? statement : JSON.stringify(statement)).toString('base64')
  const publish = { predicateType: 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1', bundle: {} }
  return JSON.stringify({ attestations: [publish, { predicateType, bundle: { dsseEnvelope: { payload } } }] })
}

const subject = [{ name: 'pkg:npm/pkg@1.0.0', digest: { sha512 } }]

function statementV1(commit: string, { uri = `git+${url}@refs/heads/main`, digest = sha512 } = {}) {
  return {
    subject: [{ ...subject[0], digest: { sha512: digest } }],
    predicate: { buildDefinition: { resolvedDependencies: [{ uri, digest: { gitCommit: commit } }] } },
  }
}

async function locate(declared: string | undefined = url) {
  const artifact = madeArtifact('pkg', '1.0.0', {
    ...(declared !== '' && { repository: { url: declared } }),
    attestations: `${registry.url}/-/npm/v1/attestations/pkg@1.0.0`,
  })
  const context = made.context({ registry: { registry: `${registry.url}/`, fetchRetries: 0 } })
  const { source } = await locateSource({ ...context, artifact })
  const evidence = source.evidence.map(({ locator, result }) => `${locator} ${result}`)
  return { source, evidence }
}

async function tagged(): Promise<{ tag: string; head: string }> {
  const tag = await repository.commit({ 'package.json': manifest('pkg', '1.0.0') })
  await repository.git(['tag', 'v1.0.0'])
  const head = await repository.commit({ after: 'the tag' })
  return { tag, head }
}

test("the commit of the registry's provenance comes first", async () => {
  const { head } = await tagged()
  answer = attestations(statementV1(head))
  const { source, evidence } = await locate()
  expect(source).toMatchObject({ commit: head })
  expect(evidence).toEqual(['provenance accepted', 'tag disagrees', 'directory accepted'])
})

test('provenance of the older kind names its commit too', async () => {
  const { head } = await tagged()
  const configSource = { uri: `git+${url}@refs/heads/main`, digest: { sha1: head } }
  answer = attestations({ subject, predicate: { invocation: { configSource } } }, 'https://slsa.dev/provenance/v0.2')
  expect((await locate()).source).toMatchObject({ commit: head })
})

test('provenance leads to a repository that the metadata does not name, and the contradiction is kept', async () => {
  const { head } = await tagged()
  answer = attestations(statementV1(head))
  const { source, evidence } = await locate('https://code.example.test/owner/other')
  expect(source).toMatchObject({ repository: url, commit: head })
  expect(evidence).toContain('provenance disagrees')
  expect((await locate('')).source).toMatchObject({ repository: url, commit: head })
})

test('a repository of the provenance that is out of reach gives way to the declared one', async () => {
  const { tag } = await tagged()
  answer = attestations(statementV1(tag, { uri: 'git+https://127.0.0.1:1/owner/gone@refs/heads/main' }))
  const { source, evidence } = await locate()
  expect(source).toMatchObject({ repository: url, commit: tag })
  expect(evidence).toContain('provenance unavailable')
})

const fallbacks: [string, () => Answer, string][] = [
  ['is about other bytes', () => attestations(statementV1('ab'.repeat(20), { digest: '4'.repeat(128) })), 'rejected'],
  ['names a commit that is none', () => attestations(statementV1('--upload-pack=evil')), 'unavailable'],
  [
    'names a repository over ext',
    () => attestations(statementV1('ab'.repeat(20), { uri: 'ext::sh -c evil' })),
    'unavailable',
  ],
  ['names a commit that the repository does not have', () => attestations(statementV1('ab'.repeat(20))), 'unavailable'],
  ['is no statement', () => attestations({ hello: 1 }), 'rejected'],
  ['is no JSON inside', () => attestations('{'), 'rejected'],
  ['has no provenance', () => JSON.stringify({ attestations: [] }), 'unavailable'],
  ['is no JSON', () => '<html>', 'unavailable'],
  ['is of another form', () => '{"attestations":{}}', 'unavailable'],
  ['is not there', () => 404, 'unavailable'],
]
test.each(fallbacks)('an answer that %s is evidence, and the tag is taken', async (_, made, result) => {
  const { tag } = await tagged()
  answer = made()
  const { source, evidence } = await locate()
  expect(source).toMatchObject({ commit: tag })
  expect(evidence).toEqual([`provenance ${result}`, 'tag accepted', 'directory accepted'])
})

test('a commit of another package is not taken, whoever vouches for it', async () => {
  await repository.commit({ 'package.json': manifest('pkg', '1.0.0') })
  await repository.git(['tag', 'v1.0.0'])
  const other = await repository.commit({ 'package.json': manifest('other', '1.0.0') })
  answer = attestations(statementV1(other))
  expect((await locate()).evidence).toEqual(['provenance rejected', 'tag accepted', 'directory accepted'])
})
