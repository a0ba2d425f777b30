import { expect, test } from 'vitest'
import { explainJavaScript } from './explain-javascript.ts'

/** As browser-pack writes it, with bundle-collapser's numbers in the code of `c` and one module that is there twice. */
const loader =
  'function r(e,n,t){function o(i,f){if(!n[i]){if(!e[i]){var c="function"==typeof require&&require;if(!f&&c)return c(i,!0);' +
  'if(u)return u(i,!0);var a=new Error("Cannot find module \'"+i+"\'");throw a.code="MODULE_NOT_FOUND",a}' +
  'var p=n[i]={exports:{}};e[i][0].call(p.exports,function(r){var n=e[i][1][r];return o(n||r)},p,p.exports,r,e,n,t)}' +
  'return n[i].exports}for(var u="function"==typeof require&&require,i=0;i<t.length;i++)o(t[i]);return o}'

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
  return change(`module.exports=(function(){${loader}return r})()({${table.join(',')}},{},[${a}])(${a});\n`)
}

const one: Numbers = { a: 1, b: 2, c: 3, twin: 4 }
const other: Numbers = { a: 3, b: 4, c: 1, twin: 2 }

test('modules under other numbers are the same modules', () => {
  expect(explainJavaScript(bundle(other), bundle(one))).toMatchObject({ cause: 'file-order', severity: 'unexplained' })
})

test.each<[string, (text: string) => string]>([
  [
    'as releases before 6.1 have it',
    (text) => text.replace('(function(){function', '(function').replace('return r})()', ')').replace('n||r', 'n?n:r'),
  ],
  [
    'as uglify-js writes it',
    (text) =>
      text
        .replace(
          'var a=new Error("Cannot find module \'"+i+"\'");throw a.code="MODULE_NOT_FOUND",a',
          'throw(f=new Error("Cannot find module \'"+i+"\'")).code="MODULE_NOT_FOUND",f',
        )
        .replace('var p=n[i]', 'c=n[i]')
        .replace(
          'p.exports,function(r){var n=e[i][1][r];return o(n||r)},p,p.exports',
          'c.exports,function(r){return o(e[i][1][r]||r)},c,c.exports',
        ),
  ],
  ['as derequire leaves it', (text) => text.replace(/typeof require&&require/g, 'typeof _dereq_&&_dereq_')],
  ['whose exports nobody takes', (text) => text.replace('module.exports=', '!').replace(/\(\d\);\n$/, ';\n')],
])('a bundle %s', (_, written) => {
  const [published, rebuilt] = [bundle(other, written), bundle(one, written)]
  expect(published).not.toBe(bundle(other))
  expect(explainJavaScript(published, rebuilt)).toMatchObject({ cause: 'file-order', severity: 'unexplained' })
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
  ['by what it is called with, as a list', '[].slice.call(arguments)[4][2][0]'],
  ['by what it is called with, spread', '[...arguments][4][2][0]'],
  ['by what it is called with, in an arrow', '() => arguments[+4][2][0]'],
  ['by the function that calls it', '(function f() { return f.caller.arguments[4][2][0] })()'],
  ['by another writing of the number', 'require(0x2)'],
  ['by a number in escapes', 'require("\\x32")'],
  ['by the type of what it exports', 'typeof require(2)'],
  ['by a name that all objects have', '(Object.prototype.b = 2, require("b"))'],
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

test.each<[string, (text: string) => string]>([
  ['a loader that has a number', (text) => text.replace('o(n||r)', 'o(r==="./b"?2:n||r)')],
  ['a loader that others have', (text) => text.replace(/\)\(\d\);\n$/, ');module.exports=module.exports(2);\n')],
  [
    'a module with a name',
    (text) => text.replace('function(require,module,exports){ex', 'function f(require,module,exports){ex'),
  ],
])('%s knows the numbers', (_, change) => {
  const [published, rebuilt] = [bundle(other, change), bundle(one, change)]
  expect(published).not.toBe(bundle(other))
  expect(explainJavaScript(published, rebuilt).severity).toBe('suspicious')
})

test('two modules whose ways read alike are two', () => {
  const ways = (last: number) =>
    `module.exports=(function(){${loader}return r})()({1:[function(require,module,exports){exports.a=[require("./a"),require("./a > ./b"),require("./z")]},{"./a":2,"./a > ./b":4,"./z":6}],2:[function(require,module,exports){exports.b=require("./b")},{"./b":5}],4:[function(require,module,exports){module.exports=1},{}],5:[function(require,module,exports){module.exports=2},{}],6:[function(require,module,exports){exports.c=require("./c")},{"./c":${last}}]},{},[1])(1);\n`
  expect(explainJavaScript(ways(5), ways(4)).severity).toBe('suspicious')
})
