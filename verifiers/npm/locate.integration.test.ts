import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { madeArtifact } from '../../fixtures/source/artifact.ts'
import { type MadeContext, makeContext } from '../../fixtures/source/context.ts'
import { type MadeRepository, makeRepository, manifest } from '../../fixtures/source/repository.ts'
import type { NpmClaims } from '../model/artifact.ts'
import { type Source, sourceSchema } from '../model/source.ts'
import type { SourceArgument } from '../source/argument.ts'
import { type LocatedSource, locateSource, restoreSource } from './locate.ts'

/** A mirror stands in for it by the user's own `insteadOf`. */
const url = 'https://code.example.test/owner/name'

let made: MadeContext
let repository: MadeRepository

beforeEach(async () => {
  made = await makeContext()
  repository = await makeRepository(join(made.folder, 'mirror'))
  made.rewrite(repository.folder, url)
})
afterEach(() => made.remove())

function locate(
  name: string,
  version: string,
  {
    claims = {},
    argument,
  }: { claims?: Omit<NpmClaims, 'repository'> & { directory?: string }; argument?: SourceArgument } = {},
): Promise<LocatedSource> {
  const { directory, ...rest } = claims
  const artifact = madeArtifact(name, version, {
    ...rest,
    repository: { url: `git+${url}`, ...(directory !== undefined && { directory }) },
  })
  return checked(locateSource({ ...made.context(), artifact, argument }))
}

async function checked(locating: Promise<LocatedSource>): Promise<LocatedSource> {
  const located = await locating
  expect(sourceSchema.parse(located.source)).toEqual(located.source)
  return located
}

function results({ evidence }: Source): string[] {
  return evidence.map(({ locator, result }) => `${locator} ${result}`)
}

const mark = (name: string, commit: string) => repository.git(['tag', name, commit])

describe('the locators', () => {
  test('a tag is taken when package.json there has the name and the version', async () => {
    const commit = await repository.commit({ 'package.json': manifest('pkg', '1.0.0') })
    await repository.git(['tag', '--annotate', '--message', 'release', 'v1.0.0', commit])
    await repository.commit({ 'package.json': manifest('pkg', '1.1.0') })
    const { source } = await locate('pkg', '1.0.0')
    expect(source).toMatchObject({
      kind: 'git',
      repository: url,
      commit,
      ref: 'refs/tags/v1.0.0',
      tag: 'annotated',
      committedAt: '2024-05-01T12:00:00.000Z',
      directory: '',
      manifest: { name: 'pkg', version: '1.0.0' },
    })
    expect(source.tree).toBe((await repository.git(['rev-parse', `${commit}^{tree}`])).trim())
  })

  test('gitHead comes before tags; a tag that leads elsewhere and is valid too disagrees', async () => {
    const tagged = await repository.commit({ 'package.json': manifest('pkg', '1.0.0') })
    await mark('v1.0.0', tagged)
    const head = await repository.commit({ 'CHANGELOG.md': 'written after the tag' })
    const { source } = await locate('pkg', '1.0.0', { claims: { gitHead: head } })
    expect(source).toMatchObject({ commit: head, tag: 'none' })
    expect(results(source)).toEqual(['git-head accepted', 'tag disagrees', 'directory accepted'])
  })

  test('a gitHead that the repository has lost does not end the search', async () => {
    const commit = await repository.commit({ 'package.json': manifest('pkg', '1.0.0') })
    await mark('v1.0.0', commit)
    const { source } = await locate('pkg', '1.0.0', { claims: { gitHead: 'ab'.repeat(20) } })
    expect(source).toMatchObject({ commit })
    expect(results(source)).toEqual(['git-head unavailable', 'tag accepted', 'directory accepted'])
  })

  test("a monorepo's tag of another package with the same version is not taken", async () => {
    const other = await repository.commit({ 'packages/other/package.json': manifest('other', '5.0.1') })
    await mark('v5.0.1', other)
    const commit = await repository.commit({ 'packages/wanted/package.json': manifest('wanted', '5.0.1') })
    await mark('wanted-v5.0.1', commit)
    const { source } = await locate('wanted', '5.0.1', { claims: { directory: 'packages/wanted' } })
    expect(source).toMatchObject({ commit, ref: 'refs/tags/wanted-v5.0.1', directory: 'packages/wanted' })
    expect(source.evidence).toContainEqual(
      expect.objectContaining({ candidate: expect.stringContaining('v5.0.1 ='), result: 'rejected' }),
    )
  })

  test('every tag is validated, not only the best looking one', async () => {
    const wrong = await repository.commit({ 'package.json': manifest('something-else', '1.0.0') })
    await mark('v1.0.0', wrong)
    const right = await repository.commit({ 'package.json': manifest('pkg', '1.0.0') })
    await mark('release-1.0.0', right)
    const { source } = await locate('pkg', '1.0.0')
    expect(source).toMatchObject({ commit: right })
    expect(results(source).slice(0, 2)).toEqual(['tag rejected', 'tag accepted'])
  })

  test('without a tag the history leads to the commit that wrote the version, also in a folder that moved', async () => {
    await repository.commit({ 'old/package.json': manifest('pkg', '0.9.0') }, { at: '2024-01-01T00:00:00Z' })
    const commit = await repository.commit(
      { 'old/package.json': manifest('pkg', '1.0.0') },
      { at: '2024-02-01T00:00:00Z' },
    )
    await repository.commit({ 'old/package.json': manifest('pkg', '1.1.0') }, { at: '2024-03-01T00:00:00Z' })
    await repository.git(['mv', 'old', 'new'])
    await repository.commit({}, { at: '2024-04-01T00:00:00Z' })
    const { source } = await locate('pkg', '1.0.0')
    expect(source).toMatchObject({ commit, directory: 'old', tag: 'none' })
    expect(source).not.toHaveProperty('ref')
    expect(results(source)).toContain('release-commit accepted')
  })

  test('a release commit on a branch that was never merged is found', async () => {
    await repository.commit({ 'package.json': manifest('pkg', '2.0.0') })
    await repository.git(['checkout', '--quiet', '-b', 'maintenance'])
    const commit = await repository.commit({ 'package.json': manifest('pkg', '1.0.1') })
    await repository.commit({ 'package.json': manifest('pkg', '1.0.2') })
    await repository.git(['checkout', '--quiet', 'main'])
    expect((await locate('pkg', '1.0.1')).source).toMatchObject({ commit })
  })

  test("the root's manifest of the same name and version 0.0.0 does not hide the package's folder", async () => {
    const commit = await repository.commit({
      'package.json': manifest('pkg', '0.0.0', { private: true }),
      'examples/copy/package.json': manifest('pkg', '1.0.0'),
      'library/package.json': manifest('pkg', '1.0.0'),
    })
    await mark('v1.0.0', commit)
    expect((await locate('pkg', '1.0.0')).source).toMatchObject({
      directory: 'library',
      manifest: { version: '1.0.0' },
    })
  })

  test.each([
    ['a placeholder', { 'package.json': manifest('pkg', '0.0.0-development') }, /placeholder/],
    ['no version', { 'package.json': '{"name":"pkg"}' }, /placeholder/],
    [
      'a stale version where a workflow runs semantic-release',
      {
        'package.json': manifest('pkg', '0.9.0-beta'),
        '.github/workflows/release.yml': 'jobs: { a: { steps: [{ run: npx semantic-release@17 }] } }\n',
      },
      /release\.yml uses semantic-release/,
    ],
  ])('%s is accepted with the reason', async (_, files, reason) => {
    await mark('v1.0.0', await repository.commit(files))
    const { source } = await locate('pkg', '1.0.0')
    expect(source.manifest.exception).toMatch(reason)
    expect(source.evidence[0]).toMatchObject({ result: 'accepted', reason: expect.stringMatching(reason) })
  })

  test("a placeholder is not accepted from a tag that may be another package's", async () => {
    await mark('other-v1.0.0', await repository.commit({ 'package.json': manifest('pkg', '0.0.0') }))
    await expect(locate('pkg', '1.0.0')).rejects.toMatchObject({ code: 'SOURCE_VERSION_NOT_FOUND' })
  })
})

test('the version of the commit before the one that was found is known, and of the first commit there is none', async () => {
  await mark('v0.9.0', await repository.commit({ 'package.json': manifest('pkg', '0.9.0') }))
  await mark('v1.0.0', await repository.commit({ 'package.json': manifest('pkg', '1.0.0') }))
  expect(await (await locate('pkg', '1.0.0')).versionBefore?.()).toBe('0.9.0')
  expect(await (await locate('pkg', '0.9.0')).versionBefore?.()).toBeUndefined()
})

describe('what the user names', () => {
  test('a ref is taken as it is, and another version in it is accepted and said', async () => {
    const commit = await repository.commit({ 'package.json': manifest('pkg', '0.9.0') })
    await mark('v1.0.0', await repository.commit({ 'package.json': manifest('pkg', '1.0.0') }))
    await repository.git(['branch', 'topic', commit])
    const { source } = await locate('pkg', '1.0.0', { argument: { kind: 'git', url, ref: 'topic' } })
    expect(source).toMatchObject({ commit, ref: 'refs/heads/topic', tag: 'none' })
    expect(source.manifest.exception).toMatch(/named by the user/)
    expect(results(source)).toContain('tag disagrees')
  })

  test('a ref of another package is an error, though a good tag is there', async () => {
    await repository.git(['branch', 'topic', await repository.commit({ 'package.json': manifest('other', '1.0.0') })])
    await mark('v1.0.0', await repository.commit({ 'package.json': manifest('pkg', '1.0.0') }))
    const named = locate('pkg', '1.0.0', { argument: { kind: 'git', url, ref: 'topic' } })
    await expect(named).rejects.toMatchObject({ code: 'SOURCE_TAG_MISMATCH' })
  })

  test('a ref that does not exist is an error', async () => {
    await repository.commit({ 'package.json': manifest('pkg', '1.0.0') })
    for (const ref of ['gone', 'ab'.repeat(20)]) {
      const named = locate('pkg', '1.0.0', { argument: { kind: 'git', url, ref } })
      await expect(named).rejects.toMatchObject({ code: 'SOURCE_REF_NOT_FOUND' })
    }
  })

  test('a local repository: its path is not recorded, what is not committed takes no part', async () => {
    const commit = await repository.commit({ 'package.json': manifest('pkg', '1.0.0') })
    await writeFile(join(repository.folder, 'package.json'), manifest('pkg', '6.6.6'))
    const argument = { kind: 'folder', path: repository.folder } as const
    const { source, readFile: read } = await locate('pkg', '1.0.0', { argument })
    expect(source).toMatchObject({ kind: 'git', repository: 'file:', commit })
    expect(JSON.stringify(source)).not.toContain(made.folder)
    expect(String(await read('package.json'))).toBe(manifest('pkg', '1.0.0'))
  })

  test('a folder without git has the tree id that git would give it', async () => {
    const folder = join(made.folder, 'plain')
    await mkdir(join(folder, 'lib'), { recursive: true })
    await writeFile(join(folder, 'package.json'), manifest('pkg', '1.0.0'))
    await writeFile(join(folder, 'lib', 'index.js'), '')
    const located = await locate('pkg', '1.0.0', { argument: { kind: 'folder', path: folder } })
    await repository.commit({ 'package.json': manifest('pkg', '1.0.0'), 'lib/index.js': '' })
    const tree = (await repository.git(['rev-parse', 'HEAD^{tree}'])).trim()
    expect(located.source).toMatchObject({ kind: 'folder', repository: 'file:', tree })
    expect(await located.listFiles()).toEqual(['lib/index.js', 'package.json'])
  })
})

describe('a recipe', () => {
  test('leads to the same commit again, without asking for metadata, also from an empty cache', async () => {
    const commit = await repository.commit({ 'package.json': manifest('pkg', '1.0.0'), 'index.js': 'one' })
    await repository.git(['tag', '--annotate', '--message', 'release', 'v1.0.0', commit])
    const { evidence: _, manifest: __, ...source } = (await locate('pkg', '1.0.0')).source
    const restored = await restoreSource({ ...made.context({ folder: join(made.folder, 'other') }), source } as never)
    expect(restored.source).toMatchObject(source)
    await restored.checkout(join(made.folder, 'out'), { umask: '022' })
    expect(await readFile(join(made.folder, 'out', 'index.js'), 'utf8')).toBe('one')
  })

  test('with another tree is refused', async () => {
    await mark('v1.0.0', await repository.commit({ 'package.json': manifest('pkg', '1.0.0') }))
    const { source } = await locate('pkg', '1.0.0')
    const changed = { ...source, tree: 'ab'.repeat(20) }
    await expect(restoreSource({ ...made.context(), source: changed })).rejects.toMatchObject({
      code: 'SOURCE_DIGEST_MISMATCH',
    })
  })

  test('of a folder of another machine asks for it, and checks it when it is given', async () => {
    await mark('v1.0.0', await repository.commit({ 'package.json': manifest('pkg', '1.0.0') }))
    const argument = { kind: 'folder', path: repository.folder } as const
    const { source } = await locate('pkg', '1.0.0', { argument })
    await expect(restoreSource({ ...made.context(), source })).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    expect((await restoreSource({ ...made.context(), source, argument })).source).toMatchObject({
      commit: 'commit' in source ? source.commit : '',
    })
  })

  test('whose tag was moved since still gives the recorded commit, with a tag of that name', async () => {
    const commit = await repository.commit({ 'package.json': manifest('pkg', '1.0.0') })
    await mark('v1.0.0', commit)
    const { source } = await locate('pkg', '1.0.0')
    const later = await repository.commit({ 'package.json': manifest('pkg', '1.0.0'), evil: '1' })
    await repository.git(['tag', '--force', 'v1.0.0', later])
    const out = join(made.folder, 'out')
    await (await restoreSource({ ...made.context(), source })).checkout(out, { umask: '022' })
    expect(await readdir(out)).toEqual(['.git', 'package.json'])
  })
})

describe('what may be wrong with a repository', () => {
  test.each([
    ['is not JSON', { 'package.json': '{' }, /package\.json is not JSON/],
    ['is a link', { 'package.json': { link: 'real.json' }, 'real.json': manifest('pkg', '1.0.0') }, /is a link/],
    ['has another version', { 'package.json': manifest('pkg', '1.0.1') }, /version 1\.0\.1/],
  ])('package.json at the tag %s', async (_, files, reason) => {
    await mark('v1.0.0', await repository.commit(files))
    const failure = locate('pkg', '1.0.0')
    await expect(failure).rejects.toMatchObject({ code: 'SOURCE_TAG_MISMATCH', message: expect.stringMatching(reason) })
  })

  test('no commit has the version', async () => {
    await repository.commit({ 'package.json': manifest('pkg', '3.0.0') })
    await expect(locate('pkg', '1.0.0')).rejects.toMatchObject({ code: 'SOURCE_VERSION_NOT_FOUND' })
  })

  test('tags and files with names made to be taken for options are only names', async () => {
    const commit = await repository.commit({
      'package.json': manifest('pkg', '1.0.0'),
      '--output=evil': 'a',
      '-rf': 'b',
      'a "quoted"\nname': 'c',
      ':(exclude)d': 'd',
    })
    for (const name of ['--upload-pack=touch evil;v1.0.0', '-v1.0.0']) {
      const safe = name.replaceAll(' ', '-')
      await repository.git(['update-ref', `refs/tags/${safe}`, commit])
    }
    const located = await locate('pkg', '1.0.0')
    expect(located.source).toMatchObject({ commit })
    const out = join(made.folder, 'out')
    await located.checkout(out, { umask: '022' })
    expect((await readdir(out)).sort()).toEqual(
      ['--output=evil', '-rf', '.git', ':(exclude)d', 'a "quoted"\nname', 'package.json'].sort(),
    )
    expect(String(await located.readFile(':(exclude)d'))).toBe('d')
  })

  test.each([
    'ext::sh -c touch% evil',
    'file:///etc',
    'ssh://git@127.0.0.1/evil',
    '/etc',
    '../../..',
    'not an address at all',
    '-oProxyCommand=evil',
    '',
  ])('metadata that names %j as the repository leads nowhere', async (address) => {
    const artifact = madeArtifact('pkg', '1.0.0', { repository: { url: address } })
    await expect(locateSource({ ...made.context(), artifact })).rejects.toMatchObject({
      code: expect.stringMatching(/^SOURCE_(?:NOT_DECLARED|UNREACHABLE)$/),
    })
  })

  test('no repository is declared', async () => {
    const artifact = madeArtifact('pkg', '1.0.0')
    await expect(locateSource({ ...made.context(), artifact })).rejects.toMatchObject({ code: 'SOURCE_NOT_DECLARED' })
  })

  test('two runs of the same package at once do not disturb each other', async () => {
    const commit = await repository.commit({ 'package.json': manifest('pkg', '1.0.0'), 'index.js': 'x' })
    await mark('v1.0.0', commit)
    const runs = await Promise.all(
      [1, 2, 3].map(async (number) => {
        const located = await locate('pkg', '1.0.0')
        await located.checkout(join(made.folder, `out-${number}`), { umask: '022' })
        return located.source
      }),
    )
    expect(runs.every((source) => source.tree === runs[0]?.tree)).toBe(true)
  })
})
