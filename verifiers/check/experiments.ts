import { compareArtifacts } from '../compare/compare.ts'
import type { CheckReport, Outcome, VariationId } from '../model/check.ts'
import type { Comparison } from '../model/comparison.ts'
import type { Stages } from '../stages.ts'
import { type BuildOptions, buildUnder, outputOf } from './build.ts'
import type { Conditions, Variation } from './variations.ts'

export type Experiment = {
  varied: readonly VariationId[]
  clock: BuildOptions['clock']
  /** Counted from 1: the same once more. */
  round?: number
  purpose: string
  patience?: number
}

export type Done = { name: string; outcome: Outcome }

/** Builds under chosen conditions, each of them once, and the comparisons of what they left. */
export type Laboratory = {
  build(experiment: Experiment): Promise<Done>
  /** @throws {TypeError} where one of them left nothing */
  compare(one: Done, other: Done): Promise<Comparison>
  /** In the order in which they were made. */
  builds: CheckReport['builds']
}

type Options = Omit<BuildOptions, 'clock' | 'patience'> & {
  usual: Conditions
  variations: readonly Variation[]
  stages: Stages
}

export function openLaboratory(options: Options): Laboratory {
  const { usual, variations, stages, run, progress, signal } = options
  const done = new Map<string, Done>()
  const builds: CheckReport['builds'] = []
  /** By the kind of clock: what the first build left. */
  const firsts = new Map<Experiment['clock'], string>()

  const record = ({ varied, purpose, clock }: Experiment, { outcome }: Done) => {
    const sha256 = 'output' in outcome ? outcome.output.digests.sha256 : undefined
    if (sha256 !== undefined && !firsts.has(clock)) firsts.set(clock, sha256)
    builds.push({
      number: builds.length + 1,
      varied: [...varied],
      purpose,
      seconds: outcome.seconds,
      ...(sha256 !== undefined && { sha256 }),
      same: sha256 !== undefined && sha256 === firsts.get(clock),
      ...('problem' in outcome && { problem: outcome.problem }),
    })
  }
  return {
    builds,
    async build(experiment) {
      const { varied, clock, round = 1, purpose, patience } = experiment
      const wanted = variations.filter(({ id }) => varied.includes(id))
      const name = `${clock}-${round}-${wanted.map(({ id }) => id).join('+') || 'nothing'}`
      const known = done.get(name)
      if (known) return known
      const conditions = wanted.reduce((conditions, { apply }) => apply(conditions), usual)
      const outcome = await stages.run(
        'rebuild',
        () => {
          progress({ type: 'activity', stage: 'rebuild', text: purpose })
          return buildUnder(name, conditions, { ...options, clock, ...(patience !== undefined && { patience }) })
        },
        (outcome) => `${purpose}: ${'output' in outcome ? outcome.output.digests.sha256.slice(0, 12) : 'it fails'}`,
      )
      const one = { name, outcome }
      done.set(name, one)
      record(experiment, one)
      return one
    },
    compare: (one, other) =>
      compareArtifacts({ published: inputOf(one, run.folder), rebuilt: inputOf(other, run.folder), progress, signal }),
  }
}

function inputOf({ name, outcome }: Done, folder: string) {
  if ('problem' in outcome) throw new TypeError('a build that failed left nothing to compare')
  return outputOf(name, outcome.output, folder)
}
