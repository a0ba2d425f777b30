import type { BatchResult } from '../../verifiers/model/batch.ts'
import type { ProgressEvent } from '../../verifiers/model/progress.ts'
import { oneLine } from '../context.ts'
import { dim } from './style.ts'

/** A live table of what is under way. Nothing where stderr is no terminal. */
export type SeveralProgress = {
  start(spec: string): void
  report(spec: string, event: ProgressEvent): void
  finish(result: BatchResult, from: 'now' | 'before'): void
  end(): void
}

type Active = { spec: string; since: number; stage: string; text: string }

export type SeveralState = {
  total: number
  /** When the first began, in milliseconds, as of `Active.since` and `now`. */
  since: number
  /** How many have each verdict. */
  done: ReadonlyMap<string, number>
  /** How many of those an earlier process did, which says nothing about how long the others take. */
  before: number
  active: readonly Active[]
}

export function severalProgress(
  stream: NodeJS.WriteStream,
  environment: NodeJS.ProcessEnv,
  total: number,
): SeveralProgress {
  if (!stream.isTTY || environment.TERM === 'dumb' || environment.CI) {
    return { start: () => undefined, report: () => undefined, finish: () => undefined, end: () => undefined }
  }
  const active = new Map<string, Active>()
  const done = new Map<string, number>()
  const since = performance.now()
  const style = { color: !environment.NO_COLOR }
  let before = 0
  let drawn = 0
  const clear = () => {
    if (drawn > 0) stream.write(`\u001b[${drawn}A\u001b[0J`)
    drawn = 0
  }
  const draw = () => {
    clear()
    const size = { columns: (stream.columns ?? 80) - 1, rows: Math.max(2, (stream.rows ?? 24) - 1) }
    const state = { total, since, done, before, active: [...active.values()] }
    const lines = progressLines(state, performance.now(), size)
    stream.write(lines.map((line) => `${dim(line, style)}\n`).join(''))
    drawn = lines.length
  }
  const timer = setInterval(draw, 200).unref()
  return {
    start: (spec) => void active.set(spec, { spec, since: performance.now(), stage: '', text: '' }),
    report(spec, event) {
      const one = active.get(spec)
      if (!one || event.type === 'output') return
      if (one.stage !== event.stage) one.text = ''
      one.stage = event.stage
      if (event.type === 'activity') one.text = event.text
    },
    finish({ spec, verdict = 'undecided' }, from) {
      clear()
      if (from === 'before') before++
      active.delete(spec)
      done.set(verdict, (done.get(verdict) ?? 0) + 1)
    },
    end() {
      clearInterval(timer)
      clear()
    },
  }
}

/** How far all of them are, then one line for each that is under way, in columns as wide as what is in them. */
export function progressLines(
  { total, since, done, before, active }: SeveralState,
  now: number,
  { columns, rows }: { columns: number; rows: number },
): string[] {
  const count = [...done.values()].reduce((sum, one) => sum + one, 0)
  const verdicts = [...done].map(([verdict, number]) => `${number} ${verdict}`)
  const here = count - before
  const left = here === 0 ? [] : [`about ${duration(((now - since) / here) * (total - count))} left`]
  const cells = active.map(({ spec, since, stage, text }) => [
    oneLine(spec).slice(0, Math.floor(columns / 2)),
    stage,
    duration(now - since),
    oneLine(text),
  ])
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const table = cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  return [[`${count} of ${total} done`, ...verdicts, ...left].join(', '), ...table]
    .slice(0, rows)
    .map((line) => line.slice(0, columns).trimEnd())
}

/** `7 s`, `3 min`, `2 h 5 min`. */
function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 100) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
