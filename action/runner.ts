import { randomUUID } from 'node:crypto'
import { appendFile } from 'node:fs/promises'
import { visible } from '../cli/render/visible.ts'

export type Annotation = {
  level: 'error' | 'warning' | 'notice'
  title: string
  message: string
  /** Path from the root of the repository. */
  file?: string
  /** Counted from 1. */
  line?: number
}

/**
 * The runner's side of a step: its log, and the files that it reads when the step has ended.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export type Runner = {
  /** Text of anybody. */
  log(text: string): void
  annotate(annotation: Annotation): void
  output(name: string, value: string): Promise<void>
  summary(markdown: string): Promise<void>
  /** Lets what comes after this step use commands again. */
  close(): void
}

/** The summary of one step may have 1 MiB, and nothing of one that is larger is shown. */
const largestSummary = 1_000_000

/**
 * Commands are stopped from here on: whatever somebody else's text looks like, the runner takes it for text. Nothing knows
 * the word that starts them again but this process and the runner.
 */
export function openRunner(environment: NodeJS.ProcessEnv, write: (text: string) => void): Runner {
  const word = randomUUID()
  const command = (text: string) => write(`::${word}::\n${text}\n::stop-commands::${word}\n`)
  write(`::stop-commands::${word}\n`)
  return {
    log(text) {
      for (const line of text.replace(/\n$/, '').split('\n')) write(`${visible(line)}\n`)
    },
    annotate(annotation) {
      command(annotationCommand(annotation))
    },
    async output(name, value) {
      // Without a delimiter that nobody can guess, a value could end itself and begin another output.
      const delimiter = `ghadelimiter_${randomUUID()}`
      await append(environment.GITHUB_OUTPUT, `${name}<<${delimiter}\n${value}\n${delimiter}\n`)
    },
    async summary(markdown) {
      const isLarge = Buffer.byteLength(markdown) > largestSummary
      const text = isLarge ? `${cut(markdown)}\n\nThere is more, for which there is no room here.\n` : markdown
      await append(environment.GITHUB_STEP_SUMMARY, `${text}\n`)
    },
    close() {
      write(`::${word}::\n`)
    },
  }
}

/** Whole lines, as many as there is room for. */
function cut(text: string): string {
  const head = Buffer.from(text).subarray(0, largestSummary).toString('utf8')
  return head.slice(0, head.lastIndexOf('\n'))
}

async function append(file: string | undefined, text: string): Promise<void> {
  if (file) await appendFile(file, text)
}

function annotationCommand({ level, title, message, file, line }: Annotation): string {
  const properties = { ...(file !== undefined && { file }), ...(line !== undefined && { line: String(line) }), title }
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapedProperty(visible(value))}`)
  return `::${level} ${list.join(',')}::${escaped(message.split('\n').map(visible).join('\n'))}`
}

/** As the runner undoes it: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs */
function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
