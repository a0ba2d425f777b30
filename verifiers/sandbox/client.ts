import { spawn } from 'node:child_process'
import { pipeline } from 'node:stream/promises'
import { Problem } from '../model/problem.ts'

const longestAnswer = 1 << 20

export type Answer = { exitCode: number; output: string; said: string }

export type AskOptions = {
  variables: Record<string, string | undefined>
  signal?: AbortSignal
  cwd?: string
  /** Written to its standard input. */
  input?: AsyncIterable<Uint8Array>
}

/**
 * Runs a client program to its end and gives what it wrote, of which no more than 1 MiB is kept.
 *
 * @throws {Problem} ENGINE_UNAVAILABLE when there is no such program; the signal's reason.
 */
export async function ask(
  file: string,
  args: string[],
  { variables, signal, cwd = '/', input }: AskOptions,
): Promise<Answer> {
  const child = spawn(file, args, {
    cwd,
    env: variables,
    stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  })
  const exit = new Promise<number>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) reject(signal.reason)
      else reject(error.code === 'ENOENT' || error.code === 'EACCES' ? notInstalled(file, error) : error)
    })
    child.on('close', (code, killedBy) => resolve(code ?? (killedBy ? 128 : 1)))
  })
  const output = collect(child.stdout)
  const said = collect(child.stderr)
  if (input && child.stdin) {
    // A client that ends before it has read everything says why on its standard error.
    await Promise.all([pipeline(input, child.stdin).catch(unlessClosed), exit])
  }
  const exitCode = await exit
  return { exitCode, output: output(), said: said() }
}

function unlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
}

function notInstalled(file: string, cause: unknown): Problem {
  return new Problem('ENGINE_UNAVAILABLE', `There is no program ${file} on this machine.`, {
    hint: `Install ${file}, or use another --engine.`,
    cause,
  })
}

/** Keeps the first `longest` bytes of what a stream says, and reads the rest away. */
export function collect(stream: NodeJS.ReadableStream | null, longest = longestAnswer): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream?.on('data', (chunk: Buffer) => {
    if (size < longest) chunks.push(chunk.subarray(0, longest - size))
    size += chunk.length
  })
  return () => Buffer.concat(chunks).toString('utf8').trim()
}
