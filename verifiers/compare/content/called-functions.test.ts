import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { madeProgram, textOf } from '../../../fixtures/fuzz/programs.ts'
import { randomFrom } from '../../../fixtures/fuzz/random.ts'
import { seenOf } from '../../../fixtures/fuzz/seen.ts'
import { withoutCalledFunctions } from './called-functions.ts'
import { sideOf } from './code-parts.ts'

const inFunction = (body: string) => `module.exports = function (a, b, c) { ${body} }\n`
const written = (body: string) => withoutCalledFunctions(sideOf(inFunction(body)))?.text

test.each([
  ['parameters', 'return (function (a, b) { return [a, b] })(b, a)', [2, 1]],
  ['more values than parameters', 'return ((b) => b)(c, (a = 9), a)', 3],
  ['fewer values than parameters', 'return ((d, a) => [d, a])(b)', [2, undefined]],
  ['names in objects', 'return (function (a) { var { b } = { b: 5 }; return { a, b, c } })(b)', { a: 2, b: 5, c: 3 }],
  [
    'names of functions',
    'return ((d) => { var e = function () {}; return [d.name, e.name.slice(0, 1)] })(() => 1)',
    ['', 'e'],
  ],
  ['names in escapes', 'return ((d) => { var \\u0065f = a; return [ef, { \\u0065f }] })(b)', [1, { ef: 1 }]],
  ['an expression', 'return ((a) => ({ a }))(b)', { a: 2 }],
  ['calls within calls', 'return (function (a) { return (function (b) { return a - b })(c) })(b)', -1],
  ['no value', 'return ((d) => { a = d })(b)', undefined],
  ['a value that an earlier one changes', 'return ((d, e) => [d, e])(a++, a)', [1, 2]],
  ['a call that is a statement', '!function (d) { a = d; b = a + d }(c); return [a, b, c]', [3, 6, 3]],
  ['calls among others', 'a++, (function (d) { b += d })(a), c++; return [a, b, c]', [2, 4, 4]],
  [
    'a call that is made at times',
    'a > 5 && (function () { b = 9 })(), a < 5 && (function () { c = 9 })(); return [b, c]',
    [2, 9],
  ],
  [
    'a value that is kept',
    'var d = 1, e = (function (b) { b++; return b })(c), f = e; return [b, d, e, f]',
    [2, 1, 4, 4],
  ],
  ['a value that is kept by no name', 'var d = (() => function () {})(); return [d.name]', ['']],
  ['no value that is kept', 'a = (function () { b = 5 })(); return [a, b]', [null, 5]],
  ['a call before a question', 'if ((function () { a = 7 })(), a > 5) return [a]; return 0', [7]],
  ['a line without an end before it', 'a = b\nreturn (() => [a])(c)', [2]],
  ['a statement without an end before it', 'a = b\n!function () { c = a }(5)\nreturn [a, c]', [2, 2]],
  ['a call in a case', 'switch (a) { case 1: return ((d) => { if (d) return [d]; return 0 })(b) }', [2]],
])('a call that is returned gives way to its function: %s', (_, body, value) => {
  const text = written(body) ?? ''
  const module = { exports: (..._: number[]): unknown => undefined }
  runInNewContext(text, { module })
  expect(text).not.toMatch(/return \(+(?:function|\(?\w+\)? =>)|function \(\w*\) \{ [abc]/)
  expect(JSON.stringify(module.exports(1, 2, 3))).toBe(JSON.stringify(value))
})

test.each([
  ['arguments', 'return (function () { return arguments.length })(a)'],
  ['this', 'return (function () { return this })()'],
  ['its name', 'return (function d(a) { return a ? d() : 1 })(a)'],
  ['values that are spread', 'return ((d, e) => d)(...a)'],
  ['a value by default', 'return ((d = 1) => d)(a)'],
  ['a parameter twice', 'return (function (d, d) { return d })(a, b)'],
  ['a parameter that is a function', 'return ((d) => { function d() {} return d })(a)'],
  ['a promise', 'return (async (d) => d)(a)'],
  ['another kind of code', 'return (function () { "use strict"; b = 1 })()'],
  ['a class', 'return ((d) => { class e {} return e })(a)'],
  ['a function in a block', 'return ((d) => { { function e() {} } return e })(a)'],
  ['a comment that would be lost', 'return ((d) /* see */ => d)(a)'],
  ['a function in what is done at times', 'a && (() => { function d() {} d() })()'],
  ['a way out of it', '(function () { if (a) return; b() })(); c()'],
  ['two values', 'var d = (function () { if (a) return 1; return 2 })(); return d'],
  ['a name that is not there yet', 'for (let d of ((() => { b(d) })(), a)) b(d)'],
  ['a round for each value', 'for (const d of a) { (function (e) { b(() => e) })(d) }'],
  ['more to do', 'try { return ((d) => d)(a) } finally { b() }'],
  ['rounds', 'for (;;) return ((d) => d)(a)'],
])('a call stays where its function has %s', (_, body) => {
  expect(written(body)).toBeUndefined()
})

const programs = 400

test('made programs do the same without their returned calls', () => {
  const random = randomFrom(11)
  let rewritten = 0
  for (let count = 0; count < programs; count++) {
    const text = textOf(madeProgram(random))
    const other = withoutCalledFunctions(sideOf(text))?.text
    if (other === undefined) continue
    rewritten++
    expect(seenOf(other), `${text}\n${other}`).toBe(seenOf(text))
  }
  // Else nothing was tested.
  expect(rewritten).toBeGreaterThan(programs / 20)
})
