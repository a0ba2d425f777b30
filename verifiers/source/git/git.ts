import { statfs } from 'node:fs/promises'
import { simpleGit } from 'simple-git'
import { Problem } from '../../model/problem.ts'
import { safeText } from '../../store/log.ts'
import type { GitSettings } from './settings.ts'
import { callVariable, endStragglers, newCall } from './stragglers.ts'

/** How one git command is run. */
export type GitCall = {
  args: string[]
  /** Working folder. */
  folder: string
  settings: GitSettings
  /** Written to git's standard input. */
  input?: string | undefined
  /** Largest answer, in bytes. */
  limit?: number
  /** Longest run, in milliseconds. */
  timeout?: number
  signal: AbortSignal
  /** Protocols that this call may use: none where an answer must come from what is already here. */
  protocols?: string[]
  /** Ends the call early; what it throws is what the caller gets. */
  watch?: (abort: (reason: Problem) => void) => () => void
}

/** git ended with another status than 0. */
export class GitFailure extends Error {
  readonly exitCode: number
  /** Last lines of what git said, without user names and passwords in addresses. */
  readonly said: string
  constructor(exitCode: number, stderr: string) {
    const said = safeText(stderr)
      .replace(/\/\/[^/@\s]*@/g, '//')
      .trim()
      .split('\n')
      .slice(-3)
      .join(' ')
      .slice(0, 1000)
    super(`git ended with status ${exitCode}: ${said}`)
    this.name = 'GitFailure'
    this.exitCode = exitCode
    this.said = said
  }
}

const defaultLimit = 64 * 1024 * 1024
const defaultTimeout = 5 * 60_000

/**
 * Runs git with nothing of the host's configuration but what `settings` passes on.
 *
 * @throws {GitFailure} when git refuses
 * @throws {Problem} SOURCE_TOO_LARGE past the limit, SOURCE_UNREACHABLE past the time of a server, SOURCE_TOO_LARGE past that of git alone
 */
export async function git(call: GitCall): Promise<string> {
  // simple-git does not end a standard input that nothing is written to, and git would wait for ever.
  if (call.input === '') return ''
  return await run(call, (instance) => instance.raw(call.args))
}

/** The bytes of the objects whose ids are in `input`, each after a line about it, where `git` gives text. */
export async function gitObjects(call: Omit<GitCall, 'args'>): Promise<Buffer> {
  if (call.input === '') return Buffer.alloc(0)
  const args = ['--batch']
  return (await run({ ...call, args }, (instance) => instance.binaryCatFile(args))) as Buffer
}

async function run<T>(call: GitCall, command: (instance: ReturnType<typeof simpleGit>) => PromiseLike<T>): Promise<T> {
  const { signal, limit = defaultLimit, timeout = defaultTimeout, settings, protocols } = call
  signal.throwIfAborted()
  const own = new AbortController()
  const abort = (reason: Problem) => own.abort(reason)
  const talks = (protocols ?? settings.protocols).length > 0
  const timer = setTimeout(() => abort(talks ? tookTooLong(timeout) : searchedTooLong(timeout)), timeout)
  const stopWatching = call.watch?.(abort)
  let failure: GitFailure | undefined
  const id = newCall()
  const environment = { ...environmentOf(settings, protocols), [callVariable]: id }
  const stop = AbortSignal.any([signal, own.signal])
  let stragglers: Promise<void> | undefined
  // At once: helpers keep git's output open, and the command does not end before that.
  const endAll = () => {
    stragglers = endStragglers(id)
  }
  stop.addEventListener('abort', endAll, { once: true })
  const instance = simpleGit({
    baseDir: call.folder,
    abort: stop,
    allowEnvironment: Object.keys(environment),
    unsafe: whatSettingsDo,
    // By default it takes a command as done 50 ms after its exit, whether or not everything it printed has been read.
    completion: { onClose: true, onExit: false },
    errors(_, { exitCode, stdErr }) {
      if (exitCode !== 0) failure = new GitFailure(exitCode, Buffer.concat(stdErr).toString('utf8'))
      return failure
    },
    input: () => call.input,
  })
    .env(environment)
    .outputHandler((_, stdout) => {
      let size = 0
      stdout.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > limit) abort(answeredTooMuch(limit))
      })
      // It waits another 50 ms for output of a command that printed nothing; an empty chunk says that there is none.
      stdout.on('end', () => stdout.emit('data', Buffer.alloc(0)))
    })
  try {
    return await command(instance)
  } catch (error) {
    await stragglers
    signal.throwIfAborted()
    if (own.signal.aborted) throw own.signal.reason
    if (failure && (await isFull(call.folder))) throw diskFull(failure)
    throw failure ?? error
  } finally {
    clearTimeout(timer)
    stopWatching?.()
    stop.removeEventListener('abort', endAll)
  }
}

/**
 * simple-git refuses configuration that can run programs or send requests elsewhere, because it usually comes from
 * outside. Here every value is written in settings.ts, or is the user's own `insteadOf`.
 */
const whatSettingsDo = {
  allowUnsafeConfigPaths: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeUrlRewrite: true,
  allowUnsafeTemplateDir: true,
  allowUnsafeHooksPath: true,
} as const

function environmentOf(settings: GitSettings, protocols = settings.protocols): Record<string, string> {
  // It overrides protocol.*.allow of any configuration file, also of a served repository's own.
  return { ...settings.environment, GIT_ALLOW_PROTOCOL: protocols.length === 0 ? 'none' : protocols.join(':') }
}

/** git says so in words only; what is left says it in numbers. */
async function isFull(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize < 1024 * 1024
}

function diskFull(cause: unknown): Problem {
  return new Problem('DISK_FULL', 'There is no space left on the disk for the objects of the repository.', {
    hint: 'Free some space and start it again: it goes on where it stopped.',
    cause,
  })
}

function tookTooLong(timeout: number): Problem {
  return new Problem('SOURCE_UNREACHABLE', `git was not done after ${timeout / 1000} s.`, {
    hint: 'The server is slow or hangs. Try again later, or give another source with --source.',
  })
}

function searchedTooLong(timeout: number): Problem {
  return new Problem('SOURCE_TOO_LARGE', `git was not done with the repository after ${timeout / 1000} s.`, {
    hint: 'Its history is too long to be searched. Name the commit with --source git+<url>#<ref>.',
  })
}

function answeredTooMuch(limit: number): Problem {
  return new Problem('SOURCE_TOO_LARGE', `The repository lists more than ${limit} bytes of names.`, {
    hint: 'Give a smaller source with --source, such as an archive of the release.',
  })
}
