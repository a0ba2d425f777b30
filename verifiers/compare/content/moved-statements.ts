import type { Side } from './code-parts.ts'

/**
 * Whether two programs are the same but for the order of statements that have none: declarations of functions, which exist
 * from the beginning (ECMA-262, 14.1.1), and `export … from`, whose modules the other exports load, too. Everything else
 * must stand in the same order, and no function may be declared twice: of those the last one counts.
 */
export function onlyOrderDiffers(a: Side, b: Side): boolean {
  if (a.words.length !== b.words.length) return false
  const [left, right] = [statementsOf(a), statementsOf(b)]
  if (left === undefined || right === undefined) return false
  return (
    left.fixed.join('\n') === right.fixed.join('\n') &&
    left.movable.length > 1 &&
    left.movable.toSorted().join('\n') === right.movable.toSorted().join('\n')
  )
}

function statementsOf({ words, tokens }: Side): { fixed: string[]; movable: string[] } | undefined {
  const fixed: string[] = []
  const movable: string[] = []
  const names = new Set<string>()
  let index = 0
  while (index < words.length) {
    const end = startsStatement(words, index) ? endOfMovable(words, index) : undefined
    if (end === undefined) {
      // Behind a function a string is no directive any more.
      if (movable.length > 0 && tokens[index]?.kind === 'string' && startsStatement(words, index)) return undefined
      const behind = endOfOther(words, index)
      fixed.push(words.slice(index, behind).join(' '))
      index = behind
      continue
    }
    // Without the function this would go on with the statement before it, where no semicolon ends that.
    if (/^[([`+\-*/,.<>=?:&|^%]/.test(words[end] ?? '') && tokens[end]?.kind !== 'comment') return undefined
    const name = functionName(words, index)
    if (name !== undefined && names.has(name)) return undefined
    if (name !== undefined) names.add(name)
    // A comment in it could be a directive for a tool; it moves with what it stands in.
    movable.push(`${tokens[index]?.kind} ${words.slice(index, end).join(' ')}`)
    index = end
  }
  return { fixed, movable }
}

/** Behind the end of another statement, outside of all brackets. */
function startsStatement(words: readonly string[], index: number): boolean {
  const before = words[index - 1]
  return before === undefined || before === ';' || before === '}'
}

function functionName(words: readonly string[], start: number): string | undefined {
  const at = words[start] === 'async' ? start + 1 : start
  if (words[at] !== 'function') return undefined
  return words[at + 1] === '*' ? words[at + 2] : words[at + 1]
}

/** The index behind a declaration of a function, or behind `export … from "…";`. */
function endOfMovable(words: readonly string[], start: number): number | undefined {
  if (functionName(words, start) !== undefined) {
    const body = words.indexOf('{', closing(words, words.indexOf('(', start)))
    return body < 0 ? undefined : closing(words, body) + 1
  }
  if (words[start] !== 'export' || (words[start + 1] !== '*' && words[start + 1] !== '{')) return undefined
  const from = words.indexOf('from', start)
  const isShort = from > 0 && from - start < 4000 && !words.slice(start, from).includes(';')
  return isShort && words[from + 2] === ';' ? from + 3 : undefined
}

/** The index behind what is no such statement: one bracket with all that is in it, or one token. */
function endOfOther(words: readonly string[], start: number): number {
  const word = words[start] ?? ''
  return word === '{' || word === '(' || word === '[' ? closing(words, start) + 1 : start + 1
}

function closing(words: readonly string[], open: number): number {
  if (open < 0) return words.length
  let depth = 0
  for (let index = open; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === '(' || word === '{' || word === '[') depth++
    else if (word === ')' || word === '}' || word === ']') depth--
    if (depth === 0) return index
  }
  return words.length
}
