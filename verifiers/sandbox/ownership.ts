import { lchown, lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Gives files, and folders with all that is in them, to a user; symbolic links are given themselves and never followed.
 * Only root can, and only while nobody else changes them.
 */
export async function giveTo(paths: string[], user: { uid: number; gid: number }): Promise<void> {
  for (const path of paths) {
    const stats = await lstat(path)
    if (stats.isDirectory()) {
      for await (const entry of await opendir(path)) await giveTo([join(path, entry.name)], user)
    }
    if (stats.uid !== user.uid || stats.gid !== user.gid) await lchown(path, user.uid, user.gid)
  }
}
