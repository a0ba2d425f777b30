import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { compressOutput } from './compress-output.ts'
import type { Rebuild } from './model/rebuild.ts'
import type { Compressor, Recipe } from './model/recipe.ts'
import type { PreparedSandbox } from './prepare-sandbox.ts'

/** A rebuild that was done, and where. */
export type DoneRebuild = { recipe: Recipe; rebuild: Rebuild; folder: string }

/** Whether both recipes are of the same steps under the same conditions, and only the first has a compressor. */
export function onlyCompresses(recipe: Recipe, done: DoneRebuild): boolean {
  const { compressor, evidence: _, ...rest } = recipe
  const { evidence: __, ...before } = done.recipe
  return compressor !== undefined && JSON.stringify(rest) === JSON.stringify(before)
}

/**
 * Does only what the recipe has beyond one that was done: its steps are in their own sandboxes, and nothing of the
 * compression reaches them.
 *
 * @throws {Problem} the STEP_ codes
 */
export async function compressAgain(
  done: DoneRebuild,
  options: PreparedSandbox & { recipe: Recipe; compressor: Compressor; folder: string; signal: AbortSignal },
): Promise<Rebuild> {
  const { folder } = options
  for (const name of ['rebuilt', 'manifests', 'build.log', 'network.jsonl']) {
    await cp(join(done.folder, name), join(folder, name), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
  const output = await compressOutput({ ...options, output: done.rebuild.output, folder: join(folder, 'rebuilt') })
  return { ...done.rebuild, output }
}
