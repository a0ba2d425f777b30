import { sideOf } from './code-parts.ts'
import type { Explanation } from './explanation.ts'
import type { FileContent } from './file-kind.ts'
import { tokenizeJavaScript } from './javascript-tokens.ts'

type LineEnds = 'CRLF' | 'LF' | 'CRLF within comments' | 'mixed'

/**
 * CRLF is a line end in every text format there is, except behind `#!`, where it becomes a part of the name, and in
 * scripts and lists, where it can become a part of the last word. No checkout changes some lines and others not; but a
 * compiler writes the lines of a program anew, and comments as they are.
 */
export function explainLineEnds(a: string, b: string, kind: FileContent['kind']): Explanation | undefined {
  const plain = (text: string) => text.replaceAll('\r\n', '\n')
  if (plain(a) !== plain(b)) return undefined
  const evidence = { published: lineEndsOf(a, kind), rebuilt: lineEndsOf(b, kind) }
  const counts = kind === 'program' || a.startsWith('#!') || evidence.published === 'CRLF within comments'
  return {
    cause: 'line-endings',
    severity: evidence.published === 'mixed' ? 'suspicious' : counts ? 'unexplained' : 'benign',
    summary: `Only the line ends differ (${evidence.published} published, ${evidence.rebuilt} rebuilt), as on a checkout under Windows.`,
    evidence,
  }
}

/**
 * Whether which lines of a program end in CRLF says something, whatever else differs: some do, neither all nor those in
 * comments, and not the lines that do on the other side. A comment counts in each of its lines.
 */
export function hidesInLineEnds(a: string, b: string, kind: 'javascript' | 'types'): boolean {
  if (!a.includes('\r\n') || lineEndsOf(a, kind) !== 'mixed') return false
  const [own, known] = [linesByEnd(a), linesByEnd(b)]
  return !(own.crlf.isSubsetOf(known.crlf) && own.lf.isSubsetOf(known.lf))
}

/** Without white space around them, so that another indentation makes no other line. */
function linesByEnd(text: string): Record<'crlf' | 'lf', ReadonlySet<string>> {
  const lines = text.split('\n').slice(0, -1)
  const of = (isCrLf: boolean) =>
    new Set(lines.filter((line) => line.endsWith('\r') === isCrLf).map((one) => one.trim()))
  return { crlf: of(true), lf: of(false) }
}

function lineEndsOf(text: string, kind: FileContent['kind']): LineEnds {
  const pairs = text.split('\r\n').length - 1
  const all = text.split('\n').length - 1
  if (pairs === 0 || pairs === all) return pairs === 0 ? 'LF' : 'CRLF'
  const isTyped = kind === 'types'
  return (isTyped || kind === 'javascript') && areInComments(text, isTyped) ? 'CRLF within comments' : 'mixed'
}

/** All line ends in comments are CRLF and all others are LF, so that which are which says nothing. */
function areInComments(text: string, isTyped: boolean): boolean {
  const comments = isTyped ? commentsOfTypes(text) : commentsIn(text)
  if (comments.length === 0) return false
  let behind = 0
  const parts = comments.map(({ start, end }) => {
    const before = text.slice(behind, start)
    behind = end
    return { before, comment: text.slice(start, end) }
  })
  return (
    [...parts.map(({ before }) => before), text.slice(behind)].every((part) => !part.includes('\r\n')) &&
    parts.every(({ comment }) => !/(?<!\r)\n/.test(comment))
  )
}

type Range = { start: number; end: number }

function commentsIn(text: string): Range[] {
  const texts = (sideOf(text).syntax()?.texts ?? []).map((one) => one.split(' '))
  return texts.flatMap(([kind, start, end]) => (kind === 'comment' ? [{ start: Number(start), end: Number(end) }] : []))
}

/** No parser of ours reads them; they have nothing that could be taken for a comment, but in a text. */
function commentsOfTypes(text: string): Range[] {
  return tokenizeJavaScript(text).filter(({ kind }) => kind === 'comment')
}
