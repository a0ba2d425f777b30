import type { Side } from './code-parts.ts'
import { alarmsOfComment, isActedOn } from './comment-alarms.ts'

/** How much of comments is kept for the source to be searched for them, in characters, and how many. */
const longest = 65_536
const most = 32

/**
 * The comments that raise an alarm and that the rebuilt program does not have, whole; `undefined` where they are too many,
 * or tools act on one, so that its being in the source says nothing.
 */
export function unknownComments(a: Side, b: Side): string[] | undefined {
  const known = new Set(b.words)
  const comments = a.words.filter((word, index) => {
    return a.tokens[index]?.kind === 'comment' && !known.has(word) && alarmsOfComment(word, b.commentLines()).length > 0
  })
  const distinct = [...new Set(comments)]
  const isTooMuch = distinct.length > most || distinct.join('').length > longest
  return distinct.length === 0 || isTooMuch || distinct.some(isActedOn) ? undefined : distinct
}
