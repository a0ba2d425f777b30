type TokenKind = 'word' | 'number' | 'string' | 'template' | 'regexp' | 'punctuator' | 'comment' | 'other'

/** A token's place in the text; what it says is sliced out when it is needed. */
export type Token = { kind: TokenKind; start: number; end: number }

const wordStart = /[\p{ID_Start}$_\\#@]/u
const wordPart = /\p{ID_Continue}|\u200c|\u200d/u

/** Words behind which a slash begins a regular expression, not a division. */
const beforeExpression = new Set(
  'return typeof instanceof in of new delete void throw case do else yield await extends default'.split(' '),
)

/**
 * Splits JavaScript (or TypeScript) into tokens, comments included, white space left out.
 *
 * Nothing depends on its being right about every corner of the language: two files are the same by their bytes, and the
 * tokens only serve to show where they are not. It reads any text, and takes time in proportion to its length.
 */
export function tokenizeJavaScript(text: string): Token[] {
  const tokens: Token[] = []
  /** For each open brace whether it is a template's `${`. */
  const braces: boolean[] = []
  let index = text.startsWith('#!') ? lineEnd(text, 0) : 0
  if (index > 0) tokens.push({ kind: 'comment', start: 0, end: index })
  while (index < text.length) {
    const code = text.charCodeAt(index)
    if (isSpace(code)) {
      index++
      continue
    }
    const token = readToken(text, index, tokens, braces)
    tokens.push(token)
    index = token.end
  }
  return tokens
}

function readToken(text: string, start: number, tokens: Token[], braces: boolean[]): Token {
  const character = text[start] ?? ''
  const next = text[start + 1] ?? ''
  if (character === '/' && next === '/') return { kind: 'comment', start, end: lineEnd(text, start) }
  if (character === '/' && next === '*') return { kind: 'comment', start, end: endBehind(text, '*/', start + 2) }
  if (character === '"' || character === "'") return { kind: 'string', start, end: stringEnd(text, start, character) }
  if (character === '`') return templatePart(text, start, start + 1, braces)
  if (character === '}' && braces.pop() === true) return templatePart(text, start, start + 1, braces)
  if (character === '{') braces.push(false)
  if (isDigit(character) || (character === '.' && isDigit(next)))
    return { kind: 'number', start, end: numberEnd(text, start) }
  if (isWordStart(text, start)) return { kind: 'word', start, end: wordEnd(text, start) }
  if (character === '/' && regexpMayBegin(text, tokens)) {
    const end = regexpEnd(text, start)
    if (end !== undefined) return { kind: 'regexp', start, end }
  }
  const point = text.codePointAt(start) ?? 0
  return { kind: point < 0x80 ? 'punctuator' : 'other', start, end: start + (point > 0xffff ? 2 : 1) }
}

/** From a backtick, or from the brace that ends a substitution, to the next substitution or the end. */
function templatePart(text: string, start: number, from: number, braces: boolean[]): Token {
  for (let index = from; index < text.length; index++) {
    const character = text[index]
    if (character === '\\') index++
    else if (character === '`') return { kind: 'template', start, end: index + 1 }
    else if (character === '$' && text[index + 1] === '{') {
      braces.push(true)
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
    else if (character === '\n') return index
  }
  return text.length
}

function regexpEnd(text: string, start: number): number | undefined {
  let inClass = false
  for (let index = start + 1; index < text.length; index++) {
    const character = text[index]
    if (character === '\n') return undefined
    if (character === '\\') index++
    else if (character === '[') inClass = true
    else if (character === ']') inClass = false
    else if (character === '/' && !inClass) return isWordStart(text, index + 1) ? wordEnd(text, index + 1) : index + 1
  }
  return undefined
}

function regexpMayBegin(text: string, tokens: Token[]): boolean {
  const last = tokens.findLast(({ kind }) => kind !== 'comment')
  if (last === undefined) return true
  if (last.kind === 'word') return beforeExpression.has(text.slice(last.start, last.end))
  if (last.kind === 'template') return text[last.end - 1] === '{'
  return last.kind === 'punctuator' && !')]}'.includes(text[last.start] ?? '')
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

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}

function endBehind(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from)
  return at < 0 ? text.length : at + what.length
}
