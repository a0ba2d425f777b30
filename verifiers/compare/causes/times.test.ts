import { expect, test } from 'vitest'
import { timesIn } from './times.ts'

const at = Date.UTC(2024, 4, 1, 10, 11, 12)

test.each([
  ['2024-05-01T10:11:12Z', at],
  ['2024-05-01T12:11:12+02:00', at],
  ['2024-05-01T12:11:12+0200', at],
  ['2024-05-01 10:11:12 UTC', at],
  ['"1714558272"', at],
  ['1714558272000', at],
  ['Wed, 01 May 2024 10:11:12 GMT', at],
  ['Wed May 01 2024 10:11:12 GMT+0000 (Coordinated Universal Time)', at],
])('%s is the same moment', (text, expected) => {
  expect(timesIn(text)).toEqual([{ at: expected, precision: 'second' }])
})

test.each(['2024-05-01', 'May 1, 2024', '1 May 2024'])('%s is a day', (text) => {
  expect(timesIn(text)).toEqual([{ at: Date.UTC(2024, 4, 1), precision: 'day' }])
})

test.each(['', '1.2.3', '127.0.0.1', 'abc1714558272', '2024-99-99', 'May', '17145582720001'])(
  '%s names no moment',
  (text) => {
    expect(timesIn(text)).toEqual([])
  },
)

test('several moments stand in their order', () => {
  expect(timesIn('1714558272 and 2020-01-01').map(({ precision }) => precision)).toEqual(['second', 'day'])
})
