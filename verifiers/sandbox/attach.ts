import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { Problem } from '../model/problem.ts'
import { collect } from './client.ts'
import { readyMark, startLine } from './init.ts'
import type { Session } from './session.ts'

/** Milliseconds that a client may take to end once its sandbox has. */
const endLimit = 10_000

/** A started client, which stands for the sandbox's first process. */
export type Attached = {
  id: number
  /** True when the first process says that all is in place, false when the client ended before. */
  ready: Promise<boolean>
  /** The client's exit code, or `undefined` when a signal ended it; all output has been passed on by then. */
  exit: Promise<number | undefined>
  /** What the client, not the command, wrote to its standard error. */
  said: () => string
  /** Lets the command start. Its output comes from `output`, or where that is absent from the client. */
  start: (output?: Readable) => void
  /**
   * Returns when the client has ended. Before the first process runs it is not known whom to kill; it ends by itself when
   * it is told that nobody will start the command.
   */
  end: (kill: () => Promise<void>) => Promise<void>
}

/**
 * Starts a session's client in a process session of its own, so that a Ctrl-C reaches reproof and nobody else.
 *
 * @param onOutput is called with what the command writes; what it throws rejects `exit`.
 */
export function attachClient({ command, variables }: Session, onOutput: (chunk: Uint8Array) => void): Attached {
  const child = spawnClient(command.file, command.args, {
    cwd: command.cwd,
    env: variables,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', ...command.inputs.map(() => 'pipe' as const)],
  })
  const ready = Promise.withResolvers<boolean>()
  const exit = Promise.withResolvers<number | undefined>()
  let failed = false
  let outputEnd = Promise.resolve()
  // Until somebody awaits it, a client that could not be started must not end the process.
  exit.promise.catch(() => undefined)

  const pass = (chunk: Uint8Array) => {
    try {
      if (!failed) onOutput(chunk)
    } catch (error) {
      failed = true
      exit.reject(error)
    }
  }
  let isReady = false
  child.stdout?.on('data', (chunk: Buffer) => {
    if (isReady) return pass(chunk)
    isReady = chunk[0] === readyMark
    ready.resolve(isReady)
  })
  child.on('error', exit.reject)
  child.on('close', (code) => {
    ready.resolve(false)
    outputEnd.then(() => exit.resolve(code ?? undefined), exit.reject)
  })
  for (const [index, bytes] of command.inputs.entries()) ignoreClosed(child.stdio[index + 3] as Writable)?.end(bytes)
  ignoreClosed(child.stdin)
  return {
    id: child.pid ?? 0,
    ready: ready.promise,
    exit: exit.promise,
    said: collect(child.stderr, 16 << 10),
    start(output) {
      if (output) outputEnd = finished(output.on('data', pass))
      child.stdin?.end(startLine)
    },
    async end(kill) {
      if (isReady) await kill()
      else child.stdin?.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), endLimit)
      await exit.promise.catch(() => undefined)
      clearTimeout(timer)
    },
  }
}

/** @throws {Problem} RECIPE_INVALID for arguments that no process can have. */
function spawnClient(...[file, args, options]: Parameters<typeof spawn>): ChildProcess {
  const unfit = args.find((argument) => argument.includes('\0'))
  if (unfit !== undefined) {
    throw new Problem('RECIPE_INVALID', 'A command, a variable or a path of the recipe has a NUL character in it.', {
      details: { in: unfit.slice(0, 200) },
    })
  }
  try {
    return spawn(file, args, options)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'E2BIG')) throw error
    throw new Problem('RECIPE_INVALID', 'The command and its variables are longer than the kernel allows.', {
      hint: 'Shorten the step, or move it into a file of the source.',
      cause: error,
    })
  }
}

/** A client that ends early closes its side; its exit says what there is to say. */
function ignoreClosed<Stream extends Writable | null>(stream: Stream): Stream {
  stream?.on('error', () => undefined)
  return stream
}
