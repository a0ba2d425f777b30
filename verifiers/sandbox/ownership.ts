import type { Stats } from 'node:fs'
import { lchown, lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Gives files, and folders with all that is in them, to a user; symbolic links are given themselves and never followed.
 * Only root can, and only while nobody else changes them. What is nested deeper than a path may be long is left out.
 */
export async function giveTo(paths: string[], user: { uid: number; gid: number }): Promise<void> {
  for (const path of paths) {
    const stats = await lstat(path).catch(unlessTooDeep)
    if (stats?.isDirectory()) {
      for await (const entry of await opendir(path)) await giveTo([join(path, entry.name)], user)
    }
    if (stats && (stats.uid !== user.uid || stats.gid !== user.gid)) await lchown(path, user.uid, user.gid)
  }
}

function unlessTooDeep(error: NodeJS.ErrnoException): Stats | undefined {
  if (error.code === 'ENAMETOOLONG') return undefined
  throw error
}
