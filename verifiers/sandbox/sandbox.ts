import { Problem } from '../model/problem.ts'
import { type Attached, attachClient } from './attach.ts'
import { openBubblewrap } from './bubblewrap.ts'
import { openContainer } from './container.ts'
import { type Ending, openEnding } from './ending.ts'
import type { SandboxOptions, SandboxResult } from './options.ts'
import { openProcessGroup } from './process-group.ts'
import type { Processes, Session } from './session.ts'
import { memoryExceeded, startWatchdog, timeExceeded } from './watchdog.ts'

/** Milliseconds that an engine may take before the command starts. */
const startLimit = 120_000

/**
 * Runs one command in a sandbox and waits until nothing of it runs any more. A command that fails is a result, not an
 * error.
 *
 * @throws {Problem} STEP_TIMED_OUT, STEP_MEMORY_EXCEEDED, STEP_PROCESSES_EXCEEDED, STEP_DISK_EXCEEDED for a command that
 * was ended; DISK_FULL when the host's disk is; RECIPE_INVALID for what no process can be given; SANDBOX_UNAVAILABLE
 * when the kernel does not allow a sandbox, ENGINE_UNAVAILABLE when the engine does not work. The signal's reason when it
 * is aborted.
 */
export async function runInSandbox(options: SandboxOptions): Promise<SandboxResult> {
  const { engine, signal } = options
  signal.throwIfAborted()
  await using session = engine === 'bubblewrap' ? await openBubblewrap(options) : await openContainer(engine, options)
  using ending = openEnding(signal)
  // A control group can only go when nothing is in it: after the processes were ended, whichever way that came about.
  await using afterwards = new AsyncDisposableStack()
  const client = attachClient(session, options.onOutput)
  const processes: Processes = { client: client.id, first: undefined }
  try {
    // Containers have their engine's own limit.
    const group = engine === 'bubblewrap' ? afterwards.use(await openProcessGroup(options.limits)) : undefined
    // The kernel takes 10 ms over the first one that joins, which it can while the client makes the sandbox.
    const joined = group?.add(processes.client)
    session.watch(processes.client)
    ending.after(startLimit, () => startTimedOut(options, client.said()))
    if (!(await ending.race(client.ready))) {
      await client.exit
      throw await session.unavailable(client.said())
    }
    ending.after(options.limits.seconds * 1000, () => timeExceeded(options.limits))
    processes.first = await ending.race(session.firstProcess(processes.client))
    await joined
    if (processes.first !== undefined) await group?.add(processes.first)
    return await runCommand(session, client, processes, ending, options)
  } catch (error) {
    await client.end(() => session.kill(processes))
    throw error
  }
}

async function runCommand(
  session: Session,
  client: Attached,
  { first }: Processes,
  ending: Ending,
  { limits, mounts }: SandboxOptions,
): Promise<SandboxResult> {
  const writable = mounts.filter((mount) => mount.writable).map(({ from }) => from)
  await using watchdog = await startWatchdog({ firstProcess: first, limits, writable, onExceeded: ending.because })
  const started = performance.now()
  client.start(first === undefined ? undefined : session.openOutput?.(first))
  const exitCode = await ending.race(client.exit)
  const seconds = (performance.now() - started) / 1000
  const peakMemory = await watchdog.finish({ failed: exitCode !== 0 })
  if (exitCode === undefined) {
    throw new Problem('SANDBOX_UNAVAILABLE', 'The sandbox was ended from outside.', {
      hint: 'If the machine ran out of memory, lower limits.memory in the recipe or close other programs.',
      details: { said: client.said() },
    })
  }
  if (exitCode !== 0 && (await session.ranOutOfMemory())) throw memoryExceeded(limits)
  return { exitCode, seconds, ...(peakMemory !== undefined && { peakMemory }) }
}

function startTimedOut({ engine }: SandboxOptions, said: string): Problem {
  return new Problem('ENGINE_UNAVAILABLE', `${engine} did not start the sandbox in ${startLimit / 1000} seconds.`, {
    hint: 'Try again when the machine is less busy, or use another --engine.',
    details: { said },
  })
}
