import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readSpecs, type Search, type SeveralOptions } from './several.ts'

let folder: string
let said: string[]
beforeEach(() => {
  said = []
})
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-several-'))
})
afterAll(() => rm(folder, { recursive: true }))

const search: Search = async (whose) => [{ name: 'scope' in whose ? '@s/a' : 'b', version: '1.0.0' }]

async function read(named: string[], files: Record<string, string>, options: SeveralOptions = {}): Promise<string[]> {
  const paths: SeveralOptions = {}
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), content)
    if (name.startsWith('list')) paths.list = join(folder, name)
    else paths.from = join(folder, name)
  }
  return await readSpecs(named, { ...paths, ...options }, search, (line) => said.push(line))
}

const npmLock = (packages: Record<string, unknown>, more: object = {}) =>
  JSON.stringify({ lockfileVersion: 3, ...more, packages: { '': { name: 'root' }, ...packages } })
const entry = { version: '1.0.0', integrity: 'sha512-AA' }

test.each<[string, string[], Record<string, string>, SeveralOptions, string[]]>([
  [
    'a list, with comments and empty lines',
    [],
    { list: '# all\r\nnpm:a # the first\r\n\r\n  b\n' },
    {},
    ['npm:a', 'b'],
  ],
  [
    'what is named twice, in another way, is there once, where it was first',
    ['ms@2.1.3', 'npm:a'],
    { list: 'npm:ms@2.1.3\npkg:npm/ms@2.1.3\npkg:npm/%40s/a@1\n@s/a@1\nnpm:a\n' },
    {},
    ['ms@2.1.3', 'npm:a', 'pkg:npm/%40s/a@1'],
  ],
  [
    'nonsense stays, to be said of in its place',
    [],
    { list: 'npm:a\n../..\n\u0001\n' },
    {},
    ['npm:a', '../..', '\u0001'],
  ],
  [
    'a lockfile of npm, without links and what has no version',
    [],
    {
      'package-lock.json': npmLock({ 'node_modules/a': entry, w: {}, 'node_modules/w': { link: true, resolved: 'w' } }),
    },
    {},
    ['npm:a@1.0.0'],
  ],
  [
    'a lockfile of npm of a version that nobody knows, as npm would try it',
    [],
    { 'package-lock.json': npmLock({ 'node_modules/a': entry }, { lockfileVersion: 99 }) },
    {},
    ['npm:a@1.0.0'],
  ],
  [
    'a lockfile of pnpm',
    [],
    {
      'pnpm-lock.yaml': "lockfileVersion: '9.0'\npackages:\n  '@s/a@1.0.0':\n    resolution: {integrity: sha512-AA}\n",
    },
    {},
    ['npm:@s/a@1.0.0'],
  ],
  [
    'a lockfile of yarn',
    [],
    { 'yarn.lock': '# yarn lockfile v1\n\na@^1:\n  version "1.0.0"\n  integrity sha512-AA\n' },
    {},
    ['npm:a@1.0.0'],
  ],
  ['a lockfile of bun', [], { 'bun.lock': '{"packages":{"a":["a@1.0.0","",{},"sha512-AA"],}}' }, {}, ['npm:a@1.0.0']],
  [
    'what the registry finds comes last',
    ['c'],
    {},
    { scope: '@s', maintainer: 'someone' },
    ['c', 'npm:@s/a@1.0.0', 'npm:b@1.0.0'],
  ],
])('%s', async (_, named, files, options, expected) => {
  expect(await read(named, files, options)).toEqual(expected)
})

test.each<[string, Record<string, string>, SeveralOptions, string]>([
  ['a list of nothing', { list: '# none\n\n' }, {}, 'USAGE'],
  ['a list that is no text', { list: 'a\n\0\n' }, {}, 'FILE_UNREADABLE'],
  ['a list of one endless line', { list: 'a'.repeat(100_000) }, {}, 'FILE_UNREADABLE'],
  ['a lockfile that is no JSON', { 'package-lock.json': '{' }, {}, 'SOURCE_MANIFEST_INVALID'],
  ['a lockfile that pins nothing', { 'package-lock.json': npmLock({}) }, {}, 'USAGE'],
  [
    'a lockfile of pnpm of a version that nobody knows',
    { 'pnpm-lock.yaml': 'lockfileVersion: 99' },
    {},
    'SOURCE_MANIFEST_INVALID',
  ],
  ['a lockfile of something else', { 'Cargo.lock': '' }, {}, 'USAGE'],
  ['a time without a lockfile', {}, { changedSince: 'HEAD' }, 'USAGE'],
  ['a folder', {}, { list: '.' }, 'FILE_UNREADABLE'],
  ['a file that is not there', {}, { list: 'none' }, 'FILE_UNREADABLE'],
])('%s is explained', async (_, files, options, code) => {
  await expect(read([], files, options)).rejects.toThrow(expect.objectContaining({ code }))
})

test('lists and lockfiles of a hundred thousand are read', async () => {
  const names = Array.from({ length: 100_000 }, (_, index) => `p${index}`)
  expect(await read([], { list: names.join('\n') })).toHaveLength(100_000)
  const packages = Object.fromEntries(names.map((name) => [`node_modules/${name}`, entry]))
  expect(await read([], { 'package-lock.json': npmLock(packages) })).toHaveLength(100_000)
})

test.each<[string, Record<string, string>, string]>([
  [
    'npm',
    {
      'package-lock.json': npmLock({
        'node_modules/a': entry,
        'node_modules/<img>': entry,
        'node_modules/g': { version: '1.0.0', resolved: 'git+ssh://git@git.example/g.git#abc' },
        'node_modules/\u001b[2J': entry,
        w: { version: '1.0.0' },
        'node_modules/w': { link: true, resolved: 'w' },
      }),
    },
    '3 entries of package-lock.json name no package of a registry, and nothing is rebuilt of that: node_modules/<img>, node_modules/g, node_modules/\n',
  ],
  [
    'npm, in its first version',
    { 'package-lock.json': JSON.stringify({ dependencies: { a: entry, '../x': entry } }) },
    '1 entry of package-lock.json names no package of a registry, and nothing is rebuilt of that: ../x\n',
  ],
  [
    'pnpm',
    {
      'pnpm-lock.yaml':
        "lockfileVersion: '9.0'\npackages:\n  'a@1.0.0':\n    resolution: {integrity: sha512-AA}\n  'g@git+https://git.example/g':\n    resolution: {type: git, repo: 'https://git.example/g', commit: abc}\n  'd@file:d':\n    resolution: {type: directory}\n",
    },
    '1 entry of pnpm-lock.yaml names no package of a registry, and nothing is rebuilt of that: g@git+https://git.example/g\n',
  ],
  [
    'yarn',
    {
      'yarn.lock':
        '__metadata:\n  version: 8\n\n"a@npm:1.0.0":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n\n"r@workspace:.":\n  version: 0.0.0\n  resolution: "r@workspace:."\n\n"x@evil:y":\n  version: 1.0.0\n  resolution: "x@evil:y"\n',
    },
    '1 entry of yarn.lock names no package of a registry, and nothing is rebuilt of that: x@evil:y\n',
  ],
  [
    'bun',
    {
      'bun.lock':
        '{"packages":{"a":["a@1.0.0","",{},"sha512-AA"],"w":["w@workspace:w"],"g":["g@github:o/g#abc",{},"o-g"]}}',
    },
    '1 entry of bun.lock names no package of a registry, and nothing is rebuilt of that: g\n',
  ],
])(
  'what a lockfile of %s has from no registry is named, and what is of the source is not',
  async (_, files, expected) => {
    expect(await read([], files)).toEqual(['npm:a@1.0.0'])
    expect(said).toEqual([expected])
  },
)
