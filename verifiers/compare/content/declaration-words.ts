import { closingBrackets } from './code-parts.ts'
import { tokenizeJavaScript } from './javascript-tokens.ts'

/** What a compiler reads of declarations: their tokens without comments, names without escapes. */
export type DeclarationWords = {
  words: readonly string[]
  /** Whether a line end stands before the token, in a comment or not. */
  breaks: readonly boolean[]
  /** For each opening bracket where it is closed. */
  closing: readonly (number | undefined)[]
  /** Comments that a compiler takes for directives. */
  directives: readonly string[]
  /** What could be a regular expression or a division, which no type has, and what our tokens could be wrong about. */
  oddities: number
}

export function declarationWordsOf(written: string): DeclarationWords {
  // A string goes on behind a backslash and both signs of a line end (ECMA-262, 12.9.4).
  const text = withShortEscapes(written.replaceAll('\r\n', '\n'))
  const words: string[] = []
  const breaks: boolean[] = []
  const directives: string[] = []
  let [end, oddities] = [0, 0]
  for (const token of tokenizeJavaScript(text)) {
    const word = text.slice(token.start, token.end)
    if (token.kind === 'comment') {
      if (/^\/\/\/\s*</.test(word)) directives.push(word.replace(/\s+/g, ' ').trim())
      continue
    }
    if (token.kind === 'regexp' || token.kind === 'other' || word === '/') oddities++
    words.push(token.kind === 'word' && word.includes('\\') ? withoutEscapes(word) : plainString(word))
    breaks.push(lineEnd.test(text.slice(end, token.start)))
    end = token.end
  }
  return { words, breaks, closing: closingBrackets(words), directives, oddities }
}

const lineEnd = /[\n\r\u2028\u2029]/

/** A token's quotes are no part of what it says; a template without a substitution is a string. */
function plainString(word: string): string {
  const isPlain = /^(['`])(?:(?!\1)[^"\\$])*\1$/.test(word)
  return isPlain ? `"${word.slice(1, -1)}"` : word
}

/** `\u{61}` in the form of which no sign is a bracket (ECMA-262, 12.9.4). */
function withShortEscapes(text: string): string {
  return text.replace(/\\u\{0{0,9}([0-9a-f]{1,4})\}/gi, (_, digits: string) => `\\u${digits.padStart(4, '0')}`)
}

/** TypeScript reads a keyword with an escape in it as the keyword, and complains. */
function withoutEscapes(word: string): string {
  return word.replace(/\\u([0-9a-f]{4})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

const literal = /^(?:["'`]|\.?\d)/

export function isLiteral(word: string | undefined): boolean {
  return word !== undefined && literal.test(word)
}

export function isName(word: string | undefined): boolean {
  return word !== undefined && /^[\p{ID_Start}$_]/u.test(word)
}
