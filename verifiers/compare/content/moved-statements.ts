import { closingBrackets, type Side } from './code-parts.ts'
import { tokensBehindBreaks } from './line-breaks.ts'

/**
 * Whether two programs are the same but for the order of statements that have none: declarations of functions, which exist
 * from the beginning (ECMA-262, 14.1.1). Everything else must stand in the same order, `export … from` too, which runs
 * modules in their turn, and no function may be declared twice: of those the last one counts.
 */
export function onlyOrderDiffers(a: Side, b: Side): boolean {
  if (!haveSameWords(a.words, b.words)) return false
  const [left, right] = [statementsOf(a), statementsOf(b)]
  if (left === undefined || right === undefined) return false
  return (
    left.fixed.join('\n') === right.fixed.join('\n') &&
    left.movable.length > 1 &&
    left.movable.toSorted().join('\n') === right.movable.toSorted().join('\n')
  )
}

/** In any order; most programs differ in more, and then nothing has to be taken apart. */
function haveSameWords(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  const counts = new Map<string, number>()
  for (const word of a) counts.set(word, (counts.get(word) ?? 0) + 1)
  return b.every((word) => {
    const left = (counts.get(word) ?? 0) - 1
    counts.set(word, left)
    return left >= 0
  })
}

function statementsOf(side: Side): { fixed: string[]; movable: string[] } | undefined {
  const { words, tokens } = side
  // A line end that ends a statement moves with what it stands in.
  const breaks = tokensBehindBreaks(side)
  const lines = words.map((word, at) => (breaks.has(at) ? `\n${word}` : word))
  const closing = closingBrackets(words)
  const fixed: string[] = []
  const movable: string[] = []
  const names = new Set<string>()
  let index = 0
  while (index < words.length) {
    const end = startsStatement(words, index) ? endOfMovable(words, index, closing) : undefined
    if (end === undefined) {
      // Behind a function a string is no directive any more.
      if (movable.length > 0 && tokens[index]?.kind === 'string' && startsStatement(words, index)) return undefined
      const behind = endOfOther(words, index, closing)
      fixed.push(lines.slice(index, behind).join(' '))
      index = behind
      continue
    }
    // Without the function this would go on with the statement before it, where no semicolon ends that.
    if (/^[([`+\-*/,.<>=?:&|^%]/.test(words[end] ?? '') && tokens[end]?.kind !== 'comment') return undefined
    const name = functionName(words, index)
    if (name !== undefined && names.has(name)) return undefined
    if (name !== undefined) names.add(name)
    // A comment in it could be a directive for a tool; it moves with what it stands in.
    movable.push(`${tokens[index]?.kind} ${lines.slice(index, end).join(' ')}`)
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

type Closing = readonly (number | undefined)[]

/** The index behind a declaration of a function. */
function endOfMovable(words: readonly string[], start: number, closing: Closing): number | undefined {
  if (functionName(words, start) === undefined) return undefined
  const at = words[start] === 'async' ? start + 1 : start
  const parameters = closing[words[at + 1] === '*' ? at + 3 : at + 2]
  const body = parameters === undefined || words[parameters + 1] !== '{' ? undefined : closing[parameters + 1]
  return body === undefined ? undefined : body + 1
}

/** The index behind what is no such statement: one bracket with all that is in it, or one token. */
function endOfOther(words: readonly string[], start: number, closing: Closing): number {
  const word = words[start] ?? ''
  return word === '{' || word === '(' || word === '[' ? (closing[start] ?? words.length) + 1 : start + 1
}
