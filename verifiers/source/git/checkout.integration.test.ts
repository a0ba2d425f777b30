import { lstat, mkdir, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { madeArtifact } from '../../../fixtures/source/artifact.ts'
import { type MadeContext, makeContext } from '../../../fixtures/source/context.ts'
import { type MadeRepository, makeRepository, manifest, runGit } from '../../../fixtures/source/repository.ts'
import { type LocatedSource, locateSource, restoreSource } from '../../npm/locate.ts'

const url = 'https://code.example.test/owner/name'

let made: MadeContext
let repository: MadeRepository
let out: string

beforeEach(async () => {
  made = await makeContext()
  repository = await makeRepository(join(made.folder, 'mirror'))
  made.rewrite(repository.folder, url)
  out = join(made.folder, 'out')
})
afterEach(() => made.remove())

async function locateTagged(
  files: Parameters<MadeRepository['commit']>[0],
  env: NodeJS.ProcessEnv = {},
): Promise<LocatedSource> {
  await repository.commit({ 'package.json': manifest('pkg', '1.0.0'), ...files })
  await repository.git(['tag', '--annotate', '--message', 'x', 'v1.0.0'])
  const context = made.context()
  const artifact = madeArtifact('pkg', '1.0.0', { repository: { url } })
  return await locateSource({ ...context, env: { ...context.env, ...env }, artifact })
}

async function modesBelow(folder: string): Promise<Record<string, string>> {
  const entries = (await readdir(folder, { recursive: true })).filter((path) => !path.startsWith('.git'))
  const modes = await Promise.all(
    entries.map(async (path) => [path, ((await lstat(join(folder, path))).mode & 0o7777).toString(8)]),
  )
  return Object.fromEntries(modes)
}

describe('what is done once', () => {
  /** A git that notes the name of each command before it does it. */
  async function noting(): Promise<{ env: NodeJS.ProcessEnv; commands: () => Promise<string[]> }> {
    const [folder, file] = [join(made.folder, 'noting'), join(made.folder, 'commands')]
    await mkdir(folder)
    const script = `#!/bin/sh\necho "$1" >>'${file}'\nPATH=\${PATH#*:}\nexec git "$@"\n`
    await writeFile(join(folder, 'git'), script, { mode: 0o755 })
    return {
      env: { PATH: `${folder}:${process.env.PATH}` },
      async commands() {
        const noted = (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(0, -1)
        await rm(file, { force: true })
        return noted
      },
    }
  }

  test('a commit is listed once, and one that was laid out is not asked for again', async () => {
    const { env, commands } = await noting()
    const located = await locateTagged({ 'a.js': 'a' }, env)
    await located.listFiles()
    expect((await located.readFile('a.js'))?.toString()).toBe('a')
    const before = await commands()
    expect(before.filter((name) => name === 'ls-tree')).toHaveLength(1)
    expect(before.filter((name) => name === 'log').length).toBeLessThanOrEqual(3)
    await located.checkout(out, { umask: '022' })
    // Once for the contents, which are not here yet, and once from here.
    expect((await commands()).sort()).toEqual(['-c', 'checkout', 'fetch', 'init', 'update-index'])
    await located.checkout(join(made.folder, 'second'), { umask: '022' })
    expect((await commands()).sort()).toEqual(['checkout', 'fetch', 'init', 'update-index'])
    await located.readFile('a.js')
    expect(await commands()).toEqual(['cat-file'])
  })

  test('what was there and is gone since is fetched again', async () => {
    const located = await locateTagged({ 'a.js': 'a' })
    await located.checkout(out, { umask: '022' })
    const [place] = (await readdir(join(made.folder, 'cache', 'git'))).filter((name) => /^[0-9a-f]{32}$/.test(name))
    const packs = join(made.folder, 'cache', 'git', place ?? '', 'objects.git', 'objects', 'pack')
    const git = ['--git-dir', join(packs, '..', '..')]
    for (const name of (await readdir(packs)).filter((name) => name.endsWith('.idx'))) {
      const listed = await runGit(packs, [...git, 'verify-pack', '-v', name])
      if (/ commit /.test(listed)) continue
      for (const end of ['idx', 'pack', 'rev', 'promisor'])
        await rm(join(packs, name.replace(/idx$/, end)), { force: true })
    }
    const second = join(made.folder, 'second')
    await located.checkout(second, { umask: '022' })
    expect(await readFile(join(second, 'a.js'), 'utf8')).toBe('a')
    expect(await runGit(second, ['config', '--get-all', 'remote.origin.url'])).toBe(`${url}\n`)
  })
})

describe('the layout', () => {
  test.each([
    ['022', '0077', { script: '755', folder: '755', 'folder/file': '644', 'package.json': '644' }],
    ['0000', '022', { script: '777', folder: '777', 'folder/file': '666', 'package.json': '666' }],
    ['077', '022', { script: '700', folder: '700', 'folder/file': '600', 'package.json': '600' }],
  ])('has the modes of umask %s whatever the umask of the process is (%s)', async (umask, own, modes) => {
    const { checkout } = await locateTagged({ script: { executable: '#!/bin/sh\n' }, 'folder/file': 'x' })
    const before = process.umask(own)
    try {
      await checkout(out, { umask })
    } finally {
      process.umask(before)
    }
    expect(await modesBelow(out)).toEqual(modes)
  })

  test('is a repository of its own, clean, with the commit detached, its tag, and one time for all files', async () => {
    const { checkout, source } = await locateTagged({ link: { link: 'package.json' }, 'a/b': '1' })
    await checkout(out, { umask: '022' })
    expect(await runGit(out, ['describe'])).toBe('v1.0.0\n')
    expect(await runGit(out, ['status', '--porcelain'])).toBe('')
    expect(await runGit(out, ['diff-index', 'HEAD'])).toBe('')
    expect(await runGit(out, ['config', 'remote.origin.url'])).toBe(`${url}\n`)
    await expect(runGit(out, ['symbolic-ref', 'HEAD'])).rejects.toThrow()
    expect(await readlink(join(out, 'link'))).toBe('package.json')
    const expected = 'committedAt' in source ? source.committedAt : ''
    for (const path of ['a', 'a/b', 'link', 'package.json']) {
      expect((await lstat(join(out, path))).mtime.toISOString()).toBe(expected)
    }
    const config = await readFile(join(out, '.git', 'config'), 'utf8')
    expect(config).not.toContain(made.folder)
    expect(await readdir(join(out, '.git'))).not.toContain('hooks')
  })

  test('follows .gitattributes as git does, and nothing of the host: no conversion, no hook, no filter, no template', async () => {
    const evil = join(made.folder, 'evil')
    const home = join(made.folder, 'host')
    await mkdir(join(home, 'hooks'), { recursive: true })
    await mkdir(join(home, 'template', 'hooks'), { recursive: true })
    const script = `#!/bin/sh\ntouch ${evil}\n`
    for (const hook of ['hooks/post-checkout', 'hooks/reference-transaction', 'template/hooks/post-checkout']) {
      await writeFile(join(home, hook), script, { mode: 0o755 })
    }
    await writeFile(join(home, 'attributes'), '*.txt eol=crlf\n')
    const config = `[core]
	autocrlf = true
	hooksPath = ${home}/hooks
	attributesFile = ${home}/attributes
	fsmonitor = touch ${evil}
[init]
	templateDir = ${home}/template
[filter "evil"]
	smudge = touch ${evil}
	required = true
[url "${repository.folder}"]
	insteadOf = ${url}
`
    await writeFile(join(home, 'gitconfig'), config)
    const files = {
      '.gitattributes': '*.dos text eol=crlf\n*.big filter=evil\n*.id ident\n* text=auto\n',
      'a.dos': 'one\ntwo\n',
      'a.txt': 'one\ntwo\n',
      'a.big': 'pointer\n',
      'a.id': '$Id$\n',
    }
    const { checkout } = await locateTagged(files, { GIT_CONFIG_GLOBAL: join(home, 'gitconfig') })
    await checkout(out, { umask: '022' })
    expect(await readFile(join(out, 'a.dos'), 'utf8')).toBe('one\r\ntwo\r\n')
    expect(await readFile(join(out, 'a.txt'), 'utf8')).toBe('one\ntwo\n')
    expect(await readFile(join(out, 'a.big'), 'utf8')).toBe('pointer\n')
    expect(await readFile(join(out, 'a.id'), 'utf8')).toMatch(/^\$Id: [0-9a-f]{40} \$\n$/)
    await expect(stat(evil)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('hooks, filters and a file system monitor of a local repository do not run', async () => {
    const evil = join(made.folder, 'evil')
    await repository.commit({ 'package.json': manifest('pkg', '1.0.0'), '.gitattributes': '* filter=evil\n' })
    const settings = {
      'filter.evil.smudge': `touch ${evil}`,
      'core.fsmonitor': `touch ${evil}`,
      'core.sshCommand': `touch ${evil}`,
    }
    for (const [key, value] of Object.entries(settings)) await repository.git(['config', key, value])
    await repository.git(['config', 'uploadpack.packObjectsHook', `touch ${evil}`])
    for (const hook of ['post-checkout', 'pre-upload', 'reference-transaction']) {
      await writeFile(join(repository.folder, '.git', 'hooks', hook), `#!/bin/sh\ntouch ${evil}\n`, {
        mode: 0o755,
      }).catch(() => mkdir(join(repository.folder, '.git', 'hooks')))
    }
    const argument = { kind: 'folder', path: repository.folder } as const
    const located = await locateSource({ ...made.context(), artifact: madeArtifact('pkg', '1.0.0'), argument })
    await located.checkout(out, { umask: '022' })
    expect((await readdir(out)).sort()).toEqual(['.git', '.gitattributes', 'package.json'])
    await expect(stat(evil)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('a file that the server has lost is left out where somebody is told of it; git sees no change in that', async () => {
    const files = {
      'lib/a.js': 'a',
      'lib/a file.js': 'b',
      run: '#!/bin/sh\n',
      'big.exe': 'lost',
      'lib/big 2': 'lost, too',
    }
    const commit = await repository.commit({ 'package.json': manifest('pkg', '1.0.0'), ...files })
    await repository.git(['tag', '-a', '-m', 'v1.0.0', 'v1.0.0'])
    const artifact = madeArtifact('pkg', '1.0.0', { repository: { url } })
    const located = await locateSource({ ...made.context(), artifact })
    const gone = ['big.exe', 'lib/big 2']
    for (const path of gone) {
      const id = (await repository.git(['rev-parse', `${commit}:${path}`])).trim()
      await rm(join(repository.folder, '.git', 'objects', id.slice(0, 2), id.slice(2)), { force: true })
    }
    const read = await located.tree.readMany(['big.exe', 'run', 'lib/a.js'], 1000)
    expect([...read].map(([path, bytes]) => `${path} ${bytes}`).sort()).toEqual(['lib/a.js a', 'run #!/bin/sh\n'])
    await expect(located.tree.readMany(gone, 1000)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    const lost: string[] = []
    await located.checkout(out, { umask: '022', lost: (path) => lost.push(path) })
    expect(lost).toEqual(gone)
    expect((await readdir(out)).sort()).toEqual(['.git', 'lib', 'package.json', 'run'])
    expect(await readdir(join(out, 'lib'))).toEqual(['a file.js', 'a.js'])
    const git = async (...words: string[]) => (await runGit(out, words)).trim()
    expect(await git('status', '--porcelain')).toBe('')
    expect(await git('describe', '--dirty')).toBe('v1.0.0')
    expect(await git('rev-parse', 'HEAD')).toBe(commit)
    expect(await git('log', '--oneline', '--format=%H')).toBe(commit)
    expect(await git('ls-files')).toContain('big.exe')
    expect(await git('show', 'HEAD:lib/a.js')).toBe('a')
  })

  test('a file that the server has lost is named', async () => {
    const files = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`lib/${index}.js`, `${index}`]))
    const commit = await repository.commit({ 'package.json': manifest('pkg', '1.0.0'), ...files, 'big.exe': 'lost' })
    await repository.git(['update-ref', 'refs/tags/v1.0.0', commit])
    const lost = (await repository.git(['rev-parse', `${commit}:big.exe`])).trim()
    const artifact = madeArtifact('pkg', '1.0.0', { repository: { url } })
    const located = await locateSource({ ...made.context(), artifact })
    await rm(join(repository.folder, '.git', 'objects', lost.slice(0, 2), lost.slice(2)), { force: true })
    await expect(located.checkout(out, { umask: '022' })).rejects.toMatchObject({
      code: 'SOURCE_INCOMPLETE',
      message: expect.stringMatching(/does not have all files of the commit [0-9a-f]{40}: big\.exe\.$/),
    })
  })

  test('a commit with a path among the own files of git is refused', async () => {
    const blob = (await repository.git(['hash-object', '-w', '--stdin'], 'evil')).trim()
    const pkg = (await repository.git(['hash-object', '-w', '--stdin'], manifest('pkg', '1.0.0'))).trim()
    const inner = (await repository.git(['mktree'], `100644 blob ${blob}\tconfig\n`)).trim()
    const lines = `040000 tree ${inner}\t.git\n100644 blob ${pkg}\tpackage.json\n`
    const tree = (await repository.git(['mktree'], lines)).trim()
    const commit = (await repository.git(['commit-tree', tree, '-m', 'x'])).trim()
    await repository.git(['update-ref', 'refs/tags/v1.0.0', commit])
    const artifact = madeArtifact('pkg', '1.0.0', { repository: { url } })
    const located = await locateSource({ ...made.context(), artifact })
    await expect(located.checkout(out, { umask: '022' })).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
  })
})

describe('submodules', () => {
  let inner: MadeRepository
  const innerUrl = 'https://code.example.test/owner/inner'

  beforeEach(async () => {
    inner = await makeRepository(join(made.folder, 'inner'))
    await inner.commit({ 'inner.txt': 'inside' })
    made.rewrite(inner.folder, innerUrl)
  })

  async function commitLink(address: string, path = 'sub'): Promise<string> {
    const commit = (await inner.git(['rev-parse', 'HEAD'])).trim()
    await repository.commit({
      'package.json': manifest('pkg', '1.0.0'),
      '.gitmodules': `[submodule "x"]\n\tpath = ${path}\n\turl = ${address}\n\tupdate = !touch evil\n`,
    })
    await repository.git(['update-index', '--add', '--cacheinfo', `160000,${commit},${path}`])
    await repository.git(['commit', '--quiet', '--message', 'link'])
    await repository.git(['tag', 'v1.0.0'])
    return commit
  }

  async function locate(): Promise<LocatedSource> {
    const artifact = madeArtifact('pkg', '1.0.0', { repository: { url } })
    return await locateSource({ ...made.context(), artifact })
  }

  test.each([
    innerUrl,
    `${innerUrl}.git`,
    '../inner',
    'git@code.example.test:owner/inner.git',
    'git://code.example.test/owner/inner',
  ])('at %s are fetched over https, recorded, and laid out; and again from a recipe', async (address) => {
    made.rewrite(inner.folder, `${innerUrl}.git`)
    const commit = await commitLink(address, 'deep/sub')
    const located = await locate()
    const recorded = { path: 'deep/sub', repository: expect.stringMatching(/\/owner\/inner(?:\.git)?$/), commit }
    expect(located.source).toMatchObject({ submodules: [recorded] })
    await located.checkout(out, { umask: '022' })
    expect(await readFile(join(out, 'deep/sub/inner.txt'), 'utf8')).toBe('inside')
    const again = await restoreSource({ ...made.context({ folder: join(made.folder, 'c2') }), source: located.source })
    await again.checkout(join(made.folder, 'out2'), { umask: '022' })
    expect(await readFile(join(made.folder, 'out2/deep/sub/inner.txt'), 'utf8')).toBe('inside')
  })

  test.each([
    'ext::sh -c "touch evil"',
    'file:///etc',
    '/etc',
    '-u./evil',
    'http://example.test/plain',
    'ftp://example.test/x',
  ])('at %s are not fetched, and the evidence says so', async (address) => {
    await commitLink(address)
    const located = await locate()
    expect(located.source).toMatchObject({ submodules: [] })
    expect(located.source.evidence).toContainEqual(
      expect.objectContaining({
        locator: 'submodule',
        candidate: 'sub',
        result: expect.stringMatching(/rejected|unavailable/),
      }),
    )
    await located.checkout(out, { umask: '022' })
    expect((await readdir(out)).sort()).toEqual(['.git', '.gitmodules', 'package.json', 'sub'])
    expect(await readdir(join(out, 'sub'))).toEqual([])
  })

  test('that hold themselves end at a depth', async () => {
    const loop = 'https://code.example.test/owner/loop'
    made.rewrite(repository.folder, loop)
    const first = await repository.commit({ 'package.json': manifest('pkg', '1.0.0') })
    let commit = first
    for (let level = 0; level < 6; level++) {
      await repository.commit({ '.gitmodules': `[submodule "x"]\n\tpath = sub\n\turl = ${loop}\n` })
      await repository.git(['update-index', '--add', '--cacheinfo', `160000,${commit},sub`])
      await repository.git(['commit', '--quiet', '--message', 'link'])
      commit = (await repository.git(['rev-parse', 'HEAD'])).trim()
    }
    await repository.git(['tag', 'v1.0.0'])
    await expect(locate()).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' })
  })
})
