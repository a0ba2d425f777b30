import { join } from 'node:path'
import { attemptChanges, finishPromotion, isRepairable } from './attempts.ts'
import { readPasses } from './compare/passes/read-passes.ts'
import { compareRebuild } from './compare-rebuild.ts'
import { adoptCommitted, assertBuilds, type Committed, rebuildCommitted } from './deep.ts'
import { comparisonSchema, type Verdict } from './model/comparison.ts'
import { type Problem, problemFrom } from './model/problem.ts'
import { rebuildSchema } from './model/rebuild.ts'
import type { Recipe } from './model/recipe.ts'
import { deepSchema, type Report } from './model/report.ts'
import { withoutOutputs } from './npm/committed-output.ts'
import { registryCatalogue } from './npm/infer/catalogue.ts'
import { hostArchitecture } from './npm/infer/environment.ts'
import { findArtifact, findRecipe, findSource, inferWith, type PlanContext, readSourceArgument } from './plan.ts'
import { prepareSandbox, resolveToolchainFor } from './prepare-sandbox.ts'
import { readRecipeFile } from './recipe-file.ts'
import { reportOf } from './report-of.ts'
import { compressAgain, type DoneRebuild, onlyCompresses } from './reuse-rebuild.ts'
import { runRecipe } from './run-recipe.ts'
import type { EngineName } from './sandbox/options.ts'
import { shareInstall } from './shared-install.ts'
import { type Stages, stagesOf } from './stages.ts'
import { removeTree } from './store/remove.ts'
import { goesOn, openRun } from './store/runs.ts'

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
  /** What to look away from in the comparison, and why; see `readPasses`. */
  passFile?: string
  /** How many rebuilds at most, each with what the differences of the one before suggest to change in the recipe. */
  attempts?: number
  /** Also whether building the source gives what is committed of its build output; see `rebuildCommitted`. */
  deep?: boolean
  /** What such a rebuild starts with, in place of looking for it. */
  committed?: Committed
}

export type RebuildContext = PlanContext & { runsFolder: string }

/**
 * Rebuilds one published artifact and says whether it is the same. What each stage found is in the run's folder as soon
 * as it exists, and the next call with the same request goes on from there when this one is killed.
 *
 * @throws {Problem} only when no run could be opened; everything later is in the report.
 */
export async function rebuildArtifact(request: RebuildRequest, context: RebuildContext): Promise<Report> {
  const { spec, source, engine, recipeFile, out, required, keep, committed, attempts = defaultAttempts } = request
  // What was typed wrongly is said before anything is begun.
  const argument = await readSourceArgument(source)
  const given = recipeFile === undefined ? undefined : await readRecipeFile(recipeFile)
  const hidden = request.passFile === undefined ? undefined : await readPasses(request.passFile)
  const run = await openRun({
    folder: context.runsFolder,
    ...(out !== undefined && { exact: out }),
    label: spec,
    request: { spec, source, engine, recipe: given, passes: hidden, deep: request.deep || undefined, committed },
    now: context.now,
  })
  const stages = stagesOf(run, context.progress)
  const installs = shareInstall(join(run.folder, 'installed'))
  let problem: Problem | undefined
  try {
    const settled = await finishPromotion(run)
    if (committed) await adoptCommitted(run, committed)
    const { artifact, open } = await findArtifact(spec, context, stages)
    const found = await findSource({ artifact, open, argument, given }, context, stages)
    const located = committed ? withoutOutputs(found, committed.folders) : found
    const catalogue = registryCatalogue({ ...context, architecture: hostArchitecture() })
    const wanted = { artifact, open, located, given, catalogue }
    const recipe = await findRecipe(wanted, context, stages)
    if (committed) await stages.run('recipe', async () => assertBuilds(recipe))
    const done: DoneRebuild[] = []
    const redo = async (wanted: Recipe, folder: string, kept: Stages) => {
      const rebuild = await kept.keep('rebuild', rebuildSchema, async () => {
        const sandbox = await kept.run('environment', () => prepareSandbox(wanted, engine, context))
        const { compressor } = wanted
        const same = done.find((one) => onlyCompresses(wanted, one))
        if (compressor && same)
          return await compressAgain(same, { ...context, ...sandbox, recipe: wanted, compressor, folder })
        const { checkout } = located
        return await runRecipe({ ...context, ...sandbox, recipe: wanted, checkout, folder, installs })
      })
      done.push({ recipe: wanted, rebuild, folder })
      const facts = { artifact, open, located, recipe: wanted, rebuild, folder, hidden }
      const comparison = await kept.keep('comparison', comparisonSchema, () => compareRebuild(facts, context))
      return { rebuild, comparison }
    }
    // A recipe that somebody wrote is redone as it is.
    const isGiven = given !== undefined && 'whole' in given
    const first = await redo(recipe, run.folder, stages).catch((error: unknown): { problem: Problem } => {
      const failure = problemFrom(error)
      if (isGiven || !isRepairable(failure)) throw error
      return { problem: failure }
    })
    if (settled && 'problem' in first) throw first.problem
    if (!settled && !isGiven) {
      await attemptChanges({
        run,
        first: { recipe, ...first },
        most: attempts,
        resolveToolchain: resolveToolchainFor(recipe.environment, context),
        inferAgain: (choices) => inferWith(choices, wanted, context),
        attempt: async ({ number, recipe: changed, folder, nouns }) => {
          context.progress({ type: 'notice', stage: 'rebuild', text: `Attempt ${number}, with a changed recipe.` })
          try {
            return await redo(changed, folder, stagesOf(nouns, context.progress))
          } finally {
            if (!keep) await installs.removing(() => removeWork(folder))
          }
        },
      })
    }
    if (request.deep && !(await run.load('deep', deepSchema))) {
      const facts = { run, artifact, located, request, rebuild: rebuildArtifact }
      await run.save('deep', await rebuildCommitted(facts, context))
    }
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
    await installs.discard()
    if (!keep) await removeWork(run.folder)
    await run.release()
  }
}

async function removeWork(folder: string): Promise<void> {
  await Promise.all(['work', 'home'].map((name) => removeTree(join(folder, name))))
}

const defaultAttempts = 6
