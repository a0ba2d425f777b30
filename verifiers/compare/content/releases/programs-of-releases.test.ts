import { expect, test } from 'vitest'
import { programsOfReleases } from './programs-of-releases.ts'

const files = (texts: Record<string, string>) =>
  new Map(Object.entries(texts).map(([path, text]) => [`d/${path}`, text]))

function filesOf(published: string, rebuilt: string, before: Record<string, string>, after: Record<string, string>) {
  return programsOfReleases(published, rebuilt)?.filesOf([{ before: files(before), after: files(after) }])
}

const doors = (limit: number) => ({
  'index.js': `const limit = ${limit};\nexport class Safe {\n  get(name) {\n    return name.slice(limit);\n  }\n}\nexport class Bare {\n  get(name) {\n    return name;\n  }\n}\n`,
})
const ofDoors = (limit: number, used: string) =>
  `${doors(limit)['index.js'].replaceAll('export ', '')}\nconst door = new ${used}();\nexport { door };\n`

test('a class of another release is the one that was meant', () => {
  const rebuilt = ofDoors(1, 'Safe')
  expect(filesOf(ofDoors(2, 'Safe'), rebuilt, doors(1), doors(2))).toEqual(['d/index.js'])
  expect(filesOf(ofDoors(2, 'Bare'), rebuilt, doors(1), doors(2))).toBeUndefined()
})

const common = (limit: number) => ({
  'index.js': `"use strict";\nconst fs = process;\nconst limit = ${limit};\nmodule.exports = function read(name) {\n  return fs.binding(name, limit);\n};\nmodule.exports.limit = limit;\n`,
})
const esbuild = (limit: number, more = '') =>
  `var __commonJS = (cb, mod) => function __require() {\n  return mod || (0, cb[Object.keys(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;\n};\nvar require_d = __commonJS({\n  "node_modules/d/index.js"(exports, module) {\n    "use strict";\n    var fs = process;\n    var limit = ${limit};\n    ${more}module.exports = function read(name) {\n      return fs.binding(name, limit);\n    };\n    module.exports.limit = limit;\n  }\n});\nvar d = require_d();\nconsole.log(d);\n`

test('a module of CommonJS stands in the function that the bundler has made for it', () => {
  expect(filesOf(esbuild(2), esbuild(1), common(1), common(2))).toEqual(['d/index.js'])
  expect(filesOf(esbuild(2, 'exports.x = 1;\n    '), esbuild(1), common(1), common(2))).toBeUndefined()
  expect(
    filesOf(esbuild(2).replace('module.exports = f', 'exports = f'), esbuild(1), common(1), common(2)),
  ).toBeUndefined()
  expect(
    filesOf(esbuild(2).replace('exports.limit = limit', 'exports.limit = fs'), esbuild(1), common(1), common(2)),
  ).toBeUndefined()
})

const browserify = (limit: number, [own, of, other]: readonly [number, number, number], more = '') =>
  `${loader}({${Object.entries({
    [own]: `[function(require,module,exports){\nvar d = require("d");\nrequire("./other");\nconsole.log(d);\n},{"d":${of},"./other":${other}}]`,
    [of]: `[function(require,module,exports){\n${common(limit)['index.js']}${more}\n},{}]`,
    [other]: `[function(require,module,exports){\nconsole.log("another");\n},{}]`,
  })
    .map(([number, module]) => `${number}:${module}`)
    .join(',')}},{},[${own}]);\n`
const loader =
  '(function(){function r(e,n,t){function o(i,f){if(!n[i]){if(!e[i]){var c="function"==typeof require&&require;if(!f&&c)return c(i,!0);' +
  'if(u)return u(i,!0);var a=new Error("Cannot find module \'"+i+"\'");throw a.code="MODULE_NOT_FOUND",a}' +
  'var p=n[i]={exports:{}};e[i][0].call(p.exports,function(r){var n=e[i][1][r];return o(n||r)},p,p.exports,r,e,n,t)}' +
  'return n[i].exports}for(var u="function"==typeof require&&require,i=0;i<t.length;i++)o(t[i]);return o}return r})()'

test('a module of browserify is the one of its release, whatever number it has', () => {
  const rebuilt = browserify(1, [1, 2, 3])
  expect(filesOf(browserify(2, [2, 3, 1]), rebuilt, common(1), common(2))).toEqual(['d/index.js'])
  expect(filesOf(browserify(2, [2, 3, 1], 'fetch(1);'), rebuilt, common(1), common(2))).toBeUndefined()
  const swapped = browserify(2, [2, 3, 1]).replace('"d":3,"./other":1', '"d":1,"./other":3')
  expect(filesOf(swapped, rebuilt, common(1), common(2))).toBeUndefined()
})

test('what a minifier has made of both releases is compared in one form', () => {
  const program = (limit: number, check: string) =>
    `(()=>{var e=${limit};function t(r){${check}return r.slice(0,e)}console.log(t)})();`
  const module = (limit: number, check: string) => ({
    'index.js': `const limit = ${limit};\nexport function cut(text) {\n  ${check}\n  return text.slice(0, limit);\n}\n`,
  })
  const checked = 'if (!text) {\n    throw new Error("no text");\n  }'
  const rebuilt = program(1, '')
  const published = program(2, 'if(!r)throw Error("no text");').replace('Error', 'new Error')
  expect(filesOf(published, rebuilt, module(1, ''), module(2, checked))).toEqual(['d/index.js'])
  expect(filesOf(published.replace('!r', 'r'), rebuilt, module(1, ''), module(2, checked))).toBeUndefined()
  expect(filesOf(published.replace('"no text"', '"text"'), rebuilt, module(1, ''), module(2, checked))).toBeUndefined()
})

const helpers = (names: Record<string, string>) => {
  const more = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`other${at}`, `function other${at}(){}`]))
  const texts = Object.entries({ ...more, ...names }).map(
    ([name, text]) => `${name}: helper("7.0.0", ${JSON.stringify(text)})`,
  )
  return { 'lib/helpers-generated.js': `exports.default = { ${texts.join(',\n')} };` }
}
const old = helpers({ define: 'export default function _define(o, k, v) { o[k] = v; return o; }' })
const other = helpers({
  key: 'export default function _key(k) { return typeof k === "symbol" ? k : String(k); }',
  define: 'import key from "key"; export default function _define(o, k, v) { k = key(k); o[k] = v; return o; }',
})
const own = 'var a = _define({}, "b", 1);\nmodule.exports = a;\n'
const before = `"use strict";\nfunction _define(o, k, v) { o[k] = v; return o; }\n${own}`
const key = 'function _key(k) { return typeof k === "symbol" ? k : String(k); }\n'
const define = 'function _define(o, k, v) { k = _key(k); o[k] = v; return o; }\n'

test.each([
  ['before', `"use strict";\n${key}${define}${own}`],
  ['behind', `"use strict";\n${own}${define}${key}`],
])('helpers of another release of a compiler stand wherever it puts functions: %s', (_, published) => {
  expect(filesOf(published, before, old, other)).toEqual(['d/define', 'd/key'])
})

test('helpers of a release of which texts are scripts are the same', () => {
  const scripts = helpers({
    key: 'function key(k){return"symbol"==typeof k?k:k+""}',
    define: 'function define(o,k,v){return k=key(k),o[k]=v,o}',
  })
  const published = `"use strict";\nfunction _define(o,k,v){return k=_key(k),o[k]=v,o}\nfunction _key(k){return"symbol"==typeof k?k:k+""}\n${own}`
  expect(filesOf(published, before, old, scripts)).toEqual(['d/define', 'd/key'])
})

test.each([
  [
    'a helper that is called by the name of another',
    `"use strict";\n${key}${define.replace('_key(k)', '_define(k)')}${own}`,
  ],
  ['a helper that is not there', `"use strict";\n${define}${own}`],
  ['a helper that is changed', `"use strict";\n${key.replace('String(k)', 'Symbol(k)')}${define}${own}`],
  ['another helper in its place', `"use strict";\n${key}${define}${own.replace('_define(', '_key(')}`],
  ['a helper that is given another value', `"use strict";\n${key}${define}_key = print;\n${own}`],
  ['a helper that is there twice', `"use strict";\n${key}${define}${own}function _define() {}\n`],
  ['a helper in front of what makes all strict', `${key}${define}"use strict";\n${own}`],
])('%s is none of the release', (_, published) => {
  expect(filesOf(published, before, old, other)).toBeUndefined()
})

test('what the bundler of the rebuild leaves out of its release is not run by the other one either', () => {
  const module = (limit: number) => ({
    'index.js': `const limit = ${limit};\nwatch(limit);\nexport function get() {\n  return limit;\n}\n`,
  })
  const program = (limit: number, more = '') =>
    `const limit = ${limit};\n${more}function get() {\n  return limit;\n}\nexport { get };\n`
  expect(filesOf(program(2), program(1), module(1), module(2))).toEqual(['d/index.js'])
  expect(filesOf(program(2, 'watch(limit);\n'), program(1), module(1), module(2))).toBeUndefined()
  expect(filesOf(program(2), program(1, 'watch(limit);\n'), module(1), module(2))).toBeUndefined()
})

test('a program that is made to take long is given up, or understood in time', () => {
  const same = 'a();\n'.repeat(3000)
  const start = performance.now()
  filesOf(`${same}b(1);\n`, `${same}b(2);\n`, { 'index.js': `${same}b(2);` }, { 'index.js': `c();${same}b(1);` })
  expect(performance.now() - start).toBeLessThan(60_000)
})
