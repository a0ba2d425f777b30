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
  let links = 0
  let rest = path.split('/').filter(Boolean)
  let place = '/'
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const next = posix.join(place, name)
    const stats = await lstat(join(folder, next)).catch(absent)
    if (stats === undefined) return undefined
    if (!stats.isSymbolicLink()) {
      place = next
      continue
    }
    if (++links > mostLinks) return undefined
    const target = await readlink(join(folder, next))
    rest = [...posix.resolve(place, target).split('/').filter(Boolean), ...rest]
    place = '/'
  }
  return join(folder, place)
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
