import { lineOf, type RecipeChange } from './changed-recipe.ts'
import type { Comparison } from './model/comparison.ts'
import type { Problem, ProblemCode } from './model/problem.ts'
import type { Recipe } from './model/recipe.ts'
import type { Attempt } from './model/report.ts'
import { verdicts } from './model/verdict.ts'
import type { Choices } from './npm/infer/choices.ts'
import { repairsOf } from './npm/repairs.ts'

/**
 * What an attempt has otherwise than the first: what inference decides, and lines of what it then gives; or nothing, where
 * a recipe is done once more, `again` counted from 1.
 */
export type Plan = { choices: Choices; lines: RecipeChange[]; reason: string; again?: number }

export type Tried = {
  attempt: Omit<Attempt, 'chosen' | 'folder'>
  plan: Plan
  recipe: Recipe
  comparison?: Comparison | undefined
  /** Sha256 of what was rebuilt. */
  output?: string | undefined
  failure?: Problem | undefined
}

/** After these another recipe may come further. */
const repairable = new Set<ProblemCode>([
  'DEPENDENCY_UNAVAILABLE',
  'STEP_FAILED',
  'STEP_MEMORY_EXCEEDED',
  'STEP_OUTPUT_MISSING',
  'STEP_TIMED_OUT',
])

export function isRepairable({ code }: Problem): boolean {
  return repairable.has(code)
}

/** What is worth trying after the best attempt, and after those that came as far. */
export function plansAfter(tried: readonly Tried[]): Plan[] {
  const best = bestOf(tried)
  if (best.comparison?.verdict === 'bit-identical') return []
  const equal = tried.filter((one) => one !== best && compareTried(one, best) === 0)
  const others = [best, ...equal].flatMap((one) => plansFrom(one, tried))
  return [...pastFailuresOf(best, tried), ...others, ...onceMore(best, tried)]
}

/**
 * Another way to build was tried because files are missing, and something of it failed: these may have been made all the
 * same, as by a compiler that writes in spite of errors.
 */
function pastFailuresOf({ comparison }: Tried, tried: readonly Tried[]): Plan[] {
  if (comparison === undefined) return []
  return tried.flatMap(({ plan, failure }) => {
    const { choices } = plan
    const isWay = choices.build !== undefined && failure?.code === 'STEP_FAILED' && failure.details.phase === 'build'
    if (!isWay || choices.pastFailures) return []
    const reason = 'Not all of that way to build has to end well; what is published may have been there all the same.'
    return [{ ...plan, choices: { ...choices, pastFailures: true }, reason }]
  })
}

/** More would not be looked at one by one. */
const mostVarying = 32
const mostTwins = 3

/**
 * Where nothing else is left to be changed, the same once more: what a build writes in the order in which it happens to be
 * done may be the published file the next time. Twice the same is no such build, and of one that gives another file each
 * time twice shows it; a third time is for one that came nearer in one file and less near in another.
 */
function onceMore(best: Tried, tried: readonly Tried[]): Plan[] {
  const { recipe, plan } = best
  const left = leftOf(best)
  const builds = recipe.steps.some(({ phase }) => phase === 'build')
  if (!builds || left.length > mostVarying || left.some(({ kind }) => kind !== 'changed')) return []
  if (left.every(({ cause, severity }) => severity === 'unexplained' && decided.has(cause))) return []
  const twins = twinsOf(best, tried)
  const distinct = new Set(twins.map(({ output }) => output)).size
  if (twins.length === mostTwins || (twins.length > 1 && distinct < twins.length)) return []
  const differing = new Set(
    twins.map((twin) => JSON.stringify([...new Set(leftOf(twin).map(({ path }) => path))].sort())),
  )
  if (twins.length > 1 && differing.size === 1) return []
  return [{ ...plan, again: twins.length }]
}

function leftOf({ comparison }: Tried): Comparison['differences'] {
  return comparison?.differences.filter(({ severity }) => severity !== 'benign') ?? []
}

/**
 * Causes that a tool's version, a setting or the moment decides: the same tool does the same the next time. What is
 * suspicious is looked at once more all the same.
 */
const decided = new Set([
  'another-compiler',
  'commit-stamp',
  'copyright-year',
  'dependency-version',
  'git-head',
  'line-endings',
  'manifest',
  'manifest-decisive',
  'manifest-scripts',
  'mode',
  'other-source',
  'own-version',
  'source-map-positions',
  'version-stamp',
])

/**
 * Whether an attempt failed in a step that this recipe would come to in the same way: with everything before it, and all
 * that it runs in, as it was then.
 */
export function failsAgain(recipe: Recipe, tried: readonly Tried[]): boolean {
  return tried.some(({ failure, recipe: failed }) => {
    const { number } = failure?.details ?? {}
    if (failure === undefined || !isRepairable(failure) || typeof number !== 'number' || number < 1) return false
    return upTo(number, recipe) === upTo(number, failed)
  })
}

/** What decides how the first steps end. */
function upTo(
  number: number,
  { evidence: _, output: __, compressor: ___, assisted: ____, steps, ...rest }: Recipe,
): string {
  return JSON.stringify([rest, steps.slice(0, number)])
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

function suggestedChanges({ differences }: Comparison, recipe: Recipe, first: Recipe): RecipeChange[] {
  const changes = new Map<string, RecipeChange>()
  const isRepacking = changesNothingElse(differences, recipe)
  for (const { suggestion, cause } of differences) {
    if (isRepacking && cause === packedByNpm) continue
    for (const { line, value } of suggestion?.lines ?? []) {
      if (changes.has(line) || lineOf(recipe, line) === value) continue
      const from = lineOf(first, line)
      changes.set(line, { line, ...(from !== undefined && { from }), to: value, reason: suggestion?.reason ?? '' })
    }
  }
  return [...changes.values()].slice(0, 16)
}

/** A document that an npm packs and another one does not. */
const packedByNpm = 'npm-file-list'

/**
 * Whether another npm would have everything installed again for the sake of some documents, while a file is missing that no
 * npm packs: it is different either way, and the report names the npm.
 */
function changesNothingElse(differences: Comparison['differences'], { steps }: Recipe): boolean {
  if (!steps.some(({ phase }) => phase === 'install')) return false
  return differences.some(
    ({ kind, cause, severity, suggestion }) =>
      kind === 'removed' && cause !== packedByNpm && severity !== 'benign' && suggestion === undefined,
  )
}

export function keyOf({ choices, lines, again = 0 }: Plan): string {
  return JSON.stringify([Object.entries(choices).sort(), lines.map(({ line, to }) => [line, to]).sort(), again])
}

/** The strongest verdict; of the same ones the one with less that is unexplained; of these the earliest. */
export function bestOf(tried: readonly Tried[]): Tried {
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

function weightOf({ comparison, failure, plan }: Tried): number[] {
  if (comparison !== undefined && plan.choices.pastFailures && lacksFiles(comparison)) {
    return [verdicts.length, phases.indexOf('build') + 1]
  }
  if (comparison === undefined) {
    const phase = phases.indexOf(String(failure?.details.phase))
    return [verdicts.length, failure && isRepairable(failure) ? phase + 1 : phases.length + 1]
  }
  const count = (severity: string) => comparison.differences.filter((one) => one.severity === severity).length
  return [verdicts.indexOf(comparison.verdict), count('suspicious'), count('unexplained')]
}

/** What went on past a failure and lacks what was to be made has failed. */
function lacksFiles({ differences }: Comparison): boolean {
  return differences.some(({ kind, cause }) => kind === 'removed' && cause === 'missing')
}

/** What is done, without what it is believed for. */
export function contentOf({ evidence: _, ...content }: Recipe): string {
  return JSON.stringify(content)
}

/** All attempts that came to a comparison with the recipe of this one, itself among them. */
export function twinsOf({ recipe }: Tried, tried: readonly Tried[]): Tried[] {
  const content = contentOf(recipe)
  return tried.filter(({ output, recipe }) => output !== undefined && contentOf(recipe) === content)
}
