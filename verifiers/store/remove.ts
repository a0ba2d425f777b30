import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat } from 'node:fs/promises'
import { text } from 'node:stream/consumers'

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
  for (let tries = 3; ; tries--) {
    // In a group of its own: Ctrl-C goes to the whole group of a terminal, and is what this often cleans up after.
    const child = spawn('/bin/sh', ['-c', removalScript, 'reproof', path], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
    if (code === 0) return
    // Ctrl-C may come just before it has left this group.
    if (tries === 1) throw new Error(`${path} cannot be removed: ${said.slice(0, 1000)}`)
  }
}
