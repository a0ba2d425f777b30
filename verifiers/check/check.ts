import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type CheckReport, checkSchemaUri, type VariationId } from '../model/check.ts'
import type { Comparison } from '../model/comparison.ts'
import { exitCodeOf, Problem, problemFrom } from '../model/problem.ts'
import type { Recipe } from '../model/recipe.ts'
import { type Verdict, verdicts } from '../model/verdict.ts'
import { inside } from '../npm/infer/manifest.ts'
import { projectVariables } from '../npm/infer/variables.ts'
import type { PlanContext } from '../plan.ts'
import { prepareSandbox } from '../prepare-sandbox.ts'
import type { RebuildContext } from '../rebuild.ts'
import type { EngineName } from '../sandbox/options.ts'
import { type Stages, stagesOf } from '../stages.ts'
import { writeFileAtomically } from '../store/atomic.ts'
import { discardedBeside, discardTrees, makeRoom, plenty } from '../store/discard.ts'
import { goesOn, openRun, type Run } from '../store/runs.ts'
import { findOtherOrder } from './entry-order.ts'
import { type Done, type Experiment, openLaboratory } from './experiments.ts'
import { type CheckContext, type Installed, installOnce } from './install.ts'
import { investigate } from './investigate.ts'
import { type Discard, removeLeftOver, removeShared } from './left-over.ts'
import { type CheckedPackage, findPackage } from './package.ts'
import { buildFiles } from './places.ts'
import { planCheck } from './plan-check.ts'
import { decidedBy, type RecipeFile, recipeFileName, renderRecipeFile } from './recipe-file.ts'
import { usualConditions, variationsFor } from './variations.ts'
import { readWorkingTree, type WorkingTree } from './working-tree.ts'

export type CheckRequest = {
  /** Of the package. */
  folder: string
  engine?: EngineName
  /** What is left as it is. */
  except: readonly VariationId[]
  required: Verdict
  /** Saves the recipe as reproof.yaml in the package's folder, once a build has worked. */
  write: boolean
  /** The run's own folder, instead of a new one beside those of rebuilds. */
  out?: string
  /** Leaves the work folders in the run's folder. */
  keep: boolean
}

/**
 * Builds a package twice from one recipe, with different surroundings, and says whether the same comes out; if not, what
 * of the surroundings makes the difference, and where the project reads it. A check that was killed goes on with the
 * builds that it has when the same is asked again.
 *
 * @throws {Problem} when there is no such package, or no run could be opened; everything later is in the report
 */
export async function checkFolder(request: CheckRequest, context: RebuildContext): Promise<CheckReport> {
  const found = await findPackage(request.folder)
  const tree = await readTree(found, context)
  const { name, version } = found.artifact
  const folder = join(dirname(context.runsFolder), 'checks')
  const run = await openRun({
    folder,
    ...(request.out !== undefined && { exact: request.out }),
    label: `${name}@${version}`,
    request: { tree: tree.digest, directory: found.directory, except: request.except, engine: request.engine },
    now: context.now,
  })
  const discard = discardFor(context)
  await removeLeftOver(folder, run.info.id, discard)
  const stages = stagesOf(run, context.progress)
  const report = emptyReport(request, found, tree, run)
  try {
    await fillReport(report, { request, found, tree, run, stages, discard, context })
  } catch (error) {
    const { code, message, hint, details } = problemFrom(error)
    const stage = report.verdict === 'not-rebuilt' ? 'rebuild' : stages.current()
    report.problem = { code, stage, message, ...(hint && { hint }), details }
    report.met = false
    if (stage === 'rebuild' && exitCodeOf(code) === 3 && !goesOn.has(code)) report.verdict = 'not-rebuilt'
  }
  try {
    report.timings = stages.timings
    if (!request.keep) await removeShared(run, discard)
    if (report.problem && goesOn.has(report.problem.code)) return report
    await run.save('report', report)
    await run.finish()
    return report
  } finally {
    await run.release()
  }
}

/** What builds leave is as large as all that was installed, and each of many would be waited for. */
function discardFor({ runsFolder }: RebuildContext): Discard {
  const waiting = discardedBeside(runsFolder)
  return async (paths) => {
    await makeRoom(waiting, plenty)
    await discardTrees(paths, waiting)
  }
}

async function readTree({ root, isRepository, directory, artifact }: CheckedPackage, context: PlanContext) {
  const folder = join(context.cacheFolder, 'sources')
  const options = { ...context, folder, mirrors: { debian: context.mirrors }, root, isRepository, directory, artifact }
  return await stagesOf(undefined, context.progress).run(
    'source',
    () => readWorkingTree(options),
    ({ changed }) => `${directory || 'the root'} of the source${changed > 0 ? `, ${changed} files changed` : ''}`,
  )
}

function emptyReport(
  { required }: CheckRequest,
  { artifact, directory }: CheckedPackage,
  { located: { source }, changed }: WorkingTree,
  run: Run,
): CheckReport {
  return {
    schema: checkSchemaUri,
    run: { id: run.info.id, folder: run.folder },
    subject: `${artifact.name}@${artifact.version}`,
    source: {
      directory,
      ...(source.kind === 'git' && { commit: source.commit, ...(source.ref !== undefined && { ref: source.ref }) }),
      tree: source.tree,
      changed,
    },
    required,
    met: false,
    varied: [],
    notVaried: [],
    differences: [],
    findings: [],
    builds: [],
    timings: {},
  }
}

type Checking = {
  request: CheckRequest
  found: CheckedPackage
  tree: WorkingTree
  run: Run
  stages: Stages
  discard: Discard
  context: PlanContext
}

/** Fills in what is found out as soon as it is, so that a problem leaves what came before it. */
async function fillReport(report: CheckReport, checking: Checking): Promise<void> {
  const { request, found, tree, run, stages, discard, context } = checking
  const { located } = tree
  const { recipe, file, path } = await planCheck({ found, tree, run, stages, context })
  report.recipe = recipe
  if (file && path !== undefined) report.recipeFile = path
  const sandbox = await stages.run('environment', () => prepareSandbox(recipe, request.engine, context))
  const checkContext = { ...context, ...sandbox, recipe, run, discard }
  const installed = await stages.run(
    'rebuild',
    () => installOnce(located, checkContext),
    () => 'installed once',
  )
  const { open, first } = await firstBuild(installed, file, checkContext, checking)
  report.varied = open.variations.map(({ apply: _, ...varied }) => varied)
  report.notVaried = open.notVaried
  report.builds = open.laboratory.builds
  if ('problem' in first.outcome) {
    report.verdict = 'not-rebuilt'
    throw failed(first.outcome.problem)
  }
  report.output = first.outcome.output
  if (request.write) report.written = await writeRecipe(found, recipe, file)
  const ids = open.variations.map(({ id }) => id)
  const { laboratory, clock } = open
  const second = await laboratory.build({ varied: ids, clock, purpose: 'everything varied' })
  const compared = 'output' in second.outcome ? await laboratory.compare(first, second) : undefined
  settle(report, compared)
  if (compared?.verdict === 'bit-identical') return
  const files = () => buildFiles(located.tree, recipe)
  const { directory } = found
  const { deterministic, findings } = await investigate({ laboratory, ids, clock, first, second, files, directory })
  report.deterministic = deterministic
  report.findings = findings
}

function settle(report: CheckReport, compared: Comparison | undefined): void {
  if (compared === undefined) {
    report.verdict = 'different'
    return
  }
  const { differences, ...comparison } = compared
  report.verdict = comparison.verdict
  report.comparison = comparison
  report.differences = differences
  report.met = verdicts.indexOf(comparison.verdict) <= verdicts.indexOf(report.required)
}

const startSchema = z.object({ at: z.number() })

/**
 * The build that all others are measured against. The clock of each begins at noon (UTC) of the day, so that a time zone
 * that is fourteen hours ahead shows in a date; where nothing can be built with a clock that is set, it is left alone.
 */
async function firstBuild(
  installed: Installed,
  file: RecipeFile | undefined,
  checkContext: CheckContext,
  { request, run, stages, context }: Checking,
) {
  const { recipe } = checkContext
  const { at } = (await run.load('start', startSchema)) ?? { at: noonBefore(context.now()) }
  await run.save('start', { at })
  const order = await findOtherOrder({ usual: run.folder, size: installed.size })
  const usual = usualConditions(recipe, at)
  const decided = file ? decidedBy(file) : new Set<string>()
  const open = (clockFixed?: string) => {
    const orderFixed = 'fixed' in order ? order.fixed : undefined
    const machine = { processors: availableParallelism(), orderFixed, clockFixed }
    const { variations, notVaried } = variationsFor({ usual, machine, decided, except: request.except })
    const orderFolder = 'folder' in order ? order.folder : undefined
    const building = {
      ...checkContext,
      installed: installed.steps,
      orderFolder,
      keep: request.keep,
      usual,
      variations,
      stages,
    }
    const clock: Experiment['clock'] = clockFixed === undefined && !decided.has('LD_PRELOAD') ? 'running' : 'unset'
    return { laboratory: openLaboratory(building), variations, notVaried, clock }
  }
  const opened = open()
  const first = await buildFirst(opened)
  if (opened.clock === 'unset' || 'output' in first.outcome) return { open: opened, first }
  const unset = open('Nothing can be built here where the clock is set (libfaketime).')
  const other = await buildFirst(unset)
  return 'output' in other.outcome ? { open: unset, first: other } : { open: opened, first }
}

function buildFirst({ laboratory, clock }: Pick<Investigated, 'laboratory' | 'clock'>): Promise<Done> {
  return laboratory.build({ varied: [], clock, purpose: 'nothing varied' })
}

type Investigated = Parameters<typeof investigate>[0]

function noonBefore(now: Date): number {
  const day = 24 * 3600 * 1000
  return Math.floor((now.getTime() - day / 2) / day) * day + day / 2
}

type Failure = NonNullable<CheckReport['builds'][number]['problem']>

function failed({ code, message, log }: Failure): Problem {
  return new Problem(code, message, {
    hint: 'It fails with nothing varied. See the log, and say in reproof.yaml how it is built.',
    details: { ...(log !== undefined && { log }) },
  })
}

async function writeRecipe({ folder, directory }: CheckedPackage, recipe: Recipe, before: RecipeFile = {}) {
  const text = renderRecipeFile(recipe, before, projectVariables(recipe.variables))
  await writeFileAtomically(join(folder, recipeFileName), text)
  return inside(directory, recipeFileName)
}
