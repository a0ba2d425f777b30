import type { Side } from './code-parts.ts'
import type { Syntax } from './syntax.ts'

/**
 * Whether two programs are sure to have comments, strings and regular expressions where our tokens have them: nothing
 * that runs is then taken for something that does not.
 *
 * Where no parser reads them, TypeScript for example, they must be so plain that there is nothing to take for another.
 */
export function areReadRight(a: Side, b: Side): boolean {
  const [left, right] = [a.syntax(), b.syntax()]
  if (left === undefined || right === undefined) return isPlain(a) && isPlain(b)
  return hasSameTexts(a, left) && hasSameTexts(b, right)
}

/** Whether our tokens are those of the parser wherever one kind can be taken for another. */
function hasSameTexts({ text, tokens }: Side, { texts }: Syntax): boolean {
  const own: string[] = []
  for (const { kind, start, end } of tokens) {
    if (kind === 'comment' || kind === 'string' || kind === 'regexp') own.push(`${kind} ${start} ${end}`)
    // The parser has what is between the signs that a template begins and ends with.
    if (kind === 'template') own.push(`template ${start + 1} ${end - (text[end - 1] === '`' ? 1 : 2)}`)
  }
  return own.length === texts.length && own.every((one, index) => one === texts[index])
}

/** `var` is a variable of the function, `let` and `const` one of the block that it stands in (ECMA-262, 14.3). */
export function haveSameScopes(left: Side, right: Side): boolean {
  if (keywordsIn(left) === keywordsIn(right)) return true
  const [a, b] = [left.syntax(), right.syntax()]
  if (a === undefined || b === undefined || a.declarations.length !== b.declarations.length) return false
  return a.declarations.every(({ kind, ofFunction }, index) => {
    const other = b.declarations[index]
    if (kind === other?.kind || (kind !== 'var' && other?.kind !== 'var')) return true
    return ofFunction && other?.ofFunction === true
  })
}

/** Neither a slash outside of comments and strings, nor elements, nor marks of HTML, nor an escape outside of a string. */
function isPlain({ text, tokens, words }: Side): boolean {
  if (/<!--|-->|<\/|\/>|\\[\r\n]/.test(text)) return false
  return tokens.every(({ kind }, index) => {
    const word = words[index] ?? ''
    return kind !== 'regexp' && kind !== 'other' && word !== '/' && !(kind === 'word' && word.includes('\\'))
  })
}

const keywords = new Set(['var', 'let', 'const'])

function keywordsIn({ words }: Side): string {
  return words.filter((word) => keywords.has(word)).join()
}
