import type { Severity } from '../difference.ts'

/** One place where two texts differ. */
export type Change = {
  /** Counted from 1, in the published text, or in the rebuilt one where nothing was published here. */
  line: number
  column: number
  published: string
  rebuilt: string
  /** What stands around it on both sides. */
  before: string
  after: string
  /** Ids of the causes that explain it wholly. */
  causes?: string[]
  /** What makes it suspicious, each in a few words. */
  alarms?: string[]
}

/** What is to be said about two contents of one path. */
export type Explanation = {
  cause: string
  severity: Severity
  /** One sentence. */
  summary: string
  /** The first of them; `count` is how many there are. */
  changes?: Change[]
  count?: number
  /** Further facts. */
  evidence?: Record<string, unknown>
}

export const shownChanges = 20
const shownText = 400

export function clipped(text: string, length = shownText): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}

/** Of what is the same in front of a difference. */
const shownLead = 60

/** Both sides of a change, as much as is shown of them. Where they begin alike for long, from a little before they differ. */
export function clippedPair(published: string, rebuilt: string, length = shownText): [string, string] {
  let same = 0
  while (same < published.length && same < rebuilt.length && published[same] === rebuilt[same]) same++
  const start = same > length - shownLead && Math.max(published.length, rebuilt.length) > length ? same - shownLead : 0
  const show = (text: string) => clipped(start > 0 ? `…${text.slice(start)}` : text, length)
  return [show(published), show(rebuilt)]
}

/** Line and column of an offset, both from 1. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  let line = 1
  let start = 0
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++
    start = at + 1
  }
  return { line, column: offset - start + 1 }
}

/** Lines for people: where, and both sides with what stands around them. */
export function linesOf(changes: readonly Change[], count: number): string[] {
  const lines = changes.slice(0, 5).flatMap(({ line, column, published, rebuilt, before, after, alarms }) => {
    const where = `line ${line}, column ${column}${alarms && alarms.length > 0 ? `: ${alarms.join(', ')}` : ''}`
    // Whole lines need nothing around them.
    const [start, end] = before.endsWith('\n') ? ['', ''] : [flat(before).slice(-24), flat(after).slice(0, 24)]
    const [p, r] = clippedPair(published, rebuilt, 120).map((text) => `${start}⟦${flat(text)}⟧${end}`)
    return [where, `  published  ${p}`, `  rebuilt    ${r}`]
  })
  return count > 5 ? [...lines, `and ${count - 5} more places`] : lines
}

function flat(text: string): string {
  return text.replace(/\s+/g, ' ')
}
