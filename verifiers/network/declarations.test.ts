import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { declarationsOf, type Elsewhere, readLockfileDeclarations } from './declarations.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-lockfile-'))
})
afterEach(() => rm(folder, { recursive: true }))

const integrity = 'sha512-AAAA'
const url = 'https://registry.example.test/a/-/a-1.0.0.tgz'
const read = (lockfile: unknown) => declarationsOf(Buffer.from(JSON.stringify(lockfile)), 'package-lock.json')
const from = 'package-lock.json'

test.each([
  {
    what: 'version 1, nested',
    lockfile: {
      lockfileVersion: 1,
      dependencies: {
        a: { version: '1.0.0', resolved: url, integrity, dependencies: { '@s/b': { version: '2.0.0' } } },
      },
    },
    declared: [
      { name: 'a', version: '1.0.0', integrity, url, from },
      { name: '@s/b', version: '2.0.0', from },
    ],
  },
  {
    what: 'version 1 with an alias',
    lockfile: { dependencies: { other: { version: 'npm:@s/a@1.0.0', resolved: url, integrity } } },
    declared: [{ name: '@s/a', version: '1.0.0', integrity, url, from }],
  },
  {
    what: 'version 1 with git, tarballs and files',
    lockfile: {
      dependencies: {
        a: { version: 'github:x/a#0123' },
        b: { version: 'https://downloads.example.test/b.tgz', integrity },
        c: { version: 'file:../c' },
        d: { version: '1.0.0', resolved: 'file:d.tgz', integrity },
      },
    },
    declared: [],
  },
  {
    what: 'version 2, of which npm reads the packages',
    lockfile: {
      lockfileVersion: 2,
      packages: {
        '': { name: 'root', version: '1.0.0' },
        'node_modules/a': { version: '1.0.0', resolved: url, integrity },
      },
      dependencies: { a: { version: '9.9.9' } },
    },
    declared: [{ name: 'a', version: '1.0.0', integrity, url, from }],
  },
  {
    what: 'version 3 with scopes, nesting, aliases, workspaces and links',
    lockfile: {
      lockfileVersion: 3,
      packages: {
        'node_modules/@s/a': { version: '1.0.0', integrity },
        'packages/w/node_modules/b': { version: '2.0.0' },
        'node_modules/alias': { name: 'c', version: '3.0.0' },
        'node_modules/w': { resolved: 'packages/w', link: true },
        'packages/w': { name: 'w', version: '1.0.0' },
        'node_modules/g': { version: '1.0.0', resolved: 'git+ssh://git@code.example.test/g.git#0' },
      },
    },
    declared: [
      { name: '@s/a', version: '1.0.0', integrity, from },
      { name: 'b', version: '2.0.0', from },
      { name: 'c', version: '3.0.0', from },
    ],
  },
  { what: 'without dependencies', lockfile: { lockfileVersion: 1 }, declared: [] },
  {
    what: 'entries that are nonsense',
    lockfile: {
      packages: {
        'node_modules/a': 5,
        'node_modules/b': null,
        'node_modules/../../etc': { version: '1.0.0' },
        'node_modules/c': { version: '../1' },
        'node_modules/d': { version: '1.0.0', resolved: 7 },
      },
    },
    declared: [],
  },
])('reads a lockfile: $what', ({ lockfile, declared }) => {
  const sorted = (list: { name: string }[]) => list.toSorted((a, b) => a.name.localeCompare(b.name))
  expect(sorted(read(lockfile))).toEqual(sorted(declared))
})

test('a folder without a lockfile declares nothing, and npm-shrinkwrap.json goes first', async () => {
  expect(await readLockfileDeclarations(folder)).toEqual([])
  const lockfile = (version: string) => JSON.stringify({ packages: { 'node_modules/a': { version } } })
  await writeFile(join(folder, 'package-lock.json'), `\ufeff${lockfile('1.0.0')}`)
  expect(await readLockfileDeclarations(folder)).toEqual([{ name: 'a', version: '1.0.0', from }])
  await writeFile(join(folder, 'npm-shrinkwrap.json'), lockfile('2.0.0'))
  expect(await readLockfileDeclarations(folder)).toEqual([{ name: 'a', version: '2.0.0', from: 'npm-shrinkwrap.json' }])
})

const bad: Record<string, () => Promise<void>> = {
  'is not JSON': () => writeFile(join(folder, from), '{"lockfileVersion": 1,'),
  'is an array': () => writeFile(join(folder, from), '[]'),
  'is binary': () => writeFile(join(folder, from), Buffer.from([0, 1, 2, 255])),
  'is nested deeply': () => writeFile(join(folder, from), '['.repeat(5_000_000)),
  'is too large': () => writeFile(join(folder, from), Buffer.alloc(65 * 2 ** 20, ' ')),
  'is a folder': async () => void (await mkdir(join(folder, from))),
  'leads out of the source': () => symlink('/etc/passwd', join(folder, from)),
  'is a socket': async () => {
    const server = createServer().listen(join(folder, from))
    await once(server, 'listening')
    onTestFinished(() => void server.close())
  },
  'is a named pipe': async () => void execFileSync('/usr/bin/mkfifo', [join(folder, from)]),
}

test.each(Object.keys(bad))('a lockfile that %s is a problem of the source', async (what) => {
  await bad[what]?.()
  await expect(readLockfileDeclarations(folder)).rejects.toMatchObject({ code: 'SOURCE_MANIFEST_INVALID' })
})

test('a lockfile of a million entries is refused', () => {
  const dependencies = Object.fromEntries(Array.from({ length: 600_000 }, (_, index) => [`p${index}`, {}]))
  expect(() => read({ dependencies })).toThrow('more than')
})

test.each([
  [
    'package-lock.json',
    JSON.stringify({
      packages: {
        'node_modules/a': { version: '1.0.0', resolved: `git+ssh://git@github.com/o/a.git#${'a'.repeat(40)}` },
        'node_modules/b': { version: '1.0.0', resolved: `git+ssh://git@github.com/o/b.git#main` },
      },
    }),
    [],
  ],
  [
    'npm-shrinkwrap.json',
    JSON.stringify({
      dependencies: {
        a: { version: `github:o/a#${'a'.repeat(40)}` },
        b: { version: 'https://files.example.test/b.tgz', integrity: 'sha512-AA' },
        c: { version: 'https://files.example.test/c.tgz' },
      },
    }),
    [{ url: 'https://files.example.test/b.tgz', integrity: 'sha512-AA' }],
  ],
  [
    'pnpm-lock.yaml',
    `lockfileVersion: '9.0'\npackages:\n  a@x:\n    resolution: {commit: ${'a'.repeat(40)}, repo: https://github.com/o/a.git, type: git}\n    version: 1.0.0\n`,
    [],
  ],
  [
    'yarn.lock',
    `# yarn lockfile v1\n\na@o/a:\n  version "1.0.0"\n  resolved "https://codeload.github.com/o/a/tar.gz/${'a'.repeat(40)}"\n`,
    [],
  ],
  [
    'yarn.lock',
    `__metadata:\n  version: 8\n\n"a@o/a":\n  version: 1.0.0\n  resolution: "a@https://github.com/o/a.git#commit=${'a'.repeat(40)}"\n`,
    [],
  ],
] as const)('of %s the commits and files that stand in place of packages are read', (from, text, files) => {
  const elsewhere: Elsewhere = { commits: [], files: [] }
  const others: string[] = []
  expect(declarationsOf(Buffer.from(text), from, others, elsewhere)).toEqual([])
  expect(elsewhere.commits).toEqual([{ repository: 'https://github.com/o/a', commit: 'a'.repeat(40) }])
  expect(elsewhere.files).toEqual(files)
  expect(others.length).toBeGreaterThan(0)
})
