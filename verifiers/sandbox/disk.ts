import { opendir, readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../model/problem.ts'

/** What stays free on a disk that a sandbox writes to, in bytes. */
const diskReserve = 256 << 20

/** And how many files can still be made there; file systems without a fixed number of them say 0 of 0. */
const fileReserve = 20_000

const blockSize = 512

export type DiskWatch = {
  /**
   * Whether more than `limit` bytes were written since the watch began. Cheap as long as the file system as a whole lost
   * less than that; what the sandbox itself wrote is only measured when it may be too much, or when asked for.
   *
   * @param options.measure whether to measure in any case: somebody else may have freed as much as the sandbox wrote
   * @param options.signal ends the measuring, for a result that nobody waits for any more
   * @param options.openFiles folders with one link per open file (`/proc/<pid>/fd`), for files that no folder holds any more.
   * @throws {Problem} DISK_FULL when the reserve is touched, whoever took it.
   */
  exceeded: (options: DiskWatchOptions) => Promise<boolean>
}

export type DiskWatchOptions = { measure: boolean; openFiles: string[]; signal?: AbortSignal }

/** Watches the file systems that hold `folders`. */
export async function watchDisk(folders: string[], limit: number, since: Date): Promise<DiskWatch> {
  // The kernel's time stamps lag behind by up to one timer tick.
  const sinceMs = since.getTime() - 20
  const folderOfDevice = new Map<number, string>()
  for (const folder of folders) folderOfDevice.set((await stat(folder)).dev, folder)
  const freeAtStart = new Map<number, number>()
  for (const [device, folder] of folderOfDevice) freeAtStart.set(device, (await freeBytes(folder)) ?? 0)
  let allowance = limit

  return {
    async exceeded({ measure: always, openFiles, signal }) {
      let taken = 0
      for (const [device, folder] of folderOfDevice) {
        const before = freeAtStart.get(device) ?? 0
        taken += Math.max(0, before - ((await freeBytes(folder)) ?? before))
      }
      if (taken <= allowance && !always) return false
      const measure: Measure = { since: sinceMs, limit, devices: folderOfDevice, signal, sum: 0, seen: new Set() }
      for (const folder of folders) await addFolder(measure, folder)
      for (const folder of openFiles) await addUnlinkedFiles(measure, folder)
      // Others wrote the rest: look again when as much more is gone as the sandbox still may write.
      allowance = taken + limit - measure.sum
      return measure.sum > limit
    },
  }
}

/**
 * @returns `undefined` for a folder that the sandbox has removed.
 * @throws {Problem} DISK_FULL when less than the reserve is left, of room or of files.
 */
async function freeBytes(folder: string): Promise<number | undefined> {
  const stats = await statfs(folder).catch(gone)
  if (stats === undefined) return undefined
  const free = stats.bavail * stats.bsize
  if (stats.files > fileReserve && stats.ffree < fileReserve) {
    throw new Problem(
      'DISK_FULL',
      `Fewer than ${fileReserve} files can still be made on the disk that holds ${folder}.`,
      {
        hint: 'Remove some and start it again: it goes on where it stopped.',
        details: { free: stats.ffree },
      },
    )
  }
  if (free >= diskReserve) return free
  throw new Problem('DISK_FULL', `Less than ${diskReserve >> 20} MiB are free on the disk that holds ${folder}.`, {
    hint: 'Free some space and start it again: it goes on where it stopped.',
    details: { free },
  })
}

type Measure = {
  since: number
  limit: number
  devices: Map<number, string>
  signal: AbortSignal | undefined
  sum: number
  /** Files with more than one name, so that each is counted once. */
  seen: Set<string>
}

/** Adds the files below whose content or attributes changed since then: a change time cannot be forged, unlike others. */
async function addFolder(measure: Measure, folder: string): Promise<void> {
  const entries = await opendir(folder).catch(gone)
  if (entries === undefined) return
  for await (const entry of entries) {
    if (measure.sum > measure.limit || measure.signal?.aborted) return
    const path = join(folder, entry.name)
    // A folder takes room of its own, also when it is empty.
    if (entry.isFile() || entry.isDirectory()) await addFile(measure, path)
    if (entry.isDirectory()) await addFolder(measure, path)
  }
}

async function addFile(measure: Measure, path: string): Promise<void> {
  const stats = await stat(path).catch(gone)
  if (stats === undefined || stats.ctimeMs < measure.since || !measure.devices.has(stats.dev)) return
  const identity = `${stats.dev}:${stats.ino}`
  if (stats.nlink !== 1 && measure.seen.has(identity)) return
  measure.seen.add(identity)
  measure.sum += stats.blocks * blockSize
}

async function addUnlinkedFiles(measure: Measure, folder: string): Promise<void> {
  for (const name of (await readdir(folder).catch(gone)) ?? []) {
    const path = join(folder, name)
    const stats = await stat(path).catch(gone)
    if (stats?.isFile() && stats.nlink === 0) await addFile(measure, path)
  }
}

/** The sandbox goes on while it is measured: what vanishes, or is out of reach, is not counted. */
function gone(error: NodeJS.ErrnoException): undefined {
  if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ESRCH', 'ELOOP', 'ENAMETOOLONG'].includes(error.code ?? ''))
    return undefined
  throw error
}
