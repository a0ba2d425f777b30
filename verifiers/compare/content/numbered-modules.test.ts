import { expect, test } from 'vitest'
import { explainJavaScript } from './explain-javascript.ts'

/** As browser-pack writes it, with bundle-collapser's numbers in the code of `c` and one module that is there twice. */
const loader =
  'function r(e,n,t){function o(i,f){if(!n[i]){var c="function"==typeof require&&require;if(!e[i])return c(i,!0);' +
  'var p=n[i]={exports:{}};e[i][0].call(p.exports,function(r){var n=e[i][1][r];return o(n||r)},p,p.exports,r,e,n,t)}' +
  'return n[i].exports}for(var i=0;i<t.length;i++)o(t[i]);return o}'

type Numbers = { a: number; b: number; c: number; twin: number }

function bundle({ a, b, c, twin }: Numbers, change = (text: string) => text): string {
  const modules: [number, string][] = [
    [
      a,
      `[function(require,module,exports){module.exports=[require("./b"),require('./c'),typeof require]},{"./b":${b},"./c":${c}}]`,
    ],
    [b, `[function(require,module,exports){exports.log=function(x){console.log(x)}},{}]`],
    [
      c,
      `[function(require,module,exports){exports.all=[require(${b}),require(${twin})]},{"${b}":${b},"${twin}":${twin}}]`,
    ],
    [twin, `[function(require,module,exports){arguments[4][${b}][0].apply(exports,arguments)},{"dup":${b}}]`],
  ]
  const table = modules.toSorted(([one], [other]) => one - other).map(([number, module]) => `${number}:${module}`)
  return change(`module.exports=(function(){return (${loader})})()({${table.join(',')}},{},[${a}])(${a});\n`)
}

const one: Numbers = { a: 1, b: 2, c: 3, twin: 4 }
const other: Numbers = { a: 3, b: 4, c: 1, twin: 2 }

test('modules under other numbers are the same modules', () => {
  expect(explainJavaScript(bundle(other), bundle(one))).toMatchObject({ cause: 'file-order', severity: 'unexplained' })
})

test('what differs besides is what is told, as far as it is harmless', () => {
  const renamed = (text: string) => text.replaceAll('(x)', '(y)')
  expect(explainJavaScript(bundle(other, renamed), bundle(one))).toMatchObject({
    cause: 'variable-names',
    severity: 'unexplained',
  })
})

test.each<[string, string, string?]>([
  ['a call more', bundle(other, (text) => text.replace('console.log(x)', 'fetch(x)'))],
  ['a list that leads to another module', bundle(other, (text) => text.replace('"./b":4', '"./b":1'))],
  ['a name that leads nowhere in the bundle', bundle(other, (text) => text.replace('"./b":4', '"fs":4'))],
  ['a list that leads to the number 0', bundle({ ...other, b: 0 }), bundle(one)],
  ['another entry', bundle(other, (text) => text.replace(',[3])', ',[3,1])'))],
  ['an entry fewer, and no exports', bundle(other, (text) => text.replace(',[3])(3)', ',[3])(4)'))],
  ['a cache with something in it', bundle(other, (text) => text.replace('},{},[3]', '},{1:{exports:eval}},[3]'))],
  ['another loader', bundle(other, (text) => text.replace('o(n||r)', 'o(n||7||r)'))],
  [
    'a comment between modules',
    bundle(other, (text) => text.replace(',3:', ',/*#__PURE__*/ // sourceMappingURL=//x.test\n3:')),
  ],
  [
    'a comment in the cache',
    bundle(other, (text) => text.replace('},{},[3]', '},{/* eval(atob("YWxlcnQoMSk7YWxlcnQoMik7")) */},[3]')),
  ],
  ['a table with more than modules', bundle(other, (text) => text.replace('({', '({...eval,'))],
  ['a list with more than names', bundle(other, (text) => text.replace('{"./b"', '{...eval,"./b"'))],
  ['no first module', bundle(other, (text) => text.replace(',[3])', ',[,])'))],
  [
    'a comment in a list',
    bundle(other, (text) => text.replace('"./b":4', '"./b"/* eval(atob("YWxlcnQoMSk7YWxlcnQoMik7")) */:4')),
  ],
  ['a module more', bundle(other, (text) => text.replace('({', '({9:[function(r,m,e){},{}],'))],
  ['a module twice', bundle(other, (text) => text.replace('({', '({4:[function(r,m,e){m.exports=eval},{}],'))],
  ['a module under a computed number', bundle(other, (text) => text.replace('1:[', '[eval("1")]:['))],
  ['a parameter with a value', bundle(other, (text) => text.replace('function(require,', 'function(require=eval,'))],
  [
    'a twin of another module',
    bundle(other, (text) => text.replace('[4][4][0]', '[4][1][0]').replace('"dup":4', '"dup":1')),
  ],
])('%s stays suspicious', (_, published, rebuilt = bundle(one)) => {
  expect(published).not.toBe(rebuilt)
  expect(explainJavaScript(published, rebuilt).severity).toBe('suspicious')
})

test.each<[string, string]>([
  ['by a number that its list does not have', 'require(2)'],
  ['by a number as a text', 'require("2")'],
  ['by a value', 'require(Math.max(2))'],
  ['by another name', '(r => r(2))(require)'],
  ['by what it is called with', 'arguments[4][2][0]'],
  ['by what has been loaded', 'arguments[5][2].exports'],
  ['by names that are looked up while it runs', 'eval("require(" + 2 + ")")'],
])('a module that asks for another one %s knows the numbers', (_, code) => {
  const asking = (numbers: Numbers) => bundle(numbers, (text) => text.replace('typeof require]', `${code}]`))
  expect(explainJavaScript(asking(other), asking(one)).severity).toBe('suspicious')
})

test('a module that is given all of them knows the numbers', () => {
  const given = (numbers: Numbers) =>
    bundle(numbers, (text) =>
      text.replace('(require,module,exports){exports.log', '(require,module,exports,r,e){exports.log'),
    )
  expect(explainJavaScript(given(other), given(one)).severity).toBe('suspicious')
})
