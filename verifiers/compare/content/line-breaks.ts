import type { Side } from './code-parts.ts'

/** Behind these words a line end ends the statement, or makes a name of the word (ECMA-262, 12.10.1 and 15). */
export const restricted: ReadonlySet<string> = new Set(
  'return throw break continue yield async get set static accessor let type abstract declare namespace module using'.split(
    ' ',
  ),
)

/**
 * Whether line ends that only one of two sides has can change what the tokens mean. Elsewhere a line end only ends a
 * statement where the next token cannot go on with it, and on the other side it goes on.
 */
export function lineBreaksMatter(a: Side, b: Side): boolean {
  const [left, right] = [breaksIn(a), breaksIn(b)]
  // Sloppy code has comments that HTML's marks begin (ECMA-262, B.1.1): a line end decides where they end.
  const hasMarks = a.words.some((word, at) => word === '-' && a.words[at + 1] === '-' && isMark(a.words, at))
  if (hasMarks && !Buffer.from(left).equals(Buffer.from(right))) return true
  return decidingBreaks(a).symmetricDifference(decidingBreaks(b)).size > 0
}

/**
 * Line ends that end a statement, or make a name of the word before them, by the two tokens around them and how often
 * these stood together before. A comment with a line end in it is one, too (ECMA-262, 12.4).
 */
function decidingBreaks({ text, tokens, words }: Side): Set<string> {
  const code = tokens.map((_, index) => index).filter((index) => tokens[index]?.kind !== 'comment')
  const counts = new Map<string, number>()
  const found = new Set<string>()
  for (const [at, index] of code.entries()) {
    const wordAt = (place: number) => words[code[place] ?? -1]
    const [before, word] = [wordAt(at - 1) ?? '', words[index] ?? '']
    if (!restricted.has(before) && !isSign(word, wordAt(at + 1)) && !isSign(before, wordAt(at - 2))) continue
    const pair = `${before} ${word}`
    const count = (counts.get(pair) ?? 0) + 1
    counts.set(pair, count)
    const end = tokens[code[at - 1] ?? -1]?.end ?? 0
    if (lineEnd.test(text.slice(end, tokens[index]?.start))) found.add(`${pair} ${count}`)
  }
  return found
}

const lineEnd = /[\n\r\u2028\u2029]/

/** Whether every token begins a line on both sides, or on none; never where white space can be the text of an element. */
export function sameLineBreaks(a: Side, b: Side): boolean {
  return !/<\/[\w.]*\s*>|\/>/.test(a.text) && Buffer.from(breaksIn(a)).equals(Buffer.from(breaksIn(b)))
}

/** For each token whether a line end stands before it. */
function breaksIn({ text, tokens }: Side): Uint8Array {
  return Uint8Array.from(tokens, (token, index) =>
    lineEnd.test(text.slice(tokens[index - 1]?.end ?? 0, token.start)) ? 1 : 0,
  )
}

function isSign(word: string, twin: string | undefined): boolean {
  return (word === '+' || word === '-') && twin === word
}

/** `<!--` and `-->`. */
function isMark(words: string[], at: number): boolean {
  return words[at + 2] === '>' || (words[at - 1] === '!' && words[at - 2] === '<')
}
