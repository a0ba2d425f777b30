import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareBytes } from '../../fixtures/archives/compared.ts'
import { buildTar, gzip, honestEntries, honestPackage } from '../../fixtures/archives/tar-builder.ts'
import { archiveAttacks } from '../../fixtures/attacks/archives.ts'
import { reviewerArchives } from '../../fixtures/attacks/reviewer-archives.ts'
import { compareArtifacts } from './compare.ts'
import { inflateAtOnce } from './formats/inflate-at-once.ts'
import { holdFiles } from './held-input.ts'

const honest = honestPackage()
const tar = buildTar(honestEntries)
const signal = new AbortController().signal

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-held-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function heldFiles(published: Buffer, rebuilt: Buffer) {
  const paths = { published: join(folder, 'published.tgz'), rebuilt: join(folder, 'rebuilt.tgz') }
  await writeFile(paths.published, published)
  await writeFile(paths.rebuilt, rebuilt)
  return await holdFiles(paths)
}

/** `gzip` with other bytes at the end, or elsewhere. */
function altered(change: (file: Buffer) => void): Buffer {
  const file = Buffer.from(gzip(tar))
  change(file)
  return file
}

const oddFiles: [string, Buffer][] = [
  ['a size too small', altered((file) => file.writeUInt32LE(tar.length - 1, file.length - 4))],
  ['a size too large', altered((file) => file.writeUInt32LE(tar.length + 1, file.length - 4))],
  ['a size of nothing', altered((file) => file.writeUInt32LE(0, file.length - 4))],
  ['a size of four gigabytes', altered((file) => file.writeUInt32LE(2 ** 32 - 1, file.length - 4))],
  ['another checksum', altered((file) => file.writeUInt32LE(1, file.length - 8))],
  ['damaged data', altered((file) => file.writeUInt32LE(0xffffffff, file.length >> 1))],
  ['no trailer', gzip(tar).subarray(0, -8)],
  ['half of it', gzip(tar).subarray(0, gzip(tar).length >> 1)],
  ['an empty member before', Buffer.concat([gzipSync(''), gzip(tar)])],
  ['an empty member behind', Buffer.concat([gzip(tar), gzipSync('')])],
  ['the same member twice', Buffer.concat([gzip(tar), gzip(tar)])],
  ['zeros behind', Buffer.concat([gzip(tar), Buffer.alloc(512)])],
  ['no bytes at all', Buffer.alloc(0)],
  ['only a header', gzip(tar).subarray(0, 10)],
  ['no compression', tar],
]

test.each([
  ...oddFiles,
  ...[...archiveAttacks, ...reviewerArchives].map(({ name, published }): [string, Buffer] => [name, published]),
])('what is held is judged as what is read piece by piece: %s', async (_, published) => {
  for (const [a, b] of [
    [published, honest],
    [honest, published],
    [published, Buffer.from(published)],
  ] as const) {
    const piecewise = await compareBytes(a, b, { fileName: 'published.tgz' })
    const held = await compareArtifacts({ ...(await heldFiles(a, b)), signal })
    expect({ ...held, rebuilt: undefined }).toEqual({ ...piecewise, rebuilt: undefined })
  }
})

test.each(oddFiles)('is not inflated at once, whatever it says: %s', async (_, file) => {
  const inflated = await inflateAtOnce(file, 2 ** 26)
  // Of the checksum alone zlib learns nothing here; it is compared where the trailer is read.
  if (inflated) expect(inflated.bytes.equals(tar)).toBe(true)
})

test('an ordinary package is inflated at once, unless that would take too much memory', async () => {
  const file = gzip(tar)
  expect(await inflateAtOnce(file, tar.length)).toEqual({ packedSize: file.length - 18, bytes: tar })
  expect(await inflateAtOnce(file, tar.length - 1)).toBeUndefined()
})

test('a file that is there twice is inflated once', async () => {
  const { published, rebuilt } = await heldFiles(honest, honest)
  expect(published.inflated).toBeDefined()
  expect(rebuilt.inflated).toBeUndefined()
})

test('what is no file that can be read is said in a sentence', async () => {
  const missing = join(folder, 'missing.tgz')
  await expect(holdFiles({ published: missing, rebuilt: missing })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  await expect(holdFiles({ published: folder, rebuilt: folder })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})
