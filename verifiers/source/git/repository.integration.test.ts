import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type MadeContext, makeContext } from '../../../fixtures/source/context.ts'
import { type MadeRepository, makeRepository, manifest } from '../../../fixtures/source/repository.ts'
import { serveGit } from '../../../fixtures/source/server.ts'
import { readSourceFile } from '../source-tree.ts'
import { bringCommit, bringHistory } from './bring.ts'
import { remoteAt, remoteInFolder } from './remote.ts'
import { openRepository, type RepositoryOptions, tagKind } from './repository.ts'
import { gitSettings, userRewrites } from './settings.ts'
import { gitTree } from './tree.ts'
import { wholeCommit } from './whole-commit.ts'

let made: MadeContext
let made1: MadeRepository
const closing: (() => unknown)[] = []

beforeEach(async () => {
  made = await makeContext()
  made1 = await makeRepository(join(made.folder, 'served', 'name'))
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await made.remove()
})

function options(more: Partial<RepositoryOptions> = {}): Omit<RepositoryOptions, 'remote'> {
  const { env, signal } = made.context()
  return { folder: made.folder, rewrites: [], env, limits: { size: 1e9, timeout: 60_000 }, signal, ...more }
}

async function serve(settings: Omit<Parameters<typeof serveGit>[0], 'root'> = {}) {
  const server = await serveGit({ root: join(made.folder, 'served'), ...settings })
  closing.push(server.close)
  return { ...server, remote: remoteAt(`${server.url}/name`, []) }
}

async function answering(listener: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(listener as never)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/name`
}

/** A thousand commits, of which some begin with the same four characters. */
async function manyCommits(): Promise<string[]> {
  const commits = Array.from({ length: 1000 }, (_, at) => {
    return `commit refs/heads/main\ncommitter T <t@example.test> ${1_700_000_000 + at} +0000\ndata 0\n\n`
  })
  await made1.git(['fast-import', '--quiet'], commits.join(''))
  return (await made1.git(['rev-list', 'main'])).trim().split('\n')
}

test('a commit is found by its first characters, where no other one begins so', async () => {
  const commits = await manyCommits()
  const starts = Map.groupBy(commits, (commit) => commit.slice(0, 4))
  const shared = [...starts].find(([, { length }]) => length > 1)?.[0] ?? ''
  const [old = ''] = commits.slice(-1)
  await made1.git(['branch', shared, old])
  await made1.git(['branch', old.slice(0, 8), 'main'])
  const { remote } = await serve()
  const repository = await openRepository({ ...options(), remote })
  expect(await wholeCommit(repository, old.slice(0, 8))).toBe(old)
  for (const start of [shared, 'f'.repeat(12)]) {
    await expect(wholeCommit(repository, start)).rejects.toMatchObject({ code: 'SOURCE_REF_NOT_FOUND' })
  }
})

describe('what is fetched', () => {
  test.each([
    ['allows filters', { 'uploadpack.allowFilter': 'true' }, 100_000],
    ['allows none', {}, 2_000_000],
  ])('from a server that %s: one commit, and files only where they can be left out', async (_, config, most) => {
    const commit = await made1.commit({ 'package.json': manifest('a', '1.0.0'), big: randomBytes(1_000_000) })
    await made1.commit({ later: randomBytes(1_000_000) })
    const { remote } = await serve({ config })
    const repository = await openRepository({ ...options(), remote })
    await bringCommit(repository, commit)
    const tree = gitTree(repository, commit)
    expect(String(await readSourceFile(tree, 'package.json', 1000))).toBe(manifest('a', '1.0.0'))
    const { size } = await stat(join(repository.cache.folder, 'objects', 'pack')).then(async () => {
      const packs = await readdir(join(repository.cache.folder, 'objects', 'pack'))
      const sizes = await Promise.all(packs.map((name) => stat(join(repository.cache.folder, 'objects', 'pack', name))))
      return { size: sizes.reduce((sum, { size }) => sum + size, 0) }
    })
    expect(size).toBeLessThan(most)
    expect(await repository.cache.run(['rev-list', '--count', commit])).toBe('1\n')
  })

  test('a server that gives no commit by its id still gives it by its tag', async () => {
    const commit = await made1.commit({ 'package.json': manifest('a', '1.0.0') })
    await made1.git(['tag', '--annotate', '--message', 'x', 'v1.0.0'])
    await made1.commit({ more: '1' })
    const { remote } = await serve({ config: { 'protocol.version': '0' } })
    const repository = await openRepository({ ...options(), remote })
    const ref = repository.refs.find(({ name }) => name === 'refs/tags/v1.0.0')
    expect(await bringCommit(repository, commit, ref)).toMatchObject({ commit })
  })

  test('a commit that the repository does not have is not found', async () => {
    await made1.commit({ a: '1' })
    const { remote } = await serve()
    const repository = await openRepository({ ...options(), remote })
    await expect(bringCommit(repository, 'ab'.repeat(20))).rejects.toMatchObject({ code: 'SOURCE_REF_NOT_FOUND' })
  })

  test('a repository of SHA-256 objects', async () => {
    const other = join(made.folder, 'served', 'sha256')
    await mkdir(other)
    await made1.git(['init', '--quiet', '--object-format=sha256', other])
    const commit = await (await makeRepository(other)).commit({ a: '1' })
    const { url } = await serve()
    const repository = await openRepository({ ...options(), remote: remoteAt(`${url}/sha256`, []) })
    expect((await bringCommit(repository, commit)).tree).toMatch(/^[0-9a-f]{64}$/)
  })

  test('signed, annotated and lightweight tags are told apart', async () => {
    const commit = await made1.commit({ a: '1' })
    await made1.git(['tag', 'light'])
    await made1.git(['tag', '--annotate', '--message', 'x', 'annotated'])
    const text = `object ${commit}\ntype commit\ntag signed\ntagger T <t@example.test> 1 +0000\n\nx\n-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n`
    const id = (await made1.git(['hash-object', '-t', 'tag', '-w', '--stdin'], text)).trim()
    await made1.git(['update-ref', 'refs/tags/signed', id])
    const repository = await openRepository({ ...options(), remote: await remoteInFolder(made1.folder) })
    const kinds: Record<string, string> = {}
    for (const ref of repository.refs.filter(({ name }) => name.startsWith('refs/tags/'))) {
      await bringCommit(repository, commit, ref)
      kinds[ref.name] = await tagKind(repository, ref)
    }
    expect(kinds).toEqual({
      'refs/tags/annotated': 'annotated',
      'refs/tags/light': 'lightweight',
      'refs/tags/signed': 'signed',
    })
  })

  test('a local repository is trusted as itself, whoever owns it, and no other is', async () => {
    const folder = join(made.folder, 'a "b"\\c')
    const { environment } = await gitSettings({ folder: made.folder, protocols: [], trusted: folder, env: {} })
    const file = environment.GIT_CONFIG_GLOBAL ?? ''
    const listed = await made1.git(['config', '--file', file, '--null', '--get-all', 'safe.directory'])
    expect(listed.split('\0')).toEqual([folder, `${folder}/.git`, ''])
  })

  test('what a killed run left behind, locks and half a pack, does not stop the next one', async () => {
    const commit = await made1.commit({ a: '1' })
    const { remote } = await serve()
    const first = await openRepository({ ...options(), remote })
    const left = ['shallow.lock', 'config.lock', 'objects/pack/tmp_pack_abc']
    for (const name of left) await writeFile(join(first.cache.folder, name), 'half')
    await writeFile(join(first.cache.folder, '..', 'lock'), JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }))
    const again = await openRepository({ ...options(), remote })
    expect(await bringCommit(again, commit)).toMatchObject({ commit })
    await bringHistory(again)
    expect(await readdir(join(first.cache.folder, 'objects', 'pack'))).not.toContain('tmp_pack_abc')
  })
})

describe('servers that do not do what they should', () => {
  test.each([401, 403, 404, 500])(
    'status %i is one clear problem, and nobody is asked for a password',
    async (status) => {
      const url = await answering((_, response) =>
        response.writeHead(status, { 'www-authenticate': 'Basic realm="x"' }).end('no'),
      )
      const opened = openRepository({ ...options(), remote: remoteAt(url, []) })
      await expect(opened).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    },
  )

  test('passwords of the user are offered to nobody', async () => {
    const seen: (string | undefined)[] = []
    const url = await answering((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    })
    await writeFile(join(made.folder, '.netrc'), 'default login me password secret\n', { mode: 0o600 })
    const config = join(made.folder, 'gitconfig')
    await writeFile(config, `[credential]\n\thelper = "!echo username=me; echo password=secret"\n`)
    const env = { ...made.context().env, GIT_CONFIG_GLOBAL: config, GIT_ASKPASS: '/bin/echo', SSH_ASKPASS: '/bin/echo' }
    const opened = openRepository({ ...options({ env }), remote: remoteAt(url.replace('//', '//me:secret@'), []) })
    await expect(opened).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    expect(seen.filter((header) => header !== undefined)).toEqual([])
  })

  test('one that never answers is given up after its time', async () => {
    const url = await answering(() => {})
    const slow = options({ limits: { size: 1e9, timeout: 500 } })
    const opened = openRepository({ ...slow, remote: remoteAt(url, []) })
    await expect(opened).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringContaining('0.5 s'),
    })
  })

  test('one that stops in the middle is given up after its time, and leaves no process behind', async () => {
    const commit = await made1.commit({ a: randomBytes(100_000) })
    let posts = 0
    const { remote } = await serve({
      before: (request, response) => {
        // The first lists the references.
        if (request.method !== 'POST' || ++posts === 1) return false
        response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' })
        response.write('000dpackfile\n')
        return true
      },
    })
    const slow = options({ limits: { size: 1e9, timeout: 1500 } })
    const repository = await openRepository({ ...slow, remote })
    await expect(bringCommit(repository, commit)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    // git ends its helpers when it is ended; that takes a moment.
    await expect
      .poll(async () => (await commandLines()).filter((line) => line.includes(remote.url)), { timeout: 5000 })
      .toEqual([])
  })

  test('one that only offers its files is told apart, and git does not start itself without end', async () => {
    const commit = await made1.commit({ 'package.json': manifest('a', '1.0.0') })
    await made1.commit({ more: '1' })
    await made1.git(['update-server-info'])
    let requests = 0
    const url = await answering(async (request, response) => {
      requests++
      const path = new URL(request.url ?? '', 'http://x').pathname.replace(/^\/name\//, '')
      const bytes = await readFile(join(made1.folder, '.git', path)).catch(() => undefined)
      response.writeHead(bytes ? 200 : 404).end(bytes)
    })
    const repository = await openRepository({ ...options(), remote: remoteAt(url, []) })
    await expect(bringCommit(repository, commit)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    await expect(bringHistory(repository)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    expect(requests).toBeLessThan(20)
  })

  test('one with more objects than the limit is ended while they arrive', async () => {
    const commit = await made1.commit({ a: randomBytes(30_000_000) })
    const { remote } = await serve({ config: {} })
    const small = options({ limits: { size: 1_000_000, timeout: 60_000 } })
    const repository = await openRepository({ ...small, remote })
    await expect(bringCommit(repository, commit)).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' })
  })

  test('a repository without any commit is empty', async () => {
    const { remote } = await serve()
    await expect(openRepository({ ...options(), remote })).rejects.toMatchObject({ code: 'SOURCE_EMPTY' })
  })

  test('an interrupted run ends at once', async () => {
    const url = await answering(() => {})
    const controller = new AbortController()
    const opened = openRepository({ ...options({ signal: controller.signal }), remote: remoteAt(url, []) })
    setTimeout(() => controller.abort(), 100)
    await expect(opened).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe("the user's own insteadOf", () => {
  const address = 'https://code.example.test/owner/name'

  test.each([
    ['a prefix', 'https://code.example.test/owner/', (folder: string) => join(folder, '..').concat('/')],
    ['the whole address', address, (folder: string) => folder],
    ['the address with .git', `${address}.git`, (folder: string) => folder],
    ['the address as a file URL', address, (folder: string) => `file://${folder}`],
  ])('that names %s leads to the mirror, and the address itself is what is recorded', async (_, prefix, base) => {
    const commit = await made1.commit({ a: '1' })
    const config = join(made.folder, 'gitconfig')
    await writeFile(config, `[url "${base(made1.folder)}"]\n\tinsteadOf = ${prefix}\n`)
    const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: config, GIT_CONFIG_NOSYSTEM: '1' }
    const rewrites = await userRewrites({ folder: made.folder, env })
    const remote = remoteAt(address, rewrites)
    const repository = await openRepository({ ...options({ rewrites, env }), remote })
    expect(await bringCommit(repository, commit)).toMatchObject({ commit })
    expect(remote.repository).toBe(address)
  })

  test('that leads to ssh or ext is not followed', async () => {
    const config = join(made.folder, 'gitconfig')
    const lines = ['git@code.example.test:', 'ssh://git@code.example.test/', 'ext::sh -c evil ']
    await writeFile(config, lines.map((base) => `[url "${base}"]\n\tinsteadOf = https://code.example.test/\n`).join(''))
    const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: config, GIT_CONFIG_NOSYSTEM: '1' }
    expect(await userRewrites({ folder: made.folder, env })).toEqual([])
  })
})

/** Of all processes (proc(5)). */
async function commandLines(): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
}
