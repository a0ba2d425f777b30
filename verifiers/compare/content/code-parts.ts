import { linesOfComment } from './comment-alarms.ts'
import { standingApart, type Token, tokenizeJavaScript } from './javascript-tokens.ts'
import { type Uses, usesIn } from './name-uses.ts'
import { parseSyntax, type Syntax } from './syntax.ts'

/** One of two programs that are compared. */
export type Side = {
  text: string
  isTyped: boolean
  tokens: Token[]
  /**
   * The texts of its tokens, with one kind of line end. A sign that would be one with the sign before it but for what stands
   * between them begins with a space: `a-- -b` has not the words of `a- --b`.
   */
  words: string[]
  /** The whole text as a parser reads it, which it does when it is first asked for. */
  syntax(): Syntax | undefined
  /** What all of its comments say, line by line. */
  commentLines(): ReadonlySet<string>
  /** What it uses of the names that it has. */
  uses(): Uses
}

/**
 * @param isTyped that it is TypeScript, where what reads like two comparisons can be a call with a type (`a<b>(c)`): what has
 * such a sign is not parsed
 */
export function sideOf(text: string, keep?: { from: number; to: number }, isTyped = false): Side {
  const tokens = tokenizeJavaScript(text, keep)
  const hasCrLf = text.includes('\r\n')
  const words = tokens.map(({ start, end }) => {
    const word = text.slice(start, end)
    return hasCrLf ? word.replaceAll('\r\n', '\n') : word
  })
  for (const index of standingApart(text, tokens)) words[index] = ` ${words[index]}`
  let syntax: { read: Syntax | undefined } | undefined
  let lines: ReadonlySet<string> | undefined
  let uses: Uses | undefined
  return {
    text,
    isTyped,
    tokens,
    words,
    syntax() {
      syntax ??= { read: isTyped && words.includes('<') ? undefined : parseSyntax(text) }
      return syntax.read
    },
    commentLines() {
      lines ??= new Set(words.filter((_, index) => tokens[index]?.kind === 'comment').flatMap(linesOfComment))
      return lines
    },
    uses() {
      uses ??= usesIn({ tokens, words })
      return uses
    },
  }
}

/** The tokens of one side in a hunk; where there are none, `start` and `end` are where they would stand. */
export type Part = {
  text: string
  start: number
  end: number
  tokens: Token[]
  words: string[]
  from: number
  to: number
}

export function partOf([from, to]: [number, number], side: Side): Part {
  const tokens = side.tokens.slice(from, to)
  const start = tokens[0]?.start ?? side.tokens[from]?.start ?? side.text.length
  const end = tokens.at(-1)?.end ?? start
  return { text: side.text.slice(start, end), start, end, tokens, words: side.words.slice(from, to), from, to }
}

/** For each opening bracket where it is closed, so that no bracket has to be looked for twice. */
export function closingBrackets(words: readonly string[]): (number | undefined)[] {
  const closing: (number | undefined)[] = []
  const open: number[] = []
  for (const [index, word] of words.entries()) {
    if (word === '(' || word === '[' || word === '{') open.push(index)
    else if (word === ')' || word === ']' || word === '}') {
      const start = open.pop()
      if (start !== undefined) closing[start] = index
    }
  }
  return closing
}
