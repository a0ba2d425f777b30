import { execFile } from 'node:child_process'
import { chmod, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Everything below some folders, one line each: of what is no folder its inode and the time of its last change, which no
 * program can set; of a folder its permissions and its owner.
 */
export type TreeState = readonly string[]

/** In bytes: some hundred thousand entries. */
const largestListing = 64 * 1024 * 1024

/** @param roots relative to `folder`; where there are many of them, all that `find` can be given */
export async function stateOf(folder: string, roots: readonly string[]): Promise<TreeState> {
  if (roots.length === 0) return []
  const format = ['-type', 'd', '-printf', 'd %m %U:%G %p\\0', '-o', '-printf', '%y %i %C@ %p\\0']
  const { stdout } = await run('find', [...roots, ...format], { cwd: folder, maxBuffer: largestListing })
  return stdout.split('\0').slice(0, -1)
}

/** Whether all of an earlier state is as it was; what has come since is passed over. */
export function isStill(before: TreeState, now: TreeState): boolean {
  const there = new Set(now)
  return before.every((line) => there.has(line))
}

/**
 * Moves what a state lists, and nothing else, into folders that are new, so that whoever is given them learns nothing from
 * the folders' own times and attributes.
 */
export async function moveState(state: TreeState, from: string, into: string): Promise<void> {
  const entries = state.map((line) => {
    const [kind, mode = '', , ...path] = line.split(' ')
    return { isFolder: kind === 'd', mode: Number.parseInt(mode, 8), path: path.join(' ') }
  })
  const folders = entries.filter(({ isFolder }) => isFolder)
  // A folder is listed before what is in it; the first may be deep inside of `from`.
  for (const { path } of folders) await mkdir(join(into, path), { recursive: true })
  const others = entries.filter(({ isFolder }) => !isFolder)
  for (let at = 0; at < others.length; at += together) {
    const moving = others.slice(at, at + together).map(({ path }) => rename(join(from, path), join(into, path)))
    await Promise.all(moving)
  }
  for (const { path, mode } of folders.toReversed()) await chmod(join(into, path), mode)
}

const together = 64
