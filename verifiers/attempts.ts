import { rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { changedRecipe, lineOf, type RecipeChange, type ResolveToolchain } from './changed-recipe.ts'
import { type Comparison, verdicts } from './model/comparison.ts'
import { type Problem, type ProblemCode, problemFrom } from './model/problem.ts'
import type { Rebuild } from './model/rebuild.ts'
import { type Recipe, recipeSchema } from './model/recipe.ts'
import { type Attempt, attemptSchema } from './model/report.ts'
import type { Choices } from './npm/infer/choices.ts'
import { repairsOf } from './npm/repairs.ts'
import { mkdirs, nounsIn } from './store/nouns.ts'
import type { Run } from './store/runs.ts'

/** What one attempt gives. */
export type Outcome = { recipe: Recipe; rebuild: Rebuild; comparison: Comparison }

/** A first attempt that came to no comparison. */
export type Failed = { recipe: Recipe; problem: Problem }

/** What an attempt has otherwise than the first: what inference decides, and lines of what it then gives. */
type Plan = { choices: Choices; lines: RecipeChange[]; reason: string }

export type Tried = {
  attempt: Omit<Attempt, 'chosen' | 'folder'>
  plan: Plan
  recipe: Recipe
  comparison?: Comparison | undefined
  failure?: Problem | undefined
}

/** One attempt: its nouns are kept under `nouns`, its files are in `folder`. */
export type Attempting = (options: {
  number: number
  recipe: Recipe
  folder: string
  nouns: Pick<Run, 'load' | 'save'>
}) => Promise<Pick<Outcome, 'rebuild' | 'comparison'>>

/** The recipe that inference gives with these choices. */
export type InferAgain = (choices: Choices) => Promise<Recipe>

/** Whatever happens to an attempt, these end the run: it can go on later, or is at fault itself. */
const ending = new Set(['INTERRUPTED', 'DISK_FULL', 'FAULT'])

/** After these another recipe may come further. */
const repairable = new Set<ProblemCode>(['STEP_FAILED', 'STEP_OUTPUT_MISSING', 'STEP_TIMED_OUT'])

export function isRepairable({ code }: Problem): boolean {
  return repairable.has(code)
}

/**
 * Tries again with what the differences of an attempt, or its failure, suggest to change in the recipe, until nothing is
 * suggested any more, the file is the same byte for byte, or `most` attempts were made. Every attempt is kept in
 * `attempts/` of the run; the best one takes the place of the first. Called again for the same run it goes on where it
 * was stopped.
 *
 * @throws {Problem} what ends the whole run, or where no attempt came to a comparison, what kept the one that came
 * furthest from it; other attempts that fail are kept as ones that failed.
 */
export async function attemptChanges(options: {
  run: Pick<Run, 'folder' | 'load' | 'save'>
  first: Outcome | Failed
  most: number
  resolveToolchain: ResolveToolchain
  inferAgain: InferAgain
  attempt: Attempting
}): Promise<Outcome> {
  const { run, first, most, attempt } = options
  const tried: Tried[] = [firstTried(first)]
  const outcomes = new Map<number, Outcome>('comparison' in first ? [[1, first]] : [])
  while (tried.length < most) {
    const number = tried.length + 1
    const next = await nextAttempt(tried, options)
    if (next === undefined) break
    const { plan } = next
    const changes = next.recipe ? changesFrom(first.recipe, next.recipe, plan) : plan.lines
    const folder = folderOf(run.folder, number)
    await mkdirs(folder)
    const nouns = nounsIn(folder)
    let recipe = next.recipe ?? first.recipe
    try {
      if (next.problem) throw next.problem
      recipe = (await nouns.load('recipe', recipeSchema)) ?? recipe
      await nouns.save('recipe', recipe)
      const done = await attempt({ number, recipe, folder, nouns })
      outcomes.set(number, { recipe, rebuild: done.rebuild, comparison: done.comparison })
      const { comparison } = done
      tried.push({ attempt: { number, changes, verdict: comparison.verdict }, plan, recipe, comparison })
    } catch (error) {
      const failure = problemFrom(error)
      const { code, message } = failure
      if (ending.has(code)) throw error
      tried.push({ attempt: { number, changes, problem: { code, message } }, plan, recipe, failure })
    }
  }
  const best = bestOf(tried)
  const { number } = best.attempt
  if (tried.length > 1)
    await run.save(
      'attempts',
      tried.map(({ attempt }) => listed(attempt, number)),
    )
  if (number > 1) await promote(run.folder, number)
  if (best.failure) throw best.failure
  return outcomes.get(number) as Outcome
}

function firstTried(first: Outcome | Failed): Tried {
  const plan: Plan = { choices: {}, lines: [], reason: '' }
  const { recipe } = first
  if ('comparison' in first) {
    const { comparison } = first
    return { attempt: { number: 1, changes: [], verdict: comparison.verdict }, plan, recipe, comparison }
  }
  const { code, message } = first.problem
  return { attempt: { number: 1, changes: [], problem: { code, message } }, plan, recipe, failure: first.problem }
}

type Next = { plan: Plan; recipe?: Recipe; problem?: Problem }

/** The first of the plans that are worth it whose recipe is another than all that were tried. */
async function nextAttempt(
  tried: readonly Tried[],
  { inferAgain, resolveToolchain }: { inferAgain: InferAgain; resolveToolchain: ResolveToolchain },
): Promise<Next | undefined> {
  const known = new Set(tried.map(({ recipe }) => contentOf(recipe)))
  const plans = new Set(tried.map(({ plan }) => keyOf(plan)))
  for (const plan of plansAfter(tried)) {
    if (plans.has(keyOf(plan))) continue
    try {
      const isOther = Object.keys(plan.choices).length > 0
      const inferred = isOther ? await inferAgain(plan.choices) : (tried[0] as Tried).recipe
      const recipe = await changedRecipe(inferred, plan.lines, resolveToolchain)
      if (!known.has(contentOf(recipe))) return { plan, recipe }
    } catch (error) {
      const problem = problemFrom(error)
      if (ending.has(problem.code)) throw error
      return { plan, problem }
    }
  }
  return undefined
}

/** What is done, without what it is believed for. */
function contentOf({ evidence: _, ...content }: Recipe): string {
  return JSON.stringify(content)
}

/** Where inference decided otherwise, the lines in which its recipe is another one, and why. */
function changesFrom(first: Recipe, recipe: Recipe, { choices, lines, reason }: Plan): RecipeChange[] {
  if (Object.keys(choices).length === 0) return lines
  const stepsOf = ({ steps }: Recipe) => steps.map(({ run }) => run).join('\n')
  const [from, to] = [stepsOf(first), stepsOf(recipe)]
  if (from === to) return lines
  return [{ line: '/steps', from: from.slice(0, 4096), to: to.slice(0, 4096), reason: reason.slice(0, 1024) }, ...lines]
}

export const attemptsSchema = z.array(attemptSchema).max(16)

/**
 * What an earlier process had chosen when it was killed while it put the chosen attempt into its place: this is finished
 * before the run's nouns are read.
 */
export async function finishPromotion(run: Pick<Run, 'folder' | 'load'>): Promise<boolean> {
  const attempts = await run.load('attempts', attemptsSchema)
  const chosen = attempts?.find(({ chosen }) => chosen)?.number
  if (chosen !== undefined && chosen > 1) await promote(run.folder, chosen)
  return attempts !== undefined
}

function folderOf(run: string, number: number): string {
  return join(run, 'attempts', String(number))
}

function listed(attempt: Tried['attempt'], best: number): Attempt {
  const { number } = attempt
  return { ...attempt, chosen: number === best, folder: number === best ? '' : `attempts/${number}` }
}

/** What is worth trying after the best attempt, and after those that came as far. */
function plansAfter(tried: readonly Tried[]): Plan[] {
  const best = bestOf(tried)
  if (best.comparison?.verdict === 'bit-identical') return []
  const equal = tried.filter((one) => one !== best && compareTried(one, best) === 0)
  return [best, ...equal].flatMap((one) => plansFrom(one, tried))
}

/** All lines that an attempt suggests to change, then each by itself, then what inference may decide otherwise. */
function plansFrom({ plan, comparison, recipe, failure }: Tried, tried: readonly Tried[]): Plan[] {
  const { choices, lines: earlier, reason } = plan
  const first = tried[0]?.recipe ?? recipe
  const suggested = comparison ? suggestedChanges(comparison, recipe, first) : []
  const together = suggested.length > 0 ? [suggested] : []
  const candidates = [...together, ...(suggested.length > 1 ? suggested.map((one) => [one]) : [])]
  const byLines = candidates.map((changes) => {
    const others = earlier.filter(({ line }) => !changes.some((change) => change.line === line))
    return { choices, lines: [...others, ...changes], reason }
  })
  const byChoice = repairsOf({ recipe, choices, comparison, failure }).map((repair) => ({
    choices: { ...choices, ...repair.choices },
    // A compressor was for another archive.
    lines: earlier.filter(({ line }) => line !== '/compressor'),
    reason: repair.reason,
  }))
  return [...byLines, ...byChoice]
}

function suggestedChanges(comparison: Comparison, recipe: Recipe, first: Recipe): RecipeChange[] {
  const changes = new Map<string, RecipeChange>()
  for (const { suggestion } of comparison.differences) {
    for (const { line, value } of suggestion?.lines ?? []) {
      if (changes.has(line) || lineOf(recipe, line) === value) continue
      const from = lineOf(first, line)
      changes.set(line, { line, ...(from !== undefined && { from }), to: value, reason: suggestion?.reason ?? '' })
    }
  }
  return [...changes.values()].slice(0, 16)
}

function keyOf({ choices, lines }: Plan): string {
  return JSON.stringify([Object.entries(choices).sort(), lines.map(({ line, to }) => [line, to]).sort()])
}

/** The strongest verdict; of the same ones the one with less that is unexplained; of these the earliest. */
function bestOf(tried: readonly Tried[]): Tried {
  const [first, ...others] = tried
  if (first === undefined) throw new Error('There is always a first attempt.')
  return others.reduce((best, one) => (compareTried(one, best) < 0 ? one : best), first)
}

function compareTried(a: Tried, b: Tried): number {
  const [left, right] = [weightOf(a), weightOf(b)]
  const at = left.findIndex((weight, index) => weight !== right[index])
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
}

/** Of attempts that failed the one that came furthest. */
const phases = ['pack', 'build', 'install']

function weightOf({ comparison, failure }: Tried): number[] {
  if (comparison === undefined) {
    const phase = phases.indexOf(String(failure?.details.phase))
    return [verdicts.length, failure && isRepairable(failure) ? phase + 1 : phases.length + 1]
  }
  const count = (severity: string) => comparison.differences.filter((one) => one.severity === severity).length
  return [verdicts.indexOf(comparison.verdict), count('suspicious'), count('unexplained')]
}

/** All that an attempt leaves in its folder. */
const leavings = [
  'recipe.json',
  'rebuild.json',
  'comparison.json',
  'rebuilt',
  'build.log',
  'network.jsonl',
  'manifests',
]

/** Exchanges the first attempt's files with the chosen one's; whatever was exchanged before stays as it is. */
async function promote(run: string, chosen: number): Promise<void> {
  const [from, first] = [folderOf(run, chosen), folderOf(run, 1)]
  await mkdirs(first)
  for (const name of leavings) {
    const [here, there, kept] = [join(run, name), join(from, name), join(first, name)]
    if (!(await exists(kept)) && (await exists(here))) await rename(here, kept)
    if (!(await exists(here)) && (await exists(there))) await rename(there, here)
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}
