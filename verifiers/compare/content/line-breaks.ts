import type { Side } from './code-parts.ts'

/** Behind these words a line end ends the statement, or makes a name of the word (ECMA-262, 12.10.1 and 15). */
const restricted = new Set(
  'return throw break continue yield async get set static accessor let type abstract declare namespace module using'.split(
    ' ',
  ),
)

/** In TypeScript also behind what else says what is declared, and how it may be used. */
const restrictedInTypes = new Set('interface asserts public private protected readonly override'.split(' '))

export function isRestricted(word: string, { isTyped }: Side): boolean {
  return restricted.has(word) || (isTyped && restrictedInTypes.has(word))
}

/** In TypeScript these go on with an expression or a type, but where a line end stands before them. */
const goOn = new Set(['!', 'as', 'satisfies', 'is', '<', '['])

/**
 * Whether line ends that only one of two sides has can change what the tokens mean. Elsewhere a line end only ends a
 * statement where the next token cannot go on with it, and on the other side it goes on.
 */
export function lineBreaksMatter(a: Side, b: Side): boolean {
  const [left, right] = [breaksIn(a), breaksIn(b)]
  // Sloppy code has comments that HTML's marks begin (ECMA-262, B.1.1): a line end decides where they end.
  const hasMarks = a.words.some((word, at) => /^ ?-$/.test(word) && a.words[at + 1] === '-' && isMark(a.words, at))
  if (hasMarks && !Buffer.from(left).equals(Buffer.from(right))) return true
  return decidingBreaks(a).symmetricDifference(decidingBreaks(b)).size > 0
}

/** Line ends that decide, by the two tokens around them and how often these stood together before. */
function decidingBreaks(side: Side): Set<string> {
  const counts = new Map<string, number>()
  const found = new Set<string>()
  for (const { pair, isBreak } of decidingPlaces(side)) {
    const count = (counts.get(pair) ?? 0) + 1
    counts.set(pair, count)
    if (isBreak) found.add(`${pair} ${count}`)
  }
  return found
}

/** The indexes of the tokens before which a line end ends a statement, or makes a name of the word before it. */
export function tokensBehindBreaks(side: Side): ReadonlySet<number> {
  return new Set([...decidingPlaces(side)].filter(({ isBreak }) => isBreak).map(({ index }) => index))
}

/** Where a line end would decide, and whether one is there; a comment with one in it is one, too (ECMA-262, 12.4). */
function* decidingPlaces(side: Side): Generator<{ index: number; pair: string; isBreak: boolean }> {
  const { text, tokens, words } = side
  const code = tokens.map((_, index) => index).filter((index) => tokens[index]?.kind !== 'comment')
  for (const [at, index] of code.entries()) {
    const wordAt = (place: number) => words[code[place] ?? -1]
    const [before, word] = [wordAt(at - 1) ?? '', words[index] ?? '']
    const isAfterOperand = side.isTyped && endsOperand(side, code[at - 1])
    const decides = isRestricted(before, side) || isSign(word, wordAt(at + 1)) || isSign(before, wordAt(at - 2))
    // Behind `a<b>` a line end makes a type of `b`, and something else of what follows.
    if (!decides && !(isAfterOperand && (goOn.has(word) || before === '>'))) continue
    const end = tokens[code[at - 1] ?? -1]?.end ?? 0
    yield { index, pair: `${before} ${word}`, isBreak: lineEnd.test(text.slice(end, tokens[index]?.start)) }
  }
}

/** Whether an expression or a type can end with a token: not with the sign of a function that is an expression. */
function endsOperand({ text, tokens, words }: Side, index = -1): boolean {
  const { kind, start = 0 } = tokens[index] ?? {}
  const word = words[index] ?? ''
  if (kind !== 'punctuator') return kind !== undefined && !operators.has(word) && !word.endsWith('${')
  return /^[)\]}>]$/.test(word) && text.slice(start - 1, start + 1) !== '=>'
}

/** Words that what follows them belongs to, wherever it stands. */
const operators = new Set(
  'typeof instanceof in of new delete void case do else await extends default keyof infer unique'.split(' '),
)

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
