import { Problem } from '../../verifiers/model/problem.ts'
import type { Report } from '../../verifiers/model/report.ts'

/** A report, as far as statements are made of it. */
export type FinishedReport = Pick<
  Report,
  | 'subject'
  | 'verdict'
  | 'assisted'
  | 'assistance'
  | 'artifact'
  | 'source'
  | 'recipe'
  | 'rebuild'
  | 'comparison'
  | 'differences'
  | 'problem'
>

export type FinishedRun = {
  [Noun in 'artifact' | 'source' | 'recipe' | 'rebuild' | 'comparison']: NonNullable<FinishedReport[Noun]>
}

/**
 * The nouns of a run that came to a comparison, checked to speak of the same files.
 *
 * @throws {Problem} RUN_INCOMPLETE
 */
export function finishedRun({ artifact, source, recipe, rebuild, comparison }: FinishedReport): FinishedRun {
  if (!artifact || !source || !recipe || !rebuild || !comparison) {
    throw new Problem(
      'RUN_INCOMPLETE',
      'The run rebuilt nothing that could be compared, so there is nothing to attest.',
      {
        hint: '`reproof show` says how far it got.',
      },
    )
  }
  // A report is a file that somebody can edit; what contradicts itself is not signed.
  const isConsistent =
    comparison.published.digests.sha512 === artifact.digests.sha512 &&
    comparison.rebuilt.digests.sha512 === rebuild.output.digests.sha512 &&
    (comparison.verdict === 'bit-identical') === (artifact.digests.sha512 === rebuild.output.digests.sha512) &&
    recipe.artifact.purl === artifact.purl
  if (!isConsistent) {
    throw new Problem('RUN_INCOMPLETE', 'The run’s report contradicts itself: its parts speak of different files.', {
      hint: 'Somebody changed it, or a disk did; do the rebuild again.',
    })
  }
  return { artifact, source, recipe, rebuild, comparison }
}
