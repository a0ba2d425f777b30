import { type Side, sideOf } from './code-parts.ts'

/** Programs up to this length are split into tokens as a whole; of longer ones the part that differs. In characters. */
const wholeLength = 4 * 1024 * 1024
/** What stands on both sides of the part that differs belongs to it, so that no token is cut in two. */
const around = 256

export function isLargeProgram(published: string, rebuilt: string): boolean {
  return Math.max(published.length, rebuilt.length) > wholeLength
}

/**
 * The part of two large programs that differs, in tokens; `undefined` where that is large, too, or where it changes what
 * the text behind it is (a quote or a comment that is left open).
 */
export function differingSides(published: string, rebuilt: string): { a: Side; b: Side } | undefined {
  const start = commonStart(published, rebuilt)
  const end = commonEnd(published, rebuilt, Math.min(published.length, rebuilt.length) - start)
  const from = Math.max(0, start - around)
  const range = (text: string) => ({ from, to: Math.min(text.length, text.length - end + around) })
  const [left, right] = [range(published), range(rebuilt)]
  if (Math.max(left.to - from, right.to - from) > wholeLength) return undefined
  const [a, b] = [sideOf(published, left), sideOf(rebuilt, right)]
  const rest = (side: Side) => side.text.length - (side.tokens.at(-1)?.end ?? 0)
  return rest(a) === rest(b) ? { a, b } : undefined
}

function commonStart(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  let at = 0
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++
  return at
}

function commonEnd(a: string, b: string, most: number): number {
  let count = 0
  while (count < most && a.charCodeAt(a.length - 1 - count) === b.charCodeAt(b.length - 1 - count)) count++
  return count
}
