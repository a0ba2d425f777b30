import { expect, test } from 'vitest'
import { sideOf } from './code-parts.ts'
import { sameSyntax } from './same-syntax.ts'

const differ = (a: string, b: string) => sameSyntax(sideOf(a), sideOf(b)) === 'other names'

test.each([
  ['parameters', 'function f(e,t){return e+t}', 'function f(t,e){return t+e}'],
  ['variables', '()=>{var e=1,t=2;use(e,t)}', '()=>{var n=1,r=2;use(n,r)}'],
  ['variables of a module', 'var e=1;exports.x=e', 'var n=1;exports.x=n'],
  ['arrows', 'x(e=>e.a,(e,t)=>e)', 'x(n=>n.a,(n,r)=>n)'],
  ['what is taken apart', '()=>{const{a:e,b:t}=x;use(e,t)}', '()=>{const{a:n,b:r}=x;use(n,r)}'],
  ['spread', 'function f(...e){return[...e]}', 'function f(...t){return[...t]}'],
  ['catch', 'try{}catch(e){use(e)}', 'try{}catch(t){use(t)}'],
  ['longer names, of functions of a module', 'function debug(){}exports.a=debug', 'function e(){}exports.a=e'],
  ['a key in shorthand', 'var debug;module.exports={debug}', 'var e;module.exports={debug:e}'],
  ['what is taken apart by its name', '({name})=>name', '({name:e})=>e'],
  ['what is imported', 'import{name}from"x";name()', 'import{name as e}from"x";e()'],
  [
    'a function that is exported, beside a name',
    'function t(){}exports.t=t;x.name',
    'function e(){}exports.t=e;x.name',
  ],
  [
    'what a bundler calls otherwise, beside a name',
    'function debug(){}exports.debug=debug;x.name',
    'function debug$1(){}exports.debug=debug$1;x.name',
  ],
  ['the name of a class that minifiers choose', '()=>{class e{}x(e.name)}', '()=>{class t{}x(t.name)}'],
  ['what compilers need themselves', '()=>{var _ref=x;y(_ref)}', '()=>{var _this2=x;y(_this2)}'],
  ['functions', '()=>{function e(){}e()}', '()=>{function t(){}t()}'],
  ['classes', '()=>class e{f(){return e}}', '()=>class t{f(){return t}}'],
])('renaming is seen: %s', (_, a, b) => expect(differ(a, b)).toBe(true))

test.each([
  ['parentheses', 'x=(a)+b', 'x=a+(b)'],
  ['semicolons', 'a();b()', 'a()\nb()'],
  ['quotes and escapes', 'f("a\\x62")', "f('ab')"],
  ['the form of numbers', 'f(1e3,0xff,.5)', 'f(1000,255,0.5)'],
  ['an empty statement', 'function f(){};a', 'function f(){}a'],
  ['a comment in words', '/* hello */a', 'a'],
  ['signs that are two operators', 'a- -b', 'a-(-b)'],
  ['what an async function waits for', 'async()=>(await (a))()', 'async()=>(await a)()'],
  ['what is given, in parentheses', 'var a;(a)=1;(a)=b;(a)=function c(){}', 'var a;a=1;a=b;a=function c(){}'],
  ['a call that may be left out, in parentheses', 'x=/*#__PURE__*/(function(){})()', 'x=/*#__PURE__*/function(){}()'],
  ['all of it in parentheses', 'x=/*#__PURE__*/(a())', 'x=/*#__PURE__*/a()'],
  ['an arrow', 'x=/*#__NO_SIDE_EFFECTS__*/(a)=>b', 'x=/*#__NO_SIDE_EFFECTS__*/a=>b'],
  ['a comment for tools before an end', 'f(()=>{a()/* c8 ignore next */}),b', 'f(()=>{a();/* c8 ignore next */}),(b)'],
])('the same program, written otherwise: %s', (_, a, b) => {
  expect(sameSyntax(sideOf(a), sideOf(b))).toBe('same')
})

test.each([
  ['a directive in parentheses', '("use strict");a', '"use strict";a'],
  ['a directive with an escape', '"use\\x20strict";a', '"use strict";a'],
  ['a template in raw form', 'f`\\u0061`', 'f`a`'],
  ['a flag', '/a/.test(x)', '/a/g.test(x)'],
  ['a large number with an end', '9007199254740993n', '9007199254740993'],
  ['a hole', '[,a]', '[a]'],
  ['a chain that ends', '(a?.b).c', 'a?.b.c'],
  ['an order of evaluation', 'a-(b-c)', 'a-b-c'],
  ['another variable that is counted', 'a-- -b', 'a- --b'],
  ['what is called, where only a module waits', '(await (a))()', 'await (a)()'],
  ['the empty body of a condition', 'if(a);b', 'if(a)b'],
  ['a line end that ends a statement', 'function f(){return\na}', 'function f(){return a}'],
  ['code in a comment', '/* eval(x) */a', 'a'],
  ['a mark for a bundler', '/*#__PURE__*/a()', 'a()'],
  ['a function without a name', 'var a;(a)=function(){}', 'var a;a=function(){}'],
  ['a class without a name, where there was none', 'var a;(a)||=class{}', 'var a;a||=class{}'],
  ['a function without a name, by default', 'var a;[(a)=()=>{}]=b', 'var a;[a=()=>{}]=b'],
  ['a part that is taken out', '/// #if DEBUG\na()\n/// #endif', 'a()'],
  ['a file that is put in', '//= require_tree .\na()', 'a()'],
  ['a mark for a bundler', '/** @nosideeffects */function a(){}', 'function a(){}'],
  ['a mark of another call', '/*#__PURE__*/(a()).b()', '(/*#__PURE__*/a()).b()'],
  ['a mark of another call before new', '/*#__PURE__*/new(a())()', 'new(/*#__PURE__*/a())()'],
  [
    'a mark that is let out',
    'import("a"/* webpackIgnore: true */),b("c")',
    'import("a"),b(/* webpackIgnore: true */"c")',
  ],
  [
    'a mark that goes over a bracket',
    'import("a"/* webpackIgnore: true */),import("b")',
    'import("a"),/* webpackIgnore: true */import("b")',
  ],
  ['a prototype', 'x={__proto__:__proto__}', 'x={__proto__}'],
  ['letters that look like others', '()=>{var \u0430;\u0430}', '()=>{var a;a}'],
  ['what nobody sees', 'a\ufeff;b', 'a;b'],
])('not the same program: %s', (_, a, b) => {
  expect(sameSyntax(sideOf(a), sideOf(b))).toBeUndefined()
})

test.each([
  ['a keyword', 'for(var e of x)y', 'for(var e in x)y'],
  ['a built-in', 'x=new Set', 'x=new Map'],
  ['a global', 'var e=$(x)', 'var e=_(x)'],
  ['a member', 'x.a', 'x.b'],
  ['a key', 'x={a:1}', 'x={b:1}'],
  ['a key in shorthand', 'const{a}=x;y({a})', 'const{b}=x;y({b})'],
  ['a method', 'x={a(){}}', 'x={b(){}}'],
  ['an export', 'var a,b;export{a}', 'var a,b;export{b}'],
  ['one of two places', 'var e,t;use(e,e)', 'var e,t;use(e,t)'],
  ['two variables that become one', 'function f(e,t){return e-t}', 'function f(e,e){return e-e}'],
  ['what scripts share', 'var e=1;use(e)', 'var t=1;use(t)'],
  ['a variable that one side takes from outside', '()=>{var e;t}', '()=>{var t;t}'],
  ['a private name', 'class A{#a;#b;c(){this.#a}}', 'class A{#a;#b;c(){this.#b}}'],
  ['a function that its block does not keep', '()=>{{function e(){}}e()}', '()=>{{function t(){}}e()}'],
  ['a variable that is the arguments', 'function f(){var e;return e}', 'function f(){var arguments;return arguments}'],
  [
    'a function whose name is a key',
    'x={open(){}};()=>{function open(){}x[open.name]()}',
    'x={open(){}};()=>{function e(){}x[e.name]()}',
  ],
  ['a short one', 'x={rm(){}};()=>{function rm(){}x[rm.name]()}', 'x={rm(){}};()=>{function ls(){}x[ls.name]()}'],
  [
    'one that is a key, and asked for elsewhere',
    'x={open(){}};()=>{y(open);function open(){}};f=>x[f.name]()',
    'x={open(){}};()=>{y(e);function e(){}};f=>x[f.name]()',
  ],
  [
    'a function whose name is in a template',
    '()=>{function open(){}x(y.name==`open`)}',
    '()=>{function e(){}x(y.name==`open`)}',
  ],
  [
    'a function whose name an expression matches',
    '()=>{let open=()=>{};x(/^open$/,open["name"])}',
    '()=>{let e=()=>{};x(/^open$/,e["name"])}',
  ],
  ['a parameter that people called otherwise', 'x(rawDb=>rawDb)', 'x(safeDb=>safeDb)'],
  ['a label', 'a:for(;;)b:for(;;)break a', 'a:for(;;)b:for(;;)break b'],
])('what is no renaming is not taken for one: %s', (_, a, b) => expect(differ(a, b)).toBe(false))
