import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { madeArtifact } from '../../../fixtures/source/artifact.ts'
import { type MadeContext, makeContext } from '../../../fixtures/source/context.ts'
import { type Answer, type FileServer, serveFiles } from '../../../fixtures/source/file-server.ts'
import { published } from '../../../fixtures/source/published.ts'
import { type MadeRepository, makeRepository, manifest } from '../../../fixtures/source/repository.ts'
import { locateSource } from '../locate.ts'
import { repositoriesOf } from '../resolve/packument.ts'

const old = 'https://code.example.test/owner/old'
const url = 'https://code.example.test/owner/new'

let made: MadeContext
let repository: MadeRepository
let registry: FileServer
let packument: Answer
let asked: string[]

beforeEach(async () => {
  asked = []
  packument = 404
  made = await makeContext()
  repository = await makeRepository(join(made.folder, 'new'))
  made.rewrite(repository.folder, url)
  registry = await serveFiles((path) => {
    asked.push(path)
    return path === '/pkg' ? packument : undefined
  })
})
afterEach(async () => {
  await registry.close()
  await made.remove()
})

async function locate(repositoryUrl: string, packed = manifest('pkg', '1.0.0')) {
  const declared = [{ by: 'registry' as const, algorithm: 'sha1' as const, value: '1'.repeat(40) }]
  const artifact = { ...madeArtifact('pkg', '1.0.0', { repository: { url: repositoryUrl } }), declared }
  const context = made.context({ registry: { registry: `${registry.url}/`, fetchRetries: 0 } })
  return (await locateSource({ ...context, artifact, open: published({ 'package.json': packed }) })).source
}

const version = (of: string, address: unknown) => ({
  name: 'pkg',
  version: of,
  dist: { tarball: 'https://registry.example.test/x.tgz' },
  repository: address,
})

test('a package that moved is found where its newest version says it is', async () => {
  const commit = await repository.commit({ 'package.json': manifest('pkg', '1.0.0') })
  await repository.git(['tag', 'v1.0.0'])
  packument = JSON.stringify({
    name: 'pkg',
    'dist-tags': { latest: '2.0.0' },
    versions: { '1.0.0': version('1.0.0', old), '2.0.0': version('2.0.0', { type: 'git', url: `git+${url}` }) },
  })
  const source = await locate(old)
  expect(source).toMatchObject({ commit, repository: url })
  expect(source.evidence[0]).toMatchObject({ locator: 'repository', candidate: old, result: 'unavailable' })
})

test('a repository that has the version, but another package, gives way to one that has it', async () => {
  const wrong = await makeRepository(join(made.folder, 'old'))
  made.rewrite(wrong.folder, old)
  await wrong.commit({ 'package.json': manifest('other', '1.0.0') })
  await wrong.git(['tag', 'v1.0.0'])
  const packed = manifest('pkg', '1.0.0', { repository: url })
  const commit = await repository.commit({ 'package.json': packed })
  await repository.git(['tag', 'v1.0.0'])
  expect(await locate(old, packed)).toMatchObject({ commit, repository: url })
  expect(asked).toEqual([])
})

test('where no place has it, all that was tried is told, and what says most is the error', async () => {
  await repository.commit({ 'package.json': manifest('other', '1.0.0') })
  await repository.git(['tag', 'v1.0.0'])
  packument = '<html>'
  await expect(locate(old, manifest('pkg', '1.0.0', { repository: url }))).rejects.toMatchObject({
    code: 'SOURCE_TAG_MISMATCH',
    details: {
      evidence: expect.arrayContaining([
        expect.objectContaining({ locator: 'repository', candidate: old, result: 'unavailable' }),
        expect.objectContaining({ locator: 'tag', result: 'rejected' }),
        expect.objectContaining({ locator: 'other-version', result: 'unavailable' }),
      ]),
    },
  })
})

test('a repository that only another version names does not stand for the one that this version names and that is gone', async () => {
  await repository.commit({ 'package.json': manifest('pkg', '2.0.0') })
  packument = JSON.stringify({
    name: 'pkg',
    'dist-tags': { latest: '2.0.0' },
    versions: { '1.0.0': version('1.0.0', old), '2.0.0': version('2.0.0', url) },
  })
  const unreachable = {
    code: 'SOURCE_UNREACHABLE',
    message: expect.stringContaining(old),
    details: {
      evidence: expect.arrayContaining([expect.objectContaining({ locator: 'other-version', candidate: url })]),
    },
  }
  await expect(locate(old)).rejects.toMatchObject(unreachable)
  // Nor where a tag of that number is another package's there.
  await repository.commit({ 'package.json': manifest('other', '1.0.0') })
  await repository.git(['tag', '1.0.0'])
  await expect(locate(old)).rejects.toMatchObject(unreachable)
})

test('repositories of other versions: the current one first, then the nearest, each once, hostile ones as nothing', () => {
  const versions = {
    '1.0.0': version('1.0.0', 'a'),
    '1.1.0': version('1.1.0', { url: 'b', directory: 'packages/pkg' }),
    '0.9.0': version('0.9.0', 'c'),
    '3.0.0': version('3.0.0', 'd'),
    '2.0.0': version('2.0.0', 'b'),
    'not a version': version('x', 'e'),
    '1.0.1': version('1.0.1', { url: 7 }),
    '1.0.2': null,
  }
  const found = repositoriesOf({ name: 'pkg', versions, 'dist-tags': { latest: '3.0.0' }, time: {} }, '1.0.0')
  expect(found.map(({ url }) => url)).toEqual(['d', 'a', 'c', 'b'])
  expect(found[3]).toMatchObject({ version: '1.1.0', directory: 'packages/pkg' })
})
