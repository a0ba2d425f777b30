import { bindingsOf } from './bindings.ts'
import type { Side } from './code-parts.ts'
import { knownHelpers } from './compiler-helpers.ts'

/**
 * Whether two programs are the same but for what versions of TypeScript write in different ways around the code of people
 * when they make CommonJS of it:
 * - its own helpers, each known token by token;
 * - `exports.a = exports.b = void 0;` right behind the line that marks an ES module, which is overwritten before anyone
 *   sees it;
 * - where `exports.f = f;` stands for a function declaration, which exists from the beginning and is never another one;
 * - `(0, a_1.f)(…)` (from 4.4 on) or `a_1.f(…)` for a function that was imported.
 */
export function sameButForCompiler(a: Side, b: Side): boolean {
  if (!isCompiled(a) || !isCompiled(b)) return false
  const [left, right] = [plainWords(a), plainWords(b)]
  return left !== undefined && left.join('\n') === right?.join('\n')
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

/** `undefined` where something that is looked away from could mean something after all. */
function plainWords(side: Side): string[] | undefined {
  const { words, tokens } = side
  const syntax = side.syntax()
  const bindings = syntax && bindingsOf(syntax)
  if (bindings === undefined) return undefined
  const modules = importedModules(words)
  const helpers = knownHelpers(side)
  const head = markEnd(words)
  const functions = declaredFunctions(words)
  const plain: string[] = []
  const exported: string[] = []
  let depth = 0
  let inHead = false
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    const behindHelper = helpers.get(index)
    if (behindHelper !== undefined) {
      index = behindHelper - 1
      continue
    }
    if (index === head) inHead = true
    if (depth === 0 && word === 'exports') {
      const emptied = inHead ? endOfEmptyExports(words, index) : undefined
      if (emptied !== undefined) {
        index = emptied - 1
        continue
      }
      const name = exportedFunction(words, index, functions)
      if (name !== undefined) {
        exported.push(name)
        index += 5
        continue
      }
    }
    if (tokens[index]?.kind !== 'comment' && index !== head) inHead = inHead && depth > 0
    const imported = importedCall(words, index)
    // Behind a value without a semicolon the parenthesis would call that.
    if (imported && modules.has(imported[0] ?? '') && syntax?.detachedCalls.has(tokens[index + 1]?.start ?? -1)) {
      plain.push(...imported)
      index += 6
      continue
    }
    if (word === '(' || word === '{' || word === '[') depth++
    else if (word === ')' || word === '}' || word === ']') depth--
    plain.push(word)
  }
  return areFixed(exported, plain, bindings.reassigned) ? [...plain, ...exported.sort()] : undefined
}

/** `exports.f = f` means the same everywhere only where neither of the two is ever given anything else. */
function areFixed(exported: readonly string[], plain: readonly string[], reassigned: ReadonlySet<string>): boolean {
  const names = new Set(exported.map((one) => one.split(' ')[0]))
  const functions = exported.map((one) => one.split(' ')[2] ?? '')
  const assigned = plain.some((word, at) => {
    return word === 'exports' && plain[at + 1] === '.' && names.has(plain[at + 2]) && plain[at + 3] === '='
  })
  return names.size === exported.length && !assigned && !functions.some((name) => reassigned.has(name))
}

/** `const a_1 = require("…")`, also within one of the compiler's helpers. */
function importedModules(words: readonly string[]): ReadonlySet<string> {
  const names = words.filter((_, at) => {
    const value = words.slice(at + 1, at + 7).join(' ')
    return (
      /^(?:const|var|let)$/.test(words[at - 1] ?? '') &&
      /^= (?:(?:tslib_\d+ \. )?__import(?:Star|Default) \( )?require\b/.test(value)
    )
  })
  return new Set(names)
}

function declaredFunctions(words: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>()
  let depth = 0
  for (const [index, word] of words.entries()) {
    if (word === '{' || word === '(' || word === '[') depth++
    else if (word === '}' || word === ')' || word === ']') depth--
    if (depth !== 0 || word !== 'function') continue
    names.add(words[index + 1] === '*' ? (words[index + 2] ?? '') : (words[index + 1] ?? ''))
  }
  return names
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

/** `(0, a_1.f)(`, without the parentheses that keep `this` from it. */
function importedCall(words: readonly string[], at: number): string[] | undefined {
  const [open, zero, comma, module = '', dot, name = '', close, call] = words.slice(at, at + 8)
  const isCall = open === '(' && zero === '0' && comma === ',' && dot === '.' && close === ')' && call === '('
  return isCall && /^\w+_\d+$/.test(module) ? [module, '.', name] : undefined
}
