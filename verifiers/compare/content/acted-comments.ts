import type { Side } from './code-parts.ts'
import { isActedOn } from './comment-alarms.ts'
import type { Tree } from './syntax.ts'
import { nodesIn } from './variables.ts'

/** A comment that tools act on, and where the token begins that stands behind it. */
type Acted = { text: string; start: number }

/**
 * Whether comments that tools act on stand before the same things in two programs whose trees are equal, and in the same
 * calls: the same comment means that a call may be left out, or that an import is left alone, wherever it is moved to.
 */
export function actedComments(a: Side, b: Side) {
  const [here, there] = [actedIn(a), actedIn(b)]
  /** Nodes of both that stand in the same place, the outermost ones of those that begin at one offset. */
  const partners = new Map<number, number>()
  const others = new Set<number>()
  const calls: { one: Tree; other: Tree }[] = []
  return {
    /** Is told of each two nodes that stand in the same place, the outer ones first. */
    meet(one: Tree, other: Tree): void {
      // What a normal form makes stands nowhere, and a program begins where its text does.
      if (here.length === 0 || one.start < 0 || other.start < 0 || one.type === 'Program') return
      if (!partners.has(one.start)) partners.set(one.start, other.start)
      others.add(other.start)
      if (isCall(one)) calls.push({ one, other })
    },
    /** Once all of them were met. */
    areSame(): boolean {
      if (here.length === 0) return true
      const [left, right] = [placed(here, [...partners.keys()]), placed(there, [...others])]
      const within = innermost(
        here,
        calls.map(({ one }) => one),
      )
      const around = innermost(
        there,
        calls.map(({ other }) => other),
      )
      const same = Map.groupBy(calls, ({ one }) => rangeOf(one))
      const known = new Set(there.map(({ text }, at) => `${right[at]} ${rangeOf(around[at])} ${text}`))
      return here.every(({ text }, at) => {
        const [next, call] = [partners.get(left[at] ?? -1), within[at]]
        const outer = call === undefined ? [undefined] : (same.get(rangeOf(call)) ?? []).map(({ other }) => other)
        return outer.some((one) => known.has(`${next} ${rangeOf(one)} ${text}`))
      })
    },
  }
}

const isCall = ({ type }: Tree) => /^(?:Import|Call|New)Expression$/.test(type)
const rangeOf = (node: Tree | undefined) => `${node?.start} ${node?.end}`

/** The offset of the first of these that is not before a comment; of what no such thing stands behind there is none. */
function placed(comments: readonly Acted[], starts: number[]): (number | undefined)[] {
  const sorted = starts.sort((a, b) => a - b)
  let next = 0
  return comments.map(({ start }) => {
    while ((sorted[next] ?? start) < start) next++
    return sorted[next]
  })
}

/** The innermost of these calls that each comment stands in. */
function innermost(comments: readonly Acted[], calls: Tree[]): (Tree | undefined)[] {
  const sorted = calls.sort((a, b) => a.start - b.start || b.end - a.end)
  const open: Tree[] = []
  let next = 0
  return comments.map(({ start }) => {
    for (let call = sorted[next]; call !== undefined && call.start < start; call = sorted[++next]) open.push(call)
    while ((open.at(-1)?.end ?? start + 1) <= start) open.pop()
    return open.at(-1)
  })
}

/** By where the token begins that stands behind them. */
export function commentsBefore(side: Side): Map<number, string[]> {
  const found = Map.groupBy(actedIn(side), ({ start }) => start)
  return new Map([...found].map(([start, comments]) => [start, comments.map(({ text }) => text)]))
}

/** A parenthesis is that token only where something begins with it: around all of an expression it is in no tree. */
function actedIn({ tokens, words, text, ...side }: Side): Acted[] {
  if (!words.some((word, at) => tokens[at]?.kind === 'comment' && isActedOn(word))) return []
  const starts = new Set([...nodesIn(side.syntax()?.root)].map(({ start }) => start))
  const found: Acted[] = []
  let waiting: string[] = []
  for (const [index, { kind, start }] of [...tokens, { kind: undefined, start: text.length }].entries()) {
    const word = words[index] ?? ''
    if (kind === 'comment') {
      if (isActedOn(word)) waiting.push(word)
    } else if (word !== '(' || starts.has(start)) {
      found.push(...waiting.map((one) => ({ text: one, start })))
      waiting = []
    }
  }
  return found
}
