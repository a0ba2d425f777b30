import { expect, test } from 'vitest'
import { mirroredBy } from './mirror-history.ts'

const day = 86_400_000

/** @param times in days */
function shownOn(moment: number, times: Record<string, number>, after: Record<string, number> = {}): string[] {
  const inDays = (of: Record<string, number>) => new Map(Object.entries(of).map(([version, at]) => [version, at * day]))
  const { versions, current } = mirroredBy(inDays(times), moment * day, inDays(after))
  return [...versions].sort().map((version) => (current.has(version) ? version : `(${version})`))
}

test.each<[string, number, Record<string, number>, string[]]>([
  ['what was copied by then', 10, { '1.0.0': 1, '1.1.0': 20 }, ['1.0.0', '(1.1.0)']],
  ['what is older than what was', 10, { '1.0.0': 90, '1.1.0': 1, '1.2.0': 90 }, ['1.0.0', '1.1.0', '(1.2.0)']],
  ['no patch of an older line that came later', 10, { '1.0.0': 1, '1.0.1': 90, '2.0.0': 2 }, ['1.0.0', '2.0.0']],
  [
    'an older line that nobody had asked for',
    10,
    { '1.0.0': 90, '1.1.0': 119, '1.2.0': 300, '2.0.0': 2 },
    ['1.0.0', '1.1.0', '2.0.0'],
  ],
  ['a line that came later to who asks for it', 10, { '1.0.0': 1, '2.0.0': 11, '2.1.0': 42 }, ['1.0.0', '(2.0.0)']],
  ['lines of 0.x by their minor version', 10, { '0.1.0': 1, '0.1.1': 90, '0.2.0': 2 }, ['0.1.0', '0.2.0']],
  [
    'what it had first, of what it had nothing',
    10,
    { '1.0.0': 100, '2.0.0': 110, '2.1.0': 131, '3.0.0': 131 },
    ['1.0.0', '2.0.0', '(2.1.0)', '(3.0.0)'],
  ],
  ['nothing without a time', 10, { '1.0.0': Infinity }, []],
  ['what has no time but a later version', 10, { '1.0.0': Infinity, '1.0.1': 5 }, ['1.0.0', '1.0.1']],
])('a mirror shows %s', (_, moment, times, expected) => {
  expect(shownOn(moment, times)).toEqual(expected)
})

test('what cannot have been there is not shown, but to who asks for a line that has nothing else', () => {
  const times = { '1.0.0': 100, '1.1.0': 100, '2.0.0': 100, '2.1.0': 100 }
  expect(shownOn(10, times, { '1.1.0': 11, '2.1.0': 11 })).toEqual(['1.0.0', '2.0.0'])
  expect(shownOn(11, times, { '1.1.0': 11, '2.1.0': 11 })).toEqual(Object.keys(times))
  expect(shownOn(10, times, { '2.0.0': 11, '2.1.0': 12 })).toEqual(['1.0.0', '1.1.0', '(2.0.0)', '(2.1.0)'])
})

test('what a mirror has now is all shown now', () => {
  const times = { '1.0.0': 3, '0.9.0': 7, '2.0.0': 5, '2.0.0-rc.1': 9 }
  expect(shownOn(9, times)).toEqual(Object.keys(times).sort())
})
