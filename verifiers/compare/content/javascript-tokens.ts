type TokenKind = 'word' | 'number' | 'string' | 'template' | 'regexp' | 'punctuator' | 'comment' | 'other'

/** A token's place in the text; what it says is sliced out when it is needed. */
export type Token = { kind: TokenKind; start: number; end: number }

const wordStart = /[\p{ID_Start}$_\\#@]/u
const wordPart = /\p{ID_Continue}|\u200c|\u200d/u

/** Words behind which a slash begins a regular expression, not a division. */
const beforeExpression = new Set(
  'return typeof instanceof in of new delete void throw case do else yield await extends default'.split(' '),
)

const whole = { from: 0, to: Number.POSITIVE_INFINITY }

/**
 * Splits JavaScript (or TypeScript) into tokens, comments included, white space left out.
 *
 * Nothing depends on its being right about every corner of the language: two files are the same by their bytes, and the
 * tokens only serve to show where they are not. It reads any text, and takes time in proportion to its length.
 *
 * @param keep only tokens that overlap this range are kept; the text in front of it is read all the same
 */
export function tokenizeJavaScript(text: string, keep: { from: number; to: number } = whole): Token[] {
  const tokens: Token[] = []
  const state: State = { open: [], last: undefined, regexpMayBegin: true, unclosed: { lineEnd: 0, count: 0 } }
  let index = text.startsWith('#!') ? lineEnd(text, 0) : 0
  if (index > 0) tokens.push({ kind: 'comment', start: 0, end: index })
  while (index < text.length) {
    const code = text.charCodeAt(index)
    if (isSpace(code)) {
      index++
      continue
    }
    const token = readToken(text, index, state)
    if (token.end > keep.from && token.start < keep.to) tokens.push(token)
    if (token.start >= keep.to) break
    if (token.kind !== 'comment') advance(state, token, text)
    index = token.end
  }
  return tokens
}

/** Of which signs an operator is made, each two that stand in one beside each other (ECMA-262, 12.8). */
const joined = new Set('?. .. => == != <= >= && || ?? ?= ++ -- << ** += -= *= /= %= &= |= ^='.split(' '))

/**
 * Tokens that would be one operator with the sign before them, or a part of one, if nothing stood between them: `a+ ++b` is
 * not `a++ +b`, and in TypeScript `a! == b` not `a !== b`. No program but one with types has `> >`, where it is `>>`.
 */
export function* standingApart(text: string, tokens: readonly Token[]): Generator<number> {
  let before: Token | undefined
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'comment') continue
    const areSigns = before?.kind === 'punctuator' && token.kind === 'punctuator' && before.end < token.start
    if (areSigns && joined.has(`${text[before?.start ?? 0]}${text[token.start]}`)) yield index
    before = token
  }
}

/** What opened a bracket: behind the closing one a slash begins a regular expression, or divides, or a template goes on. */
type Bracket = 'statement' | 'value' | 'template'
type State = {
  open: Bracket[]
  last: string | undefined
  regexpMayBegin: boolean
  /** How many slashes of a line began no regular expression, though one could have stood there. */
  unclosed: { lineEnd: number; count: number }
}

/** In a program hardly any; each costs a look at the rest of the line, which hostile text has millions of characters of. */
const mostUnclosed = 16

const beforeCondition = new Set(['if', 'while', 'for', 'with', 'await'])
const beforeBlock = new Set([')', ';', '{', '}', '>', undefined, 'else', 'do', 'try', 'finally', 'static'])

/**
 * ECMA-262, 12: whether a slash divides depends on the grammar. A parenthesis behind `if` ends a condition, a brace where
 * a statement can stand ends a block; a mistake here would make code look like a string or a comment.
 */
function advance(state: State, token: Token, text: string): void {
  const word = text.slice(token.start, Math.min(token.end, token.start + 16))
  const { last } = state
  if (token.kind === 'punctuator' && (word === '(' || word === '[' || word === '{')) {
    const isStatement =
      word === '(' ? beforeCondition.has(last ?? '') : word === '{' && (beforeBlock.has(last) || isName(last))
    state.open.push(isStatement ? 'statement' : 'value')
    state.regexpMayBegin = true
  } else if (token.kind === 'punctuator' && (word === ')' || word === ']' || word === '}')) {
    state.regexpMayBegin = state.open.pop() === 'statement'
  } else if (token.kind === 'template') {
    state.regexpMayBegin = text[token.end - 1] === '{'
  } else if (token.kind === 'word') {
    state.regexpMayBegin = beforeExpression.has(word) && last !== '.'
  } else state.regexpMayBegin = token.kind === 'punctuator'
  state.last = word
}

/** As before the body of a class or the block of a label: a word that no expression can follow. */
function isName(word: string | undefined): boolean {
  return word !== undefined && /^[\w$]/.test(word) && !beforeExpression.has(word)
}

function readToken(text: string, start: number, state: State): Token {
  const character = text[start] ?? ''
  const next = text[start + 1] ?? ''
  if (character === '/' && next === '/') return { kind: 'comment', start, end: lineEnd(text, start) }
  if (character === '/' && next === '*') return { kind: 'comment', start, end: endBehind(text, '*/', start + 2) }
  if (character === '"' || character === "'") return { kind: 'string', start, end: stringEnd(text, start, character) }
  if (character === '`') return templatePart(text, start, start + 1, state)
  if (character === '}' && state.open.at(-1) === 'template') {
    state.open.pop()
    return templatePart(text, start, start + 1, state)
  }
  if (isDigit(character) || (character === '.' && isDigit(next)))
    return { kind: 'number', start, end: numberEnd(text, start) }
  if (isWordStart(text, start)) return { kind: 'word', start, end: wordEnd(text, start) }
  const { unclosed } = state
  if (character === '/' && state.regexpMayBegin && !(start < unclosed.lineEnd && unclosed.count >= mostUnclosed)) {
    const { end, isClosed } = regexpEnd(text, start)
    if (isClosed) return { kind: 'regexp', start, end }
    state.unclosed = { lineEnd: end, count: end === unclosed.lineEnd ? unclosed.count + 1 : 1 }
  }
  const point = text.codePointAt(start) ?? 0
  return { kind: point < 0x80 ? 'punctuator' : 'other', start, end: start + (point > 0xffff ? 2 : 1) }
}

/** From a backtick, or from the brace that ends a substitution, to the next substitution or the end. */
function templatePart(text: string, start: number, from: number, { open }: State): Token {
  for (let index = from; index < text.length; index++) {
    const character = text[index]
    if (character === '\\') index++
    else if (character === '`') return { kind: 'template', start, end: index + 1 }
    else if (character === '$' && text[index + 1] === '{') {
      open.push('template')
      return { kind: 'template', start, end: index + 2 }
    }
  }
  return { kind: 'template', start, end: text.length }
}

function stringEnd(text: string, start: number, quote: string): number {
  for (let index = start + 1; index < text.length; index++) {
    const character = text[index]
    if (character === '\\') index++
    else if (character === quote) return index + 1
    else if (character === '\n' || character === '\r') return index
  }
  return text.length
}

/** Where it ends, or the line that it does not end in. */
function regexpEnd(text: string, start: number): { end: number; isClosed: boolean } {
  let inClass = false
  for (let index = start + 1; index < text.length; index++) {
    const character = text[index]
    if (isLineEnd(text.charCodeAt(index))) return { end: index, isClosed: false }
    if (character === '\\') index++
    else if (character === '[') inClass = true
    else if (character === ']') inClass = false
    else if (character === '/' && !inClass) {
      return { end: isWordStart(text, index + 1) ? wordEnd(text, index + 1) : index + 1, isClosed: true }
    }
  }
  return { end: text.length, isClosed: false }
}

function numberEnd(text: string, start: number): number {
  let index = start + 1
  for (; index < text.length; index++) {
    const character = text[index] ?? ''
    const exponentSign =
      (character === '+' || character === '-') &&
      /[eE]/.test(text[index - 1] ?? '') &&
      !/^0[xX]/.test(text.slice(start, start + 2))
    if (!/[0-9a-zA-Z_.]/.test(character) && !exponentSign) break
  }
  return index
}

function isWordStart(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  if (code < 0x80) return isAsciiWord(code) && !(code >= 0x30 && code <= 0x39)
  return wordStart.test(String.fromCodePoint(text.codePointAt(index) ?? 0))
}

function wordEnd(text: string, start: number): number {
  let index = start
  while (index < text.length) {
    const code = text.codePointAt(index) ?? 0
    const belongs = code < 0x80 ? isAsciiWord(code) : index === start || wordPart.test(String.fromCodePoint(code))
    if (!belongs) break
    index += code > 0xffff ? 2 : 1
  }
  return index
}

/** Letters, digits, `$`, `_`, and what begins an escape, a private name or a decorator. */
function isAsciiWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x24 ||
    code === 0x5f ||
    code === 0x5c ||
    code === 0x23 ||
    code === 0x40
  )
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9' && character.length === 1
}

/** White space and line ends of ECMA-262, 12.2 and 12.3. */
function isSpace(code: number): boolean {
  return (
    code === 0x20 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0xfeff || code === 0x2028 || code === 0x2029
  )
}

/** "Line Terminators", ECMA-262, 12.3: each of them ends a comment. */
function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029
}

function lineEnd(text: string, start: number): number {
  let index = start
  while (index < text.length && !isLineEnd(text.charCodeAt(index))) index++
  return index
}

function endBehind(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from)
  return at < 0 ? text.length : at + what.length
}
