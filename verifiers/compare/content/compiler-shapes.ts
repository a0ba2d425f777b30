import { type Bindings, bindingsOf } from './bindings.ts'
import type { Side } from './code-parts.ts'
import { isHelper, knownHelpers } from './compiler-helpers.ts'
import { waysToExports } from './exports-object.ts'
import type { Syntax, Tree } from './syntax.ts'
import { nodesIn } from './variables.ts'

/**
 * Whether two programs are the same but for what versions of TypeScript write in different ways around the code of people
 * when they make CommonJS of it:
 * - its own helpers, each known token by token;
 * - `exports.a = exports.b = void 0;` right behind the line that marks an ES module, which is overwritten before anyone
 *   sees it;
 * - where `exports.f = f;` stands for a function declaration, which exists from the beginning and is never another one;
 * - `(0, a_1.f)(…)` (from 4.4 on) or `a_1.f(…)` for a function that was imported, also before a template.
 */
export function sameButForCompiler(a: Side, b: Side): boolean {
  if (!isCompiled(a) || !isCompiled(b)) return false
  // Where exports stand alike, nothing has to be known of what else the program does with them.
  return [false, true].some((movesExports) => {
    const [left, right] = [plainWords(a, movesExports), plainWords(b, movesExports)]
    return left !== undefined && left.join('\n') === right?.join('\n')
  })
}

const mark = [
  'Object',
  '.',
  'defineProperty',
  '(',
  'exports',
  ',',
  '"__esModule"',
  ',',
  '{',
  'value',
  ':',
  'true',
  '}',
  ')',
]

function isCompiled({ words }: Side): boolean {
  return markEnd(words) !== undefined || words.some((word) => /^__\w+$/.test(word))
}

function markEnd(words: readonly string[]): number | undefined {
  const at = words.findIndex((_, index) => mark.every((word, offset) => words[index + offset] === word))
  return at < 0 ? undefined : at + mark.length + (words[at + mark.length] === ';' ? 1 : 0)
}

/**
 * `undefined` where something that is looked away from could mean something after all.
 *
 * @param movesExports whether it does not count where exports are emptied, and given a function that is declared
 */
function plainWords(side: Side, movesExports: boolean): string[] | undefined {
  const { words, tokens } = side
  const syntax = side.syntax()
  const bindings = syntax && bindingsOf(syntax)
  if (syntax === undefined || bindings === undefined) return undefined
  const modules = importedModules(syntax, bindings)
  const ways = movesExports ? waysToExports(syntax, bindings) : new Set<number>()
  const helpers = knownHelpers(side)
  const { statements, functions } = topLevelOf(syntax)
  const isStatement = (at: number) => statements.has(tokens[at]?.start ?? -1)
  const head = markEnd(words)
  const plain: string[] = []
  const exported: string[] = []
  const defined = new Set<string>()
  let depth = 0
  let begun = false
  let inHead = false
  let isReached = false
  const emptied: string[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    const behindHelper = helpers.get(index)
    if (behindHelper !== undefined) {
      // The compiler writes them before everything; later one would not be there yet when it is called.
      if (begun) return undefined
      defined.add(words[index + 1] ?? '')
      index = behindHelper - 1
      continue
    }
    if (index === head && depth === 0) inHead = true
    if (movesExports && word === 'exports' && isStatement(index)) {
      const behindEmpty = inHead ? endOfEmptyExports(words, index) : undefined
      if (behindEmpty !== undefined) {
        emptied.push(...words.slice(index, behindEmpty))
        index = behindEmpty - 1
        continue
      }
      const name = exportedFunction(words, index, functions)
      if (name !== undefined) {
        exported.push(name)
        inHead = false
        index += 5
        continue
      }
    }
    if (tokens[index]?.kind !== 'comment' && index !== head) inHead = inHead && depth > 0
    const imported = importedCall(words, index)
    // Behind a value without a semicolon the parenthesis would call that.
    const module = bindings.numberAt.get(tokens[index + 3]?.start ?? -1)
    if (
      imported &&
      module !== undefined &&
      modules.has(module) &&
      syntax.detachedCalls.has(tokens[index + 1]?.start ?? -1)
    ) {
      plain.push(...imported)
      index += 6
      continue
    }
    if (word === '(' || word === '{' || word === '[') depth++
    else if (word === ')' || word === '}' || word === ']') depth--
    plain.push(word)
    isReached ||= ways.has(tokens[index]?.start ?? -1)
    begun ||= tokens[index]?.kind !== 'comment' && word !== ';' && !isDirective(words, index)
  }
  const isMoved = emptied.length > 0 || exported.length > 0
  if (isMoved && (isReached || !areFixed(exported, plain, { defined, ...bindings }))) return undefined
  // A helper that is not there is what others make of its name.
  const missing = plain.filter((word, at) => isHelper(word) && plain[at - 1] !== '.' && !defined.has(word))
  // What is there already is not taken from a module of which all is exported.
  const kept = plain.includes('__exportStar') ? emptied.sort() : []
  return [...plain, ...exported.sort(), ...missing, ...kept]
}

/** `"use strict";` */
function isDirective(words: readonly string[], at: number): boolean {
  return /^["']/.test(words[at] ?? '') && words[at + 1] === ';'
}

/**
 * `exports.f = f` means the same everywhere, and an empty value is seen by nobody, only where neither of the two is ever
 * given anything else, nobody reads it from the exports, and nobody gets hold of them in any other way than to define
 * something else.
 */
function areFixed(
  exported: readonly string[],
  plain: readonly string[],
  { defined, reassigned }: { defined: ReadonlySet<string>; reassigned: ReadonlySet<string> },
): boolean {
  const names = new Set(exported.map((one) => one.split(' ')[0]))
  const functions = exported.map((one) => one.split(' ')[2] ?? '')
  const isOther = (at: number): boolean => {
    const [before, after, name = '', behind = ''] = [plain[at - 1], plain[at + 1], plain[at + 2], plain[at + 3]]
    if (before === '.') return false
    // What is called as a member of the exports has them as its `this`.
    if (after === '.') return !names.has(name) && (before === 'new' || !/^[(?`]/.test(behind))
    if (before === ',' && after === ')') return isExportStar(plain, calleeAround(plain, at), defined)
    const isDefined = plain.slice(at - 4, at).join('') === 'Object.defineProperty(' && after === ','
    return isDefined && /^["']/.test(name) && !names.has(name.slice(1, -1))
  }
  const others = plain.flatMap((word, at) => (word === 'exports' ? [isOther(at)] : []))
  return names.size === exported.length && others.every(Boolean) && !functions.some((name) => reassigned.has(name))
}

/** The compiler's own, written into the file or from its library. */
function isExportStar(words: readonly string[], at: number, defined: ReadonlySet<string>): boolean {
  if (words[at] !== '__exportStar') return false
  const library = words[at - 1] === '.' ? words[at - 2] : undefined
  if (library === undefined) return defined.has('__exportStar')
  const start = words.indexOf(library)
  return /^tslib_\d+$/.test(library) && words.slice(start + 1, start + 5).join('') === '=require("tslib"'
}

/** The index of what is called with what stands in these parentheses. */
function calleeAround(words: readonly string[], at: number): number {
  let depth = 0
  for (let index = at - 1; index >= 0; index--) {
    if (words[index] === ')') depth++
    else if (words[index] === '(' && depth-- === 0) return index - 1
  }
  return -1
}

/** Where statements of the program itself begin, and the functions that it declares: within another one they are no more. */
function topLevelOf({ root }: Syntax): { statements: ReadonlySet<number>; functions: ReadonlySet<string> } {
  const body = (root as Tree).body as Tree[]
  const declared = body.filter(({ type }) => type === 'FunctionDeclaration')
  return {
    statements: new Set(body.map(({ start }) => start)),
    functions: new Set(declared.map(({ id }) => String((id as Tree).name))),
  }
}

/** `const a_1 = require("…")`, also within one of the compiler's helpers: the numbers of these variables. */
function importedModules({ root }: Syntax, { numberAt, reassigned }: Bindings): ReadonlySet<number> {
  const numbers = [...nodesIn(root)].map(({ type, id, init }) => {
    const { name, start } = (id ?? {}) as Tree
    const isModule = type === 'VariableDeclarator' && isLoaded(init as Tree | null, numberAt)
    return isModule && !reassigned.has(String(name)) ? numberAt.get(start) : undefined
  })
  return new Set(numbers.filter((number) => number !== undefined))
}

/** What a module gives, and nothing that is taken from that or made by it. */
function isLoaded(value: Tree | null, numberAt: Bindings['numberAt']): boolean {
  if (value?.type !== 'CallExpression') return false
  const [given, more] = value.arguments as Tree[]
  const callee = value.callee as Tree
  if (given === undefined || more !== undefined) return false
  if (callee.type === 'Identifier' && callee.name === 'require')
    return !numberAt.has(callee.start) && given.type === 'Literal'
  const isLibrary = callee.type === 'MemberExpression' && /^tslib_\d+$/.test(String((callee.object as Tree).name))
  const { name } = isLibrary ? (callee.property as Tree) : callee
  return /^__import(?:Star|Default)$/.test(String(name)) && isLoaded(given, numberAt)
}

/** `exports.a = exports.b = void 0;`: the index behind it. */
function endOfEmptyExports(words: readonly string[], start: number): number | undefined {
  let at = start
  while (words[at] === 'exports' && words[at + 1] === '.' && words[at + 3] === '=') at += 4
  const isEmpty = at > start && words[at] === 'void' && words[at + 1] === '0' && words[at + 2] === ';'
  return isEmpty ? at + 3 : undefined
}

/** `exports.f = f;` for a function that the file declares. */
function exportedFunction(words: readonly string[], at: number, functions: ReadonlySet<string>): string | undefined {
  const [name, value] = [words[at + 2], words[at + 4]]
  const isPlain = words[at + 1] === '.' && words[at + 3] === '=' && words[at + 5] === ';'
  return isPlain && name !== undefined && value !== undefined && functions.has(value) ? `${name} = ${value}` : undefined
}

/** `(0, a_1.f)(`, or before a template, without the parentheses that keep `this` from it. */
function importedCall(words: readonly string[], at: number): string[] | undefined {
  const [open, zero, comma, module = '', dot, name = '', close, call] = words.slice(at, at + 8)
  const isCalled = call === '(' || call?.startsWith('`')
  const isCall = open === '(' && zero === '0' && comma === ',' && dot === '.' && close === ')' && isCalled
  return isCall && /^\w+_\d+$/.test(module) ? [module, '.', name] : undefined
}
