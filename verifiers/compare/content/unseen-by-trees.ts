import type { Side } from './code-parts.ts'

/** What a published program does otherwise though its tree is the same, in a sentence. */
export function unseenByTrees(a: Side, b: Side): string | undefined {
  if (a.text.startsWith('#!') !== b.text.startsWith('#!')) {
    return 'Only one of the two names the program that runs it; without one, a shell does.'
  }
  if (userScriptHeader(a) !== userScriptHeader(b)) {
    return 'The header differs by which browsers decide on which pages a user script runs, and what it may do.'
  }
  if (escapedNames(a) > escapedNames(b)) return 'The published code has names that are hidden behind escapes.'
  if (identifiersIn(a).difference(identifiersIn(b)).size > mostIdentifiers) {
    return 'The comments have more identifiers of their own than a build has, so that data can be written in them.'
  }
  const known = new Set(b.words)
  return textsOfFunctions(a).every((text) => known.has(text))
    ? undefined
    : 'A comment that differs is all of a function, whose text code can ask for.'
}

/** A build has few: its commit, its own, those of some parts. */
const mostIdentifiers = 8

/** All that reads like a commit or a digest in comments, each of which alone could be a stamp. */
function identifiersIn({ tokens, words }: Side): ReadonlySet<string> {
  const comments = words.filter((_, index) => tokens[index]?.kind === 'comment')
  return new Set(comments.flatMap((word) => word.match(/\b(?=[a-f]*\d)[\da-f]{7,64}\b/gi) ?? []))
}

/** Without its version, which is a stamp. */
function userScriptHeader({ text }: Side): string | undefined {
  const start = text.indexOf('// ==UserScript==')
  const end = text.indexOf('// ==/UserScript==', start)
  if (start < 0 || end < 0) return undefined
  const lines = text.slice(start, end).split('\n')
  return lines.flatMap((line) => (line.startsWith('// @version ') ? [] : [line.trimEnd()])).join('\n')
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
