import { styleText } from 'node:util'
import type { Progress, Stage } from '../../verifiers/model/progress.ts'
import { oneLine } from '../context.ts'

/** Live progress on a terminal; nothing at all where stderr is not one. */
export type TerminalProgress = {
  report: Progress
  /** Clears the live line so that something else can be written. */
  pause(): void
  end(): void
}

const titles: Record<Stage, string> = {
  artifact: 'published file',
  source: 'source',
  recipe: 'recipe',
  environment: 'environment',
  rebuild: 'rebuild',
  comparison: 'comparison',
}

export function terminalProgress(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): TerminalProgress {
  if (!stream.isTTY || environment.TERM === 'dumb' || environment.CI) {
    return { report: () => undefined, pause: () => undefined, end: () => undefined }
  }
  const started = new Map<Stage, number>()
  let live: string | undefined
  let timer: NodeJS.Timeout | undefined
  let current: { stage: Stage; text: string } | undefined
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    environment.NO_COLOR ? text : styleText(format, text)

  const clear = () => {
    if (live !== undefined) stream.write('\r\u001b[2K')
    live = undefined
  }
  const seconds = (stage: Stage) =>
    `${((performance.now() - (started.get(stage) ?? performance.now())) / 1000).toFixed(1)} s`
  const draw = () => {
    if (!current) return
    const line = `… ${titles[current.stage]}  ${seconds(current.stage)}  ${oneLine(current.text)}`.slice(
      0,
      (stream.columns ?? 80) - 1,
    )
    if (line === live) return
    clear()
    stream.write(style('dim', line))
    live = line
  }
  return {
    pause: clear,
    end() {
      clear()
      clearInterval(timer)
    },
    report(event) {
      timer ??= setInterval(draw, 200).unref()
      if (event.type === 'stage') {
        if (event.state === 'started') {
          started.set(event.stage, performance.now())
          current = { stage: event.stage, text: event.detail ?? '' }
          return
        }
        clear()
        current = undefined
        const detail = event.detail ? `  ${oneLine(event.detail)}` : ''
        const time = event.state === 'resumed' ? 'kept from before' : seconds(event.stage)
        stream.write(
          `${style('green', '✓')} ${titles[event.stage].padEnd(14)} ${style('dim', time.padStart(8))}${detail}\n`,
        )
      } else if (event.type === 'activity') {
        const count = event.total === undefined ? '' : ` ${event.done ?? 0}/${event.total}`
        current = { stage: event.stage, text: `${event.text}${count}` }
      } else if (event.type === 'notice') {
        clear()
        stream.write(`${style('yellow', '!')} ${oneLine(event.text)}\n`)
      }
    },
  }
}
