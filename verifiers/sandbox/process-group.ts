import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Limits } from '../model/recipe.ts'

/** Where control groups of version 1 and of version 2 are on every distribution that has them. */
const hierarchies = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup']

/** A control group that has nothing in it yet. */
export type ProcessGroup = AsyncDisposable & {
  /** Everything that descends from this process from now on is capped. */
  add(pid: number): Promise<void>
}

/**
 * Has the kernel cap a sandbox's processes, where reproof is run by root: RLIMIT_NPROC does not count for root, and a fork
 * bomb is faster than any watchdog. Everybody else has RLIMIT_NPROC, and where there is no control group the watchdog is
 * alone.
 * https://docs.kernel.org/admin-guide/cgroup-v1/pids.html
 */
export async function openProcessGroup(limits: Limits): Promise<ProcessGroup> {
  for (const hierarchy of process.getuid?.() === 0 ? hierarchies : []) {
    const folder = join(hierarchy, `reproof-${randomBytes(6).toString('hex')}`)
    try {
      await mkdir(folder)
    } catch {
      continue
    }
    try {
      // Above the recipe's limit, so that the watchdog sees it exceeded and can say so.
      await writeFile(join(folder, 'pids.max'), String(limits.processes + 256), { flag: 'r+' })
    } catch {
      await removeGroup(folder)
      continue
    }
    return {
      add: (pid) => writeFile(join(folder, 'cgroup.procs'), String(pid), { flag: 'r+' }).catch(() => undefined),
      async [Symbol.asyncDispose]() {
        await Promise.all([removeGroup(folder), sweep(hierarchy)])
      },
    }
  }
  return { add: async () => undefined, [Symbol.asyncDispose]: async () => undefined }
}

/** A group can be removed once the kernel has seen the last of its processes off. */
async function removeGroup(folder: string): Promise<void> {
  for (let wait = 1; wait < 1000; wait *= 2) {
    const gone = await rmdir(folder).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
    )
    if (gone) return
    await pause(wait)
  }
}

/** Takes away what processes that were killed left: the kernel keeps a group as long as anything is in it. */
async function sweep(hierarchy: string): Promise<void> {
  for (const name of await readdir(hierarchy)) {
    if (!/^reproof-[0-9a-f]{12}$/.test(name)) continue
    const folder = join(hierarchy, name)
    const made = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.POSITIVE_INFINITY,
    )
    // Another process may have made it just now and not be in it yet.
    if (Date.now() - made > 60_000) await rmdir(folder).catch(() => undefined)
  }
}
