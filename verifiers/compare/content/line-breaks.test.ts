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

const typed = (text: string) => sideOf(text, undefined, true)

test.each([
  ['before a sign that is no operator then', 'a = b!(c)', 'a = b\n!(c)'],
  ['before what makes another type of a value', 'a = b as (c)', 'a = b\nas (c)'],
  ['before what checks its type', 'a = b satisfies (c)', 'a = b\nsatisfies (c)'],
  ['before a type that is given', 'a = b<c>(d)', 'a = b\n<c>(d)'],
  ['behind a type that is given', 'a = b<c> d', 'a = b<c>\nd'],
  ['before a type in a type', 'let a: B[c]', 'let a: B\n[c]'],
  ['behind interface', 'interface A {}', 'interface\nA {}'],
  ['behind a modifier', 'class A { private b }', 'class A { private\nb }'],
])('in TypeScript a line end matters %s, and in JavaScript it does not', (_, a, b) => {
  expect(lineBreaksMatter(typed(a), typed(b))).toBe(true)
  expect(lineBreaksMatter(sideOf(a), sideOf(b))).toBe(false)
})

test.each([
  ['behind an operator', 'a && !b', 'a &&\n  !b'],
  ['in a function that is an expression', 'a = () => [b]', 'a = () =>\n  [b]'],
  ['in a substitution of a template', '`${!a}`', '`${\n!a\n}`'],
  ['behind a colon', 'let a: [b]', 'let a:\n  [b]'],
  ['behind a word that is an operator', 'a = typeof !b', 'a = typeof\n  !b'],
])('in TypeScript a line end says nothing %s', (_, a, b) => {
  expect(lineBreaksMatter(typed(a), typed(b))).toBe(false)
})
