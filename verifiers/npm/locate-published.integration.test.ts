import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { madeArtifact } from '../../fixtures/source/artifact.ts'
import { type MadeContext, makeContext } from '../../fixtures/source/context.ts'
import { published } from '../../fixtures/source/published.ts'
import { type MadeRepository, makeRepository, manifest } from '../../fixtures/source/repository.ts'
import type { NpmClaims } from '../model/artifact.ts'
import { type Source, sourceSchema } from '../model/source.ts'
import { locateSource } from './locate.ts'

const url = 'https://code.example.test/owner/name'

let made: MadeContext
let repository: MadeRepository

beforeEach(async () => {
  made = await makeContext()
  repository = await makeRepository(join(made.folder, 'mirror'))
  made.rewrite(repository.folder, url)
})
afterEach(() => made.remove())

const own = manifest('pkg', '1.0.0')
const mark = (name: string, commit: string) => repository.git(['tag', name, commit])

/** Locates pkg@1.0.0, of which `files` were published. */
async function locate(files: Record<string, string>, claims: NpmClaims = {}): Promise<Source> {
  const artifact = madeArtifact('pkg', '1.0.0', { repository: { url }, ...claims })
  const { source } = await locateSource({ ...made.context(), artifact, open: published(files) })
  expect(sourceSchema.parse(source)).toEqual(source)
  return source
}

function told({ evidence }: Source): string[] {
  return evidence.map(({ locator, result }) => `${locator} ${result}`)
}

describe('the commit with the most of the published files is taken', () => {
  const after = { 'package.json': own, 'index.js': 'one', 'CHANGELOG.md': 'written after the tag' }

  test('where the tag was set before what was published, and the report says so', async () => {
    const tagged = await repository.commit({ 'package.json': own, 'index.js': 'one', 'CHANGELOG.md': 'before' })
    await mark('v1.0.0', tagged)
    const commit = await repository.commit(after)
    await repository.commit({ 'package.json': manifest('pkg', '1.0.1'), 'CHANGELOG.md': 'later' })
    await mark('v1.0.1', 'HEAD')
    const source = await locate(after)
    expect(source).toMatchObject({ commit, tag: 'none' })
    expect(source).not.toHaveProperty('ref')
    expect(told(source)).toEqual(['tag disagrees', 'published-files accepted', 'directory accepted'])
    expect(source.evidence[0]?.reason).toMatch(/2 of 3 .*CHANGELOG\.md.*the tag was moved/)
    expect(source.evidence[1]?.reason).toMatch(/3 of 3 published files/)
  })

  test('where only package.json was changed after the tag, in what no tool writes', async () => {
    const described = (homepage: string) => JSON.stringify({ ...JSON.parse(own), homepage })
    const tagged = await repository.commit({ 'package.json': described('https://old.example.test'), 'index.js': 'one' })
    await mark('v1.0.0', tagged)
    const files = { 'package.json': described('https://new.example.test'), 'index.js': 'one' }
    const commit = await repository.commit(files)
    expect(await locate(files)).toMatchObject({ commit, tag: 'none' })
    const written = { ...files, 'package.json': own }
    expect(await locate(written)).toMatchObject({ commit: tagged, ref: 'refs/tags/v1.0.0' })
  })

  test('without a tag, of commits that have the version the one that asks for the same dependencies', async () => {
    const asking = (version: string, typescript: string) =>
      JSON.stringify({ ...JSON.parse(manifest('pkg', version)), devDependencies: { typescript, own: 'workspace:*' } })
    const at = (day: number) => ({ at: `2024-05-0${day}T12:00:00Z` })
    const commit = await repository.commit({ 'package.json': asking('1.0.0', '^5.4.0'), 'a.ts': 'a' }, at(1))
    await repository.commit({ 'package.json': asking('0.9.0', '^5.5.0') }, at(2))
    const merged = await repository.commit({ 'package.json': asking('1.0.0', '^5.5.0') }, at(3))
    const packed = asking('1.0.0', '^5.4.0').replace('workspace:*', '2.0.0')
    const source = await locate({ 'package.json': packed, 'a.js': 'a' })
    expect(source).toMatchObject({ commit })
    expect(told(source)).toContain('release-commit disagrees')
    expect(source.evidence.find(({ candidate }) => candidate === merged)?.reason).toMatch(
      /asks for 1 of its dependencies in other ranges than the published package\.json/,
    )
    const later = await locate({ 'package.json': packed.replace('5.4', '5.5'), 'a.js': 'a' })
    expect(later).toMatchObject({ commit: merged })
  })

  test('where files have the line ends of Windows, which git keeps without them', async () => {
    const files = { 'package.json': own, 'index.js': 'one\ntwo\n', 'README.md': '# old\n' }
    await mark('v1.0.0', await repository.commit(files))
    const commit = await repository.commit({ 'README.md': '# new\n' })
    const source = await locate({ 'package.json': own, 'index.js': 'one\r\ntwo\r\n', 'README.md': '# new\r\n' })
    expect(source).toMatchObject({ commit })
    expect(source.evidence[1]?.reason).toMatch(/3 of 3 published files .* bytes, 2 of these but for their line ends/)
  })

  test('where the tag was moved to a later commit', async () => {
    const commit = await repository.commit(after)
    await repository.commit({ 'index.js': 'evil' }, { at: '2024-05-03T12:00:00Z' })
    await mark('v1.0.0', 'HEAD')
    const source = await locate(after)
    expect(source).toMatchObject({ commit })
    expect(told(source)[0]).toBe('tag disagrees')
  })

  test('where two changes were merged, only the merge has both', async () => {
    const base = { 'package.json': own, 'a.js': 'old', 'b.js': 'old' }
    await mark('v1.0.0', await repository.commit(base))
    await repository.git(['checkout', '--quiet', '-b', 'topic'])
    await repository.commit({ 'a.js': 'new' })
    await repository.git(['checkout', '--quiet', 'main'])
    await repository.commit({ 'b.js': 'new' })
    await repository.git(['merge', '--quiet', '--no-edit', 'topic'])
    const merge = (await repository.git(['rev-parse', 'HEAD'])).trim()
    expect(await locate({ 'package.json': own, 'a.js': 'new', 'b.js': 'new' })).toMatchObject({ commit: merge })
  })

  test('where the tag was set months after the release, on the merge of an old branch', async () => {
    const at = (date: string) => ({ at: `${date}T12:00:00Z` })
    await repository.commit({ 'package.json': manifest('pkg', '0.9.0'), 'index.js': 'zero' }, at('2023-01-01'))
    const commit = await repository.commit({ 'package.json': own, 'index.js': 'one' }, at('2023-09-01'))
    await repository.git(['branch', 'old'])
    await repository.commit({ 'other.js': 'two' }, at('2024-01-01'))
    await repository.commit({ 'index.js': 'after the release' }, at('2024-05-01'))
    await repository.git(['merge', '--quiet', '--no-ff', '--no-edit', 'old'])
    await repository.git(['checkout', '--quiet', 'old'])
    await repository.commit({ 'docs.md': 'of the branch' }, at('2023-09-02'))
    await repository.git(['checkout', '--quiet', 'main'])
    await repository.git(['merge', '--quiet', '--no-edit', 'old'])
    await mark('v1.0.0', 'HEAD')
    const source = await locate({ 'package.json': own, 'index.js': 'one' })
    expect(source).toMatchObject({ commit })
    expect(told(source).slice(0, 2)).toEqual(['tag disagrees', 'published-files accepted'])
    expect(source.evidence[0]?.reason).toMatch(/the tag was moved, or set on another commit/)
  })

  test('and nothing that is years older than the tag', async () => {
    await repository.commit({ 'package.json': own, 'index.js': 'one' }, { at: '2020-09-01T12:00:00Z' })
    const commit = await repository.commit({ 'index.js': 'two' })
    await mark('v1.0.0', commit)
    expect(await locate({ 'package.json': own, 'index.js': 'one' })).toMatchObject({ commit })
  })

  test('of gitHead and a tag, the one that has more', async () => {
    const head = await repository.commit({ 'package.json': own, 'index.js': 'one', 'CHANGELOG.md': 'before' })
    const commit = await repository.commit(after)
    await mark('v1.0.0', commit)
    expect(await locate(after, { gitHead: head })).toMatchObject({ commit, ref: 'refs/tags/v1.0.0' })
  })

  test('and the named one where another has only as many', async () => {
    const commit = await repository.commit({ ...after, 'src/not-packed.js': 'a' })
    await mark('v1.0.0', commit)
    await repository.commit({ 'src/not-packed.js': 'b' })
    const source = await locate(after)
    expect(source).toMatchObject({ commit })
    expect(told(source)).toEqual(['tag accepted', 'directory accepted'])
  })

  test('what no commit has is said, after the commits around were searched', async () => {
    const commit = await repository.commit(after)
    await mark('v1.0.0', commit)
    await repository.commit({ other: 'x' })
    const source = await locate({ ...after, 'index.js': 'from a dirty tree' })
    expect(source).toMatchObject({ commit })
    expect(source.evidence).toContainEqual(
      expect.objectContaining({
        locator: 'published-files',
        result: 'unavailable',
        reason: expect.stringMatching(/None of 2 commits.*index\.js has other bytes/),
      }),
    )
  })

  test('of two folders with the name and the version, the one that has more', async () => {
    const files = { 'package.json': own, 'index.js': 'real' }
    const at = (folder: string, index: string) => ({ [`${folder}/package.json`]: own, [`${folder}/index.js`]: index })
    await mark('v1.0.0', await repository.commit({ ...at('a', 'a copy'), ...at('library', 'real') }))
    expect(await locate(files)).toMatchObject({ directory: 'library' })
  })
})

describe('a version that is written when it is published', () => {
  const stale = manifest('pkg', '0.9.0', { description: 'does it' })
  const files = { 'package.json': manifest('pkg', '1.0.0', { description: 'does it' }), 'index.js': 'one' }

  test('is excused where the published package.json is the same but for it', async () => {
    const commit = await repository.commit({ 'package.json': stale, 'index.js': 'one' })
    await mark('v1.0.0', commit)
    const source = await locate(files)
    expect(source).toMatchObject({ commit, ref: 'refs/tags/v1.0.0' })
    expect(source.manifest.exception).toMatch(/has version 0\.9\.0.*same but for the version/)
  })

  test('but the commit that has it is better than the tag before it', async () => {
    await mark('v1.0.0', await repository.commit({ 'package.json': stale, 'index.js': 'one' }))
    const commit = await repository.commit({ 'package.json': files['package.json'] })
    const source = await locate(files)
    expect(source).toMatchObject({ commit, manifest: { version: '1.0.0' } })
  })

  test('not by the tag of another package of the repository, whose version came by years before', async () => {
    const older = {
      'member/package.json': stale,
      'member/index.js': 'none',
      'package.json': manifest('other', '1.0.0'),
    }
    await mark('1.0.0', await repository.commit(older, { at: '2020-01-02T12:00:00Z' }))
    const next = { 'package.json': manifest('other', '1.1.0') }
    await mark('1.1.0', await repository.commit(next, { at: '2020-03-02T12:00:00Z' }))
    const own = { 'member/package.json': files['package.json'], 'member/index.js': 'one' }
    const commit = await repository.commit(own, { at: '2023-01-02T12:00:00Z' })
    await repository.commit({ 'member/index.js': 'two' })
    const source = await locate(files)
    expect(source).toMatchObject({ commit, directory: 'member', manifest: { version: '1.0.0' } })
    expect(told(source)).toContain('tag disagrees')
  })

  test('is found without any tag where a commit has all that was published', async () => {
    const placeholder = manifest('pkg', '0.0.0-development', { description: 'does it' })
    await repository.commit({ 'package.json': placeholder, 'index.js': 'zero' })
    const commit = await repository.commit({ 'index.js': 'one' })
    await repository.commit({ 'index.js': 'two' })
    expect(await locate(files)).toMatchObject({ commit, tag: 'none', manifest: { version: '0.0.0-development' } })
  })

  test('is not guessed where no commit has all of it', async () => {
    await repository.commit({ 'package.json': manifest('pkg', '0.0.0-development'), 'index.js': 'zero' })
    await expect(locate(files)).rejects.toMatchObject({ code: 'SOURCE_VERSION_NOT_FOUND' })
  })
})

describe('no wrong source is accepted', () => {
  const files = { 'package.json': manifest('pkg', '1.0.0', { main: 'x.js', license: 'MIT' }), 'x.js': 'x' }

  test('from a repository that has nothing of it but a package.json of this name and version', async () => {
    await mark('v1.0.0', await repository.commit({ 'package.json': own, 'y.js': 'y' }))
    await expect(locate(files)).rejects.toMatchObject({ code: 'SOURCE_TAG_MISMATCH' })
  })

  test('from a tag of another package with the same files, and the report says how near it came', async () => {
    await mark('v1.0.0', await repository.commit({ ...files, 'package.json': manifest('victim', '1.0.0') }))
    await expect(locate(files)).rejects.toMatchObject({
      code: 'SOURCE_TAG_MISMATCH',
      details: {
        evidence: expect.arrayContaining([
          expect.objectContaining({ result: 'rejected', reason: expect.stringMatching(/1 of 2 published files/) }),
        ]),
      },
    })
  })

  test('from a tarball that cannot be read package.json alone decides', async () => {
    const commit = await repository.commit({ 'package.json': own })
    await mark('v1.0.0', commit)
    const artifact = madeArtifact('pkg', '1.0.0', { repository: { url } })
    const { Readable } = await import('node:stream')
    const open = () => Readable.from([Buffer.from('not an archive')])
    expect((await locateSource({ ...made.context(), artifact, open })).source).toMatchObject({ commit })
  })
})

describe('history', () => {
  test('says which files another commit has, and which none', async () => {
    const commit = await repository.commit({ 'package.json': own, 'index.js': 'one' })
    await mark('v1.0.0', commit)
    const later = await repository.commit({ 'late.md': 'late' })
    const artifact = madeArtifact('pkg', '1.0.0', { repository: { url } })
    const located = await locateSource({ ...made.context(), artifact, open: published({ 'package.json': own }) })
    const blob = async (path: string) => (await repository.git(['rev-parse', `HEAD:${path}`])).trim()
    const wanted = new Map([
      ['late.md', await blob('late.md')],
      ['AGENTS.md', 'ab'.repeat(20)],
    ])
    const history = await located.findInHistory?.(wanted)
    expect(history).toMatchObject({ walked: 2, found: new Map([['late.md', later]]) })
  })

  test('is the same in a cache that has all of it, and in a new one', async () => {
    const wanted = { 'package.json': own, 'index.js': 'two' }
    await repository.commit({ 'package.json': manifest('pkg', '0.9.0') }, { at: '2023-01-01T12:00:00Z' })
    await mark('v1.0.0', await repository.commit({ 'package.json': own, 'index.js': 'one' }))
    const commit = await repository.commit({ 'index.js': 'two' })
    expect(await locate(wanted)).toMatchObject({ commit })
    const none = madeArtifact('pkg', '7.0.0', { repository: { url } })
    await expect(locateSource({ ...made.context(), artifact: none })).rejects.toMatchObject({
      code: 'SOURCE_VERSION_NOT_FOUND',
    })
    expect(await locate(wanted)).toMatchObject({ commit })
  })

  test('with thousands of tags, some of them hostile, takes no longer than it must', async () => {
    const commit = await repository.commit({ 'package.json': own, 'index.js': 'one' })
    const names = Array.from({ length: 5000 }, (_, index) => `v${index}.0.0-1.0.0`)
    const odd = ['v1.0.0', '-1.0.0', '--exec=evil@1.0.0', `${'a/'.repeat(40)}1.0.0`, '1.0.0;$(evil)', 'v1.0.0-ä']
    const lines = [...names, ...odd].map((name) => `create refs/tags/${name} ${commit}\n`)
    await repository.git(['update-ref', '--stdin'], lines.join(''))
    const source = await locate({ 'package.json': own, 'index.js': 'dirty' })
    expect(source).toMatchObject({ commit, ref: 'refs/tags/v1.0.0' })
    expect(source.evidence.length).toBeLessThan(40)
  })
})

describe('where else a source may be', () => {
  test('gitHead in the published package.json names the commit', async () => {
    await repository.commit({ 'package.json': own, 'index.js': 'one' })
    const commit = (await repository.git(['rev-parse', 'HEAD'])).trim()
    await repository.commit({ 'package.json': manifest('pkg', '1.1.0') })
    const source = await locate({ 'package.json': manifest('pkg', '1.0.0', { gitHead: commit }), 'index.js': 'one' })
    expect(source).toMatchObject({ commit })
    expect(told(source)[0]).toBe('packed-git-head accepted')
  })

  test('a repository that is gone is replaced by the one that the published package.json names', async () => {
    const packed = manifest('pkg', '1.0.0', { repository: { type: 'git', url: `git+${url}.git` } })
    made.rewrite(repository.folder, `${url}.git`)
    const commit = await repository.commit({ 'package.json': packed })
    await mark('v1.0.0', commit)
    const claims = { repository: { url: 'https://code.example.test/owner/gone' } }
    const source = await locate({ 'package.json': packed }, claims)
    expect(source).toMatchObject({ commit, repository: `${url}.git` })
    expect(told(source)[0]).toBe('repository unavailable')
  })

  test('without a tag the published files lead to the commit, also in a folder that moved', async () => {
    const files = { 'package.json': own, 'index.js': 'one' }
    const commit = await repository.commit({ 'old/package.json': own, 'old/index.js': 'one' })
    await repository.commit({ 'old/index.js': 'changed without a release' })
    await repository.git(['mv', 'old', 'new'])
    await repository.commit({})
    const source = await locate(files, { repository: { url, directory: 'new' } })
    expect(source).toMatchObject({ commit, directory: 'old' })
  })
})
