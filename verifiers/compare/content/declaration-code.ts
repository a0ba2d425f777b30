import { type DeclarationWords, isLiteral, isName } from './declaration-words.ts'

/**
 * What runs of a file of declarations where something takes it for a program (`main` or an import leads to it; Node and
 * bundlers only take the types away): statements that declare nothing, bodies, and values that are worked out.
 */
export function codeAmong(side: DeclarationWords): string[] {
  const found: string[] = []
  const waiting: [number, number][] = [[0, side.words.length]]
  for (let range = waiting.pop(); range !== undefined; range = waiting.pop()) {
    const [from, to] = range
    for (let at = from; at < to; ) {
      if (side.words[at] === ';') {
        at++
        continue
      }
      const statement = readStatement(side, at, to)
      const { kind, head, body, end, isAmbient } = statement
      if (!isAmbient && kind === 'namespace' && body !== undefined) waiting.push([body + 1, end - 1])
      else if (!isAmbient && runs(side, statement)) found.push(side.words.slice(at, end).join(' '))
      at = Math.max(end, head, at + 1)
    }
  }
  return found
}

type Kind =
  | 'type'
  | 'interface'
  | 'namespace'
  | 'enum'
  | 'class'
  | 'function'
  | 'variable'
  | 'module'
  | 'given'
  | 'code'

/** `head` is the word that says the kind, `body` its brace, `end` behind the last word. */
type Statement = { kind: Kind; head: number; body?: number; end: number; isAmbient: boolean }

const withBody: ReadonlySet<Kind> = new Set(['interface', 'namespace', 'enum', 'class', 'function'])

function readStatement(side: DeclarationWords, start: number, to: number): Statement {
  const { words, closing } = side
  const { kind, head, isAmbient } = headOf(side, start)
  for (let at = Math.max(head, start + 1); at < to; ) {
    const word = words[at] ?? ''
    const isBody = word === '{' && withBody.has(kind) && isOperand(side, at - 1) && !isPredicate(side, at - 1)
    if (isBody) return { kind, head, body: at, end: Math.min(to, (closing[at] ?? to) + 1), isAmbient }
    if (word === ';') return { kind, head, end: at + 1, isAmbient }
    const isNamed = at > head + 1 || kind === 'code' || kind === 'given'
    if (isNamed && at > head && beginsAnew(side, at, { kind, head })) return { kind, head, end: at, isAmbient }
    at = (word === '(' || word === '[' || word === '{' ? (closing[at] ?? to) : at) + 1
  }
  return { kind, head, end: to, isAmbient }
}

/** Words that only declare something where what they are about stands on the same line (TypeScript's `isDeclaration`). */
function headOf(side: DeclarationWords, start: number): { kind: Kind; head: number; isAmbient: boolean } {
  const { words, breaks } = side
  let at = start
  const goesOn = (place: number) => breaks[place + 1] !== true && isName(words[place + 1])
  const isExport = words[at] === 'export'
  if (isExport) at++
  const isGiven = isExport && (words[at] === 'default' || words[at] === '=')
  if (isGiven) at++
  const isAmbient = words[at] === 'declare' && goesOn(at)
  if (isAmbient) at++
  if (isExport && !isGiven && /^(?:\*|\{|as|import)$/.test(words[at] ?? ''))
    return { kind: 'module', head: at, isAmbient }
  if ((words[at] === 'abstract' || words[at] === 'async') && goesOn(at)) at++
  return { kind: kindAt(side, at, isGiven), head: at, isAmbient }
}

function kindAt({ words, breaks }: DeclarationWords, at: number, isGiven: boolean): Kind {
  const [word, next, later] = words.slice(at, at + 3)
  const isSameLine = breaks[at + 1] !== true
  switch (word) {
    case 'class':
    case 'function':
    case 'enum':
      return word
    case 'const':
      return next === 'enum' ? 'enum' : 'variable'
    case 'let':
    case 'var':
      return 'variable'
    case 'import':
      return next === '(' || next === '.' ? 'code' : 'module'
    case 'interface':
      return isSameLine && isName(next) ? word : 'code'
    case 'namespace':
    case 'module':
      return isSameLine && (isName(next) || isLiteral(next)) ? 'namespace' : 'code'
    case 'type':
      if (isSameLine && isName(next) && (later === '=' || later === '<')) return word
      return isSameLine && words[at - 1] === 'export' && (next === '{' || next === '*') ? 'module' : 'code'
    default:
      return isGiven ? 'given' : 'code'
  }
}

/** Words behind which the type goes on, on whatever line. */
const operators = new Set(['extends', 'keyof', 'typeof', 'in', 'infer', 'readonly', 'unique', 'new', 'instanceof'])

function isOperand({ words }: DeclarationWords, at: number): boolean {
  const word = words[at] ?? ''
  if (word === '>') return words[at - 1] !== '='
  return /^[)\]}]$/.test(word) || isLiteral(word) || word.endsWith('`') || (isName(word) && !operators.has(word))
}

/** `x is`, of which the type follows; in `asserts is` it is a name. */
function isPredicate({ words }: DeclarationWords, at: number): boolean {
  const subject = words[at - 1] ?? ''
  return words[at] === 'is' && isName(subject) && subject !== 'asserts' && !operators.has(subject)
}

/** Where a line end ends the statement before: what stands there cannot go on with it (ECMA-262, 12.10). */
function beginsAnew(side: DeclarationWords, at: number, { kind, head }: Pick<Statement, 'kind' | 'head'>): boolean {
  const word = side.words[at] ?? ''
  if (!side.breaks[at] || !isOperand(side, at - 1)) return false
  if (/^(?:extends|in|instanceof)$/.test(word)) return false
  if (kind === 'class' && word === 'implements') return false
  if (kind === 'module' && [word, side.words[at - 1]].some((one) => one === 'from' || one === 'with')) return false
  if (withBody.has(kind) && at <= head + 2 && (word === '<' || word === '(')) return false
  return isName(word) || isLiteral(word) || /^[([{`+\-!~/<@#]/.test(word)
}

function runs(side: DeclarationWords, { kind, head, body, end }: Statement): boolean {
  const words = () => side.words.slice(head, end)
  switch (kind) {
    case 'function':
      return body !== undefined
    case 'class':
      return isActiveClass(side, head, body ?? end, end)
    case 'variable':
      return hasActive(side, head, end, () => false)
    // What is given out is named, and made elsewhere.
    case 'given':
      return !/^[\p{ID_Start}$_][\p{ID_Continue}$]*(?: \. [\p{ID_Start}$_][\p{ID_Continue}$]*)*(?: ;)?$/u.test(
        words().join(' '),
      )
    // `"use client"` is for bundlers.
    case 'code':
      return !(
        /^"use [a-z ]{1,40}"$/.test(side.words[head] ?? '') &&
        (end === head + 1 || side.words[head + 1] === ';')
      )
    default:
      return false
  }
}

function isConstant([sign, ...rest]: readonly string[]): boolean {
  const [value, then] = sign === '-' ? rest : [sign, rest[0]]
  return isLiteral(value) && !value?.endsWith('{') && (then === undefined || /^[;,}]$/.test(then))
}

/** A class without `declare` that is more than names and types: what it extends, its members' names, values and bodies. */
function isActiveClass(side: DeclarationWords, head: number, body: number, end: number): boolean {
  const { words, closing } = side
  return (
    words.slice(head, body).includes('(') ||
    hasActive(side, body + 1, end - 1, (at) => {
      const word = words[at] ?? ''
      const isBlock = word === '{' && (isOperand(side, at - 1) || words[at - 1] === ';')
      const isComputed = word === '[' && words[at + 1] !== 'Symbol' && words.slice(at, closing[at] ?? end).includes('(')
      return isBlock || isComputed || word.startsWith('@')
    })
  )
}

/** Whether a value is worked out there, in no brackets: what stands behind a sign in `<T = any>` is a type. */
function hasActive(
  { words, closing }: DeclarationWords,
  from: number,
  to: number,
  isActive: (at: number) => boolean,
): boolean {
  let depth = 0
  for (let at = from; at < to; ) {
    const word = words[at] ?? ''
    const isArrow = words[at + 1] === '>' && word === '='
    if (isActive(at)) return true
    if (word === '=' && !isArrow && depth === 0 && !isConstant(words.slice(at + 1, at + 5))) return true
    if (word === '<') depth++
    if (word === '>' && words[at - 1] !== '=') depth = Math.max(0, depth - 1)
    at = (word === '(' || word === '[' || word === '{' ? (closing[at] ?? to) : at) + 1
  }
  return false
}
