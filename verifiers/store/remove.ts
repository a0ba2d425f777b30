import { execFile } from 'node:child_process'
import { lstat } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * For a shell: removes the tree that its first argument names. What another one removes at the same time is no failure.
 *
 * By coreutils, which walk by descriptors, so that neither the depth of a tree nor the length of its paths matters, and
 * which take a sixth of the time that Node takes for a folder of 24,000 entries.
 */
export const removalScript = `
rm -rf -- "$1" 2>/dev/null && exit
chmod -R u+rwX -- "$1" 2>/dev/null
rm -rf -- "$1" || [ ! -e "$1" ]
`

/**
 * Removes a tree whatever a build left in it: folders that nobody may write to, or so many inside each other that no path
 * names the last. Links are not followed.
 */
export async function removeTree(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined)
  if (there === undefined) return
  await run('/bin/sh', ['-c', removalScript, 'reproof', path])
}
