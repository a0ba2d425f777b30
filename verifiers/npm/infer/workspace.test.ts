import { expect, test } from 'vitest'
import { madeTree } from '../../../fixtures/source/tree.ts'
import { parseBuildManifest } from './manifest.ts'
import { openReader } from './reader.ts'
import { siblingsOf } from './workspace.ts'

async function siblings(members: Record<string, object>) {
  const files = Object.fromEntries(
    Object.entries(members).map(([path, it]) => [`packages/${path}/package.json`, JSON.stringify(it)]),
  )
  const manifest = parseBuildManifest('{"workspaces":["packages/*"]}')
  const own = parseBuildManifest(JSON.stringify(members.a))
  if (!manifest || !own) throw new Error('no manifest')
  const reader = await openReader(madeTree(files), () => false)
  const found = await siblingsOf(reader, { directory: '', manifest }, { directory: 'packages/a', manifest: own })
  const { circular, others } = found
  const directories = (projects: typeof found.all) => projects.map(({ directory }) => directory)
  const [needed, all, direct] = [found.needed, found.all, found.direct].map(directories)
  return { direct, needed, all, circular, others }
}

test('members are in the order in which they need each other', async () => {
  const found = await siblings({
    a: { name: 'a', dependencies: { b: '*', outside: '*' }, devDependencies: { d: '*' } },
    b: { name: 'b', peerDependencies: { c: '*' } },
    c: { name: 'c' },
    d: { name: 'd', dependencies: { c: '*' } },
    'deep/e': { name: 'outside' },
    f: { name: 'f', dependencies: { a: '*' } },
  })
  expect(found).toEqual({
    direct: ['packages/b', 'packages/d'],
    needed: ['packages/c', 'packages/b'],
    all: ['packages/c', 'packages/b', 'packages/d'],
    circular: [],
    others: 1,
  })
})

test('members that need each other, or themselves, end, and are named', async () => {
  const found = await siblings({
    a: { name: 'a', dependencies: { b: '*', a: '*' } },
    b: { name: 'b', dependencies: { c: '*' } },
    c: { name: 'c', dependencies: { b: '*', a: '*' } },
  })
  expect(found.needed).toEqual(['packages/c', 'packages/b'])
  expect(found.circular).toEqual([
    ['b', 'c', 'b'],
    ['a', 'b', 'c', 'a'],
    ['a', 'a'],
  ])
})

test('of more members than are built one by one all that package.json names are known', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `m${index}`)
  const dependencies = Object.fromEntries(names.map((name) => [name, 'workspace:*']))
  const others = Object.fromEntries(names.map((name) => [name, { name }]))
  const found = await siblings({ a: { name: 'a', dependencies }, ...others })
  expect(found.direct).toEqual(names.map((name) => `packages/${name}`))
  expect(found.needed?.length).toBeLessThan(30)
})
