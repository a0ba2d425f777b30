import { attemptsSchema } from './attempts.ts'
import { artifactSchema } from './model/artifact.ts'
import { comparisonSchema } from './model/comparison.ts'
import type { Problem } from './model/problem.ts'
import { exitCodeOf } from './model/problem.ts'
import type { Stage } from './model/progress.ts'
import { rebuildSchema } from './model/rebuild.ts'
import { recipeSchema } from './model/recipe.ts'
import { deepSchema, type Report, reportSchemaUri } from './model/report.ts'
import { sourceSchema } from './model/source.ts'
import { type Verdict, verdicts } from './model/verdict.ts'
import type { Stages } from './stages.ts'
import type { Run } from './store/runs.ts'

/** Puts together what a run's folder holds, and why it ended early if it did. */
export async function reportOf(
  run: Pick<Run, 'info' | 'folder' | 'load'>,
  options: { spec: string; required: Verdict; stages: Stages; problem: Problem | undefined },
): Promise<Report> {
  const { spec, required, stages, problem } = options
  const [artifact, source, recipe, rebuild, comparison, attempts, deep] = await Promise.all([
    run.load('artifact', artifactSchema),
    run.load('source', sourceSchema),
    run.load('recipe', recipeSchema),
    run.load('rebuild', rebuildSchema),
    run.load('comparison', comparisonSchema),
    run.load('attempts', attemptsSchema),
    run.load('deep', deepSchema),
  ])
  const verdict = problem ? verdictAfter(stages.current(), problem) : comparison?.verdict
  const hidden = (comparison?.differences ?? []).filter(({ cause }) => cause === 'user-pass')
  const assistance = [
    ...(recipe?.assisted ?? []),
    ...hidden.slice(0, 64).map(({ path }) => `a pass of the user (--pass) looks away from what differs in ${path}`),
  ]
  const { differences = [], ...compared } = comparison ?? {}
  return {
    schema: reportSchemaUri,
    run: { id: run.info.id, folder: run.folder },
    subject: artifact ? `${artifact.name}@${artifact.version}` : spec,
    ...(verdict && { verdict }),
    assisted: assistance.length > 0,
    assistance,
    required,
    met: meets(verdict, required) && (deep === undefined || meets(deep.verdict, required)),
    ...(artifact && { artifact }),
    ...(source && { source }),
    ...(recipe && { recipe }),
    ...(rebuild && { rebuild }),
    ...(comparison && { comparison: compared as Omit<typeof comparison, 'differences'> }),
    differences,
    ...(attempts && { attempts }),
    ...(deep && { deep }),
    ...(problem && {
      problem: {
        code: problem.code,
        stage: stages.current(),
        message: problem.message,
        ...(problem.hint && { hint: problem.hint }),
        details: problem.details,
      },
    }),
    timings: stages.timings,
  }
}

function meets(verdict: Verdict | undefined, required: Verdict): boolean {
  return verdict !== undefined && verdicts.indexOf(verdict) <= verdicts.indexOf(required)
}

/** Only what could not be decided about the package is a verdict; an interrupted run, a full disk or our fault is none. */
function verdictAfter(stage: Stage, { code }: Problem): Verdict | undefined {
  if (exitCodeOf(code) !== 3 || code === 'INTERRUPTED' || code === 'DISK_FULL') return undefined
  if (stage === 'source') return 'not-located'
  return stage === 'recipe' || stage === 'environment' || stage === 'rebuild' ? 'not-rebuilt' : undefined
}
