import { expect, test } from 'vitest'
import { sideOf } from './code-parts.ts'
import { unseenByTrees } from './unseen-by-trees.ts'

const unseen = (a: string, b: string) => unseenByTrees(sideOf(a), sideOf(b))

test.each([
  ['all of a function', 'a(function(){/* b */}),c.toString()', 'a(function(){/* d */}),c.toString()'],
  ['lines that are all of a function', 'a(function(){/* b\nc */})', 'a(function(){/* d\nc */})'],
  [
    'in a function that is asked for its text',
    'function a(){/* b */c()}a.toString()',
    'function a(){/* d */c()}a.toString()',
  ],
  ['in one that is given to String', 'let a=()=>{c()/* b */};String(a)', 'let a=()=>{c()};String(a)'],
  ['that is gone from one that becomes a text', 'function a(){c()}""+a', 'function a(){c()/* b */}""+a'],
  ['in one that a template has', 'class a{/* b */}x=`${a}`', 'class a{/* d */}x=`${a}`'],
  [
    'in one that another one is called with',
    'function a(){/* b */c()}toString.call(a)',
    'function a(){/* d */c()}toString.call(a)',
  ],
  [
    'in the other one of two',
    'function a(){/* b */c()}function d(){/* e */c()}a.toString(d["toString"]())',
    'function a(){/* e */c()}function d(){/* b */c()}a.toString(d["toString"]())',
  ],
])('a comment is more than one where its function is a text: %s', (_, a, b) => expect(unseen(a, b)).toBeDefined())

test.each([
  ['in a function that does nothing', 'a(function(){/* b */})', 'a(function(){/* d */})'],
  [
    'in a function, beside a number that becomes a text',
    'function a(){/* b */c()}d.toString()',
    'function a(){c()}d.toString()',
  ],
  [
    'outside of a function that is a text',
    '/* b */function a(){c()}a.toString()',
    '/* d */function a(){c()}a.toString()',
  ],
])('elsewhere it is none: %s', (_, a, b) => expect(unseen(a, b)).toBeUndefined())
