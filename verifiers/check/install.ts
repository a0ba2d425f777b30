import { lstat, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { keepManifests } from '../kept-manifests.ts'
import type { Recipe, Step } from '../model/recipe.ts'
import type { PreparedSandbox } from '../prepare-sandbox.ts'
import { type RunRecipeOptions, runSteps, usualSurroundings } from '../run-recipe.ts'
import type { LocatedSource } from '../source/located.ts'
import { openLog } from '../store/log.ts'
import { removeTree } from '../store/remove.ts'
import type { Run } from '../store/runs.ts'

export type CheckContext = PreparedSandbox &
  Pick<RunRecipeOptions, 'registry' | 'store' | 'now' | 'progress' | 'signal'> & { recipe: Recipe; run: Run }

/** What every build begins with, in the run's folder: `work` and `home`. */
const sharedFolder = 'shared'

export const sharedIn = ({ folder }: Pick<Run, 'folder'>) => join(folder, sharedFolder)

const installedSchema = z.object({
  /** How many of the recipe's steps are done. */
  steps: z.int().nonnegative(),
  /** What is there now, in bytes. */
  size: z.number().nonnegative(),
})

export type Installed = z.infer<typeof installedSchema>

/**
 * Lays the source out and installs its dependencies, once for all builds.
 *
 * @throws {Problem} STEP_FAILED and the other STEP_ codes
 */
export async function installOnce(
  { checkout }: Pick<LocatedSource, 'checkout'>,
  context: CheckContext,
): Promise<Installed> {
  const { run, recipe, progress } = context
  const kept = await run.load('installed', installedSchema)
  if (kept) return kept
  const folder = sharedIn(run)
  await removeTree(folder)
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
  const installed = { steps: steps.length, size: await sizeOf(folder) }
  await run.save('installed', installed)
  return installed
}

/** One that comes later may need what was built, and is part of each build. */
function leadingInstalls(steps: Step[]): Step[] {
  const end = steps.findIndex(({ phase }) => phase !== 'install')
  return steps.slice(0, end < 0 ? steps.length : end)
}

async function sizeOf(folder: string): Promise<number> {
  let size = 0
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) size += (await lstat(join(entry.parentPath, entry.name))).size
  }
  return size
}
