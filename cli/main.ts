import { Command, CommanderError } from 'commander'
import { commands } from './commands.ts'
import { type CliContext, foldersFrom, oneLine, sayProblem } from './context.ts'
import { terminalProgress } from './render/progress.ts'
import { version } from './version.ts'

/** Runs one command line. */
export async function main(argv: string[]): Promise<void> {
  const aborting = new AbortController()
  const progress = terminalProgress(process.stderr, process.env)
  const context: CliContext = {
    environment: process.env,
    ...foldersFrom(process.env),
    write: (text) => void process.stdout.write(text),
    say: (text) => {
      progress.pause()
      process.stderr.write(text)
    },
    progress: progress.report,
    signal: aborting.signal,
    color: wantsColor(process.stdout, process.env),
    width: process.stdout.columns ?? 80,
    setExitCode: (code) => {
      process.exitCode = code
    },
  }
  stopOnSignals(aborting, context)
  endInOneLine(context)
  try {
    await (await programWith(argv, context)).parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else process.exitCode = sayProblem(error, context)
  } finally {
    progress.end()
  }
}

async function programWith(argv: string[], context: CliContext): Promise<Command> {
  const program = new Command('reproof')
    .description('Does this release really come from that source?')
    .version(version)
    .exitOverride()
    // What was typed may have come from elsewhere, as a script's argument does.
    .configureOutput({ outputError: (text, write) => write(text.split('\n').map(oneLine).join('\n')) })
    .showHelpAfterError('Run with --help to see what there is.')
  const [first, second] = argv.slice(2).filter((word) => !word.startsWith('-'))
  const asked = commands.find(({ name }) => name === (first === 'help' ? second : first))
  for (const { name, arguments: takes, does } of asked ? [] : commands)
    program.command(`${name} ${takes}`).description(does)
  if (asked) {
    const register = await asked.load()
    register(program, context)
    program.commands.find((command) => command.name() === asked.name)?.description(asked.does)
  }
  program.addHelpText(
    'after',
    '\nExit codes: 0 as required, 1 not as required, 2 usage or configuration, 3 could not be decided, 70 a fault of reproof.\n',
  )
  return program
}

/** Milliseconds that cleaning up may still take when somebody cannot wait. */
const grace = 1000

/** The first signal stops what runs and lets it clean up, the second gives that a second, the third ends it at once. */
function stopOnSignals(aborting: AbortController, context: CliContext): void {
  let signals = 0
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      signals += 1
      if (signals > 2) process.exit(3)
      if (signals === 2) return void setTimeout(() => process.exit(3), grace).unref()
      context.say(`\nreproof: stopping (${name}); once more to stop at once\n`)
      aborting.abort()
    })
  }
}

/** Also what nobody waited for ends in a line and an exit code, not in a stack trace. */
function endInOneLine(context: CliContext): void {
  process.on('uncaughtException', (error) => process.exit(sayProblem(error, context)))
  // A reader that has seen enough (`reproof runs | head`) is not a failure; a disk that is full is.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? (process.exitCode ?? 0) : sayProblem(error, context))
  })
  // There is nowhere left to say anything.
  process.stderr.on('error', () => undefined)
}

/** https://no-color.org, and FORCE_COLOR as Node reads it. */
function wantsColor(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): boolean {
  if (environment.NO_COLOR) return false
  if (environment.FORCE_COLOR) return environment.FORCE_COLOR !== '0'
  return stream.isTTY === true && environment.TERM !== 'dumb'
}
