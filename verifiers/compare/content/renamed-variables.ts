import { reachOf } from './alarms.ts'
import { closingBrackets, type Side } from './code-parts.ts'

/** As minifiers choose them. */
const shortName = /^[A-Za-z$_][A-Za-z0-9$_]{0,2}$/
const reserved = new Set('if in of do for let var new try get set as is NaN Map Set URL CSS top'.split(' '))
const declaring = new Set(['var', 'let', 'const', 'function', 'class'])
const conditions = new Set(['if', 'while', 'for', 'with', 'switch'])

/**
 * Whether one side is the other with its short variables renamed, each everywhere in the same way. Only what the file
 * itself declares can be renamed: not what the platform or another file knows by its name, nor a key.
 */
export function onlyNamesDiffer(a: Side, b: Side): boolean {
  if (a.words.length !== b.words.length) return false
  // Most programs differ in something else, and then nothing more has to be known.
  const others = a.words.some((from, index) => {
    const to = b.words[index] ?? ''
    return from !== to && !(isWord(a, index) && isWord(b, index) && isFree(from) && isFree(to))
  })
  if (others) return false
  const [declaredHere, declaredThere] = [declaredIn(a), declaredIn(b)]
  const [forth, back] = [new Map<string, string>(), new Map<string, string>()]
  const keys = keysIn(a)
  for (const [index, from] of a.words.entries()) {
    const to = b.words[index] ?? ''
    const isName = isWord(a, index) && isWord(b, index) && !isMember(a.words, index) && !keys.has(index)
    if (!isName || !shortName.test(from)) {
      if (from !== to) return false
      continue
    }
    const renamed = from !== to
    if (renamed && !(declaredHere.has(from) && declaredThere.has(to))) return false
    // A name that stays in one place and changes in another would be another variable.
    if ((forth.get(from) ?? to) !== to || (back.get(to) ?? from) !== from) return false
    forth.set(from, to)
    back.set(to, from)
  }
  return true
}

function isWord({ tokens }: Side, index: number): boolean {
  return tokens[index]?.kind === 'word'
}

function isFree(name: string): boolean {
  return shortName.test(name) && !reserved.has(name) && reachOf(name) === undefined
}

/** `a.b`, but not `...b`. */
function isMember(words: string[], index: number): boolean {
  return words[index - 1] === '.' && words[index - 2] !== '.'
}

/** Names that stand where a variable is declared; rather too many than too few of the places where one can stand. */
function declaredIn(side: Side): Set<string> {
  const { words } = side
  const names = new Set<string>()
  const closing = closingBrackets(words)
  for (const [index, word] of words.entries()) {
    const next = words[index + 1] ?? ''
    if (isWord(side, index) && next === '=' && words[index + 2] === '>') names.add(word)
    if (isWord(side, index) && declaring.has(words[index - 1] ?? '')) names.add(word)
    const end = closing[index]
    if (word === '(' && end !== undefined && isParameters(words, index, end)) addWords(side, index, end, names)
    if ((word === '{' || word === '[') && end !== undefined && declaring.has(words[index - 1] ?? '')) {
      addWords(side, index, end, names)
    }
    if (declaring.has(word)) addDeclarators(side, index, closing, names)
  }
  return names
}

function isParameters(words: string[], open: number, close: number): boolean {
  if (words[close + 1] === '=' && words[close + 2] === '>') return true
  return words[close + 1] === '{' && !conditions.has(words[open - 1] ?? '')
}

function addWords(side: Side, from: number, to: number, names: Set<string>): void {
  for (let index = from + 1; index < to; index++) {
    if (isWord(side, index)) names.add(side.words[index] ?? '')
  }
}

/** `var a = 1, b = 2`: behind each comma that is in no bracket. */
function addDeclarators(side: Side, from: number, closing: (number | undefined)[], names: Set<string>): void {
  const { words } = side
  for (let index = from + 1; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === ';' || word === ')' || word === '}' || declaring.has(word)) return
    if (word === ',' && isWord(side, index + 1)) names.add(words[index + 1] ?? '')
    index = closing[index] ?? index
  }
}

/** Words that name a property, an export or a method: others know it by this name. */
function keysIn({ words }: Side): Set<number> {
  const keys = new Set<number>()
  const closing = closingBrackets(words)
  const open: string[] = []
  for (const [index, word] of words.entries()) {
    if (word === '(' || word === '[' || word === '{') open.push(word)
    else if (word === ')' || word === ']' || word === '}') open.pop()
    if (open.at(-1) !== '{') continue
    const [before, after] = [words[index - 1] ?? '', words[index + 1] ?? '']
    const begins = before === '{' || before === ','
    if (begins && (after === ':' || after === ',' || after === '}')) keys.add(index)
    const end = after === '(' ? closing[index + 1] : undefined
    const isMethod = end !== undefined && words[end + 1] === '{' && !conditions.has(word) && before !== 'function'
    if (isMethod) keys.add(index)
  }
  return keys
}
