import { rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { bestOf, contentOf, failsAgain, keyOf, type Plan, plansAfter, type Tried, twinsOf } from './attempt-plans.ts'
import {
  changedRecipe,
  lineOf,
  type RecipeChange,
  type ResolveToolchain,
  releasesLine,
  typescriptLine,
  variantLine,
} from './changed-recipe.ts'
import type { Comparison } from './model/comparison.ts'
import { Problem, problemFrom } from './model/problem.ts'
import type { Rebuild } from './model/rebuild.ts'
import { type Recipe, recipeSchema } from './model/recipe.ts'
import { type Attempt, attemptSchema } from './model/report.ts'
import type { Choices } from './npm/infer/choices.ts'
import { mkdirs, nounsIn } from './store/nouns.ts'
import type { Run } from './store/runs.ts'

/** What one attempt gives. */
export type Outcome = { recipe: Recipe; rebuild: Rebuild; comparison: Comparison }

/** A first attempt that came to no comparison. */
export type Failed = { recipe: Recipe; problem: Problem }

/** One attempt: its nouns are kept under `nouns`, its files are in `folder`. */
export type Attempting = (options: {
  number: number
  recipe: Recipe
  folder: string
  nouns: Pick<Run, 'load' | 'save'>
}) => Promise<Pick<Outcome, 'rebuild' | 'comparison'>>

/** The recipe that inference gives with these choices. */
export type InferAgain = (choices: Choices) => Promise<Recipe>

/** What builds that are no attempts by themselves show to be worth one; `undefined` where they show nothing. */
export type SearchChange = (best: Outcome) => Promise<RecipeChange | undefined>

/** Whatever happens to an attempt, these end the run: it can go on later, or is at fault itself. */
const ending = new Set(['INTERRUPTED', 'DISK_FULL', 'FAULT'])

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
  /** Asked once, when nothing else is left to be changed, or few attempts are left. */
  search?: SearchChange
  attempt: Attempting
}): Promise<Outcome & { twin?: Twin }> {
  const { run, first, most, attempt } = options
  const tried: Tried[] = [firstTried(first)]
  const outcomes = new Map<number, Outcome>('comparison' in first ? [[1, first]] : [])
  let { search } = options
  const searchedAttempt = async () => {
    const best = outcomes.get(bestOf(tried).attempt.number)
    const change = best?.comparison.verdict === 'different' ? await search?.(best) : undefined
    search = undefined
    return change && (await attemptWith(change, tried, options))
  }
  while (tried.length < most) {
    const number = tried.length + 1
    const isLate = tried.length > 2 && most - tried.length <= attemptsAfterSearch
    const next =
      (isLate && (await searchedAttempt())) || (await nextAttempt(tried, options)) || (await searchedAttempt())
    if (!next) break
    const { plan } = next
    const repeated = plan.again === undefined ? {} : { again: true }
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
      tried.push({
        attempt: { number, changes, ...repeated, verdict: done.comparison.verdict },
        plan,
        recipe,
        ...resultOf(done),
      })
    } catch (error) {
      const failure = problemFrom(error)
      const { code, message } = failure
      if (ending.has(code)) throw error
      tried.push({ attempt: { number, changes, ...repeated, problem: { code, message } }, plan, recipe, failure })
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
  if (best.failure) throw withAllRefused(best.failure, tried)
  const twin = twinsOf(best, tried).find(({ output }) => output !== best.output)?.attempt.number
  const found = twin === undefined ? {} : { twin: twinIn(run.folder, twin, number, outcomes) }
  return { ...(outcomes.get(number) as Outcome), ...found }
}

/** What an attempt could not get may be why those after it came further and failed all the same. */
function withAllRefused({ code, message, hint, details, cause }: Problem, tried: readonly Tried[]): Problem {
  const listed = tried.flatMap(({ failure }) => failure?.details.refused ?? [])
  const refused = [...new Set(listed)].slice(0, mostRefused)
  return new Problem(code, message, {
    ...(hint !== undefined && { hint }),
    details: { ...details, ...(refused.length > 0 && { refused }) },
    cause,
  })
}

const mostRefused = 100

/** What the same recipe gave in another attempt, where that is something else. */
export type Twin = { folder: string; rebuild: Rebuild }

function twinIn(run: string, twin: number, best: number, outcomes: ReadonlyMap<number, Outcome>): Twin {
  const { rebuild } = outcomes.get(twin) as Outcome
  return { folder: twin === 1 && best === 1 ? run : folderOf(run, twin), rebuild }
}

function resultOf({ rebuild, comparison }: Pick<Outcome, 'rebuild' | 'comparison'>) {
  return { comparison, output: rebuild.output.digests.sha256 }
}

function firstTried(first: Outcome | Failed): Tried {
  const plan: Plan = { choices: {}, lines: [], reason: '' }
  const { recipe } = first
  if ('comparison' in first) {
    const { comparison } = first
    return { attempt: { number: 1, changes: [], verdict: comparison.verdict }, plan, recipe, ...resultOf(first) }
  }
  const { code, message } = first.problem
  return { attempt: { number: 1, changes: [], problem: { code, message } }, plan, recipe, failure: first.problem }
}

type Next = { plan: Plan; recipe?: Recipe; problem?: Problem }

/** The first of the plans that are worth it whose recipe is none that was tried, nor fails as one of those did. */
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
      if (plan.again === undefined && (known.has(contentOf(recipe)) || failsAgain(recipe, tried))) continue
      return { plan, recipe }
    } catch (error) {
      const problem = problemFrom(error)
      if (ending.has(problem.code)) throw error
      return { plan, problem }
    }
  }
  return undefined
}

/** What is found may need another compressor as well. */
const attemptsAfterSearch = 2

/** The best attempt with one more line changed, where that is none that was tried. */
async function attemptWith(
  change: RecipeChange,
  tried: readonly Tried[],
  { inferAgain, resolveToolchain }: { inferAgain: InferAgain; resolveToolchain: ResolveToolchain },
): Promise<Next | undefined> {
  const { choices, lines, reason } = bestOf(tried).plan
  const others = lines.filter(({ line }) => line !== change.line && line !== '/compressor')
  const plan: Plan = { choices, lines: [...others, change], reason }
  const inferred = Object.keys(choices).length > 0 ? await inferAgain(choices) : (tried[0] as Tried).recipe
  const recipe = await changedRecipe(inferred, plan.lines, resolveToolchain)
  const known = tried.some((one) => contentOf(one.recipe) === contentOf(recipe))
  return known ? undefined : { plan, recipe }
}

/** Where inference decided otherwise, the lines in which its recipe is another one, and why. */
function changesFrom(first: Recipe, recipe: Recipe, { choices, lines, reason }: Plan): RecipeChange[] {
  if (Object.keys(choices).length === 0) return lines
  const told = new Set(lines.map(({ line }) => line))
  const others = linesOf(first, recipe).filter(
    (line) => !told.has(line) && textAt(first, line) !== textAt(recipe, line),
  )
  const changed = others.slice(0, 32).map((line) => {
    const [from, to = ''] = [first, recipe].map((one) => textAt(one, line)?.slice(0, 4096))
    return { line, ...(from !== undefined && { from }), to, reason: reason.slice(0, 1024) }
  })
  return [...changed, ...lines]
}

/** Lines in which inference may decide otherwise; the rest follows from them. */
function linesOf(...recipes: Recipe[]): string[] {
  const toolchains = recipes.flatMap(({ environment }) => [...environment.toolchains.keys()])
  const variables = recipes.flatMap((one) => Object.keys(one.variables)).filter((name) => name !== 'PATH')
  const lines = [
    '/steps',
    '/owner',
    variantLine,
    ...toolchains.map((index) => `/environment/toolchains/${index}/version`),
    ...variables.map((name) => `/variables/${name}`),
    '/network/registryTime',
    releasesLine,
    typescriptLine,
    '/limits/memory',
  ]
  return [...new Set(lines)]
}

function textAt(recipe: Recipe, line: string): string | undefined {
  if (line !== '/steps') return lineOf(recipe, line)
  const textOf = ({ run, variables = {} }: Recipe['steps'][number]) =>
    [...Object.entries(variables).map(([name, value]) => `${name}=${value}`), run].join(' ')
  return recipe.steps.map(textOf).join('\n')
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
