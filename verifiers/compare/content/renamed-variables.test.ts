import { expect, test } from 'vitest'
import { sideOf } from './code-parts.ts'
import { onlyNamesDiffer } from './renamed-variables.ts'

const differ = (a: string, b: string) => onlyNamesDiffer(sideOf(a), sideOf(b))

test.each([
  ['parameters', 'function f(e,t){return e+t}', 'function f(t,e){return t+e}'],
  ['variables', '()=>{var e=1,t=2;use(e,t)}', '()=>{var n=1,r=2;use(n,r)}'],
  ['variables of a module', 'var e=1;exports.x=e', 'var n=1;exports.x=n'],
  ['arrows', 'x(e=>e.a,(e,t)=>e)', 'x(n=>n.a,(n,r)=>n)'],
  ['what is taken apart', '()=>{const{a:e,b:t}=x;use(e,t)}', '()=>{const{a:n,b:r}=x;use(n,r)}'],
  ['spread', 'function f(...e){return[...e]}', 'function f(...t){return[...t]}'],
  ['catch', 'try{}catch(e){use(e)}', 'try{}catch(t){use(t)}'],
  ['functions', '()=>{function e(){}e()}', '()=>{function t(){}t()}'],
  ['classes', '()=>class e{f(){return e}}', '()=>class t{f(){return t}}'],
])('renaming is seen: %s', (_, a, b) => expect(differ(a, b)).toBe(true))

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
  ['what reaches out', 'var fs=x;y(fs)', 'var os=x;y(os)'],
  ['what scripts share', 'var e=1;use(e)', 'var t=1;use(t)'],
  ['a variable that one side takes from outside', '()=>{var e;t}', '()=>{var t;t}'],
  ['longer names', 'var name=1;use(name)', 'var other=1;use(other)'],
])('what is no renaming is not taken for one: %s', (_, a, b) => expect(differ(a, b)).toBe(false))
