import { join } from 'node:path'
import { z } from 'zod'
import { isRepairable } from './attempt-plans.ts'
import { attemptChanges, finishPromotion, type Outcome } from './attempts.ts'
import type { RecipeChange } from './changed-recipe.ts'
import type { RebuiltFacts } from './compare-rebuild.ts'
import { adoptCommitted, assertBuilds, type Committed, rebuildCommitted } from './deep.ts'
import { type Comparison, comparisonSchema } from './model/comparison.ts'
import { type Problem, problemFrom } from './model/problem.ts'
import { rebuildSchema } from './model/rebuild.ts'
import { type Recipe, recipeSchema } from './model/recipe.ts'
import { attemptSchema, deepSchema, type Report } from './model/report.ts'
import type { Verdict } from './model/verdict.ts'
import { withoutOutputs } from './npm/committed-output.ts'
import { registryCatalogue } from './npm/infer/catalogue.ts'
import { hostArchitecture } from './npm/infer/environment.ts'
import { findArtifact, findRecipe, findSource, inferWith, type PlanContext, readSourceArgument } from './plan.ts'
import { prepareSandbox, resolveToolchainFor, tryEngineEarly } from './prepare-sandbox.ts'
import { readRecipeFile } from './recipe-file.ts'
import { registryReleases } from './releases/registry-releases.ts'
import { reportOf } from './report-of.ts'
import { compressAgain, type DoneRebuild, onlyCompresses } from './reuse-rebuild.ts'
import { runRecipe } from './run-recipe.ts'
import type { EngineName } from './sandbox/options.ts'
import { type SharedInstall, shareInstall } from './shared-install.ts'
import { type Stages, stagesOf } from './stages.ts'
import { discardedBeside, discardTrees, makeRoom, plenty } from './store/discard.ts'
import { goesOn, openRun, type Run } from './store/runs.ts'

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
  const { spec, source, engine, out, required, keep, deep, committed } = request
  // What was typed wrongly is said before anything is begun.
  const given = await readGiven(request)
  const run = await openRun({
    folder: context.runsFolder,
    ...(out !== undefined && { exact: out }),
    label: spec,
    request: {
      ...{ spec, source, engine, recipe: given.recipe, passes: given.hidden },
      ...(deep && { deep }),
      ...(committed && { committed }),
    },
    now: context.now,
  })
  const stages = stagesOf(run, context.progress)
  const discard = (paths: string[]) => discardTrees(paths, discardedBeside(context.runsFolder))
  // What is kept for somebody to look at is not moved on.
  const installs = keep ? undefined : shareInstall(installedIn(run), discard)
  const job = { request, given, run, stages, installs, discard }
  const problem = await rebuildIn(job, context).then(() => undefined, problemFrom)
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
    await discard([...(keep ? [] : workIn(run.folder)), installedIn(run)])
    await run.release()
  }
}

type Given = Awaited<ReturnType<typeof readGiven>>

async function readGiven({ source, recipeFile, passFile }: RebuildRequest) {
  return {
    argument: await readSourceArgument(source),
    recipe: recipeFile === undefined ? undefined : await readRecipeFile(recipeFile),
    hidden: passFile === undefined ? undefined : await hiddenBy(passFile),
  }
}

async function hiddenBy(passFile: string) {
  const { readPasses } = await import('./compare/passes/read-passes.ts')
  return await readPasses(passFile)
}

type Job = {
  request: RebuildRequest
  given: Given
  run: Run
  stages: Stages
  installs: SharedInstall | undefined
  discard: (paths: string[]) => Promise<void>
}

/** The pipeline: what each stage finds is kept in the run. */
async function rebuildIn(job: Job, context: RebuildContext): Promise<void> {
  const { request, given, run, stages } = job
  const { committed } = request
  const settled = await finishPromotion(run)
  if (committed) await adoptCommitted(run, committed)
  const { artifact, open } = await findArtifact(request.spec, context, stages)
  const { argument, recipe: givenRecipe } = given
  const catalogue = registryCatalogue({ ...context, architecture: hostArchitecture() })
  // Every inference asks for these; the registry answers while the source is looked for.
  const isNew = !(await stages.kept('recipe', recipeSchema))
  if (isNew) void catalogue.nodeVersions().catch(() => undefined)
  await using _trying = isNew ? tryEngineEarly(request.engine, context) : undefined
  const found = await findSource({ artifact, open, argument, given: givenRecipe }, context, stages)
  const located = committed ? withoutOutputs(found, committed.folders) : found
  const wanted = { artifact, open, located, given: givenRecipe, catalogue }
  // One clock for all that a run infers, also where it goes on later: the same at another moment is no other recipe.
  const began = new Date(run.info.startedAt)
  const inferring = { ...context, now: () => began }
  const recipe = await findRecipe(wanted, inferring, stages)
  if (committed) await stages.run('recipe', async () => assertBuilds(recipe))
  const redo = redoing(job, wanted, context)
  // A recipe that somebody wrote is redone as it is.
  const isGiven = givenRecipe !== undefined && 'whole' in givenRecipe
  const first = await redo(recipe, run.folder, stages).catch((error: unknown): { problem: Problem } => {
    const failure = problemFrom(error)
    if (isGiven || !isRepairable(failure)) throw error
    return { problem: failure }
  })
  if (settled && 'problem' in first) throw first.problem
  if (!settled && !isGiven) await repairing(job, { recipe, ...first }, { wanted, redo, inferring })
  if (request.deep && !(await run.load('deep', deepSchema))) {
    const facts = { run, artifact, located, request, rebuild: rebuildArtifact }
    await run.save('deep', await rebuildCommitted(facts, context))
  }
}

/** What the first rebuild suggests to do otherwise, and whether all of it gives the same twice. */
async function repairing(
  { request, run, stages, installs, discard }: Job,
  first: Parameters<typeof attemptChanges>[0]['first'],
  means: { wanted: Parameters<typeof inferWith>[1]; redo: ReturnType<typeof redoing>; inferring: RebuildContext },
): Promise<void> {
  const { wanted, redo, inferring: context } = means
  const { comparison, rebuild, twin } = await attemptChanges({
    run,
    first,
    most: request.attempts ?? defaultAttempts,
    resolveToolchain: resolveToolchainFor(first.recipe.environment, context),
    inferAgain: (choices) => inferWith(choices, wanted, context),
    search: (best) => searching({ run, wanted, request, installs, discard }, best, context),
    attempt: async ({ number, recipe: changed, folder, nouns }) => {
      context.progress({ type: 'notice', stage: 'rebuild', text: `Attempt ${number}, with a changed recipe.` })
      const started = performance.now()
      try {
        return await redo(changed, folder, stagesOf(nouns, context.progress))
      } finally {
        stages.timings.attempts = (stages.timings.attempts ?? 0) + (performance.now() - started) / 1000
        await installs?.rescue()
        if (!request.keep) await discard(workIn(folder))
      }
    },
  })
  if (!twin) return
  const { withVarying } = await import('./varying.ts')
  await run.save('comparison', await withVarying(comparison, { rebuild, folder: run.folder }, twin, context))
}

/** Looks for the release of a compiler or minifier that wrote what was published; what was found is kept for a run that goes on. */
async function searching(
  {
    run,
    wanted,
    request,
    installs,
    discard,
  }: Pick<Job, 'run' | 'request' | 'installs' | 'discard'> & {
    wanted: Parameters<typeof inferWith>[1]
  },
  { recipe, rebuild, comparison }: Outcome,
  context: RebuildContext,
): Promise<RecipeChange | undefined> {
  const kept = await run.load('search', searchSchema)
  if (kept) return kept.change
  const { findRelease } = await import('./find-release.ts')
  const { tryReleases } = await import('./try-releases.ts')
  const { publishedAt } = await import('./compare-rebuild.ts')
  const { artifact, open, located } = wanted
  const folder = join(run.folder, 'search')
  const change = await findRelease(
    { comparison, rebuild, recipe },
    {
      openPublished: open,
      readFetched: (sha512) => context.store.read(sha512),
      registry: registryReleases(context),
      ...{ tree: located.tree, directory: located.source.directory, publishedAt: publishedAt(artifact) },
      async pack(releases) {
        const names = [...new Set(releases.map(({ name }) => name))].join(', ')
        const text = `Building with ${releases.length} other releases of ${names}, to see whether one of them wrote this.`
        context.progress({ type: 'notice', stage: 'rebuild', text })
        const sandbox = await prepareSandbox(recipe, request.engine, context)
        const { checkout } = located
        return await tryReleases(releases, {
          ...context,
          ...sandbox,
          recipe,
          checkout,
          folder,
          ...(installs && { installs }),
        })
      },
      signal: context.signal,
    },
  ).catch((error: unknown) => {
    // What shows nothing takes nothing away.
    if (isRepairable(problemFrom(error))) return undefined
    throw error
  })
  await discard([...workIn(folder), join(folder, 'packed')])
  await run.save('search', { change })
  return change
}

/** Rebuilds by one recipe into one folder, and compares; what another recipe of the run has done is not done again. */
function redoing(
  { request, given, installs }: Job,
  facts: Pick<RebuiltFacts, 'artifact' | 'open' | 'located'>,
  context: RebuildContext,
) {
  const done: DoneRebuild[] = []
  const compared = new Map<string, Comparison>()
  return async (recipe: Recipe, folder: string, kept: Stages) => {
    const rebuild = await kept.keep('rebuild', rebuildSchema, async () => {
      // Loaded while something is built.
      void import('./compare-rebuild.ts')
      const sandbox = await kept.run('environment', () => prepareSandbox(recipe, request.engine, context))
      const { compressor } = recipe
      const same = done.find((one) => onlyCompresses(recipe, one))
      if (compressor && same) return await compressAgain(same, { ...context, ...sandbox, recipe, compressor, folder })
      const { checkout } = facts.located
      await makeRoom(discardedBeside(context.runsFolder), Math.min(recipe.limits.disk, plenty), () =>
        context.progress({ type: 'activity', stage: 'rebuild', text: 'removing what earlier builds have left' }),
      )
      return await runRecipe({ ...context, ...sandbox, recipe, checkout, folder, ...(installs && { installs }) })
    })
    done.push({ recipe, rebuild, folder })
    const all = { ...facts, recipe, rebuild, folder, hidden: given.hidden, compared }
    const { compareRebuild } = await import('./compare-rebuild.ts')
    const comparison = await kept.keep('comparison', comparisonSchema, () => compareRebuild(all, context))
    return { rebuild, comparison }
  }
}

const searchSchema = z.object({ change: attemptSchema.shape.changes.element.optional() })

const workIn = (folder: string) => ['work', 'home'].map((name) => join(folder, name))
const installedIn = ({ folder }: Run) => join(folder, 'installed')

const defaultAttempts = 6
