import { explainStamps } from '../causes/stamps.ts'
import { alarmsOfLiteral, alarmsOfProse, hasInvisible, reachOf } from './alarms.ts'
import { type Change, clipped, type Explanation, placeOf, shownChanges } from './explanation.ts'
import { type Token, tokenizeJavaScript } from './javascript-tokens.ts'
import { diffSequences, type Hunk } from './sequence-diff.ts'

type Side = { text: string; tokens: Token[]; words: string[] }

/**
 * Why two versions of a program differ, token by token: white space is nothing, a literal can be a stamp, a short name
 * can be the minifier's choice, and what only the published side can do is named.
 */
export function explainJavaScript(published: string, rebuilt: string): Explanation {
  const a = sideOf(published)
  const b = sideOf(rebuilt)
  const hunks = diffSequences(a.words, b.words)
  if (hunks.length === 0) return formattingOnly(a, b)
  const all = hunks.map((hunk) => explainHunk(hunk, a, b))
  const changes = [...all.filter(({ alarms }) => alarms?.length), ...all.filter(({ alarms }) => !alarms?.length)]
  const shown = { changes: changes.slice(0, shownChanges), count: changes.length }
  if (onlyNamesDiffer(a, b)) {
    const summary =
      'The code is the same but for short names of variables, as another run or version of a minifier chooses them.'
    return { cause: 'variable-names', severity: 'unexplained', summary, ...shown }
  }
  const alarms = [...new Set(all.flatMap((change) => change.alarms ?? []))]
  if (alarms.length > 0) {
    return {
      cause: 'code',
      severity: 'suspicious',
      summary: `The published code has what the rebuild does not: ${alarms.slice(0, 8).join(', ')}.`,
      ...shown,
      evidence: { alarms: alarms.slice(0, 64) },
    }
  }
  const stamps = new Set(all.flatMap(({ causes }) => causes ?? []))
  if (all.every(({ causes }) => causes !== undefined)) {
    const [first = 'stamp'] = stamps
    const summary = `The code differs only in stamps that the build writes: ${[...stamps].join(', ')}.`
    return { cause: first, severity: 'benign', summary, ...shown, evidence: { causes: [...stamps] } }
  }
  const summary = `The code differs in ${all.length === 1 ? 'one place' : `${all.length} places`}.`
  return { cause: 'content', severity: 'unexplained', summary, ...shown }
}

function sideOf(text: string): Side {
  const tokens = tokenizeJavaScript(text)
  return { text, tokens, words: tokens.map(({ start, end }) => text.slice(start, end).replaceAll('\r\n', '\n')) }
}

/** A line end between two tokens can end a statement (ECMA-262, 12.10), so that its absence is not nothing. */
function formattingOnly(a: Side, b: Side): Explanation {
  const breaks = ({ text, tokens }: Side) =>
    tokens
      .map((token, index) => (/[\n\r\u2028\u2029]/.test(text.slice(tokens[index - 1]?.end ?? 0, token.start)) ? 1 : 0))
      .join('')
  const same = breaks(a) === breaks(b)
  if (hasInvisible(a.text) && !hasInvisible(b.text)) {
    const summary = 'The published code has invisible characters between its tokens.'
    return { cause: 'invisible-characters', severity: 'suspicious', summary }
  }
  return {
    cause: 'formatting',
    severity: same ? 'benign' : 'unexplained',
    summary: `The code is the same token by token; only the white space between ${same ? 'them differs' : 'them and the line ends differ'}.`,
  }
}

function explainHunk(hunk: Hunk, a: Side, b: Side): Change {
  const left = partOf(hunk.published, a)
  const right = partOf(hunk.rebuilt, b)
  const anchor =
    left.tokens.length > 0 || right.tokens.length === 0 ? { side: a, part: left } : { side: b, part: right }
  const { side, part } = anchor
  const causes = stampsOf(left, right)
  const alarms = causes === undefined ? alarmsOf(left, right, a, b) : []
  return {
    ...placeOf(side.text, part.start),
    published: clipped(left.text),
    rebuilt: clipped(right.text),
    before: a.text.slice(Math.max(0, left.start - 40), left.start),
    after: a.text.slice(left.end, left.end + 40),
    ...(causes && { causes }),
    ...(alarms.length > 0 && { alarms }),
  }
}

type Part = { text: string; start: number; end: number; tokens: Token[]; words: string[]; from: number; to: number }

function partOf([from, to]: [number, number], side: Side): Part {
  const tokens = side.tokens.slice(from, to)
  const start = tokens[0]?.start ?? side.tokens[from]?.start ?? side.text.length
  const end = tokens.at(-1)?.end ?? start
  return { text: side.text.slice(start, end), start, end, tokens, words: side.words.slice(from, to), from, to }
}

const literals = new Set(['string', 'template', 'number', 'comment'])

function stampsOf(left: Part, right: Part): string[] | undefined {
  if (left.tokens.length !== right.tokens.length) return undefined
  const used = new Set<string>()
  for (const [index, token] of left.tokens.entries()) {
    const [a, b] = [left.words[index] ?? '', right.words[index] ?? '']
    if (a === b) continue
    if (token.kind !== right.tokens[index]?.kind || !literals.has(token.kind)) return undefined
    const causes = explainStamps(a, b)
    if (causes === undefined) return undefined
    for (const { id } of causes) used.add(id)
  }
  return [...used]
}

/** What the published tokens of a hunk can do that the rebuilt ones of the same place cannot. */
function alarmsOf(left: Part, right: Part, a: Side, b: Side): string[] {
  const alarms = new Set<string>()
  const known = new Set(right.words)
  const knownCalls = new Set(callsAround(right, b))
  for (const [index, token] of left.tokens.entries()) {
    const word = left.words[index] ?? ''
    if (known.has(word)) continue
    if (token.kind === 'word') {
      const what = word.includes('\\') ? 'hides a name behind escapes' : reachOf(word)
      if (what) alarms.add(`${what} (${clipped(word, 40)})`)
      else if (/[^\x00-\x7f]/.test(word)) alarms.add(`a name with unusual letters (${clipped(word, 40)})`)
    } else if (token.kind === 'comment') {
      for (const alarm of alarmsOfProse(word)) alarms.add(`${alarm} in a comment`)
    } else if (token.kind === 'other') alarms.add('a character that is no part of the language')
    else {
      for (const alarm of alarmsOfLiteral(word)) alarms.add(`${alarm} in a ${token.kind}`)
      const what =
        token.kind === 'string' || token.kind === 'template'
          ? reachOf(word.replace(/^[`'"](?:node:)?|[`'"]$/g, ''))
          : undefined
      if (what) alarms.add(`${what} (${clipped(word, 40)})`)
    }
  }
  for (const call of callsAround(left, a)) if (!knownCalls.has(call)) alarms.add(`calls ${clipped(call, 40)}`)
  return [...alarms]
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

/** As minifiers choose them. */
const shortName = /^[A-Za-z$_][A-Za-z0-9$_]{0,2}$/

/** Whether one side is the other with its short variables renamed, each everywhere in the same way. */
function onlyNamesDiffer(a: Side, b: Side): boolean {
  if (a.words.length !== b.words.length) return false
  const forth = new Map<string, string>()
  const back = new Map<string, string>()
  for (const [index, from] of a.words.entries()) {
    const to = b.words[index] ?? ''
    const isName = a.tokens[index]?.kind === 'word' && b.tokens[index]?.kind === 'word' && a.words[index - 1] !== '.'
    if (!isName || !shortName.test(from)) {
      if (from !== to) return false
      continue
    }
    if (from !== to && (!shortName.test(to) || reachOf(from) !== undefined || reachOf(to) !== undefined)) return false
    // A name that stays in one place and changes in another would be another variable.
    if ((forth.get(from) ?? to) !== to || (back.get(to) ?? from) !== from) return false
    forth.set(from, to)
    back.set(to, from)
  }
  return true
}
