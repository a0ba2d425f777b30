import { rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { changedRecipe, lineOf, type RecipeChange, type ResolveToolchain } from './changed-recipe.ts'
import { type Comparison, verdicts } from './model/comparison.ts'
import { problemFrom } from './model/problem.ts'
import type { Rebuild } from './model/rebuild.ts'
import { type Recipe, recipeSchema } from './model/recipe.ts'
import { type Attempt, attemptSchema } from './model/report.ts'
import { mkdirs, nounsIn } from './store/nouns.ts'
import type { Run } from './store/runs.ts'

/** What one attempt gives. */
export type Outcome = { recipe: Recipe; rebuild: Rebuild; comparison: Comparison }

type Tried = { attempt: Omit<Attempt, 'chosen' | 'folder'>; recipe: Recipe; comparison: Comparison | undefined }

/** One attempt: its nouns are kept under `nouns`, its files are in `folder`. */
export type Attempting = (options: {
  number: number
  recipe: Recipe
  folder: string
  nouns: Pick<Run, 'load' | 'save'>
}) => Promise<Pick<Outcome, 'rebuild' | 'comparison'>>

/** Whatever happens to an attempt, these end the run: it can go on later, or is at fault itself. */
const ending = new Set(['INTERRUPTED', 'DISK_FULL', 'FAULT'])

/**
 * Tries again with what the differences suggest to change in the recipe, until nothing is suggested any more, the file is
 * the same byte for byte, or `most` attempts were made. Every attempt is kept in `attempts/` of the run; the best one takes
 * the place of the first. Called again for the same run it goes on where it was stopped.
 *
 * @throws {Problem} only what ends the whole run; an attempt that fails is kept as one that failed.
 */
export async function attemptChanges(options: {
  run: Pick<Run, 'folder' | 'load' | 'save'>
  first: Outcome
  most: number
  resolveToolchain: ResolveToolchain
  attempt: Attempting
}): Promise<Outcome> {
  const { run, first, most, resolveToolchain, attempt } = options
  const tried: Tried[] = [
    {
      attempt: { number: 1, changes: [], verdict: first.comparison.verdict },
      recipe: first.recipe,
      comparison: first.comparison,
    },
  ]
  const outcomes = new Map<number, Outcome>([[1, first]])
  while (tried.length < most) {
    const changes = nextChanges(tried)
    if (changes === undefined) break
    const number = tried.length + 1
    const folder = folderOf(run.folder, number)
    await mkdirs(folder)
    const nouns = nounsIn(folder)
    let recipe = first.recipe
    try {
      recipe = (await nouns.load('recipe', recipeSchema)) ?? (await changedRecipe(recipe, changes, resolveToolchain))
      await nouns.save('recipe', recipe)
      const done = await attempt({ number, recipe, folder, nouns })
      outcomes.set(number, { recipe, rebuild: done.rebuild, comparison: done.comparison })
      const { comparison } = done
      tried.push({ attempt: { number, changes, verdict: comparison.verdict }, recipe, comparison })
    } catch (error) {
      const { code, message } = problemFrom(error)
      if (ending.has(code)) throw error
      tried.push({ attempt: { number, changes, problem: { code, message } }, recipe, comparison: undefined })
    }
  }
  const best = bestOf(tried).attempt.number
  if (tried.length > 1)
    await run.save(
      'attempts',
      tried.map(({ attempt }) => listed(attempt, best)),
    )
  if (best > 1) await promote(run.folder, best)
  return outcomes.get(best) ?? first
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

/** The next recipe worth trying, as changes of the first: all that the best attempt suggests, then each by itself. */
export function nextChanges(tried: readonly Tried[]): RecipeChange[] | undefined {
  const best = bestOf(tried)
  if (best.comparison === undefined || best.comparison.verdict === 'bit-identical') return undefined
  const first = tried[0]?.recipe ?? best.recipe
  const suggested = suggestedChanges(best.comparison, best.recipe, first)
  if (suggested.length === 0) return undefined
  const earlier = best.attempt.changes
  const candidates = [suggested, ...(suggested.length > 1 ? suggested.map((one) => [one]) : [])]
  const known = new Set(tried.map(({ attempt }) => keyOf(attempt.changes)))
  return candidates
    .map((changes) => [...earlier.filter(({ line }) => !changes.some((change) => change.line === line)), ...changes])
    .find((changes) => !known.has(keyOf(changes)))
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

function keyOf(changes: readonly RecipeChange[]): string {
  return JSON.stringify(changes.map(({ line, to }) => [line, to]).sort())
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

function weightOf({ comparison }: Tried): number[] {
  if (comparison === undefined) return [verdicts.length]
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
