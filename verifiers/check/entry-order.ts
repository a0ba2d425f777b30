import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, opendir, readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { removeTree } from '../store/remove.ts'

/** A folder of the host in which files that are made in the opposite order are listed in another order. */
export type OtherOrder = { folder: string } | { fixed: string }

/** The kernel's file system in memory: it lists files in an order that depends on when each was made. */
const memoryFolder = '/dev/shm'

/**
 * Looks for a place where the order of directory entries can be varied. ext4 sorts them by a hash of their names, so that
 * no order of making them shows; others, and the kernel's file system in memory, keep the order.
 *
 * @param options.usual where builds are usually made
 * @param options.size bytes that a build begins with
 */
export async function findOtherOrder(options: { usual: string; size: number }): Promise<OtherOrder> {
  const { usual, size } = options
  const wanted = await orderIn(usual, false)
  for (const folder of [usual, tmpdir(), memoryFolder]) {
    try {
      const { bavail, bsize } = await statfs(folder)
      // A build may leave as much as it begins with; what is in memory is taken from programs.
      if (bavail * bsize < 3 * size + leftOver) continue
      if ((await orderIn(folder, true)) !== wanted && (await runsPrograms(folder))) return { folder }
    } catch {
      // Not there, or not ours.
    }
  }
  return { fixed: 'The file system sorts them by itself, and there is no other one here with enough room.' }
}

const leftOver = 1 << 30

/** The names as the file system gives them, not sorted as Node's own readdir has them. */
async function orderIn(folder: string, reversed: boolean): Promise<string> {
  const probe = await mkdtemp(join(folder, `${prefix()}probe-`))
  try {
    const names = Array.from({ length: 24 }, (_, index) => `file-${(index * 7) % 24}-${index}.js`).sort()
    for (const name of reversed ? names.reverse() : names) await writeFile(join(probe, name), '')
    const listed: string[] = []
    for await (const { name } of await opendir(probe)) listed.push(name)
    return listed.join()
  } finally {
    await rm(probe, { recursive: true, force: true })
  }
}

/** Containers often have their memory folder mounted so that nothing in it can be run. */
async function runsPrograms(folder: string): Promise<boolean> {
  const probe = await mkdtemp(join(folder, `${prefix()}probe-`))
  try {
    const program = join(probe, 'program')
    await writeFile(program, '#!/bin/sh\nexit 0\n', { mode: 0o755 })
    const child = spawn(program, [], { stdio: 'ignore' })
    const [code] = (await once(child, 'exit').catch(() => [1])) as [number | null]
    return code === 0
  } finally {
    await rm(probe, { recursive: true, force: true })
  }
}

function prefix(): string {
  return `reproof-${userInfo().uid}-`
}

/** Makes a folder there for one build. What processes left there that are gone is removed: it may be memory. */
export async function openOrderedFolder(place: string): Promise<AsyncDisposable & { path: string }> {
  for (const name of await readdir(place)) {
    const id = name.startsWith(`${prefix()}order-`)
      ? name.slice(`${prefix()}order-`.length).split('-', 1)[0]
      : undefined
    if (id !== undefined && !isRunning(Number(id))) await removeTree(join(place, name))
  }
  const path = join(place, `${prefix()}order-${process.pid}-${Date.now().toString(36)}`)
  await mkdir(path, { mode: 0o700 })
  return { path, [Symbol.asyncDispose]: () => removeTree(path) }
}

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
