import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { compareArtifacts } from './compare/compare.ts'
import { comparisonSchema, type Verdict } from './model/comparison.ts'
import { type Problem, type ProblemCode, problemFrom } from './model/problem.ts'
import { rebuildSchema } from './model/rebuild.ts'
import type { Report } from './model/report.ts'
import { findArtifact, findRecipe, findSource, type PlanContext } from './plan.ts'
import { prepareSandbox } from './prepare-sandbox.ts'
import { readRecipeFile } from './recipe-file.ts'
import { reportOf } from './report-of.ts'
import { runRecipe } from './run-recipe.ts'
import type { EngineName } from './sandbox/options.ts'
import { parseSourceArgument } from './source/argument.ts'
import { stagesOf } from './stages.ts'
import { removeTree } from './store/remove.ts'
import { openRun } from './store/runs.ts'

export type RebuildRequest = {
  /** Any npm spec, a `pkg:npm/…` purl, or the path or URL of a tarball. */
  spec: string
  /** As `--source` takes it; where it is absent the registry's metadata leads to the source. */
  source?: string
  engine?: EngineName
  recipeFile?: string
  /** The run's own folder, instead of a new one below `runsFolder`. */
  out?: string
  required: Verdict
  /** Leaves the work folder in the run's folder. */
  keep: boolean
}

export type RebuildContext = PlanContext & { runsFolder: string }

/**
 * Rebuilds one published artifact and says whether it is the same. What each stage found is in the run's folder as soon
 * as it exists, and the next call with the same request goes on from there when this one is killed.
 *
 * @throws {Problem} only when no run could be opened; everything later is in the report.
 */
export async function rebuildArtifact(request: RebuildRequest, context: RebuildContext): Promise<Report> {
  const { spec, source, engine, recipeFile, out, required, keep } = request
  // What was typed wrongly is said before anything is begun.
  const argument = source === undefined ? undefined : parseSourceArgument(source)
  const given = recipeFile === undefined ? undefined : await readRecipeFile(recipeFile)
  const run = await openRun({
    folder: context.runsFolder,
    ...(out !== undefined && { exact: out }),
    label: spec,
    request: { spec, source, engine, recipe: given },
    now: context.now,
  })
  const stages = stagesOf(run, context.progress)
  let problem: Problem | undefined
  try {
    const { artifact, open } = await findArtifact(spec, context, stages)
    const located = await findSource({ artifact, argument, given }, context, stages)
    const recipe = await findRecipe({ artifact, open, located, given }, context, stages)
    const rebuild = await stages.keep('rebuild', rebuildSchema, async () => {
      const sandbox = await stages.run('environment', () => prepareSandbox(recipe.environment, engine, context))
      return await runRecipe({ ...context, ...sandbox, recipe, checkout: located.checkout, folder: run.folder })
    })
    await stages.keep('comparison', comparisonSchema, () =>
      compareArtifacts({
        published: { ...artifact, open },
        rebuilt: {
          ...rebuild.output,
          open: () => createReadStream(join(run.folder, 'rebuilt', rebuild.output.fileName)),
        },
        signal: context.signal,
      }),
    )
  } catch (error) {
    problem = problemFrom(error)
  }
  try {
    const report = await reportOf(run, { spec, required, stages, problem })
    if (report.artifact === undefined) {
      await run.discard()
      const { run: _, ...rest } = report
      return rest
    }
    if (problem === undefined || !goesOn.has(problem.code)) {
      await run.save('report', report)
      await run.finish()
    }
    return report
  } finally {
    if (!keep) await Promise.all(['work', 'home'].map((name) => removeTree(join(run.folder, name))))
    await run.release()
  }
}

/** After these the run stays open, and the same request goes on with it. */
const goesOn = new Set<ProblemCode>(['INTERRUPTED', 'DISK_FULL'])
