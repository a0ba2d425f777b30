import semver from 'semver'
import { expect, test } from 'vitest'
import { currentLine, longTermLine, nodeRange } from './releases.ts'

const at = (day: string) => Date.parse(day)

// Against the dates on https://github.com/nodejs/release, to the month.
test.each<[string, number, number]>([
  ['2016-01-15', 4, 5],
  ['2016-11-01', 6, 7],
  ['2018-11-15', 10, 11],
  ['2019-09-15', 10, 12],
  ['2020-05-15', 12, 14],
  ['2021-11-15', 16, 17],
  ['2023-11-15', 20, 21],
  ['2024-05-15', 20, 22],
  ['2024-11-15', 22, 23],
  ['2026-05-15', 24, 26],
  ['2027-05-15', 26, 27],
  ['2027-11-15', 27, 27],
  ['2028-11-15', 28, 28],
])('on %s the long-term line was %i and the newest %i', (day, longTerm, current) => {
  expect(longTermLine(at(day))).toBe(longTerm)
  expect(currentLine(at(day))).toBe(current)
})

test.each<[string, string, string | undefined]>([
  ['18', '18.20.1', '20.0.0'],
  ['18.x', '18.0.0', '20.0.0'],
  ['v16.13.0', '16.13.0', '16.13.1'],
  ['16.13', '16.13.2', '16.14.0'],
  ['"20"', '20.1.0', undefined],
  ['lts/*', '20.5.0', '22.1.0'],
  ['lts', '20.5.0', '22.1.0'],
  ['lts/hydrogen', '18.1.0', '20.0.0'],
  ['lts/Iron', '20.1.0', '18.0.0'],
  ['lts/-1', '18.1.0', '20.0.0'],
  ['latest', '22.1.0', '20.1.0'],
  ['node', '22.1.0', '20.1.0'],
  ['current', '22.1.0', '20.1.0'],
  ['>=18 <21', '20.1.0', '22.0.0'],
])('%s asks for %s and not for %s', (spec, yes, no) => {
  const range = nodeRange(spec, at('2024-06-01')) ?? ''
  expect(semver.satisfies(yes, range)).toBe(true)
  if (no !== undefined) expect(semver.satisfies(no, range)).toBe(false)
})

test.each(['iojs', `\${{ matrix.node }}`, 'lts/', '../..', 'x'.repeat(1000)])('%s asks for no Node', (spec) => {
  expect(nodeRange(spec, at('2024-06-01'))).toBeUndefined()
})
