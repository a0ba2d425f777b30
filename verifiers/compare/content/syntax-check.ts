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

/**
 * Whether variables are declared by the same words: `var` is one of the function, that can be read before it has a value and
 * that scripts share; `let` one of the block; and to `const` nothing more is given (ECMA-262, 14.3).
 */
export function haveSameDeclarations(left: Side, right: Side): boolean {
  return keywordsIn(left) === keywordsIn(right)
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
