import { chmod, cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildDeb, smallDistribution, writeArchive, writeLock } from '../../fixtures/environment/debs.ts'
import { openContentStore } from '../store/content.ts'
import { type EnsureImageOptions, ensureImage } from './image.ts'
import type { LockedPackage } from './lock.ts'

let folder: string
let archive: Server
let requests: string[]
let packages: LockedPackage[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-image-'))
  packages = await writeArchive(join(folder, 'archive'), smallDistribution)
  await writeLock(join(folder, 'locks'), packages)
  requests = []
  archive = await serve(async (path) => readFile(join(folder, 'archive', path)))
})
afterEach(async () => {
  archive.close()
  await rm(folder, { recursive: true })
})

function serve(answer: (path: string) => Promise<Buffer>): Promise<Server> {
  const server = createServer(async (request, response) => {
    requests.push(String(request.url))
    const body = await answer(decodeURIComponent(String(request.url))).catch(() => undefined)
    response.writeHead(body ? 200 : 404).end(body)
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

function optionsWith(changes: Partial<EnsureImageOptions> = {}): EnsureImageOptions {
  return {
    variant: 'base',
    architecture: 'amd64',
    locks: join(folder, 'locks'),
    store: openContentStore(join(folder, 'store')),
    folder: join(folder, 'images'),
    mirrors: [addressOf(archive)],
    archives: { hostMirrors: async () => [], snapshots: `${addressOf(archive)}snapshot/` },
    progress: () => {},
    signal: new AbortController().signal,
    ...changes,
  }
}

/** Recorded once: the image of the small distribution. It may only change on purpose, with all locks made anew. */
const recorded = 'sha256:fd0f21c58aabd34d408633a7bc3b0b1034b392c7ce913a5cd4b85346f66ef2dd'

test('the same packages give the same digest, and the root has what their scripts would have made', async () => {
  const { image, rootFolder } = await ensureImage(optionsWith())
  expect(image).toMatchObject({ variant: 'base', architecture: 'amd64', digest: recorded })
  const text = (path: string) => readFile(join(rootFolder, path), 'utf8')
  expect(await text('etc/ssl/certs/ca-certificates.crt')).toBe('A\nB\n')
  expect(await text('bin/sh')).toBe('#!dash\n')
  expect(await text('usr/bin/awk')).toBe('awk')
  expect(await text('etc/passwd')).toContain('builder:x:1000:1000:')
  expect(await text('etc/resolv.conf')).toBe('')
  expect(await text('usr/share/doc/base-files/copyright')).toBe('free\n')
  expect((await text('var/lib/dpkg/status')).match(/^Status: install ok installed$/gm)).toHaveLength(packages.length)
  expect(await readlink(join(rootFolder, 'bin'))).toBe('usr/bin')
  expect((await stat(join(rootFolder, 'bin/dash'))).mode & 0o7777).toBe(0o755)
  expect((await stat(join(rootFolder, 'tmp'))).mode & 0o7777).toBe(0o1777)
  await expect(stat(join(rootFolder, 'usr/share/man'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('an image that is there is used without asking anybody, and without touching it', async () => {
  await writeLock(join(folder, 'locks'), packages, recorded)
  const first = await ensureImage(optionsWith())
  await rm(join(folder, 'store'), { recursive: true })
  const asked = requests.length
  expect((await ensureImage(optionsWith())).rootFolder).toBe(first.rootFolder)
  expect(requests).toHaveLength(asked)
})

test('packages that are in the store are not fetched again', async () => {
  await ensureImage(optionsWith())
  await rm(join(folder, 'images'), { recursive: true })
  requests = []
  expect((await ensureImage(optionsWith())).image.digest).toBe(recorded)
  expect(requests).toEqual([])
})

test('two at once give one image, and leave nothing else', async () => {
  const images = await Promise.all([ensureImage(optionsWith()), ensureImage(optionsWith())])
  expect(images.map(({ image }) => image.digest)).toEqual([recorded, recorded])
  expect(await readdir(join(folder, 'images'))).toEqual([recorded.replace(':', '-')])
})

test('what a killed process left does not count', async () => {
  await writeLock(join(folder, 'locks'), packages, recorded)
  await mkdir(join(folder, 'images/.making-1-abc/root'), { recursive: true })
  const { rootFolder } = await ensureImage(optionsWith())
  expect(await readFile(join(rootFolder, 'etc/debian_version'), 'utf8')).toBe('12.15\n')
})

test('an image whose description is damaged is not used, and the message says what to do', async () => {
  await writeLock(join(folder, 'locks'), packages, recorded)
  const { rootFolder } = await ensureImage(optionsWith())
  await writeFile(join(rootFolder, '../image.json'), '{')
  await expect(ensureImage(optionsWith())).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
})

test('an image that is not the recorded one is refused, and nothing is kept', async () => {
  await writeLock(join(folder, 'locks'), packages, `sha256:${'0'.repeat(64)}`)
  await expect(ensureImage(optionsWith())).rejects.toMatchObject({
    code: 'IMAGE_DIGEST_MISMATCH',
    details: { actual: recorded },
  })
  expect(await readdir(join(folder, 'images'))).toEqual([])
})

test('the next source is tried when one is out of reach, lacks a package, lies, or is of another distribution', async () => {
  const liar = await serve(async () => Buffer.from('something else'))
  const empty = await serve(() => Promise.reject(new Error('404')))
  const mirrors = ['http://127.0.0.1:1/', addressOf(liar), addressOf(empty), addressOf(archive)]
  try {
    expect((await ensureImage(optionsWith({ mirrors }))).image.digest).toBe(recorded)
  } finally {
    liar.close()
    empty.close()
  }
})

test('a package that nobody has ends in one problem that names what was tried', async () => {
  await rm(join(folder, 'archive/pool/main/mawk'), { recursive: true })
  await expect(ensureImage(optionsWith())).rejects.toMatchObject({
    code: 'IMAGE_PACKAGE_UNAVAILABLE',
    message: expect.stringContaining(addressOf(archive)),
    details: { tried: [{ source: addressOf(archive) }, { source: `${addressOf(archive)}snapshot/20260711T101637Z/` }] },
  })
  expect(await readdir(folder)).not.toContain('images')
})

async function damageStore(): Promise<void> {
  const content = join(folder, 'store/content-v2')
  for (const entry of await readdir(content, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await writeFile(join(entry.parentPath, entry.name), 'damaged')
  }
}

test('packages that were damaged on the disk are fetched again', async () => {
  await ensureImage(optionsWith())
  await rm(join(folder, 'images'), { recursive: true })
  await damageStore()
  expect((await ensureImage(optionsWith())).image.digest).toBe(recorded)
})

test.each([
  ['leaves the root', [{ path: './../../escape', data: 'x' }], 'ARCHIVE_UNSAFE_PATH'],
  [
    'writes through a link',
    [
      { path: './out', type: '2', link: '/tmp' },
      { path: './out/x', data: 'x' },
    ],
    'ARCHIVE_UNSAFE_PATH',
  ],
  ['ships what another one ships', [{ path: './usr/bin/dash', data: 'x' }], 'ARCHIVE_INVALID'],
])('a package that %s is refused, and nothing is left', async (_, entries, code) => {
  const bad = await writeArchive(join(folder, 'archive'), { zz: buildDeb('zz', entries) })
  await writeLock(join(folder, 'locks'), [...packages, ...bad])
  await expect(ensureImage(optionsWith())).rejects.toMatchObject({ code })
  expect(await readdir(join(folder, 'images'))).toEqual([])
})

test('a lock of another variant in the place of this one is refused', async () => {
  await cp(join(folder, 'locks/base.amd64.json'), join(folder, 'locks/build.amd64.json'))
  await expect(ensureImage(optionsWith({ variant: 'build' }))).rejects.toMatchObject({ code: 'LOCK_INVALID' })
})

test('it stops at once when it is told to, and leaves nothing', async () => {
  const stopping = new AbortController()
  const progress: EnsureImageOptions['progress'] = (event) => {
    if ('text' in event && event.text.startsWith('unpacking')) stopping.abort()
  }
  const making = ensureImage(optionsWith({ signal: stopping.signal, progress }))
  await expect(making).rejects.toMatchObject({ name: 'AbortError' })
  expect(await readdir(join(folder, 'images'))).toEqual([])
})

test('the OCI layout has the image under its digest, and is written once', async () => {
  const { image, ociLayout, exportTo } = await ensureImage(optionsWith())
  const layout = await ociLayout()
  expect(await ociLayout()).toBe(layout)
  const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))
  expect(index.manifests).toMatchObject([{ digest: image.digest, platform: { architecture: 'amd64', os: 'linux' } }])
  const blob = (digest: string) => readFile(join(layout, 'blobs/sha256', digest.slice(7)))
  const manifest = JSON.parse(String(await blob(image.digest)))
  expect(await blob(manifest.layers[0].digest)).toHaveLength(manifest.layers[0].size)
  expect(JSON.parse(String(await blob(manifest.config.digest))).rootfs.diff_ids).toEqual([manifest.layers[0].digest])
  const exported = await exportTo(join(folder, 'exported'))
  expect(await readdir(exported, { recursive: true })).toEqual(await readdir(layout, { recursive: true }))
  await expect(exportTo(exported)).rejects.toMatchObject({ code: 'OUTPUT_NOT_EMPTY' })
  await expect(exportTo(join(layout, 'index.json'))).rejects.toMatchObject({ code: 'OUTPUT_NOT_EMPTY' })
})

test('a root that somebody changed does not become an OCI image', async () => {
  const { rootFolder, ociLayout } = await ensureImage(optionsWith())
  await chmod(join(rootFolder, 'etc/passwd'), 0o755)
  await expect(ociLayout()).rejects.toMatchObject({ code: 'IMAGE_DIGEST_MISMATCH' })
})
