import { expect, test } from 'vitest'
import type { NodeRelease } from './node-lines.ts'
import { chooseTools, type ToolCatalogue, type ToolQuery } from './toolchain.ts'

const release = (version: string, day: string, npm?: string): NodeRelease => ({
  version,
  releasedAt: Date.parse(day),
  ...(npm !== undefined && { npm }),
})

const lines: Record<number, NodeRelease[]> = {
  22: [release('22.2.0', '2024-05-15', '10.7.0'), release('22.0.0', '2024-04-24', '10.5.1')],
  21: [release('21.3.0', '2023-11-30', '10.2.4')],
  20: [
    release('20.15.0', '2024-06-20', '10.7.0'),
    release('20.12.0', '2024-03-26', '10.5.0'),
    release('20.9.0', '2023-10-24', '10.1.0'),
  ],
  18: [
    release('18.20.0', '2024-03-26', '10.5.0'),
    release('18.18.0', '2023-09-18', '9.8.1'),
    release('18.0.0', '2022-04-19', '8.6.0'),
  ],
  14: [release('14.21.3', '2023-02-16', '6.14.18'), release('14.5.0', '2020-06-30', '6.14.5')],
  // A line whose change log tells nothing.
  10: [{ version: '10.24.1' }],
}

const catalogue: ToolCatalogue = {
  nodeVersions: async () =>
    Object.values(lines)
      .flat()
      .map(({ version }) => version),
  nodeLine: async (major) => lines[major] ?? [],
  npmReleases: async () => [
    { version: '11.0.0', releasedAt: Date.parse('2024-12-16') },
    { version: '10.8.0', releasedAt: Date.parse('2024-05-15') },
    { version: '10.2.4', releasedAt: Date.parse('2023-11-30') },
    { version: '9.9.3', releasedAt: Date.parse('2024-02-26') },
    { version: '6.14.18', releasedAt: Date.parse('2023-01-01') },
    { version: '5.10.0', releasedAt: undefined },
  ],
  managerReleases: async () => [],
  missing: async () => [],
  yarnProgram: async () => undefined,
}

const asks = (spec: string, from = 'ci') => ({ kind: 'version' as const, spec, from })

function choose(query: Partial<ToolQuery>, day = '2024-06-01') {
  const whole = { claimed: {}, node: [], npm: [], fingerprints: [], publishedAt: Date.parse(day), ...query }
  return chooseTools(whole, catalogue).then(({ node, npm }) => [node.version, npm.version])
}

const fits = (versions: string) => ({ versions, says: 'the bytes' })

test.each<[string, Partial<ToolQuery>, string, [string, string]]>([
  [
    'the registry’s claim',
    { claimed: { node: '20.9.0', npm: '9.9.3' }, node: [asks('14')] },
    '2024-06-01',
    ['20.9.0', '9.9.3'],
  ],
  [
    'the registry’s Node, and the npm that came with it',
    { claimed: { node: 'v20.9.0' } },
    '2024-06-01',
    ['20.9.0', '10.1.0'],
  ],
  [
    'a claim that is none counts for nothing',
    { claimed: { node: 'x', npm: 'y' }, node: [asks('21')] },
    '2024-06-01',
    ['21.3.0', '10.2.4'],
  ],
  ['a line that a job asks for, as it was then', { node: [asks('20')] }, '2024-04-01', ['20.12.0', '10.5.0']],
  [
    'an exact version that a job asks for, whatever the day',
    { node: [asks('21.3.0')] },
    '2020-01-01',
    ['21.3.0', '10.2.4'],
  ],
  ['one that cannot be had: the next of its line', { node: [asks('20.12.1')] }, '2024-06-01', ['20.15.0', '10.7.0']],
  [
    'the first of several wishes',
    { node: [asks('nonsense'), asks('18'), asks('20')] },
    '2024-06-01',
    ['18.20.0', '10.5.0'],
  ],
  ['a range: the newest line that had begun', { node: [asks('>=18')] }, '2024-01-01', ['21.3.0', '10.2.4']],
  ['the npm that a job installs', { node: [asks('20')], npm: [asks('latest')] }, '2024-06-01', ['20.12.0', '10.8.0']],
  [
    'an npm tag that the registry cannot date: the one that came with Node',
    { node: [asks('20')], npm: [asks('^5')] },
    '2024-06-01',
    ['20.12.0', '10.5.0'],
  ],
  ['nothing: the long-term line of that day', {}, '2024-06-01', ['20.12.0', '10.5.0']],
  ['nothing, and engines demand more', { engines: '>=21' }, '2024-06-01', ['21.3.0', '10.2.4']],
  ['nothing, and engines demand more of the same line', { engines: '>=20.13' }, '2024-07-01', ['20.15.0', '10.7.0']],
  ['nothing, and engines demand less', { engines: '<19' }, '2024-06-01', ['18.20.0', '10.5.0']],
  ['a day before any known release', { node: [asks('20')] }, '2019-01-01', ['20.15.0', '10.7.0']],
])('Node and npm are known by %s', async (_, query, day, expected) => {
  expect(await choose(query, day)).toEqual(expected)
})

test.each<[string, Partial<ToolQuery>, string, [string, string]]>([
  [
    'choose within the line that is asked for',
    { node: [asks('18')], fingerprints: [fits('>=9.0.0 <9.9.3')] },
    '2024-06-01',
    ['18.18.0', '9.8.1'],
  ],
  [
    'outweigh the registry’s npm',
    { claimed: { node: '21.3.0', npm: '10.8.0' }, fingerprints: [fits('<10.2.5')] },
    '2024-06-01',
    ['21.3.0', '10.2.4'],
  ],
  [
    'keep the Node that is asked for where none of its npms fit',
    { node: [asks('20')], fingerprints: [fits('>=9 <10')] },
    '2024-06-01',
    ['20.12.0', '9.9.3'],
  ],
  [
    'lead to an older line where nothing asks for one',
    { fingerprints: [fits('<7.0.0')] },
    '2021-01-01',
    ['14.5.0', '6.14.5'],
  ],
  [
    'choose a newer npm than came with Node where it must be one',
    { node: [asks('14')], fingerprints: [fits('>=9.9.0')] },
    '2024-06-01',
    ['14.21.3', '9.9.3'],
  ],
  [
    'name npm where Node does not tell',
    { fingerprints: [fits('>=6.10.0 <7.0.0')] },
    '2019-01-01',
    ['10.24.1', '6.14.18'],
  ],
])('the bytes of the tarball %s', async (_, query, day, expected) => {
  expect(await choose(query, day)).toEqual(expected)
})

test('an npm that does not run with the Node is not chosen', async () => {
  const releases = [
    { version: '12.0.0', node: '>=22' },
    { version: '8.19.0', node: '^12.13.0 || >=14' },
    { version: '7.24.0', node: '>=10' },
  ]
  const old: ToolCatalogue = {
    ...catalogue,
    nodeVersions: async () => ['12.22.12'],
    nodeLine: async () => [{ version: '12.22.12' }],
    npmReleases: async () => releases,
  }
  const query = { claimed: {}, npm: [], publishedAt: Date.parse('2022-05-01'), node: [asks('12')] }
  const choose = (range: string) => chooseTools({ ...query, fingerprints: [fits(range)] }, old)
  expect((await choose('>=7.7.0')).npm.version).toBe('8.19.0')
  // What the bytes say outweighs it.
  expect((await choose('>=12.0.0')).npm.version).toBe('12.0.0')
})

test('a Node that no npm runs on which could have packed it is not what it was published with', async () => {
  const old: ToolCatalogue = {
    ...catalogue,
    nodeVersions: async () => ['8.17.0', '16.14.2'],
    nodeLine: async (major) => (major === 8 ? [{ version: '8.17.0' }] : [release('16.14.2', '2022-03-17', '8.5.0')]),
    npmReleases: async () => [
      { version: '12.0.0', node: '>=22' },
      { version: '8.5.0', node: '^12.13.0 || >=14' },
    ],
  }
  const query = { claimed: {}, npm: [], publishedAt: Date.parse('2022-04-16'), node: [asks('v8', '.nvmrc')] }
  const { node, npm } = await chooseTools({ ...query, fingerprints: [fits('>=7.7.0')] }, old)
  expect([node.version, npm.version]).toEqual(['16.14.2', '8.5.0'])
  expect(node.says).toContain('names Node 8.17.0, on which no npm runs that could have packed this')
})

test('of npms that may have come with a Node none is younger than what it packed, where others would do', async () => {
  const old: ToolCatalogue = { ...catalogue, nodeVersions: async () => ['10.24.1'] }
  const query = { claimed: {}, npm: [], publishedAt: Date.parse('2024-06-01'), node: [asks('10')] }
  const { npm } = await chooseTools({ ...query, fingerprints: [fits('>=9.0.0')] }, old)
  expect(npm.version).toBe('10.8.0')
})

test('nothing is chosen where nothing can be had', async () => {
  const empty: ToolCatalogue = {
    nodeVersions: async () => [],
    nodeLine: async () => [],
    npmReleases: async () => [],
    managerReleases: async () => [],
    missing: async () => [],
    yarnProgram: async () => undefined,
  }
  const query = { claimed: {}, node: [], npm: [], fingerprints: [], publishedAt: 0 }
  expect((await chooseTools(query, empty)).node.version).toBe('')
})
