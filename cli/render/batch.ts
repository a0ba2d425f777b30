import type { BatchReport, BatchResult } from '../../verifiers/model/batch.ts'
import { oneLine } from '../context.ts'
import { bold, dim, green, red, type Style, yellow } from './style.ts'

/** One line for one that is done. */
export function resultLine(result: BatchResult, from: 'now' | 'before', style: Style): string {
  const { subject, verdict = 'undecided', met, seconds } = result
  const paint = met ? green : verdict === 'different' ? red : yellow
  const time = from === 'before' ? 'before' : `${seconds.toFixed(1)} s`
  const why = reasonOf(result)
  return `${paint(verdict.padEnd(17), style)} ${oneLine(subject)}  ${dim(time, style)}${why ? `  ${oneLine(why)}` : ''}\n`
}

/** What to know beside the verdict: why it could not be decided, or what differs. */
export function reasonOf({ problem, causes, suspicious, attempts }: BatchResult): string {
  if (problem) return `${problem.code}: ${problem.message}`
  const named = Object.entries(causes)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 3)
    .map(([cause, count]) => (count === 1 ? cause : `${cause} (${count})`))
  return [
    ...(suspicious > 0 ? [`${suspicious} suspicious`] : []),
    ...named,
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
  ].join(', ')
}

/** How many have each verdict. */
export function renderBatch({ results, counts, required, met }: BatchReport, style: Style): string {
  if (results.length === 0) return 'There is nothing to rebuild.\n'
  const lines = Object.entries(counts).map(([verdict, count]) => {
    const share = ((100 * count) / results.length).toFixed(0)
    return `  ${verdict.padEnd(17)} ${String(count).padStart(6)}  ${dim(`${share} %`, style)}`
  })
  const unmet = results.filter((result) => !result.met).length
  const all = `All ${results.length} are ${required} or better.`
  const some = `${unmet} of ${results.length} are not ${required} or better.`
  return `\n${lines.join('\n')}\n\n${bold(met ? all : some, style)}\n`
}
