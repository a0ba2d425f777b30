import { createHash } from 'node:crypto'
import { lstat, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { keepManifests } from '../kept-manifests.ts'
import { sha256Schema } from '../model/digest.ts'
import type { Recipe, Step } from '../model/recipe.ts'
import type { PreparedSandbox } from '../prepare-sandbox.ts'
import { type RunRecipeOptions, runSteps, usualSurroundings } from '../run-recipe.ts'
import type { LocatedSource } from '../source/located.ts'
import { openLog } from '../store/log.ts'
import type { Run } from '../store/runs.ts'
import { type Discard, removeShared, sharedIn } from './left-over.ts'

export type CheckContext = PreparedSandbox &
  Pick<RunRecipeOptions, 'registry' | 'cacheFolder' | 'env' | 'store' | 'now' | 'progress' | 'signal'> & {
    recipe: Recipe
    run: Run
    discard: Discard
  }

const installedSchema = z.object({
  /** How many of the recipe's steps are done. */
  steps: z.int().nonnegative(),
  /** What is there now, in bytes. */
  size: z.number().nonnegative(),
  /** Of the paths, sizes and modes of all that is there. */
  listing: sha256Schema,
})

export type Installed = z.infer<typeof installedSchema>

/**
 * Lays the source out and installs its dependencies, once for all builds. What was removed since, because the check was
 * stopped, is installed again; where that gives something else, the builds that there are count no more.
 *
 * @throws {Problem} STEP_FAILED and the other STEP_ codes
 */
export async function installOnce(
  { checkout }: Pick<LocatedSource, 'checkout'>,
  context: CheckContext,
): Promise<Installed> {
  const { run, recipe, progress } = context
  const kept = await run.load('installed', installedSchema)
  const folder = sharedIn(run)
  if (kept && (await isThere(folder))) return kept
  await removeShared(run, context.discard)
  await mkdir(join(folder, 'home'), { recursive: true })
  progress({ type: 'activity', stage: 'rebuild', text: 'checking the source out' })
  await checkout(join(folder, 'work'), { umask: recipe.umask })
  const steps = leadingInstalls(recipe.steps)
  const [install] = steps
  if (install) {
    const { cwd: directory, run: command } = install
    await keepManifests(join(folder, 'work'), { directory, built: recipe.source.directory, command }, run.folder)
  }
  await using log = openLog(join(run.folder, 'install.log'))
  const [work, home] = [join(folder, 'work'), join(folder, 'home')]
  await runSteps(steps, { ...context, ...usualSurroundings, folder: run.folder, work, home, log })
  const installed = { steps: steps.length, ...(await listed(folder)) }
  if (kept && kept.listing !== installed.listing) await dropBuilds(run)
  await run.save('installed', installed)
  return installed
}

const isThere = (folder: string) =>
  lstat(folder).then(
    () => true,
    () => false,
  )

async function dropBuilds(run: Run): Promise<void> {
  for (const name of await readdir(run.folder)) {
    if (/^build-.*\.json$/.test(name)) await run.drop(name.slice(0, -'.json'.length))
  }
}

/** One that comes later may need what was built, and is part of each build. */
function leadingInstalls(steps: Step[]): Step[] {
  const end = steps.findIndex(({ phase }) => phase !== 'install')
  return steps.slice(0, end < 0 ? steps.length : end)
}

async function listed(folder: string): Promise<Pick<Installed, 'size' | 'listing'>> {
  let size = 0
  const lines: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    const { size: bytes, mode } = await lstat(path)
    if (entry.isFile()) size += bytes
    lines.push(`${path.slice(folder.length)} ${mode} ${entry.isFile() ? bytes : ''}`)
  }
  return { size, listing: createHash('sha256').update(lines.sort(byCodeUnits).join('\n')).digest('hex') }
}

const byCodeUnits = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
