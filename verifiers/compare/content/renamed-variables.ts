import { reachOf } from './alarms.ts'
import { bindingsOf } from './bindings.ts'
import type { Side } from './code-parts.ts'

/** As minifiers choose them. */
const shortName = /^[A-Za-z$_][A-Za-z0-9$_]{0,2}$/
const reserved = new Set('if in of do for let var new try get set as is NaN Map Set URL CSS top'.split(' '))

/**
 * Whether one side is the other with its short variables renamed, each everywhere in the same way: at each place where a
 * name stands both sides mean the same variable, counted in the order in which they come, or have the same name for one
 * that the platform, another file or an object knows by it.
 */
export function onlyNamesDiffer(a: Side, b: Side): boolean {
  if (a.words.length !== b.words.length) return false
  // Most programs differ in something else, and then nothing more has to be known.
  const others = a.words.some((from, index) => {
    const to = b.words[index] ?? ''
    return from !== to && !(isWord(a, index) && isWord(b, index) && isFree(from) && isFree(to))
  })
  if (others) return false
  const [here, there] = [a.syntax(), b.syntax()]
  const left = here && bindingsOf(here)?.numberAt
  const right = there && bindingsOf(there)?.numberAt
  if (left === undefined || right === undefined) return false
  return a.tokens.every((token, index) => {
    const [one, other] = [left.get(token.start), right.get(b.tokens[index]?.start ?? -1)]
    return one === other && (one !== undefined || a.words[index] === b.words[index])
  })
}

function isWord({ tokens }: Side, index: number): boolean {
  return tokens[index]?.kind === 'word'
}

function isFree(name: string): boolean {
  return shortName.test(name) && !reserved.has(name) && reachOf(name) === undefined
}
