import { sideOf } from './code-parts.ts'
import type { Explanation } from './explanation.ts'
import type { FileContent } from './file-kind.ts'

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

function lineEndsOf(text: string, kind: FileContent['kind']): LineEnds {
  const pairs = text.split('\r\n').length - 1
  const all = text.split('\n').length - 1
  if (pairs === 0 || pairs === all) return pairs === 0 ? 'LF' : 'CRLF'
  return kind === 'javascript' && areInComments(text) ? 'CRLF within comments' : 'mixed'
}

/** All line ends in comments are CRLF and all others are LF, so that which are which says nothing. */
function areInComments(text: string): boolean {
  const comments = (sideOf(text).syntax()?.texts ?? [])
    .map((one) => one.split(' '))
    .filter(([kind]) => kind === 'comment')
  if (comments.length === 0) return false
  let behind = 0
  const parts = comments.map(([, start, end]) => {
    const before = text.slice(behind, Number(start))
    behind = Number(end)
    return { before, comment: text.slice(Number(start), behind) }
  })
  return (
    [...parts.map(({ before }) => before), text.slice(behind)].every((part) => !part.includes('\r\n')) &&
    parts.every(({ comment }) => !/(?<!\r)\n/.test(comment))
  )
}
