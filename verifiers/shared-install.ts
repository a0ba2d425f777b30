import { execFile } from 'node:child_process'
import { lstat, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Exchange, StepResult } from './model/rebuild.ts'
import type { Recipe } from './model/recipe.ts'
import { removeTree } from './store/remove.ts'

const run = promisify(execFile)

/** What an install step gave, beside the files. */
export type Installed = { step: StepResult; exchanges: Exchange[] }

/** Folders of one attempt. */
type Places = { work: string; home: string; manifests: string }

/** The state that an install step leaves, for later attempts that have the same one. */
export type SharedInstall = {
  /** Whether it is there for such a recipe, and nothing has changed it since. */
  has(recipe: Recipe): Promise<boolean>
  /** Puts it over a source that is just laid out; `undefined` where that cannot be done. */
  restore(into: Places): Promise<Installed | undefined>
  /** @param since when the source was laid out, in milliseconds: what is newer is of the installation */
  keep(recipe: Recipe, from: Places, installed: Installed, since: number): Promise<void>
  /** Removes folders that were laid out from here, so that it is still known whether anything else has changed. */
  removing(remove: () => Promise<void>): Promise<void>
  discard(): Promise<void>
}

/** What an installation writes beside `node_modules` is a lockfile and the like. */
const mostOthers = 500

/**
 * Keeps `node_modules` and the home folder as hard links, so that nothing large is copied, and what else the installation
 * has written as copies. A build that writes into a linked file changes the time of its inode, which no program can set,
 * and the state is then not used again.
 *
 * @param folder of its own, on the file system of the attempts
 */
export function shareInstall(folder: string): SharedInstall {
  let kept: { key: string; installed: Installed; at: number } | undefined
  const at = (name: string) => join(folder, name)
  const discard = async () => {
    kept = undefined
    await removeTree(folder)
  }
  /** Forgets what has been changed since it was kept. */
  const check = async () => {
    if (kept === undefined) return
    const changed = await find([at('modules'), at('home'), '!', '-type', 'd', '-newerct', stamp(kept.at), '-quit'])
    if (changed === undefined || changed.length > 0) await discard()
  }
  const copyBack = async ({ work, home, manifests }: Places) => {
    await removeTree(home)
    await run('cp', ['-al', '--', at('home'), home])
    await run('cp', ['-al', '--', `${at('modules')}/.`, work])
    await run('cp', ['-a', '--', `${at('others')}/.`, work])
    const had = await lstat(at('manifests')).catch(() => undefined)
    if (had) await run('cp', ['-a', '--', at('manifests'), manifests])
  }
  const copyAway = async ({ work, home, manifests }: Places, since: number) => {
    await Promise.all(['modules', 'others'].map((name) => mkdir(at(name), { recursive: true })))
    const outside = ['.', '-name', '.git', '-prune', '-o', '-name', 'node_modules', '-prune']
    const modules = await find(outside, work)
    const others = await find([...outside, '-false', '-o', '!', '-type', 'd', '-newerct', stamp(since)], work)
    if (modules === undefined || others === undefined || others.length > mostOthers) throw new Error('too much')
    const linked = ['-al', '--parents', '-t', at('modules'), '--', ...modules]
    if (modules.length > 0) await run('cp', linked, { cwd: work })
    const copied = ['-a', '--parents', '-t', at('others'), '--', ...others]
    if (others.length > 0) await run('cp', copied, { cwd: work })
    await run('cp', ['-al', '--', home, at('home')])
    const has = await lstat(manifests).catch(() => undefined)
    if (has) await run('cp', ['-a', '--', manifests, at('manifests')])
  }
  return {
    discard,
    async has(recipe) {
      if (kept?.key !== keyOf(recipe)) return false
      await check()
      return kept !== undefined
    },
    async restore(into) {
      try {
        await copyBack(into)
      } catch {
        await discard()
      }
      if (kept) kept.at = justAfter()
      return kept?.installed
    },
    async keep(recipe, from, installed, since) {
      await discard()
      try {
        await copyAway(from, since)
        kept = { key: keyOf(recipe), installed, at: justAfter() }
      } catch {
        // Another file system, or files that belong to somebody else: the next attempt installs by itself.
        await discard()
      }
    },
    async removing(remove) {
      await check()
      await remove()
      if (kept) kept.at = justAfter()
    },
  }
}

/** Paths that find prints; `undefined` where it does not come to its end. */
async function find(words: string[], cwd?: string): Promise<string[] | undefined> {
  const quits = words.at(-1) === '-quit'
  const expression = quits ? [...words.slice(0, -1), '-print0', '-quit'] : [...words, '-print0']
  return await run('find', expression, { ...(cwd !== undefined && { cwd }), maxBuffer: 16 * 1024 * 1024 }).then(
    ({ stdout }) => stdout.split('\0').filter((path) => path !== ''),
    () => undefined,
  )
}

function stamp(milliseconds: number): string {
  return `@${(milliseconds / 1000).toFixed(3)}`
}

/** The times of links that were made before, which are exact to more than a millisecond, are not later than this. */
function justAfter(): number {
  return Date.now() + 1
}

/** All that an install step can depend on. */
function keyOf({ source, environment, variables, workFolder, umask, network, limits, steps }: Recipe): string {
  return JSON.stringify([source, environment, variables, workFolder, umask, network, limits, steps[0]])
}
