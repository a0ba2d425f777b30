import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { buildTar } from '../../fixtures/archives/tar-builder.ts'
import { readTarball, type TarballLimits } from './tarball.ts'

const tar = buildTar([
  { path: 'package/package.json', data: '{}' },
  { path: 'package/lib/a.js', data: 'a'.repeat(3000), mode: 0o755 },
])

async function read(bytes: Buffer, limits?: Partial<TarballLimits>) {
  const entries: string[] = []
  const all = { unpacked: 1e6, entries: 100, path: 1000, ...limits }
  const headers = await readTarball({
    // Small pieces, so that nothing depends on where they end.
    source: Readable.from(pieces(bytes)),
    what: 'it',
    limits: all,
    signal: new AbortController().signal,
    onEntry({ path, size, mode }) {
      let length = 0
      return {
        data: (chunk) => {
          length += chunk.length
        },
        end: () => entries.push(`${path} ${size} ${length} ${mode.toString(8)}`),
      }
    },
  })
  return { entries, headers }
}

function* pieces(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 700) yield bytes.subarray(at, at + 700)
}

const expected = ['package/package.json 2 2 644', 'package/lib/a.js 3000 3000 755']

test.each<[string, Buffer]>([
  ['gzip', gzipSync(tar)],
  ['plain', tar],
  ['gzip in two members', Buffer.concat([gzipSync(tar.subarray(0, 1000)), gzipSync(tar.subarray(1000))])],
  ['gzip with bytes after it', Buffer.concat([gzipSync(tar), Buffer.from('something else '.repeat(100_000))])],
  ['gzip with zeros after it', Buffer.concat([gzipSync(tar), Buffer.alloc(200_000)])],
])('entries of a tarball are read: %s', async (_, bytes) => {
  expect((await read(bytes)).entries).toEqual(expected)
})

test('the first bytes of both layers are kept, because they tell the packer', async () => {
  const { headers } = await read(gzipSync(tar))
  expect(headers.gzip?.toString('hex')).toMatch(/^1f8b08/)
  expect(headers.tar).toEqual(tar.subarray(0, 512))
})

test.each<[string, Buffer, string]>([
  ['nothing', Buffer.alloc(0), 'ARCHIVE_INVALID'],
  ['a web page', Buffer.from(`<!doctype html>${'x'.repeat(5000)}`), 'ARCHIVE_INVALID'],
  ['a gzip file that is cut off', gzipSync(tar).subarray(0, -30), 'ARCHIVE_INVALID'],
  ['a gzip file that is damaged', damaged(gzipSync(tar)), 'ARCHIVE_INVALID'],
  ['a gzip file in a gzip file', gzipSync(gzipSync(tar)), 'ARCHIVE_INVALID'],
  ['a gzip file of text', gzipSync('hello '.repeat(1000)), 'ARCHIVE_INVALID'],
  [
    'a decompression bomb',
    gzipSync(buildTar([{ path: 'package/zeros', data: Buffer.alloc(5e6) }])),
    'ARCHIVE_LIMIT_EXCEEDED',
  ],
  [
    'too many entries',
    gzipSync(buildTar(Array.from({ length: 200 }, (_, i) => ({ path: `package/${i}` })))),
    'ARCHIVE_LIMIT_EXCEEDED',
  ],
])('%s is %s', async (_, bytes, code) => {
  await expect(read(bytes)).rejects.toMatchObject({ code })
})

test('a path of 10,000 bytes is refused before anything is made of it', async () => {
  const path = `package/${'n'.repeat(10_000)}`
  const long = buildTar([
    { path: '././@LongLink', type: 'L', data: `${path}\0` },
    { path: path.slice(0, 99), data: 'x' },
  ])
  await expect(read(gzipSync(long), { path: 20_000 })).resolves.toMatchObject({ entries: [`${path} 1 1 644`] })
  await expect(read(gzipSync(long), { path: 9000 })).rejects.toMatchObject({ code: 'ARCHIVE_LIMIT_EXCEEDED' })
})

test('reading ends with the signal', async () => {
  const controller = new AbortController()
  const endless = new Readable({ read() {} })
  const reading = readTarball({ source: endless, what: 'it', signal: controller.signal, onEntry: () => undefined })
  controller.abort(new Error('enough'))
  await expect(reading).rejects.toThrow('enough')
  expect(endless.destroyed).toBe(true)
})

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let at = 20; at < 60; at++) copy[at] = 0xff
  return copy
}
