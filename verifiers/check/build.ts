import { createReadStream } from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { collectOutput } from '../collect-output.ts'
import type { ComparedInput } from '../compare/input.ts'
import { compressOutput } from '../compress-output.ts'
import { type Outcome, outcomeSchema } from '../model/check.ts'
import { type ProblemCode, problemFrom } from '../model/problem.ts'
import type { Recipe } from '../model/recipe.ts'
import { fakedClock } from '../npm/infer/clock.ts'
import { runSteps } from '../run-recipe.ts'
import { openLog } from '../store/log.ts'
import { removeTree } from '../store/remove.ts'
import { openOrderedFolder } from './entry-order.ts'
import type { CheckContext } from './install.ts'
import { layOut } from './lay-out.ts'
import { sharedIn } from './left-over.ts'
import type { Conditions } from './variations.ts'

export type BuildOptions = CheckContext & {
  /** How many of the recipe's steps were done before. */
  installed: number
  /** Stands still instead of going on from where it begins; `unset` leaves the machine's own. */
  clock: 'running' | 'frozen' | 'unset'
  /** Where the order of directory entries can be varied. */
  orderFolder: string | undefined
  keep: boolean
  /** Longest that a step may take, in seconds, where that is less than the recipe allows. */
  patience?: number
}

/**
 * Runs the rest of a recipe's steps under conditions, from what was installed.
 *
 * @param name of the build's folder in the run's
 * @returns the file that it left, or why it left none: a build that fails is an outcome
 * @throws {Problem} INTERRUPTED, DISK_FULL, and what is a fault of ours or of the engine
 */
export async function buildUnder(name: string, conditions: Conditions, options: BuildOptions): Promise<Outcome> {
  const { run, keep, orderFolder, discard } = options
  const noun = `build-${name}`
  const kept = await run.load(noun, outcomeSchema)
  if (kept) return kept
  const folder = join(run.folder, 'builds', name)
  await removeTree(folder)
  await mkdir(folder, { recursive: true })
  await using elsewhere = conditions.reversed && orderFolder ? await openOrderedFolder(orderFolder) : undefined
  const place = elsewhere?.path ?? folder
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  let outcome: Outcome
  try {
    outcome = { output: await runBuild(folder, join(place, 'tree'), conditions, options), seconds: seconds() }
  } catch (error) {
    options.signal.throwIfAborted()
    const { code, message, details } = problemFrom(error)
    if (!isTheBuilds.has(code)) throw error
    const { log } = details
    outcome = { problem: { code, message, ...(typeof log === 'string' && { log }) }, seconds: seconds() }
  } finally {
    if (keep && elsewhere)
      await cp(join(place, 'tree'), join(folder, 'tree'), { recursive: true, verbatimSymlinks: true })
    if (!keep) await discard([join(folder, 'tree')])
  }
  await run.save(noun, outcome)
  return outcome
}

/** What a build itself does wrong, whatever runs it. */
const isTheBuilds = new Set<ProblemCode>([
  'DEPENDENCY_UNAVAILABLE',
  'STEP_FAILED',
  'STEP_TIMED_OUT',
  'STEP_MEMORY_EXCEEDED',
  'STEP_PROCESSES_EXCEEDED',
  'STEP_DISK_EXCEEDED',
  'STEP_OUTPUT_MISSING',
])

async function runBuild(folder: string, tree: string, conditions: Conditions, options: BuildOptions) {
  const { run, recipe, installed, signal, patience } = options
  const { variables, umask, workFolder, reversed, hostName, user, oneProcessor } = conditions
  const moved = { from: recipe.workFolder, to: workFolder }
  await layOut({ from: sharedIn(run), into: tree, umask, reversed, moved, signal })
  const seconds = Math.min(recipe.limits.seconds, Math.ceil(patience ?? recipe.limits.seconds))
  const varied: Recipe = {
    ...recipe,
    variables: { ...variables, ...clockVariables(conditions, options) },
    umask,
    workFolder,
    limits: { ...recipe.limits, seconds },
  }
  const work = join(tree, 'work')
  await using log = openLog(join(folder, 'build.log'))
  await runSteps(recipe.steps.slice(installed), {
    ...options,
    recipe: varied,
    hostName,
    user,
    ...(oneProcessor && { oneProcessor }),
    folder,
    work,
    home: join(tree, 'home'),
    log,
  })
  const output = await collectOutput({
    work,
    path: recipe.output,
    into: folder,
    name: recipe.artifact.fileName,
    signal,
  })
  const { compressor } = recipe
  return compressor ? await compressOutput({ ...options, compressor, output, folder }) : output
}

/** A running clock is given as an offset, so that processes agree on it. */
function clockVariables({ startsAt }: Conditions, { recipe, clock }: BuildOptions): Record<string, string> {
  if (clock === 'unset') return {}
  const { architecture } = recipe.environment.image
  const now = Date.now()
  return {
    ...fakedClock(architecture),
    ...(clock === 'running'
      ? { FAKETIME: `${startsAt < now ? '-' : '+'}${(Math.abs(startsAt - now) / 1000).toFixed(3)}` }
      : { FAKETIME_FMT: '%s', FAKETIME: String(Math.floor(startsAt / 1000)) }),
  }
}

/** The file that a build left, for a comparison. */
export function outputOf(
  name: string,
  output: Extract<Outcome, { output: unknown }>['output'],
  folder: string,
): ComparedInput {
  return { ...output, open: () => createReadStream(join(folder, 'builds', name, output.fileName)) }
}
