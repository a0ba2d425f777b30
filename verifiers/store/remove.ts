import { chmod, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Removes a tree whatever a build left in it: folders that nobody may write to are opened first. Links are not followed. */
export async function removeTree(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 3 } as const
  try {
    await rm(path, options)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOTEMPTY') throw error
    await openFolders(path)
    await rm(path, options)
  }
}

async function openFolders(path: string): Promise<void> {
  const pending = [path]
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    if (!(await lstat(folder)).isDirectory()) continue
    await chmod(folder, 0o700)
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) pending.push(join(folder, entry.name))
    }
  }
}
