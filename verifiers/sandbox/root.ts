import type { Dirent } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join, posix } from 'node:path'

const mostLinks = 40

/**
 * The real place of `path` when `folder` is the root: links are followed as a process in there would follow them, so that
 * an absolute one never leads out.
 *
 * @returns a path of the host, or `undefined` where there is nothing.
 */
export async function resolveInRoot(folder: string, path: string): Promise<string | undefined> {
  const { place, exists } = await followLinks(folder, path)
  return exists ? join(folder, place) : undefined
}

/** Where something mounted at `path` would really be: as above, up to where nothing exists yet, and inside the root. */
export async function placeInRoot(folder: string, path: string): Promise<string> {
  return (await followLinks(folder, path)).place
}

async function followLinks(folder: string, path: string): Promise<{ place: string; exists: boolean }> {
  let links = 0
  let rest = path.split('/').filter(Boolean)
  let place = '/'
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const next = posix.join(place, name)
    const stats = await lstat(join(folder, next)).catch(absent)
    if (stats === undefined || links > mostLinks) return { place: posix.join(next, ...rest), exists: false }
    if (!stats.isSymbolicLink()) {
      place = next
      continue
    }
    links++
    rest = [
      ...posix
        .resolve(place, await readlink(join(folder, next)))
        .split('/')
        .filter(Boolean),
      ...rest,
    ]
    place = '/'
  }
  return { place, exists: true }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
  throw error
}

/** How a part of the root is shown: as it is, or entry by entry where something it does not have is to be mounted in it. */
export type RootEntry =
  | { kind: 'bind'; from: string; to: string }
  | { kind: 'folder'; to: string }
  | { kind: 'link'; to: string; target: string }

/**
 * The pinned root's entries such that every place in `wanted` can be mounted on. A read-only folder cannot be given a
 * mount point, so a folder that lacks one is made anew and its entries are shown in it.
 */
export async function planRoot(folder: string, wanted: string[]): Promise<RootEntry[]> {
  return await planFolder(folder, '/', wanted)
}

async function planFolder(root: string, path: string, wanted: string[]): Promise<RootEntry[]> {
  const entries = await readdir(join(root, path), { withFileTypes: true })
  const planned = await Promise.all(
    entries.map((entry) => planEntry(root, posix.join(path, entry.name), entry, wanted)),
  )
  return planned.flat()
}

async function planEntry(root: string, to: string, entry: Dirent, wanted: string[]): Promise<RootEntry[]> {
  const from = join(root, to)
  if (entry.isSymbolicLink()) return [{ kind: 'link', to, target: await readlink(from) }]
  if (wanted.includes(to)) return []
  const inside = wanted.filter((place) => place.startsWith(`${to}/`))
  if (entry.isDirectory() && (await lacksOne(root, inside))) {
    return [{ kind: 'folder', to }, ...(await planFolder(root, to, inside))]
  }
  return [{ kind: 'bind', from, to }]
}

async function lacksOne(root: string, places: string[]): Promise<boolean> {
  const found = await Promise.all(places.map((place) => lstat(join(root, place)).catch(absent)))
  return found.includes(undefined)
}
