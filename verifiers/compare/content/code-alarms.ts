import { alarmsOfLiteral, reachOf } from './alarms.ts'
import type { Part, Side } from './code-parts.ts'
import { alarmsOfComment } from './comment-alarms.ts'
import { clipped } from './explanation.ts'
import type { Token } from './javascript-tokens.ts'
import { isRestricted } from './line-breaks.ts'

/**
 * What makes two programs that differ in one place do something else: first what the published one can reach, load or
 * call there and the rebuilt one cannot; where it is nothing of this, that its code is other code at all, or that a value
 * in it is another one. Only tokens without meaning, and comments that nobody acts on, raise no alarm.
 */
export function alarmsOfCode(left: Part, right: Part, a: Side, b: Side): string[] {
  const alarms = new Set<string>()
  const known = new Set(right.words)
  for (const [index, token] of left.tokens.entries()) {
    const word = left.words[index] ?? ''
    if (!known.has(word)) for (const alarm of alarmsOfToken(token, word, b)) alarms.add(alarm)
  }
  const knownCalls = new Set(callsAround(right, b))
  for (const call of callsAround(left, a)) if (!knownCalls.has(call)) alarms.add(`calls ${clipped(call, 40)}`)
  if (alarms.size > 0) return [...alarms]
  if (hasMeaning(left, a)) return ['has code that the rebuild has not']
  if (hasMeaning(right, b) || dropsBinding(left, right, a)) return ['lacks code that the rebuild has']
  return alarmsOfValues(left, right)
}

/** A declaration that is only on one side makes another variable of the name, or a new one for each round of a loop. */
function dropsBinding(left: Part, right: Part, a: Side): boolean {
  const keywords = ({ words }: Part) => words.filter((word) => declarations.has(word))
  if (keywords(left).length !== keywords(right).length) return true
  const inLoop = a.words[left.from - 1] === '(' && a.words[left.from - 2] === 'for'
  return inLoop && keywords(left).includes('var') !== keywords(right).includes('var')
}

/** Strings and numbers that are other values; how they are written is nothing. */
function alarmsOfValues(left: Part, right: Part): string[] {
  const [a, b] = [valuesOf(left), valuesOf(right)]
  if (a.join('\n') === b.join('\n')) return []
  const value = a.find((one) => !b.includes(one))
  return [value === undefined ? 'lacks a value that the rebuild has' : `another value (${clipped(value, 40)})`]
}

function valuesOf({ tokens, words }: Part): string[] {
  return words.flatMap((word, index) => {
    const kind = tokens[index]?.kind
    const number = Number(word.replaceAll('_', ''))
    // A bigint is none for `Number`, and `010` is another one there than in sloppy code (ECMA-262, B.1.1).
    if (kind === 'number') return [Number.isNaN(number) || /^0\d/.test(word) ? word : String(number)]
    return kind === 'string' ? [`"${word.slice(1, -1).replaceAll('\\"', '"').replaceAll("\\'", "'")}"`] : []
  })
}

function alarmsOfToken({ kind }: Token, word: string, b: Side): string[] {
  if (kind === 'comment') return alarmsOfComment(word, b.commentLines())
  if (kind === 'other') return ['a character that is no part of the language']
  if (kind === 'word') {
    const what = word.includes('\\') ? 'hides a name behind escapes' : reachOf(word)
    if (what) return [`${what} (${clipped(word, 40)})`]
    return /[^\x00-\x7f]/.test(word) ? [`a name with unusual letters (${clipped(word, 40)})`] : []
  }
  const alarms = alarmsOfLiteral(word).map((alarm) => `${alarm} in a ${kind}`)
  const isText = kind === 'string' || kind === 'template'
  const what = isText ? reachOf(word.replace(/^[`'"](?:node:)?|[`'"]$/g, '')) : undefined
  return what ? [...alarms, `${what} (${clipped(word, 40)})`] : alarms
}

const declarations = new Set(['const', 'let', 'var'])
const closing = new Set([')', ']', '}'])
/** Behind these a semicolon is an empty statement where the rebuild has another one. */
const beforeStatement = new Set([')', 'else', 'do', ':'])
/** Without a semicolon a line that begins with one of these goes on with the line before (ECMA-262, 12.10). */
const goesOn = /^[([`+\-*/,.<>=?:&|^%]|^in(?:stanceof)?$/

/** Whether any token is more than a literal, the keyword of a declaration, or a comma or semicolon that could be left out. */
function hasMeaning({ tokens, words, from }: Part, side: Side): boolean {
  return tokens.some(({ kind, end }, index) => {
    const word = words[index] ?? ''
    if (kind === 'string' || kind === 'number' || kind === 'comment' || declarations.has(word)) return false
    const next = side.tokens[from + index + 1]
    const nextWord = side.words[from + index + 1] ?? ''
    const before = side.words[from + index - 1] ?? ''
    if (word === ',') return !closing.has(nextWord) || before === '[' || before === ','
    if (word !== ';') return true
    // Before another token of its line it ends a statement.
    const endsLine = next === undefined || nextWord === '}' || side.text.slice(end, next.start).includes('\n')
    return (
      beforeStatement.has(before) ||
      isRestricted(before, side) ||
      !endsLine ||
      (nextWord !== '}' && goesOn.test(nextWord))
    )
  })
}

/** With the tokens on both sides of the hunk: what is new may be only a name before an old parenthesis, or the reverse. */
function callsAround({ from, to }: Part, side: Side): string[] {
  const [start, end] = [Math.max(0, from - 2), to + 1]
  return callsIn(side.tokens.slice(start, end), side.words.slice(start, end))
}

/** Names that are called, and `an expression` for what is called without one. */
function callsIn(tokens: readonly Token[], words: readonly string[]): string[] {
  const calls: string[] = []
  for (let index = 1; index < tokens.length; index++) {
    const [before, word] = [words[index - 1] ?? '', words[index]]
    const isCall = word === '(' || (tokens[index]?.kind === 'template' && word?.startsWith('`'))
    if (!isCall) continue
    if (tokens[index - 1]?.kind === 'word') {
      const declared = words[index - 2] === 'function'
      if (!declared && !notCalls.has(before)) calls.push(before)
    } else if (before === ']' || before === ')') calls.push('an expression')
  }
  return calls
}

const notCalls = new Set(
  'if for while switch catch return typeof in of void delete await yield case do else throw function with'.split(' '),
)
