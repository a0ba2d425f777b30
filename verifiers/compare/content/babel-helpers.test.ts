import { expect, test } from 'vitest'
import { otherBabelHelpers } from './babel-helpers.ts'
import { sideOf } from './code-parts.ts'
import { explainJavaScript } from './explain-javascript.ts'
import { explainText } from './explain-text.ts'

const older = `function _classCallCheck(instance, Constructor) { if (!(instance instanceof Constructor)) { throw new TypeError("x"); } }
function _typeof(obj) { return typeof obj; }
`
const newer = `function _classCallCheck(a, n) { if (!(a instanceof n)) throw new TypeError("x"); }
function _typeof(o) { "@babel/helpers - typeof"; return typeof o; }
`
const others = (a: string, b: string) => otherBabelHelpers(sideOf(a), sideOf(b))

test('helpers that both have, each by another text, are of another Babel', () => {
  expect(others(`${older}run()`, `${newer}run()`)).toEqual(['_classCallCheck', '_typeof'])
})

test.each([
  ['the same helpers', older, older],
  ['one that differs', older, older.replace('typeof obj;', 'steal(obj);')],
  ['helpers that only one side has', older, 'run()'],
  ['functions of other names', older.replaceAll(' _', ' _my'), newer.replaceAll(' _', ' _my')],
  ['functions within others', `f(function () { ${older} })`, `f(function () { ${newer} })`],
  ['a program that does not end', `${older}{`.repeat(2000), '(['.repeat(2000)],
])('%s shows no other Babel', (_, a, b) => {
  expect(others(a, b)).toEqual([])
})

test('another Babel is the cause that is named, and excuses nothing', () => {
  const said = explainJavaScript(`${older}run(a, steal(b))`, `${newer}run(a)`)
  expect(said).toMatchObject({ cause: 'another-compiler', severity: 'suspicious' })
  expect(said.evidence).toMatchObject({ otherHelpersOfBabel: ['_classCallCheck', '_typeof'] })
  expect(said.summary).toMatch(/calls steal/)
})

const types = 'declare const a: Buffer;\n'
const reference = '/// <reference types="node" />\n'
test.each<[string, string, 'types' | 'text', string]>([
  ['a reference to types', `${reference}${types}`, 'types', 'another-compiler'],
  ['a reference to a library', `/// <reference lib="dom" preserve="true" />\r\n${types}`, 'types', 'another-compiler'],
  ['a reference to a file', `/// <reference path="../other.d.ts" />\n${types}`, 'types', 'content'],
  ['more than a reference', `${reference}${types}declare const b: 1;\n`, 'types', 'content'],
  ['a reference in a document', `${reference}${types}`, 'text', 'content'],
])('%s that only the rebuild has', (_, rebuilt, kind, cause) => {
  expect(explainText(types, rebuilt, kind)).toMatchObject({ cause, severity: 'unexplained' })
})

test('a reference that only the published declarations have stays suspicious', () => {
  expect(explainText(`${reference}${types}`, types, 'types').severity).toBe('suspicious')
})
