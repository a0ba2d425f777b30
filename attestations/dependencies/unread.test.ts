import { expect, test } from 'vitest'
import { sbomDocument } from '../statements/sbom.ts'
import { readDeclaredTree } from './lockfile-tree.ts'
import { mergeDependencies } from './merge.ts'

type Lockfile = 'package-lock.json' | 'pnpm-lock.yaml' | 'yarn.lock'

const manifest = Buffer.from(JSON.stringify({ name: 'a', version: '1.0.0', dependencies: { good: '1.0.0' } }))
const read = (name: Lockfile, text: string) =>
  readDeclaredTree(
    { lockfile: { name, bytes: Buffer.from(text) }, manifest } as Parameters<typeof readDeclaredTree>[0],
    '',
  )

const integrity = `sha512-${Buffer.alloc(64, 1).toString('base64')}`
const good = { version: '1.0.0', integrity }
const npmLock = (packages: Record<string, unknown>) =>
  JSON.stringify({
    lockfileVersion: 3,
    packages: { '': { name: 'a', dependencies: { good: '1.0.0' } }, 'node_modules/good': good, ...packages },
  })

test.each<[string, Lockfile, string, string[]]>([
  [
    'names that no package can have',
    'package-lock.json',
    npmLock({ 'node_modules/<img src=x>': good, 'node_modules/.x': good }),
    ['node_modules/.x', 'node_modules/<img src=x>'],
  ],
  ['no version', 'package-lock.json', npmLock({ 'node_modules/none': { integrity } }), ['node_modules/none']],
  [
    'a version that is a path',
    'package-lock.json',
    npmLock({ 'node_modules/none': { ...good, version: '../../x' } }),
    ['node_modules/none'],
  ],
  [
    'a folder of a folder that is not there',
    'package-lock.json',
    npmLock({ 'node_modules/gone/node_modules/lost': good }),
    [],
  ],
  [
    'folders of the source, links and vendored files',
    'package-lock.json',
    npmLock({
      w: { version: '1.0.0' },
      'node_modules/w': { link: true, resolved: 'w' },
      'node_modules/v': { version: '1.0.0', resolved: 'file:v.tgz' },
    }),
    [],
  ],
  [
    'a name that no package can have, in yarn',
    'yarn.lock',
    `# yarn lockfile v1\n\n"<img>@1":\n  version "1.0.0"\n\ngood@1.0.0:\n  version "1.0.0"\n`,
    ['<img>@1.0.0 undefined'],
  ],
  [
    'an entry of yarn that is none',
    'yarn.lock',
    `# yarn lockfile v1\n\nother@1: text\n\ngood@1.0.0:\n  version "1.0.0"\n`,
    ['other@1'],
  ],
  [
    'members and vendored files of berry',
    'yarn.lock',
    `__metadata:\n  version: 8\n\n"a@workspace:.":\n  version: 0.0.0\n  resolution: "a@workspace:."\n\n"good@npm:1.0.0":\n  version: 1.0.0\n  resolution: "good@npm:1.0.0"\n`,
    [],
  ],
  [
    'a protocol of berry that nobody knows',
    'yarn.lock',
    `__metadata:\n  version: 8\n\n"x@evil:y":\n  version: 1.0.0\n  resolution: "x@evil:y"\n\n"good@npm:1.0.0":\n  version: 1.0.0\n  resolution: "good@npm:1.0.0"\n`,
    ['x@evil:y'],
  ],
  [
    'keys of pnpm that name no package',
    'pnpm-lock.yaml',
    `lockfileVersion: '9.0'\npackages:\n  good@1.0.0:\n    resolution: {integrity: ${integrity}}\n  "<img>@1":\n    resolution: {integrity: ${integrity}}\nsnapshots:\n  good@1.0.0: {}\n  "<img>@1": {}\n  none@1.0.0: {}\n`,
    ['<img>@1', 'none@1.0.0'],
  ],
])('%s: no entry is dropped in silence', async (_, name, text, expected) => {
  const tree = await read(name, text)
  expect(tree.unread).toEqual(expected)
  expect(tree.packages.map(({ uri }) => uri)).toContain('pkg:npm/good@1.0.0')
})

test('an entry that names no package is a finding, and the bill of materials says that it is incomplete', async () => {
  const billOf = async (packages: Record<string, unknown>) => {
    const declared = await read('package-lock.json', npmLock(packages))
    const observations = { observed: [], unhashed: [], refused: 0 }
    const dependencies = mergeDependencies({
      foundations: [],
      declared,
      observations,
      inspected: new Map(),
      scriptsAllowed: false,
    })
    const options = { component: { name: 'a' }, timestamp: '2026-01-01T00:00:00Z', version: '1.0.0' }
    return { findings: dependencies.findings, bill: sbomDocument({ ...options, dependencies }) }
  }
  const { findings, bill } = await billOf({ 'node_modules/|x|': good })
  expect(findings.filter(({ id }) => id === 'LOCK_ENTRY_UNREAD')).toMatchObject([
    { uri: 'node_modules/|x|', severity: 'high' },
  ])
  expect(bill).toMatchObject({ compositions: [{ aggregate: 'incomplete' }] })
  expect((await billOf({})).bill).toMatchObject({ compositions: [{ aggregate: 'complete' }] })
})
