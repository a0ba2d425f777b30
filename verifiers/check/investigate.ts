import { type Finding, type VariationId, variationIds } from '../model/check.ts'
import type { Difference } from '../model/comparison.ts'
import { inside } from '../npm/infer/manifest.ts'
import { type Blamed, knowledge, suspectsIn } from './causes-of-variation.ts'
import type { Done, Experiment, Laboratory } from './experiments.ts'
import { type BuildFile, placesFor } from './places.ts'
import { findCulprits } from './search.ts'

export type Investigation = { deterministic: boolean; findings: Finding[] }

type Options = {
  laboratory: Laboratory
  /** What is varied. */
  ids: readonly VariationId[]
  /** How the clock is set in builds in which it is not varied. */
  clock: Experiment['clock']
  /** With nothing varied. */
  first: Done
  /** With everything varied; not the same as the first, or it failed. */
  second: Done
  /** Asked for when there is something to find in them. */
  files: () => Promise<BuildFile[]>
  /** Of the package in the source. */
  directory: string
}

/** Finds out what of that which was varied makes the output another, and what differs by itself. */
export async function investigate(options: Options): Promise<Investigation> {
  const failing = 'problem' in options.second.outcome ? await findFailing(options) : undefined
  const findings = failing?.findings ?? []
  const { ids = options.ids, second = options.second } = failing ?? {}
  if ('problem' in second.outcome) return { deterministic: true, findings }
  const { laboratory } = options
  const again = await laboratory.build({
    varied: [],
    clock: options.clock,
    round: 2,
    purpose: 'nothing varied, once more',
  })
  if ('problem' in again.outcome) {
    const flaky = { ...(await findingOf([], [], options)), problem: again.outcome.problem }
    return { deterministic: false, findings: [...findings, flaky] }
  }
  const base = await steadyBase({ ...options, ids, second }, again)
  const varying = await findVarying(base, { ...options, ids })
  const noise = base.noise.length > 0 ? [await findingOf([], base.noise, options)] : []
  const rank = ({ variations: [id] }: Finding) => (id === undefined ? 0 : variationIds.indexOf(id))
  const all = [...findings, ...noise, ...varying].sort((a, b) => rank(a) - rank(b))
  return { deterministic: noise.length === 0, findings: all }
}

/** Which variations make the build fail, and what comes out when the others are varied. */
async function findFailing(options: Options) {
  const { laboratory, ids, clock, second } = options
  const fails = async (varied: readonly VariationId[]) =>
    'problem' in (await laboratory.build({ varied, clock, purpose: purposeOf(varied) })).outcome
  const groups = await findCulprits({ members: ids, suspects: new Set<VariationId>(), differs: fails })
  const findings: Finding[] = []
  for (const varied of groups) {
    const { outcome } = await laboratory.build({ varied, clock, purpose: purposeOf(varied) })
    const finding = await findingOf(varied, [], options)
    findings.push({ ...finding, ...('problem' in outcome && { problem: outcome.problem }) })
  }
  const left = ids.filter((id) => !groups.flat().includes(id))
  const rest = groups.length === 0 ? second : await laboratory.build({ varied: left, clock, purpose: purposeOf(left) })
  return { findings, ids: left, second: rest }
}

type Base = {
  /** With nothing varied. */
  first: Done
  /** With everything varied, of the same kind. */
  whole: Done
  clock: Experiment['clock']
  /** What differs with nothing varied. */
  noise: Difference[]
}

/**
 * What the builds are measured against. A time of the build differs also where the clock is set to the same moment, since
 * it goes on; where it is only that, it stands still from here on, so that it is told from what differs by itself.
 */
async function steadyBase(options: Options & { ids: readonly VariationId[] }, again: Done): Promise<Base> {
  const { laboratory, first, second, clock, ids } = options
  const noise = (await laboratory.compare(first, again)).differences
  const running = { first, whole: second, clock, noise }
  if (isSame(first, again)) return { ...running, noise: [] }
  if (clock !== 'running') return running
  const patience = Math.max(120, 10 * first.outcome.seconds)
  const frozen = { varied: [], clock: 'frozen' as const, patience, purpose: 'nothing varied, with a clock that stands' }
  const one = await laboratory.build(frozen)
  const other = await laboratory.build({ ...frozen, round: 2 })
  if ('problem' in one.outcome || 'problem' in other.outcome) return running
  const left = isSame(one, other) ? [] : (await laboratory.compare(one, other)).differences
  const before = pathsOf(noise)
  const after = pathsOf(left)
  if (![...before].some((path) => !after.has(path))) return running
  const whole = await laboratory.build({
    ...frozen,
    varied: ids,
    purpose: 'everything varied, with a clock that stands',
  })
  return 'problem' in whole.outcome ? running : { first: one, whole, clock: 'frozen', noise: left }
}

async function findVarying(base: Base, options: Options): Promise<Finding[]> {
  const { first, whole, clock, noise } = base
  const { laboratory, ids } = options
  const noisy = pathsOf(noise)
  const differing = async (other: Done): Promise<Difference[]> => {
    if ('problem' in other.outcome || isSame(first, other)) return []
    const { differences } = await laboratory.compare(first, other)
    return differences.filter(({ path }) => !noisy.has(path))
  }
  const build = (varied: readonly VariationId[]) => laboratory.build({ varied, clock, purpose: purposeOf(varied) })
  const differences = await differing(whole)
  if (differences.length === 0) return []
  const groups = await findCulprits({
    members: ids,
    suspects: new Set([...suspectsIn(differences)].filter((id) => ids.includes(id))),
    differs: async (varied) => (await differing(varied.length === ids.length ? whole : await build(varied))).length > 0,
  })
  const findings: Finding[] = []
  for (const varied of groups) {
    findings.push(await findingOf(varied, await differing(await build(varied)), options))
  }
  return findings
}

async function findingOf(
  variations: readonly VariationId[],
  differences: readonly Difference[],
  { files, directory }: Pick<Options, 'files' | 'directory'>,
): Promise<Finding> {
  const blamed: Blamed[] = variations.length === 0 ? ['nothing'] : [...variations]
  const { title, advice } = knowledge[blamed[0] ?? 'nothing']
  return {
    kind: variations.length === 0 ? 'nondeterminism' : 'variation',
    variations: [...variations],
    title: variations.length > 1 ? `The output depends on several things together: ${variations.join(', ')}.` : title,
    advice,
    paths: [...pathsOf(differences)].slice(0, 100),
    differences: differences.slice(0, 2000),
    places: placesFor(
      blamed,
      await files(),
      new Set([...pathsOf(differences)].map((path) => inSource(path, directory))),
    ),
  }
}

/** npm packs all in a folder of its own. */
function inSource(path: string, directory: string): string {
  return inside(directory, path.replace(/^package\//, ''))
}

function pathsOf(differences: readonly Difference[]): Set<string> {
  return new Set(differences.map(({ path }) => path))
}

function isSame(one: Done, other: Done): boolean {
  return (
    'output' in one.outcome &&
    'output' in other.outcome &&
    one.outcome.output.digests.sha512 === other.outcome.output.digests.sha512
  )
}

function purposeOf(varied: readonly VariationId[]): string {
  return `only ${varied.join(', ')} varied`.slice(0, 256)
}
