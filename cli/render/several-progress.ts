import { styleText } from 'node:util'
import type { BatchResult } from '../../verifiers/model/batch.ts'
import type { ProgressEvent } from '../../verifiers/model/progress.ts'
import { oneLine } from '../context.ts'

/** A live table of what is under way, one line each, below how many are done. Nothing where stderr is no terminal. */
export type SeveralProgress = {
  start(spec: string): void
  report(spec: string, event: ProgressEvent): void
  finish(result: BatchResult): void
  end(): void
}

type Active = { since: number; stage: string; text: string }

export function severalProgress(
  stream: NodeJS.WriteStream,
  environment: NodeJS.ProcessEnv,
  total: number,
): SeveralProgress {
  if (!stream.isTTY || environment.TERM === 'dumb' || environment.CI) {
    return { start: () => undefined, report: () => undefined, finish: () => undefined, end: () => undefined }
  }
  const active = new Map<string, Active>()
  let done = 0
  let drawn = 0
  const clear = () => {
    if (drawn > 0) stream.write(`\u001b[${drawn}A\u001b[0J`)
    drawn = 0
  }
  const draw = () => {
    clear()
    const width = (stream.columns ?? 80) - 1
    const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(0)
    const lines = [
      `${done} of ${total} done`,
      ...[...active].map(
        ([spec, { since, stage, text }]) => `… ${oneLine(spec)}  ${stage}  ${seconds(since)} s  ${text}`,
      ),
    ].slice(0, Math.max(2, (stream.rows ?? 24) - 1))
    const dim = (line: string) => (environment.NO_COLOR ? line : styleText('dim', line))
    stream.write(lines.map((line) => `${dim(line.slice(0, width))}\n`).join(''))
    drawn = lines.length
  }
  const timer = setInterval(draw, 200).unref()
  return {
    start: (spec) => void active.set(spec, { since: performance.now(), stage: '', text: '' }),
    report(spec, event) {
      const one = active.get(spec)
      if (!one || event.type === 'output') return
      one.stage = event.stage
      if (event.type === 'activity') one.text = oneLine(event.text)
    },
    finish({ spec }) {
      clear()
      active.delete(spec)
      done++
    },
    end() {
      clearInterval(timer)
      clear()
    },
  }
}
