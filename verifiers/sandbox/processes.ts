import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** What the processes of one pid namespace use together. Memory in bytes. */
export type Usage = { threads: number; memory: number }

/**
 * The names of the processes that a /proc shows, and no more than `most`. Names only: opendir would look at each entry, as
 * /proc tells no types, and fail of the first that is gone by then.
 */
export function listProcesses(processFolder: string, most: number): string[] {
  return readdirSync(processFolder)
    .filter((name) => /^[0-9]+$/.test(name))
    .slice(0, most)
}

/** The threads of the whole machine, which the kernel knows without counting: proc_loadavg(5) */
export function countThreads(): number {
  return Number(/\/([0-9]+)/.exec(readProcessFile('/proc/loadavg'))?.[1] ?? 0)
}

/**
 * Anonymous and shared resident memory, without pages of files, which the kernel can drop: the sum is cheap, and only
 * too high by what forked processes still share.
 */
export function measureProcesses(processFolder: string, processes: string[]): Usage {
  const usage = { threads: 0, memory: 0 }
  for (const id of processes) {
    const status = readProcessFile(`${processFolder}/${id}/status`)
    usage.threads += field(status, 'Threads')
    usage.memory += (field(status, 'RssAnon') + field(status, 'RssShmem')) * 1024
  }
  return usage
}

/**
 * The same with each shared page counted once (proportional set size), which makes the kernel walk the page tables: for
 * the decision to end a build, not for every look. Where it may not be read, or the kernel (before 5.3) does not tell, the
 * cheap measure stands in.
 */
export async function measureMemoryExactly(processFolder: string, processes: string[]): Promise<number> {
  let memory = 0
  for (const id of processes) {
    const rollup = await readFile(`${processFolder}/${id}/smaps_rollup`, 'latin1').catch(() => undefined)
    memory +=
      rollup === undefined || !rollup.includes('Pss_Anon')
        ? measureProcesses(processFolder, [id]).memory
        : (field(rollup, 'Pss_Anon') + field(rollup, 'Pss_Shmem')) * 1024
  }
  return memory
}

/** A file below /proc; nothing of a process that has ended. Synchronous, because it takes a few microseconds. */
export function readProcessFile(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

/** https://docs.kernel.org/filesystems/proc.html: `Name:` and a number, memory in KiB. */
function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+([0-9]+)`, 'm').exec(text)?.[1] ?? 0)
}
