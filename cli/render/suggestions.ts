import type { Difference } from '../../verifiers/model/comparison.ts'
import type { Attempt } from '../../verifiers/model/report.ts'

/** What to change in the recipe so that a difference goes away, as a sentence; outside text is still in it as it is. */
export function suggestionText({ suggestion }: Difference): string | undefined {
  if (suggestion === undefined) return undefined
  const lines = suggestion.lines.map(({ line, value }) => `${line} to ${value}`)
  return `Try another recipe, with ${lines.join(', ')}: ${suggestion.reason}`
}

/** How one of several rebuilds went, as a headline and the lines of the recipe that were changed for it. */
export function attemptText({ number, again, verdict, problem, chosen, changes }: Attempt): {
  title: string
  changes: string[]
} {
  const ending = verdict ?? problem?.code ?? 'no comparison'
  return {
    title: `attempt ${number}${again ? ', the same once more' : ''}: ${ending}${chosen ? ', which the rest of this report is about' : ''}`,
    changes: changes.map(({ line, from, to, reason }) => `${line} ${changeText(from, to)}: ${reason}`),
  }
}

/** In characters: a step may be a program. The recipe and the JSON report have all of it. */
const longest = 300

/** Only the lines that differ, of steps above all. */
function changeText(from: string | undefined, to: string): string {
  if (from === undefined) return `to ${to}`
  const [before, after] = [from.split('\n'), to.split('\n')]
  const least = Math.min(before.length, after.length)
  let start = 0
  while (start < least && before[start] === after[start]) start++
  let end = 0
  while (end < least - start && before.at(-1 - end) === after.at(-1 - end)) end++
  const shown = (lines: string[]) => {
    const text = lines.slice(start, lines.length - end).join('\n')
    return text.length > longest ? `${text.slice(0, longest)}…` : text
  }
  const [gone, come] = [shown(before), shown(after)]
  if (gone === '') return `with ${come}`
  return come === '' ? `without ${gone}` : `from ${gone} to ${come}`
}
