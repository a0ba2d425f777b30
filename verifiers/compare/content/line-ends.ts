import { sideOf } from './code-parts.ts'
import type { Around } from './document-place.ts'
import type { Explanation } from './explanation.ts'
import type { FileContent } from './file-kind.ts'
import { tokenizeJavaScript } from './javascript-tokens.ts'
import { lineEndsAreSeen } from './seen-line-ends.ts'

type LineEnds = 'CRLF' | 'LF' | 'CRLF within comments' | 'mixed'

/**
 * CRLF is a line end in every text format there is, except behind `#!`, where it becomes a part of the name, in scripts and
 * lists, where it can become a part of the last word, and in the text of a function, for those who ask for it. No checkout
 * changes some lines and others not; but a compiler writes the lines of a program anew, and comments as they are.
 */
export function explainLineEnds(
  a: string,
  b: string,
  kind: FileContent['kind'],
  { path, around }: { path: string; around?: Around | undefined },
): Explanation | undefined {
  const plain = (text: string) => text.replaceAll('\r\n', '\n')
  if (plain(a) !== plain(b)) return undefined
  const evidence = { published: lineEndsOf(a, kind), rebuilt: lineEndsOf(b, kind) }
  const counts = evidence.published === 'CRLF within comments' || lineEndsAreSeen(path, kind, a, around)
  return {
    cause: 'line-endings',
    severity: evidence.published === 'mixed' ? 'suspicious' : counts ? 'unexplained' : 'benign',
    summary: `Only the line ends differ (${evidence.published} published, ${evidence.rebuilt} rebuilt), as on a checkout under Windows.`,
    evidence,
  }
}

/**
 * Whether which lines of a program end in CRLF says something, whatever else differs: some do, neither all nor those in
 * comments, and not the lines that do on the other side.
 */
export function hidesInLineEnds(a: string, b: string, kind: 'javascript' | 'types'): boolean {
  if (!a.includes('\r\n') || lineEndsOf(a, kind) !== 'mixed') return false
  const [own, known] = [linesIn(a, kind), linesIn(b, kind)]
  const [crlf, lf] = [true, false].map(
    (isCrLf) => new Set(known.flatMap((one) => (one.isCrLf === isCrLf ? one.text : []))),
  )
  if (!own.every(({ text, isCrLf }) => (isCrLf ? crlf : lf)?.has(text))) return true
  // Of a line that ends in either way, each must end as its counterpart does.
  const open = (lines: readonly Line[]) => lines.filter(({ text }) => crlf?.has(text) && lf?.has(text))
  const [left, right] = [open(own), open(known)]
  return !left.every(({ text, isCrLf }, at) => text === right[at]?.text && isCrLf === right[at]?.isCrLf)
}

type Line = { text: string; isCrLf: boolean }

/**
 * Without white space around them, so that another indentation makes no other line, and those of comments by themselves:
 * what stands before one in its line is another minifier's.
 */
function linesIn(text: string, kind: FileContent['kind']): Line[] {
  const { comments, between } = partsOf(text, kind)
  const lines = [...comments, ...between].flatMap((part) => part.split('\n').slice(0, -1))
  return lines.map((line) => ({ text: line.trim(), isCrLf: line.endsWith('\r') }))
}

function lineEndsOf(text: string, kind: FileContent['kind']): LineEnds {
  const pairs = text.split('\r\n').length - 1
  const all = text.split('\n').length - 1
  if (pairs === 0 || pairs === all) return pairs === 0 ? 'LF' : 'CRLF'
  const isProgram = kind === 'types' || kind === 'javascript'
  return isProgram && areInComments(partsOf(text, kind)) ? 'CRLF within comments' : 'mixed'
}

/** All line ends in comments are CRLF and all others are LF, so that which are which says nothing. */
function areInComments({ comments, between }: Parts): boolean {
  return (
    comments.length > 0 &&
    between.every((part) => !part.includes('\r\n')) &&
    comments.every((comment) => !/(?<!\r)\n/.test(comment))
  )
}

type Parts = { comments: string[]; between: string[] }

function partsOf(text: string, kind: FileContent['kind']): Parts {
  const parts: Parts = { comments: [], between: [] }
  let behind = 0
  for (const { start, end } of kind === 'types' ? commentsOfTypes(text) : commentsIn(text)) {
    parts.between.push(text.slice(behind, start))
    parts.comments.push(text.slice(start, end))
    behind = end
  }
  parts.between.push(text.slice(behind))
  return parts
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
