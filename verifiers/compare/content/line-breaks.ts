import type { Side } from './code-parts.ts'

/** Behind these words a line end ends the statement, or makes a name of the word (ECMA-262, 12.10.1 and 15). */
export const restricted: ReadonlySet<string> = new Set(
  'return throw break continue yield async get set static accessor let type abstract declare namespace module using'.split(
    ' ',
  ),
)

/**
 * Whether line ends that only one of two sides with the same tokens has can change what the tokens mean. Elsewhere a line
 * end only ends a statement where the next token cannot go on with it, and on the other side it goes on.
 */
export function lineBreaksMatter(a: Side, b: Side): boolean {
  const [left, right] = [breaksIn(a), breaksIn(b)]
  // Sloppy code has comments that HTML's marks begin (ECMA-262, B.1.1): a line end decides where they end.
  const hasMarks = a.words.some((word, at) => word === '-' && a.words[at + 1] === '-' && isMark(a.words, at))
  return a.words.some((word, index) => {
    if (left[index] === right[index]) return false
    const before = a.words[index - 1] ?? ''
    return hasMarks || restricted.has(before) || isSign(word, a.words[index + 1]) || isSign(before, a.words[index - 2])
  })
}

/** Whether every token begins a line on both sides, or on none; never where white space can be the text of an element. */
export function sameLineBreaks(a: Side, b: Side): boolean {
  return !/<\/[\w.]*\s*>|\/>/.test(a.text) && Buffer.from(breaksIn(a)).equals(Buffer.from(breaksIn(b)))
}

/** For each token whether a line end stands before it. */
function breaksIn({ text, tokens }: Side): Uint8Array {
  return Uint8Array.from(tokens, (token, index) =>
    /[\n\r\u2028\u2029]/.test(text.slice(tokens[index - 1]?.end ?? 0, token.start)) ? 1 : 0,
  )
}

function isSign(word: string, twin: string | undefined): boolean {
  return (word === '+' || word === '-') && twin === word
}

/** `<!--` and `-->`. */
function isMark(words: string[], at: number): boolean {
  return words[at + 2] === '>' || (words[at - 1] === '!' && words[at - 2] === '<')
}
