import { hasInvisible } from './alarms.ts'
import { type Side, sideOf } from './code-parts.ts'
import { isActedOn, linesOfComment } from './comment-alarms.ts'
import type { Explanation } from './explanation.ts'
import { lineBreaksMatter, sameLineBreaks } from './line-breaks.ts'

/**
 * Declarations that are the same token by token, and that a formatter wrote otherwise: white space, quotes, what stands
 * between members and behind the last one, the indentation of comments. `undefined` where anything else differs.
 */
export function explainFormattedTypes(published: string, rebuilt: string): Explanation | undefined {
  const [a, b] = [published, rebuilt].map((text) => sideOf(text)) as [Side, Side]
  if (!isPlain(a) || !isPlain(b) || unseenIn(a) > unseenIn(b) || lineBreaksMatter(a, b)) return undefined
  const [own, known] = [wordsOf(a), wordsOf(b)]
  const signs = (words: string[]) => words.filter((word) => word !== ';' && word !== ',')
  if (signs(own).join('\0') !== signs(known).join('\0')) return undefined
  const isSpace = own.join('\0') === known.join('\0') && sameLineBreaks(a, b)
  return {
    cause: 'formatting',
    severity: isSpace ? 'benign' : 'unexplained',
    summary: `The declarations are the same token by token; only ${isSpace ? 'the white space between them differs' : 'how they are formatted differs'}.`,
  }
}

/** A slash outside of comments could begin what our tokens take for something else. */
function isPlain({ tokens, words }: Side): boolean {
  return tokens.every(({ kind }, at) => kind !== 'regexp' && kind !== 'other' && words[at] !== '/')
}

function unseenIn({ text }: Side): number {
  return [...text].filter(hasInvisible).length
}

function wordsOf({ tokens, words }: Side): string[] {
  return words.map((word, at) => {
    const kind = tokens[at]?.kind
    if (kind === 'comment' && !isActedOn(word)) return [word.slice(0, 2), ...linesOfComment(word)].join('\n')
    return kind === 'string' && !/["'\\]/.test(word.slice(1, -1)) ? `"${word.slice(1, -1)}"` : word
  })
}
