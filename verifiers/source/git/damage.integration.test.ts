import { randomBytes } from 'node:crypto'
import { chmod, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { madeArtifact } from '../../../fixtures/source/artifact.ts'
import { type MadeContext, makeContext } from '../../../fixtures/source/context.ts'
import { makeRepository, manifest } from '../../../fixtures/source/repository.ts'
import { locateSource } from '../../npm/locate.ts'

const url = 'https://code.example.test/owner/name'
let made: MadeContext

beforeEach(async () => {
  made = await makeContext()
  const repository = await makeRepository(join(made.folder, 'mirror'))
  made.rewrite(repository.folder, url)
  const text = randomBytes(20_000).toString('hex')
  await repository.git(['tag', 'v1.0.0', await repository.commit({ 'package.json': manifest('pkg', '1.0.0'), text })])
})
afterEach(() => made.remove())

const locate = () => {
  const artifact = madeArtifact('pkg', '1.0.0', { repository: { url: `git+${url}` } })
  return locateSource({ ...made.context(), artifact })
}

/** The folder in which the objects of the one repository are kept. */
async function kept(): Promise<string> {
  const git = join(made.context().folder, 'git')
  const [name] = (await readdir(git)).filter((name) => /^[0-9a-f]{32}$/.test(name))
  return join(git, name ?? '', 'objects.git')
}

async function packs(folder: string): Promise<string[]> {
  const place = join(folder, 'objects', 'pack')
  return (await readdir(place)).filter((name) => name.endsWith('.pack')).map((name) => join(place, name))
}

async function overwrite(pack: string): Promise<void> {
  await chmod(pack, 0o644)
  const bytes = await readFile(pack)
  bytes.fill(0, bytes.length >> 1, bytes.length - 20)
  await writeFile(pack, bytes)
}

test.each<[string, (folder: string) => Promise<unknown>]>([
  ['packs that were overwritten', async (folder) => Promise.all((await packs(folder)).map(overwrite))],
  ['packs that were cut off', async (folder) => Promise.all((await packs(folder)).map((pack) => truncate(pack, 40)))],
  ['packs that are gone', async (folder) => rm(join(folder, 'objects', 'pack'), { recursive: true })],
  [
    'an index that is gone',
    async (folder) => Promise.all((await packs(folder)).map((pack) => rm(pack.replace(/pack$/, 'idx')))),
  ],
  ['an empty HEAD', (folder) => writeFile(join(folder, 'HEAD'), '')],
  [
    'a configuration of noise',
    (folder) => writeFile(join(folder, 'config'), Buffer.concat([Buffer.from(']'), randomBytes(200)])),
  ],
  ['a boundary of noise', (folder) => writeFile(join(folder, 'shallow'), 'zzz\n')],
  ['a folder that is gone', (folder) => rm(folder, { recursive: true })],
])('%s: the repository is fetched anew', async (_, damage) => {
  const { source } = await locate()
  await damage(await kept())
  const again = await locate()
  expect(again.source).toEqual(source)
  const out = join(made.folder, 'out')
  await again.checkout(out, { umask: '022' })
  expect((await readdir(out)).sort()).toEqual(['.git', 'package.json', 'text'])
})

test('contents that were damaged after the source was found are said, and fetched anew the next time', async () => {
  const located = await locate()
  await located.checkout(join(made.folder, 'first'), { umask: '022' })
  await Promise.all((await packs(await kept())).map(overwrite))
  await expect(located.checkout(join(made.folder, 'second'), { umask: '022' })).rejects.toMatchObject({
    code: 'STORE_DAMAGED',
  })
  await (await locate()).checkout(join(made.folder, 'third'), { umask: '022' })
})

test.each([
  ['empty', ''],
  ['one long comment', `#${randomBytes(99).toString('hex')}`],
])('a configuration that git reads but that is %s is damage, and not a file that the server lacks', async (_, text) => {
  const located = await locate()
  await writeFile(join(await kept(), 'config'), text)
  await expect(located.checkout(join(made.folder, 'first'), { umask: '022' })).rejects.toMatchObject({
    code: 'STORE_DAMAGED',
  })
  await (await locate()).checkout(join(made.folder, 'second'), { umask: '022' })
})
