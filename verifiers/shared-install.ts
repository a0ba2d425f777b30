import { execFile } from 'node:child_process'
import { chmod, lstat, mkdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Exchange, StepResult } from './model/rebuild.ts'
import type { Recipe } from './model/recipe.ts'
import { isStill, moveState, stateOf, type TreeState } from './store/tree-state.ts'

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
  /** Takes it out of the folders of the attempt that had it last, which are not needed any more. */
  rescue(): Promise<void>
}

/** What an installation writes beside `node_modules` is a lockfile and the like, and of yarn 2 and later its packages. */
const mostOthers = 5000

type Kept = {
  key: string
  installed: Installed
  /** Folders `node_modules`, relative to the source. */
  modules: string[]
  states: { modules: TreeState; home: TreeState }
  /** The attempt that has it, until it is taken out. */
  standsIn: Pick<Places, 'work' | 'home'> | undefined
}

/**
 * Hands `node_modules` and the home folder from one attempt to the next, without a copy: what an attempt had installed is
 * listed, and moved to the next one if all of it is as it was. What else the installation has written is copied.
 *
 * @param folder of its own, on the file system of the attempts
 * @param discard removes trees, now or later
 */
export function shareInstall(folder: string, discard: (paths: string[]) => Promise<void>): SharedInstall {
  let kept: Kept | undefined
  const at = (name: string) => join(folder, name)
  const forget = async () => {
    kept = undefined
    await discard([folder])
  }
  const rescue = async () => {
    if (kept?.standsIn === undefined) return
    const { states, modules, standsIn } = kept
    try {
      const now = await statesIn(standsIn, modules)
      if (!isStill(states.modules, now.modules) || !isStill(states.home, now.home)) return await forget()
      await moveState(states.modules, standsIn.work, at('modules'))
      await moveState(states.home, standsIn.home, at('home'))
      // Moving changes the time of each.
      kept.states = await statesIn({ work: at('modules'), home: at('home') }, modules)
      kept.standsIn = undefined
    } catch {
      // Files that belong to somebody else, or that no text can name: the next attempt installs by itself.
      await forget()
    }
  }
  return {
    rescue,
    async has(recipe) {
      if (kept?.key !== keyOf(recipe)) return false
      await rescue()
      return kept !== undefined
    },
    async restore({ work, home, manifests }) {
      if (kept === undefined) return undefined
      try {
        await rename(at('home'), home)
        for (const path of kept.modules) await rename(join(at('modules'), path), join(work, path))
        const { mode } = await stat(work)
        await run('cp', ['-a', '--', `${at('others')}/.`, work])
        // It gives the source's own folder the mode of the one that is copied.
        await chmod(work, mode & 0o7777)
        const had = await lstat(at('manifests')).catch(() => undefined)
        if (had) await run('cp', ['-a', '--', at('manifests'), manifests])
        kept.standsIn = { work, home }
        return kept.installed
      } catch {
        await forget()
        return undefined
      }
    },
    async keep(recipe, from, installed, since) {
      await forget()
      try {
        const { work, home, manifests } = from
        const modules = await find([...outside], work)
        const states = await statesIn(from, modules)
        const others = await find([...outside, '-false', '-o', '!', '-type', 'd', '-newerct', stamp(since)], work)
        if (others.length > mostOthers) return
        await mkdir(at('others'), { recursive: true })
        const copied = ['-a', '--parents', '-t', at('others'), '--', ...others]
        if (others.length > 0) await run('cp', copied, { cwd: work })
        const has = await lstat(manifests).catch(() => undefined)
        if (has) await run('cp', ['-a', '--', manifests, at('manifests')])
        kept = { key: keyOf(recipe), installed, modules, states, standsIn: { work, home } }
      } catch {
        await forget()
      }
    },
  }
}

async function statesIn({ work, home }: Pick<Places, 'work' | 'home'>, modules: string[]): Promise<Kept['states']> {
  return { modules: await stateOf(work, modules), home: await stateOf(home, ['.']) }
}

const outside = ['.', '-name', '.git', '-prune', '-o', '-name', 'node_modules', '-prune']

/** Paths that find prints. */
async function find(expression: string[], cwd: string): Promise<string[]> {
  const { stdout } = await run('find', [...expression, '-print0'], { cwd, maxBuffer: 16 * 1024 * 1024 })
  return stdout.split('\0').filter((path) => path !== '')
}

function stamp(milliseconds: number): string {
  return `@${(milliseconds / 1000).toFixed(3)}`
}

/** All that an install step can depend on. */
function keyOf({ source, environment, variables, workFolder, umask, owner, network, limits, steps }: Recipe): string {
  return JSON.stringify([source, environment, variables, workFolder, umask, owner, network, limits, steps[0]])
}
