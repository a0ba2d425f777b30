import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { removalScript, removeSmallTree, removeTree } from './remove.ts'

/** More than builds write while what was discarded before them is removed, in bytes. */
export const plenty = 8 * 1024 ** 3

/** With as many waiting, whoever has another one removes it itself: what is made is never far ahead of what is removed. */
const mostWaiting = 8
/** In milliseconds; longer than a removal takes: of what is older, whoever removed it was ended. */
const abandonedAfter = 15 * 60_000

/** Where trees of runs wait to be removed. */
export const discardedBeside = (runsFolder: string) => join(dirname(runsFolder), 'discarded')

/**
 * Takes trees out of the way at once, and leaves removing large ones to a process of its own that outlives this one: a disk
 * can take as long to forget an installation as it took to make it. Paths that are not there are passed over.
 *
 * @param folder where they wait, on the file system of the trees, else they are removed before this returns; it is
 * nobody else's, and `makeRoom` goes on with what was left there
 */
export async function discardTrees(paths: readonly string[], folder: string): Promise<void> {
  const removed = await Promise.all(paths.map(removeSmallTree))
  const large = paths.filter((_, index) => !removed[index])
  if (large.length === 0) return
  const isFull = (await waitingIn(folder)).length >= mostWaiting
  if (isFull) return void (await Promise.all(large.map(removeTree)))
  const place = join(folder, newName())
  await mkdir(place, { recursive: true })
  // Another file system, or a folder that may not be moved: what cannot wait elsewhere is removed here.
  const moving = large.map((path) => rename(path, join(place, basename(path))).catch(() => removeTree(path)))
  await Promise.all(moving)
  removeLater(place)
}

/**
 * Waits for what was discarded where less than `bytes` are free, so that a disk is not full of what nobody needs; else
 * only goes on with what a process left that was ended.
 *
 * @param waits told before it waits
 */
export async function makeRoom(folder: string, bytes: number, waits: () => void = () => undefined): Promise<void> {
  const waiting = await waitingIn(folder)
  if (waiting.length === 0) return
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < bytes) {
    waits()
    await Promise.all(waiting.map((name) => removeTree(join(folder, name))))
    return
  }
  for (const name of waiting) {
    if (Date.now() - Number(name.split('-')[0]) < abandonedAfter) continue
    const place = join(folder, newName())
    // Of several that find it, one does it.
    const isMine = await rename(join(folder, name), place).then(
      () => true,
      () => false,
    )
    if (isMine) removeLater(place)
  }
}

async function waitingIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

function newName(): string {
  return `${Date.now()}-${randomBytes(6).toString('hex')}`
}

/** Behind builds, but not so far that it would never come to its end beside them. */
const niceness = 5

/** One that cannot be started is left for the next `makeRoom`. */
function removeLater(place: string): void {
  const command = ['-n', String(niceness), '/bin/sh', '-c', removalScript, 'reproof', place]
  const child = spawn('nice', command, { detached: true, stdio: 'ignore', cwd: '/', env: { PATH: process.env.PATH } })
  child.on('error', () => undefined)
  child.unref()
}
