import { expect, test } from 'vitest'
import fc from '../../fixtures/property.ts'
import { type Packument, parsePackument } from './packument.ts'
import { cutPackument } from './time-machine.ts'

type Given = { times: Record<string, unknown>; versions?: string[]; tags?: Record<string, string>; pinned?: string[] }

const registryTime = '2020-06-01T00:00:00.000Z'
const before = '2020-01-01T00:00:00.000Z'
const after = '2021-01-01T00:00:00.000Z'

function packumentOf({ times, versions, tags = {} }: Given): Packument {
  const listed = versions ?? Object.keys(times).filter((key) => /^\d/.test(key))
  const entries = listed.map((version) => [version, { name: 'a', version, dist: {} }])
  const document = { name: 'a', versions: Object.fromEntries(entries), 'dist-tags': tags, time: times }
  return parsePackument(Buffer.from(JSON.stringify(document)), 'a')
}

function cut(given: Given) {
  const { packument, note } = cutPackument(packumentOf(given), { registryTime, pinned: new Set(given.pinned) })
  return { versions: [...packument.versions.keys()], tags: packument.tags, time: packument.time, note }
}

test.each([
  {
    what: 'versions that came later are gone, and their times',
    given: { times: { created: before, '1.0.0': before, '2.0.0': after, modified: after }, tags: { latest: '2.0.0' } },
    result: {
      versions: ['1.0.0'],
      tags: { latest: '1.0.0' },
      time: { created: before, '1.0.0': before, modified: before },
    },
  },
  {
    what: 'a version of that very moment is there',
    given: { times: { created: before, '1.0.0': registryTime } },
    result: { versions: ['1.0.0'] },
  },
  {
    what: 'latest is the highest by semver, not the newest',
    given: {
      times: { created: before, '2.0.0': '2020-02-01T00:00:00Z', '1.9.9': '2020-05-01T00:00:00Z', '3.0.0': after },
      tags: { latest: '3.0.0' },
    },
    result: { versions: ['2.0.0', '1.9.9'], tags: { latest: '2.0.0' } },
  },
  {
    what: 'latest is no prerelease',
    given: { times: { created: before, '1.0.0': before, '2.0.0-rc.1': before }, tags: {} },
    result: { tags: { latest: '1.0.0' } },
  },
  {
    what: 'latest is a prerelease where there is nothing else',
    given: {
      times: { created: before, '2.0.0-rc.1': before, '2.0.0-rc.2': before, '2.0.0': after },
      tags: { latest: '2.0.0' },
    },
    result: { tags: { latest: '2.0.0-rc.2' } },
  },
  {
    what: 'a tag stays where its version does, and is dropped otherwise',
    given: {
      times: { created: before, '1.0.0': before, '2.0.0': before, '3.0.0': after },
      tags: { latest: '1.0.0', next: '3.0.0', old: '2.0.0' },
    },
    result: { tags: { latest: '1.0.0', old: '2.0.0' } },
  },
  {
    what: 'a version without a time counts as later',
    given: { times: { created: before, '1.0.0': before, '1.1.0': 'yesterday' }, versions: ['1.0.0', '1.1.0', '1.2.0'] },
    result: { versions: ['1.0.0'] },
  },
  {
    what: 'what the lockfile pins is there, whatever its time',
    given: { times: { created: before, '1.0.0': before, '2.0.0': after, '3.0.0': after }, pinned: ['2.0.0'] },
    result: { versions: ['1.0.0', '2.0.0'] },
  },
  {
    what: 'a package that did not exist has no versions',
    given: { times: { created: after, '1.0.0': after }, tags: { latest: '1.0.0' } },
    result: { versions: [], tags: {}, time: {} },
  },
  {
    what: 'times with microseconds and an offset are read',
    given: { times: { '1.0.0': '2020-06-01T02:00:00.000000+02:00', '1.0.1': '2020-06-01T02:00:01.000000+02:00' } },
    result: { tags: { latest: '1.0.0' } },
  },
])('$what', ({ given, result }) => {
  expect(cut(given)).toMatchObject(result)
})

test.each([
  { what: 'no times at all', given: { times: {}, versions: ['1.0.0', '2.0.0'], tags: { latest: '2.0.0' } } },
  { what: 'times that are none', given: { times: { '1.0.0': 5, '2.0.0': null }, versions: ['1.0.0', '2.0.0'] } },
])('where the registry has $what, everything is shown, and it is said', ({ given }) => {
  expect(cut(given)).toMatchObject({
    versions: ['1.0.0', '2.0.0'],
    note: expect.stringContaining('shown as it is now'),
  })
})

test('no tag of a mirror leads to a line that may have come later', () => {
  const times = { '1.0.0': before, '2.0.0': after }
  expect(cut({ times, tags: { latest: '2.0.0' } })).toMatchObject({
    versions: ['1.0.0', '2.0.0'],
    tags: { latest: '1.0.0' },
  })
})

test('of a mirror that begins later what it had first is shown, and it is said', () => {
  const times = { '1.0.0': after, '2.0.0': '2021-01-30T00:00:00.000Z', '2.1.0': '2021-02-01T00:00:00.000Z' }
  expect(cut({ times, tags: { latest: '2.1.0' } })).toMatchObject({
    versions: ['1.0.0', '2.0.0', '2.1.0'],
    tags: { latest: '2.0.0' },
    note: `The registry's times begin after ${registryTime}: shown as of 2021-01-31T00:00:00.000Z.`,
  })
})

test('nothing that is shown is from after the moment, and no tag leads nowhere', () => {
  const version = fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9), fc.boolean()).map(([a, b, c, pre]) => {
    return `${a}.${b}.${c}${pre ? '-rc.1' : ''}`
  })
  const times = fc.dictionary(version, fc.constantFrom(before, after), { minKeys: 1 })
  fc.assert(
    fc.property(times, fc.dictionary(fc.constantFrom('latest', 'next'), version), (given, tags) => {
      const shown = cut({ times: { created: before, ...given }, tags })
      for (const each of shown.versions) expect(given[each]).toBe(before)
      for (const target of Object.values(shown.tags)) expect(shown.versions).toContain(target)
      expect('latest' in shown.tags).toBe(shown.versions.length > 0)
    }),
  )
})

test.each([
  {
    what: 'it is there, whatever the times say, and what comes after it, for those who ask for that',
    times: { created: before, '1.0.0': before, '1.1.0': after, '1.2.0': before, '2.0.0': after },
    latest: '1.1.0',
    result: { versions: ['1.0.0', '1.1.0', '1.2.0'], tags: { latest: '1.1.0' } },
  },
  {
    what: 'where there are no times it is the latest all the same',
    times: {},
    versions: ['1.0.0', '1.1.0'],
    latest: '1.0.0',
    result: { versions: ['1.0.0', '1.1.0'], tags: { latest: '1.0.0' } },
  },
  {
    what: 'what the lockfile pins is there',
    times: { created: before, '1.0.0': before, '1.2.0': after },
    pinned: ['1.2.0'],
    latest: '1.0.0',
    result: { versions: ['1.0.0', '1.2.0'], tags: { latest: '1.0.0' } },
  },
  {
    what: 'a release that the registry has not is none',
    times: { created: before, '1.0.0': before, '1.2.0': before },
    latest: '1.1.0',
    result: { versions: ['1.0.0', '1.2.0'], tags: { latest: '1.2.0' } },
  },
])('the release that is shown as the latest: $what', ({ latest, result, pinned = [], ...given }) => {
  const highest = Object.keys(given.times).findLast((key) => /^\d/.test(key)) ?? '1.1.0'
  const packument = packumentOf({ ...given, tags: { latest: highest } })
  const shown = cutPackument(packument, { registryTime, pinned: new Set(pinned), latest }).packument
  expect({ versions: [...shown.versions.keys()], tags: shown.tags }).toMatchObject(result)
})

test.each<[string, string, string | undefined, string[], string[], string]>([
  ['those that need a later one are gone', '@types/a', '4.9', [], ['1.0.0', '2.0.0', '4.0.0'], '4.0.0'],
  ['but for what a lockfile pins', '@types/a', '4.9', ['3.0.0'], ['1.0.0', '2.0.0', '3.0.0', '4.0.0'], '3.0.0'],
  ['lines are numbers', '@types/a', '4.10', [], ['1.0.0', '2.0.0', '3.0.0', '4.0.0'], '3.0.0'],
  ['all are there where none could be read', '@types/a', '2.0', [], ['4.0.0'], '4.0.0'],
  ['no other package is cut', 'a', '4.9', [], ['1.0.0', '2.0.0', '3.0.0', '4.0.0'], '3.0.0'],
  ['nothing is cut without it', '@types/a', undefined, [], ['1.0.0', '2.0.0', '3.0.0', '4.0.0'], '3.0.0'],
])('of types that TypeScript can read: %s', (_, name, typescript, pinned, versions, latest) => {
  const needed = { '1.0.0': '4.5', '2.0.0': '4.9', '3.0.0': '4.10', '4.0.0': undefined }
  const entries = Object.entries(needed).map(([version, typeScriptVersion]) => {
    return [version, { name, version, dist: {}, typeScriptVersion }]
  })
  const time = Object.fromEntries(Object.keys(needed).map((version) => [version, before]))
  const document = {
    name,
    versions: Object.fromEntries(entries),
    'dist-tags': { latest: '3.0.0' },
    time: { created: before, ...time },
  }
  const packument = parsePackument(Buffer.from(JSON.stringify(document)), name)
  const cutOff = cutPackument(packument, { registryTime, typescript, pinned: new Set(pinned) }).packument
  expect([...cutOff.versions.keys()]).toEqual(versions)
  expect(cutOff.tags.latest).toBe(latest)
})
