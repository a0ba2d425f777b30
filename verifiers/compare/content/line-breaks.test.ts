import { expect, test } from 'vitest'
import { sideOf } from './code-parts.ts'
import { lineBreaksMatter, sameLineBreaks } from './line-breaks.ts'

test.each([
  ['behind return', 'return a', 'return\na'],
  ['behind a comment behind return', 'return /* b */ a', 'return /* b */\na'],
  ['within a comment behind return', 'return /* b */ a', 'return /* b\n*/ a'],
  ['behind return, beside another difference', 'a(1); return a', 'a(2); return\na'],
  ['behind throw', 'throw a', 'throw\na'],
  ['behind async', 'async function f() {}', 'async\nfunction f() {}'],
  ['before two signs', 'a++\nb', 'a\n++b'],
  ['at the beginning of a comment of HTML', 'a\n<!-- b\nc', 'a <!-- b\nc'],
  ['before the end of one', 'while (a --> 0) b', 'while (a\n--> 0) b'],
  ['at a carriage return', 'return a', 'return\ra'],
  ['at a line separator', 'return a', 'return\u2028a'],
])('a line end matters %s', (_, a, b) => {
  expect(lineBreaksMatter(sideOf(a), sideOf(b))).toBe(true)
})

test.each([
  ['behind an operator', 'a =\n  b', 'a = b'],
  ['behind a word that is not alone', 'a(1)\nreturn b', 'a(2); return b'],
  ['in a list', 'f(a,\n  b)', 'f(a, b)'],
  ['before a point', 'a\n  .b()', 'a.b()'],
  ['before a single sign', 'a\n  + b', 'a + b'],
])('a line end says nothing %s', (_, a, b) => {
  expect(lineBreaksMatter(sideOf(a), sideOf(b))).toBe(false)
  expect(sameLineBreaks(sideOf(a), sideOf(b))).toBe(false)
})

test('white space in the text of an element is not only formatting', () => {
  expect(sameLineBreaks(sideOf('<b>a b</b>'), sideOf('<b>a  b</b>'))).toBe(false)
  expect(sameLineBreaks(sideOf('a < b'), sideOf('a  <  b'))).toBe(true)
})
