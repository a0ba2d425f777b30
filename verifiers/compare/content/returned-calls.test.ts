import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { madeProgram, textOf } from '../../../fixtures/fuzz/programs.ts'
import { randomFrom } from '../../../fixtures/fuzz/random.ts'
import { seenOf } from '../../../fixtures/fuzz/seen.ts'
import { sideOf } from './code-parts.ts'
import { withoutReturnedCalls } from './returned-calls.ts'

const inFunction = (body: string) => `module.exports = function (a, b, c) { ${body} }\n`
const written = (body: string) => withoutReturnedCalls(sideOf(inFunction(body)))?.text

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
])('a call that is returned gives way to its function: %s', (_, body, value) => {
  const text = written(body) ?? ''
  const module = { exports: (..._: number[]): unknown => undefined }
  runInNewContext(text, { module })
  expect(text).not.toMatch(/return \(+(?:function|\(?\w+\)? =>)/)
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
    const other = withoutReturnedCalls(sideOf(text))?.text
    if (other === undefined) continue
    rewritten++
    expect(seenOf(other), `${text}\n${other}`).toBe(seenOf(text))
  }
  // Else nothing was tested.
  expect(rewritten).toBeGreaterThan(programs / 20)
})
