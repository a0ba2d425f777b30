import { expect, test } from 'vitest'
import { grouped } from './grouped.ts'

test.each([0, 7, 999, 1000, 12_345, 123_456, 1_234_567, 2 ** 40])('is what English writes: %d', (count) => {
  expect(grouped(count)).toBe(count.toLocaleString('en'))
})
