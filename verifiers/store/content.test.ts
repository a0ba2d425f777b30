import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openContentStore } from './content.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-store-'))
})
afterEach(() => rm(folder, { recursive: true, maxRetries: 5 }))

const bytes = randomBytes(300_000)
const sha256 = createHash('sha256').update(bytes).digest('hex')

test('bytes come back as they went in, by digest and by key', async () => {
  const store = openContentStore(folder)
  const content = await store.write(Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]), {
    limit: 1e6,
    what: 'it',
    expected: { sha256 },
  })
  await store.remember('key', content, { a: 1 })
  expect(await buffer(store.read(content.digests.sha512))).toEqual(bytes)
  expect(await store.recall('key')).toEqual({ ...content, metadata: { a: 1 } })
  await store.remember('bare', content)
  expect(await store.recall('bare')).toMatchObject(content)
  expect(await store.recall('other')).toBeUndefined()
  expect(await store.lookUp('key')).toEqual({ ...content, metadata: { a: 1 } })
  expect(await store.lookUp('other')).toBeUndefined()
  await store.forget('key')
  expect(await store.lookUp('key')).toBeUndefined()
})

test('bytes that are not what was declared are not kept', async () => {
  const store = openContentStore(folder)
  const write = store.write(Readable.from([bytes]), {
    limit: 1e6,
    what: 'it',
    expected: { sha256: '0'.repeat(64) },
    mismatch: 'ARTIFACT_INTEGRITY_MISMATCH',
  })
  await expect(write).rejects.toMatchObject({ code: 'ARTIFACT_INTEGRITY_MISMATCH' })
  expect(await store.has(createHash('sha512').update(bytes).digest('hex'))).toBe(false)
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
})

test('bytes that are there already may come again, and what is discarded is gone', async () => {
  const store = openContentStore(folder)
  const write = () => store.write(Readable.from([bytes]), { limit: 1e6, what: 'it' })
  const [content, again] = await Promise.all([write(), write()])
  expect(again).toEqual(content)
  expect(await buffer(store.read(content.digests.sha512))).toEqual(bytes)
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
  await store.discard(content.digests.sha512)
  expect(await store.has(content.digests.sha512)).toBe(false)
  await store.discard(content.digests.sha512)
})

test('a source that fails at once is one failure, and nothing of it stays', async () => {
  const store = openContentStore(folder)
  const source = new Readable({ read() {} })
  process.nextTick(() => source.destroy(new Error('it is gone')))
  await expect(store.write(source, { limit: 1e6, what: 'it' })).rejects.toThrow('it is gone')
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
})

test('the limit holds while the bytes arrive', async () => {
  const store = openContentStore(folder)
  async function* endless() {
    for (;;) yield bytes
  }
  await expect(
    store.write(endless(), { limit: 1e6, what: 'it', tooLarge: 'ARTIFACT_TOO_LARGE' }),
  ).rejects.toMatchObject({ code: 'ARTIFACT_TOO_LARGE' })
})

test.each(['read', 'recalled'])(
  'bytes damaged on the disk are noticed when they are %s, and fetched anew',
  async (how) => {
    const store = openContentStore(folder)
    const content = await store.write(Readable.from([bytes]), { limit: 1e6, what: 'it' })
    const { digests } = content
    await store.remember('key', content)
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
    const file = files.map((entry) => join(entry.parentPath, entry.name)).find((path) => path.includes('content-v2'))
    if (!file) throw new Error('no content file')
    const damaged = await readFile(file)
    damaged[7] = (damaged[7] ?? 0) ^ 1
    await writeFile(file, damaged)
    if (how === 'recalled') expect(await store.recall('key')).toBeUndefined()
    else await expect(buffer(store.read(digests.sha512))).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(await store.has(digests.sha512)).toBe(false)
  },
)
