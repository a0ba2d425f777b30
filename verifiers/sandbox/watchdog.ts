import { type FileHandle, open, statfs, writeFile } from 'node:fs/promises'
import { setInterval } from 'node:timers/promises'
import { Problem } from '../model/problem.ts'
import type { Limits } from '../model/recipe.ts'
import { type DiskWatch, watchDisk } from './disk.ts'
import { countThreads, listProcesses, measureMemoryExactly, measureProcesses } from './processes.ts'

/** Milliseconds between two looks at everything, and between two at how many threads the machine has. */
const interval = 200
const glance = 25

export type Watchdog = {
  /**
   * Looks a last time when the command has ended, more closely if it failed, and gives the highest use of memory that was
   * seen, in bytes.
   *
   * @throws {Problem} the limit that was exceeded.
   */
  finish: (result: { failed: boolean }) => Promise<number | undefined>
  [Symbol.asyncDispose]: () => Promise<void>
}

export type WatchdogOptions = {
  /** The sandbox's first process, as the host numbers it. Absent where the engine hides it and limits by itself. */
  firstProcess: number | undefined
  limits: Limits
  /** Folders of the host that the sandbox may write to. */
  writable: string[]
  /** Called once, with the Problem that says which limit was exceeded: ends the sandbox. */
  onExceeded: (reason: unknown) => void
}

/**
 * Keeps a sandbox within its limits without cgroups and without any right: the sandbox's own /proc, opened through its
 * first process, lists exactly its processes, whatever became of their parents.
 */
export async function startWatchdog(options: WatchdogOptions): Promise<Watchdog> {
  const { firstProcess, limits, writable, onExceeded } = options
  const stopped = new AbortController()
  const { signal } = stopped
  const disk = await watchDisk(writable, limits.disk, new Date())
  const [processFolder, temporaryFolder] = await Promise.all([
    openInSandbox(firstProcess, 'proc'),
    openInSandbox(firstProcess, 'tmp'),
  ])
  if (firstProcess !== undefined && processFolder) await preferForEviction(firstProcess)
  const watch: Watch = { limits, disk, processFolder, temporaryFolder, peakMemory: undefined }

  async function keepLookingAtProcesses() {
    const most = countThreads() + limits.processes
    let next = performance.now() + interval
    for await (const _ of setInterval(glance, undefined, { signal })) {
      // A command that forks without end takes the whole machine before the next look: the sooner the fewer to end.
      if (performance.now() < next && countThreads() <= most) continue
      await lookAtProcesses(watch)
      next = performance.now() + interval
    }
  }
  async function keepLookingAtDisk() {
    for await (const _ of setInterval(interval, undefined, { signal }))
      await lookAtDisk(watch, { measure: false, signal })
  }
  // Apart from each other: measuring a folder of many files takes its time.
  const looking = [keepLookingAtProcesses(), keepLookingAtDisk()].map((loop) =>
    loop.catch((error) => {
      if (!signal.aborted) onExceeded(error)
    }),
  )
  async function stop() {
    stopped.abort()
    await Promise.all(looking)
  }

  return {
    async finish({ failed }) {
      await stop()
      await lookAtDisk(watch, { measure: failed })
      return watch.peakMemory
    },
    async [Symbol.asyncDispose]() {
      await stop()
      await Promise.all([processFolder?.close(), temporaryFolder?.close()])
    },
  }
}

type Watch = {
  limits: Limits
  disk: DiskWatch
  processFolder: FileHandle | undefined
  temporaryFolder: FileHandle | undefined
  peakMemory: number | undefined
}

/** @throws {Problem} STEP_PROCESSES_EXCEEDED, STEP_MEMORY_EXCEEDED */
async function lookAtProcesses(watch: Watch): Promise<void> {
  const { limits, processFolder, temporaryFolder } = watch
  if (!processFolder) return
  const folder = pathOf(processFolder)
  const processes = listProcesses(folder, limits.processes + 1)
  const { threads, memory } = measureProcesses(folder, processes)
  if (Math.max(threads, processes.length) > limits.processes) throw processesExceeded(limits)
  const temporary = temporaryFolder && (await statfs(pathOf(temporaryFolder)))
  const held = temporary ? (temporary.blocks - temporary.bfree) * temporary.bsize : 0
  watch.peakMemory = Math.max(watch.peakMemory ?? 0, memory + held)
  if (memory + held <= limits.memory) return
  if ((await measureMemoryExactly(folder, processes)) + held > limits.memory) throw memoryExceeded(limits)
}

/** @throws {Problem} STEP_DISK_EXCEEDED, DISK_FULL */
async function lookAtDisk(watch: Watch, options: { measure: boolean; signal?: AbortSignal }): Promise<void> {
  const { limits, disk, processFolder, temporaryFolder } = watch
  const temporary = temporaryFolder && (await statfs(pathOf(temporaryFolder)))
  if (temporary?.bavail === 0) throw diskExceeded(limits)
  const folder = processFolder && pathOf(processFolder)
  const openFiles = folder ? listProcesses(folder, limits.processes).map((id) => `${folder}/${id}/fd`) : []
  if (await disk.exceeded({ ...options, openFiles })) throw diskExceeded(limits)
}

/** The folder of the sandbox, whatever happens to its first process later; `undefined` where it is not ours to see. */
async function openInSandbox(firstProcess: number | undefined, name: string): Promise<FileHandle | undefined> {
  if (firstProcess === undefined) return undefined
  return await open(`/proc/${firstProcess}/root/${name}`).catch((error: NodeJS.ErrnoException) => {
    if (['EACCES', 'EPERM', 'ENOENT', 'ESRCH'].includes(error.code ?? '')) return undefined
    throw error
  })
}

function pathOf(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`
}

/** Should the host's memory run out all the same, the kernel ends the build, and nothing else. */
async function preferForEviction(process: number): Promise<void> {
  await writeFile(`/proc/${process}/oom_score_adj`, '1000').catch((error: NodeJS.ErrnoException) => {
    if (!['EACCES', 'EPERM', 'ENOENT', 'ESRCH'].includes(error.code ?? '')) throw error
  })
}

/** @param limits seconds. */
export function timeExceeded({ seconds }: Limits): Problem {
  return new Problem('STEP_TIMED_OUT', `The step took longer than ${seconds} seconds.`, {
    hint: 'Raise limits.seconds in the recipe if that is what this build needs.',
    details: { limit: seconds },
  })
}

function processesExceeded({ processes }: Limits): Problem {
  return new Problem('STEP_PROCESSES_EXCEEDED', `The step had more than ${processes} processes and threads at once.`, {
    hint: 'Raise limits.processes in the recipe if that is what this build needs.',
    details: { limit: processes },
  })
}

/** @param limits memory in bytes. */
export function memoryExceeded({ memory }: Limits): Problem {
  return new Problem('STEP_MEMORY_EXCEEDED', `The step needed more than ${megabytes(memory)} of memory.`, {
    hint: 'Raise limits.memory in the recipe if that is what this build needs.',
    details: { limit: memory },
  })
}

function diskExceeded({ disk }: Limits): Problem {
  return new Problem('STEP_DISK_EXCEEDED', `The step wrote more than ${megabytes(disk)} to its folders or /tmp.`, {
    hint: 'Raise limits.disk in the recipe (and limits.memory for /tmp) if that is what this build needs.',
    details: { limit: disk },
  })
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / (1 << 20))} MiB`
}
