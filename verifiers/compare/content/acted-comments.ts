import type { Side } from './code-parts.ts'
import { isActedOn } from './comment-alarms.ts'
import type { Tree } from './syntax.ts'

/**
 * Whether comments that tools act on stand before the same things in two programs whose trees are equal: the same comment
 * means that a call may be left out, or that an import is left alone, wherever it is moved to.
 */
export function actedComments(a: Side, b: Side) {
  const [here, there] = [commentsBefore(a), commentsBefore(b)]
  const partners = new Map<number, number>()
  return {
    /** Is told of each two nodes that stand in the same place, the outer ones first. */
    meet(one: Tree, other: Tree): void {
      if (here.has(one.start)) partners.set(one.start, other.start)
    },
    /** Once all of them were met. */
    areSame(): boolean {
      const alone: string[] = []
      for (const [start, comments] of here) {
        const partner = partners.get(start)
        if (partner === undefined) alone.push(...comments)
        else if (!comments.every((one) => there.get(partner)?.includes(one))) return false
      }
      // Before what is no part of a tree, such as a bracket, they are only counted.
      const counts = new Map<string, number>()
      for (const one of [...there.values()].flat()) counts.set(one, (counts.get(one) ?? 0) + 1)
      return alone.every((one) => {
        const left = (counts.get(one) ?? 0) - 1
        counts.set(one, left)
        return left >= 0
      })
    },
  }
}

/** By where the token begins that stands behind them; parentheses are in no tree. */
export function commentsBefore({ tokens, words, text }: Side): Map<number, string[]> {
  const found = new Map<number, string[]>()
  let waiting: string[] = []
  for (const [index, { kind, start }] of tokens.entries()) {
    const word = words[index] ?? ''
    if (kind === 'comment') {
      if (isActedOn(word)) waiting.push(word)
    } else if (word !== '(' && waiting.length > 0) {
      found.set(start, waiting)
      waiting = []
    }
  }
  if (waiting.length > 0) found.set(text.length, waiting)
  return found
}
