import { expect, test } from 'vitest'
import { publishTime, registryMoment } from './publish-time.ts'

const commit = '2024-03-26T18:25:12+01:00'
const now = new Date('2026-01-01T00:00:00Z')
const day = 86_400_000
const instant = (text: string) => Date.parse(text)

test.each<[string, string | undefined, string, string]>([
  ['minutes after the commit', '2024-03-26T18:00:00Z', '2024-03-26T18:00:00Z', 'registry time'],
  ['weeks after the commit', '2024-04-20T00:00:00Z', '2024-04-20T00:00:00Z', 'registry time'],
  ['hours before it, by another clock', '2024-03-26T10:00:00Z', '2024-03-26T10:00:00Z', 'registry time'],
  ['years after it, as a mirror says', '2025-10-04T23:21:35.888Z', commit, 'commit time'],
  ['years before it', '2020-01-01T00:00:00Z', commit, 'commit time'],
  ['absent', undefined, commit, 'commit time'],
  ['no time at all', 'yesterday', commit, 'commit time'],
])('of a registry time that is %s', (_, registry, at, from) => {
  expect(publishTime({ registry, commit })).toMatchObject({ at: instant(at), from })
})

test.each<[string, string | undefined, boolean, number]>([
  ['its own time', '2024-03-26T18:00:00Z', false, instant('2024-03-26T18:00:00Z')],
  ['its own time, even if late', '2025-10-04T00:00:00Z', false, instant('2025-10-04T00:00:00Z')],
  ['the commit time, where it has none', undefined, false, instant(commit)],
  ['a day more, where a mirror was in time', '2024-03-26T18:00:00Z', true, instant('2024-03-27T18:00:00Z')],
  [
    'a day after the commit, where a mirror took it in years later',
    '2025-10-04T00:00:00Z',
    true,
    instant(commit) + day,
  ],
])('the registry is shown at %s', (_, registry, mirrored, at) => {
  expect(registryMoment({ registry, commit, mirrored, now }).at).toBe(at)
})
