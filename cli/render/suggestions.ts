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
    changes: changes.map(
      ({ line, from, to, reason }) => `${line}${from === undefined ? '' : ` from ${from}`} to ${to}: ${reason}`,
    ),
  }
}
