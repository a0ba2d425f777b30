import { expect, test } from 'vitest'
import { sideOf } from './code-parts.ts'
import { sameNormalForm } from './same-normal-form.ts'

const same = (a: string, b: string) => sameNormalForm(sideOf(a), sideOf(b)) && sameNormalForm(sideOf(b), sideOf(a))
const inFunction = (body: string) => `module.exports=function(a,b,c){${body}}`

test.each([
  ['if (a) b()', 'a&&b()'],
  ['if (!a) b()', 'a||b()'],
  ['if (a) b(); else c()', 'a?b():c()'],
  ['if (!a) b(); else c()', 'a?c():b()'],
  ['if (a) { if (b) c() }', 'a&&b&&c()'],
  ['if (a && (b || c)) c()', '!a||!b&&!c||c()'],
  ['a(); b(); return c', 'return a(),b(),c'],
  ['if (a) return b; return c', 'return a?b:c'],
  ['if (!a) return b; return c', 'return a?c:b'],
  ['if (a) { return b } else { c() }', 'if(a)return b;c()'],
  ['if (a) { b() } else { return } c()', 'if(!a)return;b();c()'],
  ['var d = a, e; e = d; return e', 'var e,d=a;return e=d,e'],
  ['if (a === undefined) return b', 'if(void 0===a)return b'],
  ['return { a: true, b: false, c: undefined }', 'return{a:!0,b:!1,c:void 0}'],
  ['return a["b"] + c["d-e"]', 'return a.b+c["d-e"]'],
  ['return { "a": 1, "b-c": 2 }', 'return{a:1,"b-c":2}'],
  ['return typeof a === "string"', 'return"string"==typeof a'],
  ['return +a === +b', 'return+a==+b'],
  ['return -a === -b', 'return-a==-b'],
  ['return 60 * 60 * a', 'return 3600*a'],
  ['return typeof a === "undefined"', 'return typeof a>"u"'],
  ['return typeof a !== "undefined"', 'return typeof a<"u"'],
  ['b(); function d() {} return d', 'function d(){}b();return d'],
  ['b(); return', 'return void b()'],
  ['return +a', 'return 1*a'],
  ['return "a" + "b"', 'return"ab"'],
  ['return --a === 0', 'return 0==--a'],
  ['return !(a & b)', 'return(a&b)==0'],
  ['if ((a & b) !== 0) c()', 'a&b&&c()'],
  ['return !(a && b)', 'return!a||!b'],
  ['return !(a === b)', 'return a!==b'],
  ['return a > 1', 'return 1<a'],
  ['while (a) b()', 'for(;a;)b()'],
  ['var i = 0; while (i < a) { b(i); i = i + 1 }', 'for(var i=0;i<a;)b(i),i+=1'],
  ['for (;;) { if (a()) break; b() }', 'for(;!0;){if(a())break;b()}'],
  ['b.map((x) => { return x })', 'b.map(x=>x)'],
  ['b(() => { })', 'b(()=>{return})'],
  ['return `a`', 'return"a"'],
  ['switch (a) { case 1: { b(); break } }', 'switch(a){case 1:b();break}'],
  ['function d() { var e; e = a; return e } return d', 'function d(){var e;return e=a,e}return d'],
  ['throw (a(), b)', 'a();throw b'],
  ['if (a(), b) c()', 'a(),b&&c()'],
])('the same, written otherwise: %s, %s', (a, b) => {
  expect(same(inFunction(a), inFunction(b))).toBe(true)
})

test.each([
  ['if (a) b()', 'a||b()'],
  ['if (a) b(); else c()', 'a?c():b()'],
  ['return a == b', 'return a===b'],
  ['return a == "1"', 'return a==="1"'],
  ['return -a == -b; BigInt', 'return-a===-b;BigInt'],
  ['return -a == -b + 1n', 'return-a===-b+1n'],
  ['return 60 * 60 * a', 'return 60*a*60'],
  ['return typeof a > "t"', 'return typeof a>"u"'],
  ['return a === "undefined"', 'return a>"u"'],
  ['function d() { b() } function d() { c() }', 'function d(){c()}function d(){b()}'],
  ['function d() { b() } d = a', 'd=a;var d=function(){b()}'],
  ['return b()', 'return void b()'],
  ['return 1 + a', 'return a+1'],
  ['return a + b == 1', 'return 1===a+b'],
  ['return !(a & b)', 'return(a&b)!==0'],
  ['return a & b', 'return 0!==(a&b)'],
  ['return a < b', 'return b<a'],
  ['return a > 1', 'return a<1'],
  ['return a() > b()', 'return b()<a()'],
  ['return !!a', 'return a'],
  ['return a && !!b', 'return a&&b'],
  ['return !(a < b)', 'return a>=b'],
  ['a(); b()', 'b(),a()'],
  ['if (a) return b; return c', 'return a?c:b'],
  ['if (a) return b; c()', 'if(a)return b;else return c()'],
  ['return a ?? b', 'return a||b'],
  ['var d = a; return () => d', 'let d=a;return()=>d'],
  ['return function () { d = a; return d; var d }', 'return function(){return d=a,d}'],
  ['var d; return function () { d = a; return d }', 'return function(){var d;return d=a,d}'],
  ['if (a) { let b = 1; c(b) } return b', 'let b=1;if(a)c(b);return b'],
  ['return { __proto__: a }', 'return{["__proto__"]:a}'],
  ['return a[b]', 'return a.b'],
  ['return b.c(a)', 'return (0,b.c)(a)'],
  ['const f = () => a; return f', 'const f=function(){return a};return f'],
  ['a += b; return a', 'return a=b+a,a'],
  ['a.x += b', 'a.x=a.x+b'],
  ['for (let i = 0; i < a; i++) b(() => i)', 'let i=0;for(;i<a;i++)b(()=>i)'],
  ['a: for (;;) { for (;;) break a }', 'for(;;){for(;;)break}'],
  ['if (a) function d() {} return d', 'function d(){}return d'],
  ['return void a()', 'return a()'],
  ['return void a', 'return'],
  ['"use strict"; a()', '"use strict",a()'],
  ['return a`b`', 'return a("b")'],
  ['return a`\\n`', 'return a`\n`'],
  ['return a?.b', 'return a.b'],
  ['async () => { await a }', 'async()=>{a}'],
])('not the same: %s, %s', (a, b) => {
  expect(same(inFunction(a), inFunction(b))).toBe(false)
})

test('a name that shadows what the language gives is another one', () => {
  expect(same(inFunction('var undefined = a; return undefined'), inFunction('var undefined=a;return void 0'))).toBe(
    false,
  )
})

test('a global is not a variable', () => {
  expect(same('var d; exports.f = function () { d = 1 }', 'exports.f=function(){d=1}')).toBe(false)
  expect(same('exports.f = function () { d(1) }', 'exports.f=function(){e(1)}')).toBe(false)
})

test.each([
  ['negations', `a=${'!'.repeat(3000)}(${'b&&'.repeat(20_000)}c)`],
  ['conditions', `function f(){${'if(!a)return b;'.repeat(20_000)}return c}`],
  ['nested conditions', `function f(){${'if(a){'.repeat(2000)}b()${'}'.repeat(2000)}}`],
  ['nested functions', `${'a(()=>'.repeat(1500)}b${')'.repeat(1500)}`],
  ['nested switches', `${'switch(a){case 1:'.repeat(500)}${'}'.repeat(500)}`],
  ['a long choice', `x=function(){return ${'a?b:'.repeat(3000)}c}`],
])('hostile code ends, within the time of a test: %s', (_, text) => {
  expect(typeof sameNormalForm(sideOf(text), sideOf(`${text};`))).toBe('boolean')
})
