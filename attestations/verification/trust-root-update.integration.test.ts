import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tufRepository, tufSigner } from '../../fixtures/attestations/tuf-repository.ts'
import { ageOf, embeddedTrustRoot } from './embedded-root.ts'
import { trustInUse } from './trust-root-in-use.ts'
import { updateTrust } from './trust-root-update.ts'

const name = 'trusted_root.json'
const mediaType = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1'
const rootOf = (comment: string) => JSON.stringify({ mediaType, tlogs: [], ctlogs: [], comment })

let folder: string
let server: Server
let mirror: string
let repository: ReturnType<typeof tufRepository>
let answer: ((path: string, response: ServerResponse) => boolean) | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-trust-'))
  repository = tufRepository()
  repository.release({ version: 1, targets: { [name]: rootOf('first') } })
  await writeFile(join(folder, 'root.json'), repository.firstRoot)
  answer = undefined
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').replace(/^\/tuf\//, '')
    if (answer?.(path, response)) return
    const file = repository.files.get(path)
    response.writeHead(file ? 200 : 404).end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tuf`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

const now = () => new Date('2026-11-23T10:00:00Z')
const limits = { answer: 2000, whole: 4000, retries: 0 }

const update = (options: Partial<Parameters<typeof updateTrust>[0]> = {}) =>
  updateTrust({
    stateFolder: folder,
    mirror,
    root: join(folder, 'root.json'),
    now,
    signal: new AbortController().signal,
    limits,
    ...options,
  })

const inUse = () => trustInUse(folder)

test('what was fetched is used from then on, and says its age', async () => {
  expect((await inUse()).root.name).toBe('embedded')
  await update()
  const { root, updated } = await inUse()
  expect(root).toMatchObject({ name: `updated from ${mirror}`, publishedOn: '2026-11-23' })
  expect(updated?.trustedRoot.content).toBe(rootOf('first'))
  expect(ageOf(root, new Date('2026-12-01T00:00:00Z'))).toEqual({ days: 8, stale: false })
  expect(embeddedTrustRoot().sha256).not.toBe(root.sha256)
})

test('a newer release is taken, also by a root with other keys', async () => {
  await update()
  const next = tufSigner()
  repository.rotate(2, next)
  repository.release({ version: 2, targets: { [name]: rootOf('second') }, by: next })
  await update()
  expect((await inUse()).updated?.trustedRoot.content).toBe(rootOf('second'))
  // The rotated root is remembered: what the old key signs is no longer believed.
  repository.files.delete('2.root.json')
  repository.release({ version: 3, targets: { [name]: rootOf('stolen') } })
  await expect(update()).rejects.toMatchObject({ code: 'TRUST_UPDATE_FAILED' })
})

const stranger = tufSigner()

test.each<[string, () => void]>([
  [
    'an older release than the one before',
    () => repository.release({ version: 1, targets: { [name]: rootOf('old') } }),
  ],
  [
    'an expired timestamp',
    () => repository.release({ version: 9, targets: { [name]: rootOf('x') }, expires: '2020-01-01T00:00:00Z' }),
  ],
  ['a release of a stranger', () => repository.release({ version: 9, targets: { [name]: rootOf('x') }, by: stranger })],
  [
    'a root that the key before did not sign',
    () => {
      const other = tufRepository(stranger)
      other.rotate(2, stranger)
      repository.files.set('2.root.json', other.files.get('2.root.json') ?? Buffer.alloc(0))
    },
  ],
  ['an expired root', () => repository.rotate(2, stranger, '2020-01-01T00:00:00Z')],
  [
    'a target that was changed',
    () => {
      repository.release({ version: 9, targets: { [name]: rootOf('honest') } })
      for (const path of repository.files.keys()) {
        if (path.startsWith('targets/')) repository.files.set(path, Buffer.from(rootOf('tamper')))
      }
    },
  ],
  [
    'metadata that was changed',
    () => {
      repository.release({ version: 9, targets: { [name]: rootOf('x') } })
      const changed = String(repository.files.get('9.targets.json')).replace('"version":9', '"version":9,"x":1')
      repository.files.set('9.targets.json', Buffer.from(changed))
    },
  ],
  ['a repository without a trusted root', () => repository.release({ version: 9, targets: { 'other.json': '{}' } })],
  ['a repository that is gone', () => repository.files.clear()],
  ['a page instead of metadata', () => repository.files.set('timestamp.json', Buffer.from('<html>'))],
  ['a timestamp that never ends', () => repository.files.set('timestamp.json', Buffer.alloc(1_000_000, ' '))],
])('%s is refused, and all stays as it was', async (_, attack) => {
  repository.release({ version: 5, targets: { [name]: rootOf('good') } })
  await update()
  const before = await readdir(join(folder, 'trust'))
  attack()
  await expect(update()).rejects.toMatchObject({ code: 'TRUST_UPDATE_FAILED' })
  expect((await inUse()).updated?.trustedRoot.content).toBe(rootOf('good'))
  expect(await readdir(join(folder, 'trust'))).toEqual(before)
})

test('what the repository gives must be a trusted root', async () => {
  repository.release({ version: 2, targets: { [name]: '{"mediaType":"application/json"}' } })
  await expect(update()).rejects.toMatchObject({ code: 'TRUST_ROOT_INVALID' })
  expect((await inUse()).root.name).toBe('embedded')
})

test('a repository that hangs, and one that drips, have an end; so has Ctrl-C', async () => {
  answer = (path, response) => {
    if (path !== 'timestamp.json') return false
    response.writeHead(200).flushHeaders()
    const drip = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(drip))
    return true
  }
  await expect(update({ limits: { ...limits, whole: 700 } })).rejects.toMatchObject({ code: 'TRUST_UPDATE_FAILED' })
  const aborting = new AbortController()
  setTimeout(() => aborting.abort(), 200)
  await expect(update({ signal: aborting.signal })).rejects.toMatchObject({ name: 'AbortError' })
})

test('two repositories are two, also at one address: another first root is another repository', async () => {
  await update()
  const other = tufRepository()
  await writeFile(join(folder, 'other-root.json'), other.firstRoot)
  await expect(update({ root: join(folder, 'other-root.json') })).rejects.toMatchObject({ code: 'TRUST_UPDATE_FAILED' })
  expect((await inUse()).updated?.trustedRoot.content).toBe(rootOf('first'))
})

test.each<[string, Partial<Parameters<typeof updateTrust>[0]>, string]>([
  ['no address', { mirror: 'nowhere' }, 'USAGE'],
  ['an address in the clear', { mirror: 'http://example.com' }, 'USAGE'],
  ['an address with a password', { mirror: 'https://a:b@example.com' }, 'USAGE'],
  ['a first root that is not there', { root: '/nonexistent/root.json' }, 'FILE_UNREADABLE'],
])('%s is a mistake of the command line', async (_, options, code) => {
  await expect(update(options)).rejects.toMatchObject({ code })
})

test('a private repository needs its first root', async () => {
  const { root: _, ...without } = { root: '', stateFolder: folder, mirror, now, signal: new AbortController().signal }
  await expect(updateTrust(without)).rejects.toMatchObject({ code: 'USAGE' })
})

test('what is damaged on the disk is refused, and not replaced in silence by the embedded root', async () => {
  await update()
  const [file = ''] = (await readdir(join(folder, 'trust'))).filter((one) => /^[0-9a-f]{64}\.json$/.test(one))
  const path = join(folder, 'trust', file)
  const whole = await readFile(path, 'utf8')
  await writeFile(path, whole.replace('first', 'worst'))
  await expect(inUse()).rejects.toMatchObject({ code: 'TRUST_ROOT_INVALID' })
  await writeFile(path, whole.slice(0, -20))
  await expect(inUse()).rejects.toMatchObject({ code: 'TRUST_ROOT_INVALID' })
  await update()
  expect((await inUse()).updated?.trustedRoot.content).toBe(rootOf('first'))
  await rm(path)
  await expect(inUse()).rejects.toMatchObject({ code: 'TRUST_ROOT_INVALID' })
  await update()
  expect((await inUse()).updated?.trustedRoot.content).toBe(rootOf('first'))
})
