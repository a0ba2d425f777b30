import type { Side } from './code-parts.ts'

/** What a published program does otherwise though its tree is the same, in a sentence. */
export function unseenByTrees(a: Side, b: Side): string | undefined {
  if (a.text.startsWith('#!') !== b.text.startsWith('#!')) {
    return 'Only one of the two names the program that runs it; without one, a shell does.'
  }
  if (escapedNames(a) > escapedNames(b)) return 'The published code has names that are hidden behind escapes.'
  const known = new Set(b.words)
  return textsOfFunctions(a).every((text) => known.has(text))
    ? undefined
    : 'A comment that differs is all of a function, whose text code can ask for.'
}

function escapedNames({ tokens, words }: Side): number {
  return words.filter((word, index) => tokens[index]?.kind === 'word' && word.includes('\\')).length
}

/** Comments of several lines that functions consist of: a way to write long texts, which are taken by `toString`. */
function textsOfFunctions({ tokens, words }: Side): string[] {
  return words.filter(
    (word, index) =>
      tokens[index]?.kind === 'comment' &&
      word.includes('\n') &&
      words[index - 1] === '{' &&
      (words[index - 2] === ')' || words[index - 2] === '>') &&
      words[index + 1] === '}',
  )
}
