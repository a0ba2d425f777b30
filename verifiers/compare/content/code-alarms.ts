import { alarmsOfLiteral, alarmsOfProse, reachOf } from './alarms.ts'
import type { Part, Side } from './code-parts.ts'
import { clipped } from './explanation.ts'
import type { Token } from './javascript-tokens.ts'

/**
 * What makes two programs that differ in one place do something else: first what the published one can reach, load or
 * call there and the rebuilt one cannot; where it is nothing of this, that its code is other code at all. Only literals
 * that are mere words or numbers, and tokens without meaning, raise no alarm.
 */
export function alarmsOfCode(left: Part, right: Part, a: Side, b: Side): string[] {
  const alarms = new Set<string>()
  const known = new Set(right.words)
  for (const [index, token] of left.tokens.entries()) {
    const word = left.words[index] ?? ''
    if (!known.has(word)) for (const alarm of alarmsOfToken(token, word)) alarms.add(alarm)
  }
  const knownCalls = new Set(callsAround(right, b))
  for (const call of callsAround(left, a)) if (!knownCalls.has(call)) alarms.add(`calls ${clipped(call, 40)}`)
  if (alarms.size > 0) return [...alarms]
  if (hasMeaning(left, a)) return ['has code that the rebuild has not']
  return hasMeaning(right, b) ? ['lacks code that the rebuild has'] : []
}

function alarmsOfToken({ kind }: Token, word: string): string[] {
  if (kind === 'comment') return alarmsOfProse(word).map((alarm) => `${alarm} in a comment`)
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

/** Whether any token is more than a literal, the keyword of a declaration, or a comma or semicolon that could be left out. */
function hasMeaning({ tokens, words, from }: Part, side: Side): boolean {
  return tokens.some(({ kind, end }, index) => {
    const word = words[index] ?? ''
    if (kind === 'string' || kind === 'number' || kind === 'comment' || declarations.has(word)) return false
    const next = side.tokens[from + index + 1]
    const nextWord = side.words[from + index + 1] ?? ''
    if (word === ',') return !closing.has(nextWord)
    if (word !== ';') return true
    // Behind a parenthesis it could be the empty body of an `if`; before another token it ends a statement.
    const endsLine = next === undefined || nextWord === '}' || side.text.slice(end, next.start).includes('\n')
    return side.words[from + index - 1] === ')' || !endsLine
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
