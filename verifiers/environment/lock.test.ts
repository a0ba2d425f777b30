import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockTime, parseLock, readLockFile, readSeeds } from './lock.ts'

const choices = (['base', 'build'] as const).flatMap((variant) =>
  (['amd64', 'arm64'] as const).map((architecture) => ({ variant, architecture })),
)

test.each(choices)(
  'the lock $variant.$architecture is valid, and an image is recorded for its bytes',
  async (choice) => {
    const { bytes, digest } = await readLockFile(choice)
    const lock = parseLock(bytes, 'the lock')
    expect(lock).toMatchObject(choice)
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(lock.signedBy.length).toBeGreaterThan(0)
    const names = lock.packages.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)].sort())
    const { seeds } = await readSeeds(choice.variant)
    expect(names).toEqual(expect.arrayContaining(seeds))
  },
)

const line = { name: 'a', version: '1', architecture: 'amd64', size: 1, sha256: 'a'.repeat(64), path: 'pool/a.deb' }
const valid = {
  schema: 'https://reproof.dev/environment-lock/v1',
  variant: 'base',
  architecture: 'amd64',
  suite: 'bookworm',
  component: 'main',
  release: '12.15',
  snapshot: '20260711T101637Z',
  signedBy: [],
  packages: [line],
}

test('the time of every file is that of the release', () => {
  expect(lockTime(parseLock(Buffer.from(JSON.stringify(valid)), 'it')).toISOString()).toBe('2026-07-11T10:16:37.000Z')
})

test.each<[string, unknown]>([
  ['no packages', { ...valid, packages: [] }],
  ['another schema', { ...valid, schema: 'https://reproof.dev/environment-lock/v2' }],
  ['an unknown field', { ...valid, mirror: 'https://example.test' }],
  ['a path that leaves the pool', { ...valid, packages: [{ ...line, path: 'pool/../x.deb' }] }],
  ['a digest that is none', { ...valid, packages: [{ ...line, sha256: 'x' }] }],
  ['a size of nothing', { ...valid, packages: [{ ...line, size: 0 }] }],
  ['an architecture that is not known', { ...valid, architecture: 'mips' }],
  ['a list instead of an object', [valid]],
])('a lock with %s is refused', (_, lock) => {
  expect(() => parseLock(Buffer.from(JSON.stringify(lock)), 'it')).toThrow(
    expect.objectContaining({ code: 'LOCK_INVALID' }),
  )
})

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-locks-'))
})
afterEach(() => rm(folder, { recursive: true }))

const choice = { variant: 'base', architecture: 'amd64' } as const

test.each<[string, Record<string, string>]>([
  ['there is no lock', { 'images.json': '{}' }],
  ['there is no record of images', { 'base.amd64.json': '{}' }],
  ['the record of images is not JSON', { 'base.amd64.json': '{}', 'images.json': '{' }],
])('where %s one clear problem says so', async (_, files) => {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  await expect(readLockFile({ ...choice, locks: folder })).rejects.toMatchObject({ code: 'LOCK_INVALID' })
})

test('a digest that was recorded for other bytes of the lock does not count', async () => {
  await writeFile(join(folder, 'base.amd64.json'), JSON.stringify(valid))
  const record = { lock: 'b'.repeat(64), digest: `sha256:${'c'.repeat(64)}` }
  await writeFile(join(folder, 'images.json'), JSON.stringify({ 'base.amd64': record }))
  expect(await readLockFile({ ...choice, locks: folder })).not.toHaveProperty('digest')
})
