import { expect, test } from 'vitest'
import { unsnap } from './snappy.ts'

const bytes = (...parts: (number | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))))

/** https://github.com/google/snappy/blob/main/format_description.txt */
test.each<[string, Buffer, string]>([
  ['nothing', bytes(0), ''],
  ['a literal', bytes(5, 4 << 2, 'hello'), 'hello'],
  ['a literal with its length in a byte', bytes(61, 60 << 2, 60, 'x'.repeat(61)), 'x'.repeat(61)],
  ['a literal with its length in two bytes', bytes(0xac, 2, 61 << 2, 0x2b, 1, 'x'.repeat(300)), 'x'.repeat(300)],
  ['a copy with an offset of one byte', bytes(8, 3 << 2, 'abcd', 1 | (0 << 2), 4), 'abcdabcd'],
  ['a copy with an offset of two bytes', bytes(8, 3 << 2, 'abcd', 2 | (3 << 2), 4, 0), 'abcdabcd'],
  ['a copy with an offset of four bytes', bytes(8, 3 << 2, 'abcd', 3 | (3 << 2), 4, 0, 0, 0), 'abcdabcd'],
  ['a copy that reaches into itself', bytes(9, 0, 'a', 2 | (7 << 2), 1, 0), 'aaaaaaaaa'],
])('%s', (_, block, text) => {
  expect(unsnap(block, 1000)?.toString()).toBe(text)
})

test.each<[string, Buffer]>([
  ['an empty block', bytes()],
  ['a length without end', bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
  ['more than is allowed', bytes(0xff, 0xff, 0xff, 0x7f, 0)],
  ['a literal that is cut off', bytes(5, 4 << 2, 'hel')],
  ['a length that is cut off', bytes(5, 63 << 2, 1)],
  ['more than was announced', bytes(3, 4 << 2, 'hello')],
  ['less than was announced', bytes(9, 4 << 2, 'hello')],
  ['a copy of what is not there', bytes(8, 3 << 2, 'abcd', 2 | (3 << 2), 5, 0)],
  ['a copy of nothing', bytes(8, 3 << 2, 'abcd', 2 | (3 << 2), 0, 0)],
  ['a copy that is cut off', bytes(8, 3 << 2, 'abcd', 2 | (3 << 2))],
])('%s is refused', (_, block) => {
  expect(unsnap(block, 1000)).toBeUndefined()
})
