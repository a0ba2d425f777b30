import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { type BuiltEntry, buildTar, gzip } from '../../../fixtures/archives/tar-builder.ts'
import { readPublished } from './published.ts'

const read = async (...entries: BuiltEntry[]) => {
  const source = Readable.from([gzip(buildTar(entries))])
  const signal = new AbortController().signal
  return await readPublished({ source, what: 'a.tgz', algorithm: 'sha1', signal })
}
const ownerOf = async (...entries: BuiltEntry[]) => (await read(...entries)).owner

const file = (name: string, uid: number, gid: number): BuiltEntry => ({ path: `package/${name}`, data: 'x', uid, gid })

test('the account that published is known where all entries have the same one', async () => {
  expect(await ownerOf(file('a', 501, 20), file('b', 501, 20))).toEqual({ uid: 501, gid: 20 })
  expect(await ownerOf(file('a', 0, 0))).toEqual({ uid: 0, gid: 0 })
  expect(await ownerOf(file('a', 501, 20), file('b', 501, 0))).toBeUndefined()
})

test('folders have their modes, where they are packed, and none outside of the package', async () => {
  const folder = (path: string, mode: number): BuiltEntry => ({ path, type: '5', mode, data: '' })
  const entries = [folder('package/', 0o775), folder('package/lib', 0o1755), folder('package/../etc/', 0o777)]
  const { folders } = await read(...entries, file('a', 0, 0))
  expect([...folders]).toEqual([
    ['', 0o775],
    ['lib', 0o755],
  ])
})
