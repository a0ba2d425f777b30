import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Limits } from '../model/recipe.ts'

/** Where control groups of version 1 and of version 2 are on every distribution that has them. */
const hierarchies = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup']

/**
 * Has the kernel cap the processes that descend from `pid`, where reproof is run by root: RLIMIT_NPROC does not count for
 * root, and a fork bomb is faster than any watchdog. Everybody else has RLIMIT_NPROC, and where there is no control group
 * the watchdog is alone.
 * https://docs.kernel.org/admin-guide/cgroup-v1/pids.html
 */
export async function limitProcesses(pid: number | undefined, limits: Limits): Promise<AsyncDisposable> {
  const nothing = { [Symbol.asyncDispose]: async () => undefined }
  if (pid === undefined || process.getuid?.() !== 0) return nothing
  for (const hierarchy of hierarchies) {
    const folder = join(hierarchy, `reproof-${randomBytes(6).toString('hex')}`)
    const made = await mkdir(folder).then(
      () => true,
      () => false,
    )
    if (!made) continue
    await sweep(hierarchy)
    try {
      // Above the recipe's limit, so that the watchdog sees it exceeded and can say so.
      await writeFile(join(folder, 'pids.max'), String(limits.processes + 256), { flag: 'r+' })
      await writeFile(join(folder, 'cgroup.procs'), String(pid), { flag: 'r+' })
      return { [Symbol.asyncDispose]: () => removeGroup(folder) }
    } catch {
      await removeGroup(folder)
    }
  }
  return nothing
}

/** A group can be removed once the kernel has seen the last of its processes off. */
async function removeGroup(folder: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const gone = await rmdir(folder).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
    )
    if (gone) return
    await pause(20)
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
