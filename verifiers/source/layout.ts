import { chmod, lstat, lutimes, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Gives everything below a folder the permissions that it would have been created with under a umask, and one time. The
 * umask of this process does not matter then, nor does when the files were written.
 *
 * @param options.umask octal, as a recipe has it: `022`
 * @param options.time for files, folders and links alike
 * @param options.except name of one entry of the top folder that keeps its times
 */
export async function settleLayout(
  folder: string,
  options: { umask: string; time: Date; except?: string },
): Promise<void> {
  const mask = 0o777 & ~Number.parseInt(options.umask, 8)
  await settle(folder, true)

  async function settle(path: string, timed: boolean): Promise<void> {
    const status = await lstat(path)
    if (status.isDirectory()) {
      const names = await readdir(path)
      const settleOne = (name: string) =>
        settle(join(path, name), timed && !(path === folder && name === options.except))
      for (let at = 0; at < names.length; at += together) {
        await Promise.all(names.slice(at, at + together).map(settleOne))
      }
      await chmod(path, 0o777 & mask)
    } else if (status.isFile() && (status.mode & 0o200) !== 0) {
      await chmod(path, ((status.mode & 0o100) !== 0 ? 0o777 : 0o666) & mask)
    }
    if (timed) await lutimes(path, options.time, options.time)
  }
}

/** Of one folder's entries; with few levels of folders, this many times a small number is under way at once. */
const together = 16
