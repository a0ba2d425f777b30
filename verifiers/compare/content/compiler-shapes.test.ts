import { expect, test } from 'vitest'
import { honestDifferences } from '../../../fixtures/honest/contents.ts'
import { explainJavaScript } from './explain-javascript.ts'

const mark = '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\n'
const imported = 'let a_1 = require("./a");\n'
const body = 'exports.f = f;\nfunction f() { return 1 }\n'

test.each([
  ['an export that is emptied behind the head', `${mark}${body}exports.f = void 0;\n`, `${mark}${body}`],
  [
    'an export of another function',
    `${mark}exports.f = g;\nfunction f() { }\nfunction g() { }\n`,
    `${mark}exports.f = f;\nfunction f() { }\nfunction g() { }\n`,
  ],
  ['an export that is given twice', `${mark}${body}exports.f = f;\n`, `${mark}${body}`],
  [
    'an export of what is no declared function',
    `${mark}run();\nexports.f = eval;\n`,
    `${mark}exports.f = eval;\nrun();\n`,
  ],
  [
    'an export of a function that is assigned later',
    `${mark}run();\nexports.f = f;\nvar f = function () { };\n`,
    `${mark}exports.f = f;\nrun();\nvar f = function () { };\n`,
  ],
  ['a call in other words', `${mark}a_1.run(2);\n`, `${mark}(0, a_1.run)(1);\n`],
  ['another template', `${mark}${imported}a_1.tag\`b\`;\n`, `${mark}${imported}(0, a_1.tag)\`a\`;\n`],
  ['a template of another', `${mark}${imported}a_1.other\`a\`;\n`, `${mark}${imported}(0, a_1.tag)\`a\`;\n`],
  ['a template in place of a call', `${mark}${imported}a_1.tag\`a\`;\n`, `${mark}${imported}(0, a_1.tag)("a");\n`],
  ['a template given to what is no import', `${mark}n.tag\`a\`;\n`, `${mark}(0, n.tag)\`a\`;\n`],
  [
    'a template given to what is given again',
    `${mark}${imported}a_1 = n;\na_1.tag\`a\`;\n`,
    `${mark}${imported}a_1 = n;\n(0, a_1.tag)\`a\`;\n`,
  ],
  [
    'an export elsewhere beside one of all',
    `${mark}${imported}exports.f = f;\nfunction f() { }\nmodule.exports = f;\na_1.run(1);\n`,
    `${mark}${imported}function f() { }\nmodule.exports = f;\nexports.f = f;\n(0, a_1.run)(1);\n`,
  ],
  ['an indirect call of what is no import', `${mark}(0, n.eval)(e);\n`, `${mark}n.eval(e);\n`],
  ['a statement in the head', `${mark}steal();\n${body}`, `${mark}${body}`],
  ['another value of the mark', `${mark.replace('true', 'evil()')}${body}`, `${mark}${body}`],
])('what TypeScript does not write stays suspicious: %s', (_, published, rebuilt) => {
  expect(explainJavaScript(published, rebuilt).severity).toBe('suspicious')
})

const helper = honestDifferences.find(({ name }) => name === 'the helper of another TypeScript')
const [published, rebuilt] = [String(helper?.published), String(helper?.source)]

test.each([
  ['another token', published.replace('if (k2 === undefined)', 'if (k2 !== undefined)')],
  ['a call', published.replace('o[k2] = m[k];', 'o[k2] = m[k]; steal(m);')],
  ['another name', published.replaceAll('__createBinding', '__createBindings')],
  ['a statement behind it', `${published}steal();`],
])('a helper that differs in anything is not known: %s', (_, changed) => {
  expect(changed).not.toBe(published)
  expect(explainJavaScript(changed, rebuilt).severity).toBe('suspicious')
})
