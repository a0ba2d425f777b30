import { expect, test } from 'vitest'
import type { Elsewhere } from '../declarations.ts'
import { type ForeignLockfile, foreignDeclarations } from './declared.ts'

const read = (text: string, from: ForeignLockfile) =>
  foreignDeclarations(Buffer.from(text), from).map(({ from: _, ...rest }) => rest)

const integrity = 'sha512-AAAA'

test.each<[string, ForeignLockfile, string, unknown[]]>([
  [
    'pnpm 9 and later',
    'pnpm-lock.yaml',
    `lockfileVersion: '9.0'
packages:
  '@s/a@1.0.0':
    resolution: {integrity: ${integrity}}
  b@2.0.0(peer@1.0.0):
    resolution: {integrity: ${integrity}, tarball: https://other.example.test/b/-/b-2.0.0.tgz}
    os: [darwin]
    libc: [musl]
  c@https://codeload.example.test/c/tar.gz/abc:
    resolution: {tarball: https://codeload.example.test/c/tar.gz/abc}
    version: 3.0.0
  d@file:d:
    resolution: {directory: d, type: directory}
  e@git+https://git.example.test/e.git#abc:
    resolution: {commit: abc, repo: https://git.example.test/e.git, type: git}
    version: 1.0.0
`,
    [
      { name: '@s/a', version: '1.0.0', integrity },
      {
        name: 'b',
        version: '2.0.0',
        integrity,
        url: 'https://other.example.test/b/-/b-2.0.0.tgz',
        machines: { os: ['darwin'], cpu: [], libc: ['musl'] },
      },
      { name: 'c', version: '3.0.0', url: 'https://codeload.example.test/c/tar.gz/abc' },
    ],
  ],
  [
    'pnpm 11, whose own dependencies come first',
    'pnpm-lock.yaml',
    `---
lockfileVersion: '9.0'
packages:
  config@1.0.0:
    resolution: {integrity: ${integrity}}
---
lockfileVersion: '9.0'
packages:
  a@1.0.0:
    resolution: {integrity: ${integrity}}
`,
    [
      { name: 'config', version: '1.0.0', integrity },
      { name: 'a', version: '1.0.0', integrity },
    ],
  ],
  [
    'pnpm 7',
    'pnpm-lock.yaml',
    `lockfileVersion: 5.4\npackages:\n  /@s/a/1.0.0_b@2.0.0:\n    resolution: {integrity: ${integrity}}\n`,
    [{ name: '@s/a', version: '1.0.0', integrity }],
  ],
  [
    'pnpm 8',
    'pnpm-lock.yaml',
    `lockfileVersion: '6.0'\npackages:\n  /@s/a@1.0.0(b@2.0.0):\n    resolution: {integrity: ${integrity}}\n`,
    [{ name: '@s/a', version: '1.0.0', integrity }],
  ],
  [
    'yarn 1',
    'yarn.lock',
    `# yarn lockfile v1


"@s/a@^1.0.0":
  version "1.0.1"
  resolved "https://other.example.test/@s/a/-/a-1.0.1.tgz#${'0'.repeat(40)}"
  integrity ${integrity}

"alias@npm:b@^2.0.0":
  version "2.0.0"
  resolved "https://other.example.test/b/-/b-2.0.0.tgz#${'0'.repeat(40)}"

"c@git+https://git.example.test/c.git":
  version "1.0.0"
  resolved "git+https://git.example.test/c.git#${'0'.repeat(40)}"

"d@file:d":
  version "1.0.0"
`,
    [
      { name: '@s/a', version: '1.0.1', integrity, url: 'https://other.example.test/@s/a/-/a-1.0.1.tgz' },
      {
        name: 'b',
        version: '2.0.0',
        integrity: 'sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=',
        url: 'https://other.example.test/b/-/b-2.0.0.tgz',
      },
      { name: 'd', version: '1.0.0' },
    ],
  ],
  [
    'yarn 4',
    'yarn.lock',
    `__metadata:
  version: 8
  cacheKey: 10c0

"@s/a@npm:^1.0.0":
  version: 1.0.1
  resolution: "@s/a@npm:1.0.1"
  checksum: 10c0/abc

"b@npm:1.0.0":
  version: 1.0.0
  resolution: "b@npm:1.0.0"
  conditions: os=win32 & cpu=x64

"a@patch:a@npm%3A^1.0.0#./a.patch":
  version: 1.0.0
  resolution: "a@patch:a@npm%3A1.0.0#./a.patch"

"root@workspace:.":
  version: 0.0.0-use.local
  resolution: "root@workspace:."
`,
    [
      { name: '@s/a', version: '1.0.1', checked: true },
      { name: 'b', version: '1.0.0', machines: { os: ['win32'], cpu: ['x64'], libc: [] } },
    ],
  ],
  [
    'bun',
    'bun.lock',
    `{
  "lockfileVersion": 1,
  "workspaces": { "": { "name": "own, }", }, },
  "packages": {
    "@s/a": ["@s/a@1.0.0", "", { "dependencies": { "b": "^2.0.0", }, }, "${integrity}"],
    "b": ["b@2.0.0", "https://other.example.test/b/-/b-2.0.0.tgz", {}, "${integrity}"],
    "own": ["own@workspace:packages/own"],
    "c": ["c@github:owner/c#abc", {}, "owner-c-abc"],
  },
}
`,
    [
      { name: '@s/a', version: '1.0.0', integrity },
      { name: 'b', version: '2.0.0', integrity, url: 'https://other.example.test/b/-/b-2.0.0.tgz' },
    ],
  ],
])('what a lockfile of %s declares', (_, from, text, expected) => {
  expect(read(text, from)).toEqual(expected)
})

test.each<[string, ForeignLockfile, string]>([
  ['no YAML', 'pnpm-lock.yaml', 'a: [b'],
  ['empty', 'pnpm-lock.yaml', ''],
  ['full of aliases', 'pnpm-lock.yaml', 'lockfileVersion: 9.0\na: &a [x]\npackages: { b: *a }'],
  ['of a version nobody knows', 'pnpm-lock.yaml', "lockfileVersion: '99.0'"],
  ['neither generation of yarn', 'yarn.lock', 'a: b\n'],
  ['no JSON', 'bun.lock', '{ "packages": '],
])('a lockfile that is %s, is a problem of the source', (_, from, text) => {
  expect(() => read(text, from)).toThrow(expect.objectContaining({ code: 'SOURCE_MANIFEST_INVALID' }))
})

test('names and addresses that could lead elsewhere are left out', () => {
  const text = `lockfileVersion: '9.0'
packages:
  ../../etc@1.0.0:
    resolution: {integrity: ${integrity}}
  a@1.0.0:
    resolution: {integrity: ${integrity}, tarball: 'file:///etc/passwd'}
`
  expect(read(text, 'pnpm-lock.yaml')).toEqual([])
})

test('bun.lock names commits by their first characters, where a host has packed them, or whole', () => {
  const commit = 'c0ffee0'.padEnd(40, '0')
  const packages = {
    a: ['a@github:owner/a#c0ffee0', {}, 'owner-a-c0ffee0'],
    b: ['b@github:owner/b#c0ffee0', { dependencies: {} }, 'owner-b-c0ffee0', integrity],
    '@s/c': [`@s/c@git+ssh://git@code.example.test/owner/c.git#${commit}`, {}, commit],
    d: ['d@github:owner/d#main', {}, 'owner-d-main'],
    e: [{}, 'e'],
  }
  const elsewhere: Elsewhere = { commits: [], files: [] }
  const others: string[] = []
  const text = Buffer.from(JSON.stringify({ lockfileVersion: 1, packages }))
  expect(foreignDeclarations(text, 'bun.lock', others, elsewhere)).toEqual([])
  expect(elsewhere.commits).toEqual([
    { repository: 'https://github.com/owner/a', commit: 'c0ffee0' },
    { repository: 'https://github.com/owner/b', commit: 'c0ffee0' },
    { repository: 'https://code.example.test/owner/c', commit },
  ])
  expect(others).toEqual(['a', 'b', '@s/c', 'd', 'e'])
})

test('a bun.lock of a hundred thousand entries is read, and one of more is refused', () => {
  const lock = (count: number) =>
    `{"packages":{${Array.from({ length: count }, (_, index) => `"p${index}":["p${index}@1.0.0","",{},"sha512-AA"]`)},}}`
  expect(read(lock(100_000), 'bun.lock')).toHaveLength(100_000)
  expect(() => read(lock(100_001), 'bun.lock')).toThrow('more than')
})
