import type { Side } from './code-parts.ts'
import type { Tree } from './syntax.ts'
import { nodesIn } from './variables.ts'

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
  if (!textsOfFunctions(a).every((text) => known.has(text))) {
    return 'A comment that differs is all of a function, whose text code can ask for.'
  }
  return commentsAskedFor(a).join('\n') === commentsAskedFor(b).join('\n')
    ? undefined
    : 'A comment differs in a function whose text the code asks for.'
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

/**
 * Comments that functions consist of: a way to write long texts, which are taken by `toString`. Those of one line often
 * only say why a function does nothing, where the program asks nothing for its text.
 */
function textsOfFunctions({ tokens, words }: Side): string[] {
  const asks = words.some((word, at) => word === 'toString' && words[at + 1] === '(' && words[at + 2] === ')')
  return words.filter(
    (word, index) =>
      tokens[index]?.kind === 'comment' &&
      (asks || word.includes('\n')) &&
      words[index - 1] === '{' &&
      (words[index - 2] === ')' || words[index - 2] === '>') &&
      words[index + 1] === '}',
  )
}

/** All comments in functions that the program asks for their text by their names. */
function commentsAskedFor(side: Side): string[] {
  const { tokens, words } = side
  const asked = new Set(words.filter((_, at) => isAskedForText(side, at)))
  if (asked.size === 0) return []
  const functions = [...nodesIn(side.syntax()?.root)].flatMap(({ type, start, end, id, init }) => {
    const isFunction =
      type === 'VariableDeclarator'
        ? /Function|^Class/.test((init as Tree | null)?.type ?? '')
        : /^(?:Function|Class)/.test(type)
    return isFunction && asked.has(String((id as Tree | null)?.name)) ? [{ start, end }] : []
  })
  const sorted = functions.sort((one, other) => one.start - other.start)
  const found: string[] = []
  let [next, until] = [0, 0]
  for (const [at, { kind, start }] of tokens.entries()) {
    for (let one = sorted[next]; one !== undefined && one.start <= start; one = sorted[++next])
      until = Math.max(until, one.end)
    if (kind === 'comment' && start < until) found.push(words[at] ?? '')
  }
  return found
}

/** `f.toString`, `toString.call(f)`, `String(f)`, `"" + f`, `f + ""`, `${f}` */
function isAskedForText({ tokens, words }: Side, at: number): boolean {
  if (tokens[at]?.kind !== 'word') return false
  const [before, after] = [words[at - 1], words[at + 1]]
  if (/^[.?[]$/.test(after ?? '')) return /^(?:\??\.|\[["'`])toString\b/.test(words.slice(at + 1, at + 4).join(''))
  const isGiven = before === '(' && after === ')'
  if (isGiven && words[at - 2] === 'String') return true
  if (isGiven && words[at - 2] === 'call') return words[at - 4] === 'toString'
  const isText = (index: number) => tokens[index]?.kind === 'string' || tokens[index]?.kind === 'template'
  return (before === '+' && isText(at - 2)) || (after === '+' && isText(at + 2)) || /\$\{$/.test(before ?? '')
}
