import { expect, test } from 'vitest'
import { honestDifferences } from '../../../fixtures/honest/contents.ts'
import { explainJavaScript } from './explain-javascript.ts'

const mark = '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\n'
const imported = 'let a_1 = require("./a");\n'
const starHelper = `var __exportStar = (this && this.__exportStar) || function(m, exports) {
    for (var p in m) if (p !== "default" && !Object.prototype.hasOwnProperty.call(exports, p)) __createBinding(exports, m, p);
};
`
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
  ...[
    'this.f = g;',
    'module["exports"].f = g;',
    'arguments[0].f = g;',
    '(() => { this.f = g })();',
    'class A { [this.f = g] = 1; }',
    'exports.h = function () { this.f = g }; exports.h();',
    'evil.defineProperty(exports, "g", g);',
    'function __exportStar(a, b) { b.f = g } __exportStar(require("./a"), exports);',
  ].map((code): [string, string, string] => [
    `an export beside what comes to them otherwise: ${code}`,
    `${mark}${body.replace('\n', `\n${code}\n`)}`,
    `${mark}${code}\n${body}`,
  ]),
  ...['require("./a").make()', '__importDefault(require("./a")).b', 'make("./a")'].map(
    (value): [string, string, string] => [
      `a call of what is taken from a module: ${value}`,
      `${mark}const a_1 = ${value};\n(0, a_1.run)(1);\n`,
      `${mark}const a_1 = ${value};\na_1.run(1);\n`,
    ],
  ),
  [
    'a call of what is loaded by another function of that name',
    `${mark}const require = make, a_1 = require("./a");\n(0, a_1.run)(1);\n`,
    `${mark}const require = make, a_1 = require("./a");\na_1.run(1);\n`,
  ],
])('what TypeScript does not write stays suspicious: %s', (_, published, rebuilt) => {
  expect(explainJavaScript(published, rebuilt).severity).toBe('suspicious')
})

test.each([
  'var __awaiter = (this && this.__awaiter) || g;',
  'if (require.main === module) run();',
  'class A { a = this.b; c() { this.f = arguments } }',
  'x({ module: 1 }).module;',
  '__exportStar(require("./b"), exports);',
])('TypeScript exports a function before or behind what comes to nothing of them: %s', (code) => {
  const before = code.startsWith('__exportStar') ? starHelper : ''
  const rebuilt = `${mark.replace('\n', `\n${before}`)}${code}\n${body}`
  const published = `${mark.replace('\n', `\n${before}`)}exports.f = f;\n${code}\n${body.replace('exports.f = f;', '')}`
  expect(explainJavaScript(published, rebuilt)).toMatchObject({ cause: 'another-compiler', severity: 'unexplained' })
})

test.each(['const', 'var'])('a function of a module is called with it or without: %s', (kind) => {
  const loaded = `${mark}${kind} a_1 = __importStar(require("./a")), b_1 = tslib_1.__importDefault(require("./b"));\n`
  const [published, rebuilt] = [`${loaded}(0, a_1.run)((0, b_1.run)());\n`, `${loaded}a_1.run(b_1.run());\n`]
  expect(explainJavaScript(published, rebuilt)).toMatchObject({ cause: 'another-compiler', severity: 'unexplained' })
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
