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
  ['return (function (a, d) { return a ? b(d) : c })(b, a(c))', 'var d=b,e=a(c);return d?b(e):c'],
  ['return ((d) => (function (e) { return e(d) })(b))(a)', 'var d=a,e=b;return e(d)'],
  ['var d = 3 <= arguments.length, e = a; return b(d, e, e)', 'var d=3<=arguments.length;a=a;return b(d,a,a)'],
  ['if ((function (d) { return !!d.e && (d.f ? !!d.g : c) })(a)) b()', '(d=>d.e&&(d.f?d.g:c))(a)&&b()'],
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
  ['return typeof a === "undefined"; BigInt', 'return"u"<typeof a;BigInt'],
  ['return !(a === b); 1n', 'return a!==b;1n'],
  ['for (const d of a) { if (d) { b(); continue } c() }', 'for(const d of a)d?b():c()'],
  ['for (const d of a) { if (d) { b(); continue } c() }', 'for(let d of a)d?b():c()'],
  ['while (a) { if (b) continue; c() }', 'for(;a;)b||c()'],
  ['if (a) { b(); return } c()', 'a?b():c()'],
  ['if (a) return; b(); c()', 'a||(b(),c())'],
  ['if (a) { if (b) return; c(); return } c(a)', 'a?b||c():c(a)'],
  ['(function () { a(b) })()', '!function(){a(b)}()'],
  ['(function (d) { a(d) })(b)', '(d=>{a(d)})(b)'],
  ['return { d: (e) => e + 1, f: async (e) => { await e } }', 'return{d(e){return e+1},async f(e){await e}}'],
  ['return { 7: (e) => e, 12: (e) => !e }', 'return{12:e=>!e,7:e=>e}'],
  ['return { 7(e) { e() }, 12: (e) => !e }', 'return{12(e){return!e},7:e=>{e()}}'],
  ['let d = a(); return () => d', 'const d=a();return()=>d'],
  ['const d = a(); return () => d', 'var d=a();return()=>d'],
  ['if (a) { const d = b(); c(d, d) }', 'var d;a&&(d=b(),c(d,d))'],
  ['var d; d = a; return d + d', 'var d=a;return d+d'],
  ['const d = a(); return d.e', 'return a().e'],
  ['const d = a(); if (d) b()', 'a()&&b()'],
  ['const d = a(), e = d.f; return !e', 'return!a().f'],
  ['const d = a(); return d && b', 'return a()&&b'],
  ['const d = a(); return !(d || b)', 'return!a()&&!b'],
  ['const d = a(); return d ? b : c', 'return a()?b:c'],
  ['const d = a(); return (d, b)', 'return a(),b'],
  ['const d = a(); return d === undefined', 'return void 0===a()'],
  ['const d = a(); return d["e"]', 'return a().e'],
  ['const d = a(); return 1 * d', 'return+a()'],
  ['const d = b.c; return a(1, d)', 'return a(1,b.c)'],
  ['let d; d = a(), d.e(), d = b(), d.f()', 'const d=a();d.e();const e=b();e.f()'],
  ['const d = b(a); c(d); return d', 'return a=b(a),c(a),a'],
  ['this.d = a ? b : c', 'a?this.d=b:this.d=c'],
  ['b.d = a ? b : c', 'a?b.d=b:b.d=c'],
  ['var d = a ? b : c; return [d, d]', 'var d;return a?d=b:d=c,[d,d]'],
  ['var d; if (a) d = b; else d = c; return [d, d]', 'var d=a?b:c;return[d,d]'],
  ['return a && !(b(), c)', 'return a&&(b(),!c)'],
  ['if (a > b) return 1; return 0', 'return+(a>b)'],
  ['c(a ? 0 : 1)', 'c(+!a)'],
  ['return 1 / +a', 'return 1/a'],
  ['return +a % 2', 'return a%2'],
  ['return +(a > b) === 1', 'return+(a>b)==1'],
  ['(function (d, e) { c(d) })(a, b)', '(d=>{c(d)})(a,b)'],
  ['(function (d, e) { e = c(); b(e, e, d) })(a)', '(d=>{var e=c();b(e,e,d)})(a)'],
  ['return (!a || (b(), c = 1), d)', 'return a&&(b(),c=1),d'],
  ['if (a) { b(); if (c) d() }', 'a&&(b(),c)&&d()'],
  ['if (a) { b(); if (c && d) e() }', 'if(a&&(b(),c)&&d)e()'],
  ['var a = a ? 1 : 2; return a.d', 'return(a?1:2).d'],
  ['var a = b(); return () => a', 'a=b();return()=>a'],
  ['var d = a, e = 2 * d + 1; return [d, e]', 'var d,e=2*(d=a)+1;return[d,e]'],
  ['var d; d = b(); if (d > 3) c(d)', 'var d;(d=b())>3&&c(d)'],
  ['var d; d = b(); return d.e(d)', 'var d;return(d=b()).e(d)'],
  ['var d; if (a) { d = b(); if (d) c(d) }', 'var d;a&&(d=b())&&c(d)'],
  ['var d, e; e = b(); d = e; return d + e', 'var d,e;return(d=e=b())+e'],
  ['var d; d = b(); return () => d', 'var d;return d=b(),()=>d'],
  ['return a === null || a === undefined ? b : c', 'return null==a?b:c'],
  ['var d; if ((d = b()) !== null && d !== void 0) c(d)', 'var d;null!=(d=b())&&c(d)'],
  ['return a ? 1 : b ? 1 : c', 'return a||b?1:c'],
  ['return a ? (b ? c : null) : null', 'return a&&b?c:null'],
  ['return a ? null : b ? c : null', 'return a||!b?null:c'],
  ['c((function (d, e) { return [d, e] })(a))', 'c((d=>[d,void 0])(a))'],
  ['c((function (d) { return { d } })())', 'c((()=>({d:void 0}))())'],
  ['c((d => d)(a, 1, b))', 'c((d=>d)(a))'],
  ['(function (d) { c(d); b(d) })(a())', 'var d=a();c(d),b(d)'],
  ['if (a) { (function (d) { c(d); b(d) })(a()) }', 'if(a){var d=a();c(d),b(d)}'],
  ['c(), (function (d) { b(d, d) })(a()), b()', 'c();var d=a();b(d,d),b()'],
  ['var e = (function (d) { c(d); return d })(a()); return [e, e]', 'var d=a();c(d);var e=d;return[e,e]'],
  ['switch (a) { case 1: return (function (d) { c(d); return d })(b()) }', 'switch(a){case 1:var d=b();return c(d),d}'],
  ['var d = b(); var e = d; return () => [d, e]', 'var d=b();return()=>[d,d]'],
  ['const d = 5; return () => c(d)', 'return()=>c(5)'],
])('the same, written otherwise: %s, %s', (a, b) => {
  expect(same(inFunction(a), inFunction(b))).toBe(true)
})

test.each([
  ['if (a) b()', 'a||b()'],
  ['if (a) b(); else c()', 'a?c():b()'],
  ['return a == b', 'return a===b'],
  ['return a == "1"', 'return a==="1"'],
  ['return -a == -b; BigInt', 'return-a===-b;BigInt'],
  ['return !(a & b); 1n', 'return(a&b)===0;1n'],
  ['return 1 * a; 1n', 'return+a;1n'],
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
  ['for (const d of a) { if (d) { b(); break } c() }', 'for(const d of a)d?b():c()'],
  ['d: for (;;) { for (const e of a) { if (e) { b(); continue d } c() } }', 'for(;;)for(const e of a)e?b():c()'],
  ['if (a) { b(); return 1 } c()', 'a?b():c()'],
  ['return { d: (e) => this }', 'return{d(e){return this}}'],
  ['return { d: (e) => () => arguments }', 'return{d(e){return()=>arguments}}'],
  ['return { d: function (e) { return e } }', 'return{d(e){return e}}'],
  ['return { d: (e) => e }', 'return{d:function(e){return e}}'],
  ['return function (d) { return d }', 'return d=>d'],
  ['return (function () { return this })()', 'return(()=>this)()'],
  ['return new (function () { a() })()', 'return new(()=>{a()})()'],
  ['return (function d() { return d })()', 'return(()=>d)()'],
  ['return { b: (e) => e, c: (e) => !e }', 'return{c:e=>!e,b:e=>e}'],
  ['return { 7: a(), 12: b() }', 'return{12:b(),7:a()}'],
  ['return { 7: (e) => e, 7: (e) => !e }', 'return{7:e=>!e,7:e=>e}'],
  ['return { 7: (e) => e, [7]: (e) => !e }', 'return{[7]:e=>!e,7:e=>e}'],
  ['return { 7: (e) => e, "07": (e) => !e }', 'return{"07":e=>!e,7:e=>e}'],
  ['return { 7: (e) => e, ...a }', 'return{...a,7:e=>e}'],
  ['return { get 7() { a() }, 12: (e) => !e }', 'return{12:e=>!e,get 7(){a()}}'],
  ['let d = a(); return () => d = 1', 'const d=a();return()=>d=1'],
  ['function e() { return d } e(); const d = a(); return e', 'function e(){return d}e();var d=a();return e'],
  ['for (const d of a) { const e = d(); b(() => e) }', 'for(const d of a){var e=d();b(()=>e)}'],
  ['for (const d of a) { let e; b(e); e = d }', 'var e;for(const d of a){b(e);e=d}'],
  ['switch (a) { case 1: let d = b(); case 2: c(d) }', 'var d;switch(a){case 1:d=b();case 2:c(d)}'],
  ['const d = a(); b(); return d.e', 'b();return a().e'],
  ['const d = a(); return b() + d', 'return b()+a()'],
  ['const d = a(); return b && d', 'return b&&a()'],
  ['const d = a(); return () => d', 'return()=>a()'],
  ['const d = a(); for (;;) b(d)', 'for(;;)b(a())'],
  ['const d = a.b; return d(c)', 'return a.b(c)'],
  ['const d = a(); return e(d)', 'return e(a())'],
  ['const d = a(); return b.c(d)', 'return b.c(a())'],
  ['const d = a(); return [d, d]', 'return[a(),a()]'],
  ['const d = a = b; return [a, d]', 'return[a,a=b]'],
  ['const d = e; return typeof d', 'return typeof e'],
  ['const d = () => a; return d', 'return()=>a'],
  ['const d = a(); b[c] = d', 'b[c]=a()'],
  ['const d = a(); e = d', 'e=a()'],
  ['c(a); a = b(); return () => a', 'var d=b();c(a);return()=>d'],
  ['a = b(); return arguments[0]', 'var d=b();return arguments[0]'],
  ['if (b) a = c(); return a', 'var d;if(b)d=c();return d'],
  ['for (;;) { c(a); a = b() }', 'for(;;){c(a);var d=b()}'],
  ['b.d = (b = a) ? 1 : c', '(b=a)?b.d=1:b.d=c'],
  ['b.e.d = a() ? b : c', 'a()?b.e.d=b:b.e.d=c'],
  ['e = a() ? b : c', 'a()?e=b:e=c'],
  ['a.d = (b, c)', 'b,a.d=c,a'],
  ['let d = b(), e = c(); d += 1; return d', 'let d=b(),e=c();e+=1;return e'],
  ['let d = (a = 2); a += d; return a', 'a+=(a=2);return a'],
  ['let d = a++; a += d; return a', 'a+=a++;return a'],
  ['using d = a(); b(d, d)', 'const d=a();b(d,d)'],
  ['c(a ? 0 : 1)', 'c(+a)'],
  ['c(a && b > 1 ? 1 : 0)', 'c(+(a&&b>1))'],
  ['return "1" + +a', 'return"1"+a'],
  ['return b - +a', 'return b-a'],
  ['return 1 / +a; 1n', 'return 1/a;1n'],
  ['return 1 < +a', 'return 1<a'],
  ['c(function (d, e) { c(d) })', 'c(function(d){c(d)})'],
  ['(function (d, e) { c(arguments, e) })(a, b)', '(function(d){c(arguments)})(a,b)'],
  ['(function d(e, f) { c(d.length) })(a, b)', '(function d(e){c(d.length)})(a,b)'],
  ['(function (d, e) { c(e) })(a, b)', '(function(d){c(b)})(a,b=1)'],
  ['(function (e, d) { c(d) })(a, b)', '(function(d){c(d)})(a,b)'],
  ['return !a || b()', 'return a&&b()'],
  ['return (d, !a || b())', 'return d,a&&b()'],
  ['if (a) { b(); if (c) d() }', 'b(),a&&c&&d()'],
  ['if (a && (b(), c)) d(); else e()', 'if(a){b();if(c)d();else e()}'],
  ['if (a || (b(), c)) d()', 'if(a){b();if(c)d()}'],
  ['try { c() } catch (a) { var a = b() } return a', 'try{c()}catch(d){a=b()}return a'],
  ['return arguments[0]; var a = b()', 'return arguments[0];var d=b()'],
  ['var d; c(d, d = b())', 'var d;d=b(),c(d,d)'],
  ['var d; return b() + (d = a())', 'var d;return d=a(),b()+d'],
  ['var d; return b.c(d = a())', 'var d;return d=a(),b.c(d)'],
  ['var d; return e(d = a())', 'var d;return d=a(),e(d)'],
  ['var d; return a && (d = b())', 'var d;return d=b(),a&&d'],
  ['var d; d += a(); return d', 'var d;return d=a(),d'],
  ['e = b(); return e + e', 'return(e=b())+e'],
  ['return (function d() { return (d = 1) + 1 })()', 'return(function d(){return d=1,d+1})()'],
  ['a = b(); return arguments[0] + a', 'return arguments[0]+(a=b())'],
  ['return e === null || e === undefined', 'return null==e'],
  ['return a.b === null || a.b === undefined', 'return null==a.b'],
  ['return a === null || b === undefined', 'return null==a'],
  ['return a.b === null || a === undefined', 'return null==a.b'],
  ['return a() === null || a === undefined', 'return null==a()'],
  ['return a === null || a === undefined; b.all', 'return null==a;b.all'],
  ['return a === null && a === undefined', 'return null==a'],
  [
    'return (function d() { return (d = b()) === null || d === void 0 })()',
    'return(function d(){return null==(d=b())})()',
  ],
  ['return a ? 1 : b ? 2 : c', 'return a||b?1:c'],
  ['return a ? b() : c ? b() : a', 'return a||c?b():a'],
  ['return a ? 0 : b ? -0 : c', 'return a||b?0:c'],
  ['return a ? 1 : b ? 1n : c', 'return a||b?1:c'],
  ['c((function (d, e) { e = d; return e })(a))', 'c((d=>void 0)(a))'],
  ['c((function (d, e) { return e })(...a))', 'c((d=>void 0)(...a))'],
  ['c((function (d, e) { return [d, e, arguments] })(a))', 'c((function(d){return[d,void 0,arguments]})(a))'],
  ['c((d => d)(a, b()))', 'c((d=>d)(a))'],
  ['c((d => d)(a, e))', 'c((d=>d)(a))'],
  ['c((d => d)(a, ...b))', 'c((d=>d)(a))'],
  ['for (;;) (function (d) { c(() => d) })(a())', 'for(;;){var d=a();c(()=>d)}'],
  ['(function (d) { if (d) return; c(d) })(a()); b()', 'var d=a();if(d)return;c(d);b()'],
  ['(function (d) { c(this) })(a())', 'var d=a();c(this)'],
  // What the function around it was given is not its own variable.
  ['(function () { var b; c(b) })(); b = a', 'c(b);b=a'],
  ['var e = (function (d) { if (d) return 1; return 2 })(a())', 'var d=a();if(d)return 1;var e=2'],
  ['(async (d) => { c(d) })(a())', 'var d=a();c(d)'],
  ['var e; (function () { e = 1; function f() {} f() })()', 'var e;{e=1;function f(){}f()}'],
  ['let d = b(); let e = d; d = c; return e', 'let d=b();d=c;return d'],
  ['var d = b(); var e = d; e = c; return d', 'var d=b();d=c;return d'],
  ['return e; var e = a', 'return a'],
  ['for (const d of a) { var e = d; c(() => e) }', 'for(const d of a)c(()=>d)'],
  ['c(() => e); var e = a', 'c(()=>a)'],
  ['try { b(); var e = a } catch {} return e', 'try{b()}catch{}return a'],
  ['if (b) var e = a; return e', 'return a'],
  ['const d = 5; return typeof d === c', 'return typeof 6===c'],
  ['function f() { return e } c(f()); var e = a; return f', 'function f(){return a}c(f());return f'],
])('not the same: %s, %s', (a, b) => {
  expect(same(inFunction(a), inFunction(b))).toBe(false)
})

test('a variable of a called function may have any name in a function, and outside of it one that nobody else may have set', () => {
  const [called, inPlace] = ['(function () { var d; c(d) })(); var d = a', 'var d;c(d);d=a']
  expect(same(inFunction(called), inFunction(inPlace))).toBe(true)
  expect(same(called, inPlace)).toBe(false)
})

const exportsBy = (members: string, get: string, more = '') =>
  `var e=exports,r={${members}};for(var t in r)Object.defineProperty(e,t,{enumerable:!0,get:${get}});function n(){return 1}${more}`
const functions = exportsBy('foo:function(){return n}', 'r[t]')
const taken = 'Object.getOwnPropertyDescriptor(r,t).get'

test.each([
  ['as getters', functions, exportsBy('get foo(){return n}', taken), true],
  [
    'by a function that is called',
    '(function(a,b){for(var c in b)Object.defineProperty(a,c,{enumerable:true,get:b[c]})})(exports,{foo:function(){return n}});function n(){return 1}',
    functions,
    true,
  ],
  ['a getter that gives its value once', functions, exportsBy('get foo(){return n}', 'r[t]'), false],
  ['functions of which none is a getter', functions, exportsBy('foo:function(){return n}', taken), false],
  ['another value', functions, exportsBy('get foo(){return t}', taken), false],
  ['another name', functions, exportsBy('get fop(){return n}', taken), false],
  ['a getter that does more', functions, exportsBy('get foo(){n();return n}', taken), false],
  [
    'a getter that asks for its object',
    exportsBy('foo:function(){return this}', 'r[t]'),
    exportsBy('get foo(){return this}', taken),
    false,
  ],
  [
    'an object that is used again',
    exportsBy('foo:function(){return n}', 'r[t]', 'n(r)'),
    exportsBy('get foo(){return n}', taken, 'n(r)'),
    false,
  ],
  [
    'getters that are taken elsewhere',
    exportsBy('foo:function(){return n}', 'r[t]', 'Reflect.ownKeys(e)'),
    exportsBy('get foo(){return n}', taken, 'Reflect.ownKeys(e)'),
    false,
  ],
  [
    'a prototype',
    exportsBy('__proto__:function(){return n}', 'r[t]'),
    exportsBy('get __proto__(){return n}', taken),
    false,
  ],
  ['the setter', functions, exportsBy('get foo(){return n}', taken.replace('.get', '.set')), false],
  ['of another object', functions, exportsBy('get foo(){return n}', taken.replace('(r', '(e')), false],
])('what swc defines exports by: %s', (_, a, b, isSame) => {
  expect(same(a, b)).toBe(isSame)
})

test.each([['functions that give functions', 'return (a => b => a)(c)', 'if (c) return 1; return (a => b => a)(c)']])(
  'programs of any form are read: %s',
  (_, a, b) => {
    expect(same(inFunction(a), inFunction(b))).toBe(false)
  },
)

test.each([
  ['the value of a script', '!function(){a()}()', '(function(){a()})()', false],
  [
    'of a script that a function in it makes a module',
    '!function(){exports.a=1}()',
    '(function(){exports.a=1})()',
    true,
  ],
  [
    'of one that asks for modules',
    '!function(){typeof exports=="object"?exports.a=1:a=1}()',
    '(function(){typeof exports=="object"?exports.a=1:a=1})()',
    true,
  ],
  ['the value of a script, where nothing comes of it', 'if (a||b);', 'a||b', false],
  ['the value of a script, which is none', 'void a()', 'a()', false],
  ['the value of a script, in a block', 'if(a){b&&c()}', 'if(a&&b)c()', false],
  ['the value of a script, in a branch', 'try{b||c()}catch{}', 'try{if(!b)c()}catch{}', false],
  ['the value of a script, behind which a variable is declared', 'a();var b=(c(),d)', 'a();c();var b=d', false],
  [
    'what is done before that value',
    'void a();if(b){c&&d()}var e=(f(),g);h()',
    'a();if(b&&c)d();f();var e=g;h()',
    true,
  ],
  ['a test of which the value is none', 'if(a){if(b)c()}', 'if(a&&b)c()', true],
  ['a global of one that asks', 'typeof exports;var a=1', 'typeof exports;var b=1', false],
])('nobody sees the value of a module: %s', (_, a, b, isSame) => {
  expect(same(a, b)).toBe(isSame)
})

test('a comment for tools stays with what it stood before, though that is written otherwise', () => {
  const [ignored, pure] = ['/* istanbul ignore next */', '/*#__PURE__*/']
  const [a, b] = [`${ignored}if(a){b(${pure}c())}${ignored}return c`, `${ignored}a&&b(${pure}c());${ignored}return c`]
  expect(same(inFunction(a), inFunction(b))).toBe(true)
  expect(same(inFunction(a), inFunction(b.replaceAll(ignored, '').replace('b(', `b(${ignored}`)))).toBe(false)
  expect(same(inFunction(a), inFunction(b.replace(`b(${pure}`, `${pure}b(`)))).toBe(false)
  const [ignore, variable] = ['/* webpackIgnore: true */', 'var d="a";']
  const imports = (one: string, other: string) => `return[import(${one}),import(${other})]`
  const moved = inFunction(variable + imports(`${ignore}d`, '"b"'))
  expect(same(moved, inFunction(imports('"a"', `${ignore}"b"`)))).toBe(false)
})

test.each([
  ['a module', 'import "a";b();return', 'import "a";b()'],
  ['what may be a module', 'exports.a=1;if(a){b();return}', 'exports.a=1;if(a)b()'],
])('%s has no end but its own', (_, a, b) => expect(same(a, b)).toBe(false))

test.each([
  ['before super', 'try{a(()=>{})}catch{}super()', 'try{a(()=>{},b);(()=>{})(this);a()}catch{}super()'],
  ['that is given to nobody', 'try{(()=>{})()}catch{}super()', 'try{(()=>{})(this)}catch{}super()'],
  ['before an assignment', 'let d;try{d=a();a(this,d)}catch{}super()', 'let d;try{a(this,d=a())}catch{}super()'],
  ['in an arrow', 'let d=()=>{let e;e=a();a(this,e)};d();super()', 'let d=()=>{let e;a(this,e=a())};d();super()'],
])('there is no this %s', (_, a, b) => {
  const derived = (body: string) => `module.exports=class extends A{constructor(a,b){${body}}}`
  expect(same(derived(a), derived(b))).toBe(false)
})

test('there is one behind super, and where no class is the base', () => {
  const [a, b] = ['let d;d=a();a(this,d)', 'let d;a(this,d=a())']
  const asClass = (head: string, body: string) => `module.exports=class ${head}{constructor(a,b){${body}}}`
  expect(same(asClass('', a), asClass('', b))).toBe(true)
  expect(same(asClass('extends A', `super();${a}`), asClass('extends A', `super(),b();${b}`))).toBe(false)
  expect(same(asClass('extends A', `super();b();${a}`), asClass('extends A', `super(),b();${b}`))).toBe(true)
})

test.each([
  ['in another', 'd = () => a', 'var a=1;return d', 'a=1;return d'],
  ['a list of others', '...d', 'var a=1;return d', 'a=1;return d'],
])('a variable behind parameters that are more than names is another one: %s', (_, parameter, a, b) => {
  const inOther = (body: string) => `module.exports=function(a,${parameter}){${body}}`
  expect(same(inOther(a), inOther(b))).toBe(false)
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
  ['calls that are returned', `a=()=>{${'return(function(){'.repeat(1500)}${'})()'.repeat(1500)}}`],
  ['many calls that are returned', 'a=()=>{return(b=>b)(c)};'.repeat(8000)],
  ['functions that are asked', `${'if((()=>{'.repeat(700)}${'})())a()'.repeat(700)}`],
  ['a choice between many, asked', `if(${'a?b:'.repeat(3000)}c)d()`],
  ['a long choice', `x=function(){return ${'a?b:'.repeat(3000)}c}`],
])('hostile code ends, within the time of a test: %s', (_, text) => {
  expect(typeof sameNormalForm(sideOf(text), sideOf(`${text};`))).toBe('boolean')
})
