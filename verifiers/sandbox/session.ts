import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { Problem } from '../model/problem.ts'

/** A program to start; each of `inputs` is to be read from one file descriptor, from 3 on. */
export type Command = { file: string; args: string[]; inputs: Uint8Array[]; cwd: string }

/** Of one sandbox, as the host numbers them. */
export type Processes = { client: number; first: number | undefined }

/** One sandbox of one engine, from before it is started until nothing of it is left. */
export type Session = {
  /** The client to start: what it reads and writes is what the sandbox's first process reads and writes. */
  command: Command
  /** The client's own environment. */
  variables: Record<string, string | undefined>
  /** Told as soon as the client runs. */
  watch: (client: number) => void
  /** The sandbox's first process, once it runs; `undefined` where it cannot be known. */
  firstProcess: (client: number) => Promise<number | undefined>
  /** Where the command's output comes from, if not the client's standard output. */
  openOutput?: (first: number) => Readable
  /** Ends all that runs in the sandbox, and returns when it has ended. */
  kill: (processes: Processes) => Promise<void>
  /** Whether the engine itself ended a process for want of memory. */
  ranOutOfMemory: () => Promise<boolean>
  /** Why a sandbox that did not start may not have started. */
  unavailable: (said: string) => Promise<Problem>
  /** Removes what is left. */
  [Symbol.asyncDispose]: () => Promise<void>
}

/** Sends SIGKILL. A process that has ended already is what was wanted; false when it may not be ended by us. */
export function killProcess(id: number): boolean {
  try {
    return process.kill(id, 'SIGKILL')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ESRCH') return true
    if (code === 'EPERM') return false
    throw error
  }
}

/**
 * Waits until a killed process has ended, at most ten seconds. The first one of a pid namespace ends last: pid_namespaces(7).
 * A zombie has ended, whether or not the one who adopted it takes note.
 */
export async function untilEnded(id: number): Promise<void> {
  for (let attempt = 0; attempt < 2000; attempt++) {
    const status = await readFile(`/proc/${id}/stat`, 'latin1').catch(() => undefined)
    if (status === undefined || /\) [ZX] /.test(status)) return
    await pause(5)
  }
}
