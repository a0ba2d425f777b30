import { type Side, sideOf } from './code-parts.ts'
import { sameNormalForm } from './same-normal-form.ts'
import { sameSyntax } from './same-syntax.ts'
import type { Tree } from './syntax.ts'

/** In characters; browser-pack's own, with its comments, has some 1,800. */
const longest = 4096

/**
 * Whether this is the function by which bundles of browser-pack load their modules (its `_prelude.js`), in whatever form a
 * minifier writes it: it goes from one module to the next by the list that each has, and knows no number by itself.
 *
 * @param callee what is called with the modules
 * @param text of the program in which it stands
 */
export function isKnownLoader(callee: Tree, text: string): boolean {
  const { start, end } = withoutWrapper(callee)
  if (end - start > longest) return false
  const code = text.slice(start, end)
  const asked = asProgram(code)
  const outer = code.includes(renamed) ? renamed : 'require'
  return forms.some((form) => {
    const known = asProgram(loader(form, outer))
    return sameSyntax(asked, known) !== undefined || sameNormalForm(asked, known)
  })
}

/** `(function(){function r(e,n,t){…}return r})()`, as 6.1 has it. */
function withoutWrapper(callee: Tree): Tree {
  const wrapper = callee.type === 'CallExpression' ? (callee.callee as Tree) : undefined
  if (wrapper?.type !== 'FunctionExpression' || wrapper.async || wrapper.generator) return callee
  const [declared, returned, ...others] = (wrapper.body as Tree).body as Tree[]
  const isAll = [callee.arguments, wrapper.params, others].every((list) => (list as Tree[]).length === 0)
  const name = (returned?.argument as Tree | null | undefined)?.name
  const isReturned = returned?.type === 'ReturnStatement' && name !== undefined
  const isDeclared = declared?.type === 'FunctionDeclaration' && (declared.id as Tree).name === name
  return isAll && isReturned && isDeclared ? declared : callee
}

const asProgram = (code: string): Side => sideOf(`module.exports=(${code}\n);`)

/** What derequire writes for `require`. */
const renamed = '_dereq_'

type Form = {
  /** Where there is no such module. */
  fails: string
  /** The variable that a module is kept in. */
  kept: string
  /** Which module is meant by a name. */
  chosen: string
}

const message = `Error("Cannot find module '"+i+"'")`
const [unknown, coded] = [`throw new ${message}`, 'throw a.code="MODULE_NOT_FOUND",a']
/** As the releases of browser-pack have it, swc, and uglify-js, which takes a variable again: 3 and later, then 2. */
const written = [
  { fails: `var a=new ${message};${coded}`, kept: 'var p' },
  { fails: `var a=${message};${coded}`, kept: 'var p' },
  { fails: `f=new ${message};${coded.replaceAll('a.', 'f.').replace(',a', ',f')}`, kept: 'c' },
  { fails: unknown, kept: 'var p' },
  { fails: unknown.replace('new ', ''), kept: 'var p' },
  { fails: unknown, kept: 'f' },
]
const choices = ['var n=e[i][1][r];return o(n||r)', 'var n=e[i][1][r];return o(n?n:r)', 'return o(e[i][1][r]||r)']
const forms: readonly Form[] = written.flatMap((one) => choices.map((chosen) => ({ ...one, chosen })))

function loader({ fails, kept, chosen }: Form, outer: string): string {
  const module = kept.replace('var ', '')
  return (
    `function r(e,n,t){function o(i,f){if(!n[i]){if(!e[i]){var c="function"==typeof ${outer}&&${outer};` +
    `if(!f&&c)return c(i,!0);if(u)return u(i,!0);${fails}}${kept}=n[i]={exports:{}};` +
    `e[i][0].call(${module}.exports,function(r){${chosen}},${module},${module}.exports,r,e,n,t)}return n[i].exports}` +
    `for(var u="function"==typeof ${outer}&&${outer},i=0;i<t.length;i++)o(t[i]);return o}`
  )
}
