import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { madeArtifact } from '../../fixtures/source/artifact.ts'
import { type MadeContext, makeContext } from '../../fixtures/source/context.ts'
import { type Answer, type FileServer, serveFiles } from '../../fixtures/source/file-server.ts'
import { sourceSchema } from '../model/source.ts'
import { openContentStore } from '../store/content.ts'
import { type LocatedSource, locateSource, restoreSource, type SourceContext } from './locate.ts'

const archive = join(import.meta.dirname, '../../fixtures/source/debian-archive')
const keyring = join(archive, 'keyring.gpg')
const pool = join(archive, 'pool/main/n')

let made: MadeContext
let server: FileServer
/** What a test has stand in place of the archive's own files. */
let instead: Record<string, Answer>

beforeEach(async () => {
  made = await makeContext()
  instead = {}
  server = await serveFiles(async (path) =>
    path in instead ? instead[path] : await readFile(join(archive, path)).catch(() => undefined),
  )
})
afterEach(async () => {
  await server.close()
  await made.remove()
})

function context(more: Partial<SourceContext['mirrors']> = {}, suite = 'good'): SourceContext {
  const host = [{ uri: `${server.url}/`, suite, component: 'main' }]
  return made.context({ mirrors: { debian: [], host, snapshot: '', keyrings: [keyring], ...more } })
}

async function locate(
  name: string,
  {
    version,
    artifact = madeArtifact('honest', '1.2.3'),
    ...options
  }: { version?: string; artifact?: ReturnType<typeof madeArtifact>; context?: SourceContext } = {},
): Promise<LocatedSource> {
  const argument = { kind: 'debian' as const, package: name, ...(version !== undefined && { version }) }
  const located = await locateSource({ ...(options.context ?? context()), artifact, argument })
  expect(sourceSchema.parse(located.source)).toEqual(located.source)
  return located
}

function results({ source }: LocatedSource): string[] {
  return source.evidence.map(({ locator, result }) => `${locator} ${result}`)
}

describe('a Debian source package', () => {
  test("is found by the artifact's version, checked by signature and digests, laid out without what Debian added", async () => {
    const located = await locate('node-honest')
    const files = ['node-honest_1.2.3+~1.0.0-2.dsc', 'node-honest_1.2.3.orig.tar.gz']
    expect(located.source).toMatchObject({
      kind: 'debian',
      repository: 'debian:node-honest@1.2.3+~1.0.0-2',
      signature: 'valid',
      modifiedAt: '2020-09-13T12:26:40.000Z',
      directory: '',
      manifest: { name: 'honest', version: '1.2.3' },
      files: await Promise.all(files.map(listed)),
    })
    expect(results(located)).toEqual([
      'argument accepted',
      'debian-index accepted',
      'dsc-signature agrees',
      'debian-component rejected',
      'directory accepted',
    ])
    const out = join(made.folder, 'out')
    await located.checkout(out, { umask: '022' })
    expect((await readdir(out)).sort()).toEqual(['index.js', 'package.json'])
  })

  test('lays a component out beside the package where that is what holds it', async () => {
    const located = await locate('node-honest', { version: '1.2.3', artifact: madeArtifact('@types/honest', '1.0.0') })
    expect(located.source).toMatchObject({ directory: 'types' })
    expect(await located.listFiles()).toEqual(['index.js', 'package.json', 'types/package.json'])
  })

  test.each([
    ['1.2.3+~1.0.0-1', '1.2.3+~1.0.0-1'],
    ['1.2.3', '1.2.3+~1.0.0-2'],
  ])('of version %s is %s', async (version, found) => {
    expect((await locate('node-honest', { version })).source.repository).toBe(`debian:node-honest@${found}`)
  })

  test('is fetched once: the second run asks the mirror for nothing but what may have changed', async () => {
    await locate('node-honest')
    const before = server.requests.length
    await locate('node-honest')
    expect(server.requests.slice(before)).toEqual([])
  })

  test('comes again from a recipe, on another machine', async () => {
    const { source } = await locate('node-honest')
    const other = { ...context(), folder: join(made.folder, 'other') }
    const restored = await restoreSource({ ...other, source })
    expect(restored.source.tree).toBe(source.tree)
    expect(await restored.listFiles()).toEqual(['index.js', 'package.json'])
  })

  test('that is not what a recipe says is refused', async () => {
    const { source } = await locate('node-honest')
    const changed = { ...source, tree: 'ab'.repeat(20) }
    await expect(restoreSource({ ...context(), source: changed })).rejects.toMatchObject({
      code: 'SOURCE_DIGEST_MISMATCH',
    })
  })

  test('without a keyring is taken as unchecked, and says so', async () => {
    const unchecked = await locate('node-honest', { context: context({ keyrings: [] }) })
    expect(unchecked.source).toMatchObject({ signature: 'unchecked' })
    expect(results(unchecked)).toContain('dsc-signature unavailable')
  })

  test('is found on a configured mirror when the first archive is out of reach', async () => {
    const host = [{ uri: 'http://127.0.0.1:1/', suite: 'good', component: 'main' }]
    const located = await locate('node-honest', { context: context({ host, debian: [server.url] }) })
    expect(located.source.repository).toBe('debian:node-honest@1.2.3+~1.0.0-2')
    expect(made.notices.length).toBeGreaterThan(0)
  })

  test.each(['.dsc', '.orig.tar.gz'])(
    'whose %s the first archive lacks or has damaged comes from another one',
    async (end) => {
      for (const damage of [404, 'damaged']) {
        const first = await serveFiles(async (path) =>
          path.endsWith(end) ? damage : await readFile(join(archive, path)).catch(() => undefined),
        )
        const host = [{ uri: `${first.url}/`, suite: 'good', component: 'main' }]
        const settings = {
          ...context({ host, debian: [server.url] }),
          store: openContentStore(join(made.folder, `${damage}`)),
        }
        const located = await locate('node-honest', { context: settings }).finally(first.close)
        expect(located.source).toMatchObject({ repository: 'debian:node-honest@1.2.3+~1.0.0-2', signature: 'valid' })
      }
    },
  )

  test.each(['node-nothing', 'node-honest'])('%s of a version that nobody has is not found', async (name) => {
    await expect(locate(name, { version: '9.9.9' })).rejects.toMatchObject({ code: 'SOURCE_VERSION_NOT_FOUND' })
  })

  test('of another npm package is not taken', async () => {
    const other = locate('node-honest', { version: '1.2.3', artifact: madeArtifact('other', '1.2.3') })
    await expect(other).rejects.toMatchObject({ code: 'SOURCE_VERSION_NOT_FOUND' })
  })
})

describe('an archive that lies', () => {
  const hostile = () => context({}, 'hostile')
  const artifact = madeArtifact('evil', '1.0.0')

  test('about its release file, after it was signed', async () => {
    const text = await readFile(join(archive, 'dists/good/InRelease'), 'utf8')
    instead['/dists/good/InRelease'] = text.replace('Origin: Test', 'Origin: Evil')
    await expect(locate('node-honest')).rejects.toMatchObject({ code: 'SOURCE_SIGNATURE_INVALID' })
  })

  test('about its release file, without a signature', async () => {
    instead['/dists/good/InRelease'] = 'Origin: Test\nSHA256:\n'
    await expect(locate('node-honest')).rejects.toMatchObject({ code: 'SOURCE_SIGNATURE_INVALID' })
  })

  test('about its index, which is not the one that was signed', async () => {
    instead['/dists/good/main/source/Sources.gz'] = await readFile(
      join(archive, 'dists/hostile/main/source/Sources.gz'),
    )
    await expect(locate('node-honest')).rejects.toMatchObject({ code: 'SOURCE_VERSION_NOT_FOUND' })
    expect(made.notices.join('\n')).toMatch(/not what was declared|larger than/)
  })

  test.each([
    ['another file of the same size', (real: Buffer) => Buffer.alloc(real.length)],
    ['a shorter one', (real: Buffer) => real.subarray(0, 10)],
    ['a longer one', (real: Buffer) => Buffer.concat([real, real])],
  ])('about a tarball: %s', async (_, change) => {
    const name = 'node-honest_1.2.3.orig.tar.gz'
    instead[`/pool/main/n/node-honest/${name}`] = change(await readFile(join(pool, 'node-honest', name)))
    await expect(locate('node-honest')).rejects.toMatchObject({
      code: expect.stringMatching(/^SOURCE_(?:DIGEST_MISMATCH|TOO_LARGE)$/),
    })
  })

  test.each([
    ['node-escaping', 'SOURCE_REFUSED'],
    ['node-mismatch', 'SOURCE_DIGEST_MISMATCH'],
    ['node-tampered', 'SOURCE_SIGNATURE_INVALID'],
  ])('%s ends with %s', async (name, code) => {
    await expect(locate(name, { artifact, context: hostile() })).rejects.toMatchObject({ code })
  })

  test('a .dsc without a signature counts by the index that names it', async () => {
    const located = await locate('node-unsigned', { artifact, context: hostile() })
    expect(located.source).toMatchObject({ signature: 'valid' })
    expect(located.source.evidence).toContainEqual(expect.objectContaining({ reason: 'The .dsc is not signed.' }))
  })

  test('a mirror that stops in the middle is given up', async () => {
    instead['/dists/good/main/source/Sources.gz'] = (_, response) => {
      response.writeHead(200, { 'content-length': '425' }).write('x')
      setTimeout(() => response.destroy(), 20)
    }
    await expect(locate('node-honest')).rejects.toMatchObject({ code: 'SOURCE_VERSION_NOT_FOUND' })
  })
})

describe('the snapshot service', () => {
  const version = '1.2.3+~1.0.0-1'
  const dsc = `node-honest_${version}.dsc`
  const tarball = 'node-honest_1.2.3.orig.tar.gz'

  async function serveSnapshot(changed: Record<string, Answer> = {}) {
    const files = await Promise.all(
      [dsc, tarball].map(async (name) => [name, await readFile(join(pool, 'node-honest', name))] as const),
    )
    const bySha1 = new Map(
      files.map(([name, bytes]) => [createHash('sha1').update(bytes).digest('hex'), { name, bytes }]),
    )
    const fileinfo = Object.fromEntries(
      [...bySha1].map(([sha1, { name, bytes }]) => [sha1, [{ name, size: bytes.length }]]),
    )
    const answers: Record<string, Answer> = {
      '/mr/package/node-honest/': JSON.stringify({ result: [{ version }, { version: '0.1-1' }] }),
      [`/mr/package/node-honest/${version}/srcfiles?fileinfo=1`]: JSON.stringify({ fileinfo }),
      ...Object.fromEntries([...bySha1].map(([sha1, { bytes }]) => [`/file/${sha1}`, bytes])),
      ...changed,
    }
    const service = await serveFiles((path) => answers[path])
    return { service, settings: context({ host: [], snapshot: `${service.url}/` }), bySha1 }
  }

  test('has what no archive has any more', async () => {
    const { service, settings } = await serveSnapshot()
    const located = await locate('node-honest', { context: settings }).finally(service.close)
    expect(located.source).toMatchObject({ repository: `debian:node-honest@${version}`, signature: 'valid' })
    expect(results(located)).toContain('debian-snapshot accepted')
  })

  test.each([
    ['is no JSON', '<html>'],
    ['is of another form', '{"result":[{"version":7}]}'],
    ['is an error', 500],
  ])('whose answer %s is passed over with a notice', async (_, answer) => {
    const { service, settings } = await serveSnapshot({ '/mr/package/node-honest/': answer })
    const failure = locate('node-honest', { context: settings }).finally(service.close)
    await expect(failure).rejects.toMatchObject({ code: 'SOURCE_VERSION_NOT_FOUND' })
    expect(made.notices).toHaveLength(1)
  })

  test('that gives another file than it named is refused', async () => {
    const changed: Record<string, Answer> = {}
    const { service, settings, bySha1 } = await serveSnapshot(changed)
    await service.close()
    for (const [sha1, { bytes }] of bySha1) changed[`/file/${sha1}`] = Buffer.alloc(bytes.length)
    const lying = await serveSnapshot(changed)
    const failure = locate('node-honest', { context: { ...settings, ...lying.settings } }).finally(lying.service.close)
    await expect(failure).rejects.toMatchObject({ code: 'SOURCE_DIGEST_MISMATCH' })
  })
})

async function listed(name: string) {
  const bytes = await readFile(join(pool, 'node-honest', name))
  return { name, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

test('a tree that was changed on the disk is unpacked anew', async () => {
  const { source } = await locate('node-honest')
  const place = join(context().folder, 'trees', source.tree)
  await rm(join(place, 'index.js'))
  const located = await locate('node-honest')
  expect(await located.listFiles()).toContain('index.js')
})
