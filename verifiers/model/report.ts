import { z } from 'zod'
import { artifactSchema } from './artifact.ts'
import { comparisonSchema, differenceSchema, verdictSchema } from './comparison.ts'
import { problemCodes } from './problem.ts'
import { rebuildSchema } from './rebuild.ts'
import { recipeSchema } from './recipe.ts'
import { sourceSchema } from './source.ts'

export const reportSchemaUri = 'https://reproof.dev/report/v1'

/** Why a run ended before a comparison: where, a code for programs, a sentence and a hint for people. */
export const problemReportSchema = z.object({
  code: z.enum(problemCodes),
  stage: z.enum(['artifact', 'source', 'environment', 'recipe', 'rebuild', 'comparison']),
  message: z.string(),
  hint: z.string().optional(),
  details: z.record(z.string(), z.unknown()),
})

/**
 * One rebuild of several, tried because a difference of the one before pointed at the recipe. The first has no changes.
 */
export const attemptSchema = z.object({
  /** Counted from 1. */
  number: z.int().positive(),
  /** Lines of the first recipe that this attempt has otherwise, each with why. */
  changes: z
    .array(
      z.object({
        /** JSON pointer into the recipe. */
        line: z.string().max(256),
        from: z.string().max(4096).optional(),
        to: z.string().max(4096),
        reason: z.string().max(1024),
      }),
    )
    .max(64),
  /** The recipe of an earlier attempt, done once more: whether it gives the same. */
  again: z.boolean().optional(),
  /** Absent when it came to no comparison; `problem` then says why. */
  verdict: verdictSchema.optional(),
  problem: z.object({ code: z.enum(problemCodes), message: z.string() }).optional(),
  /** Whether it is the one that the rest of the report is about. */
  chosen: z.boolean(),
  /** Where its recipe, output and logs are, relative to the run's folder; `''` is the run's folder itself. */
  folder: z.string().max(256),
})

/**
 * Of a package whose build output is committed: whether building the source gives what is committed. Its comparison is of
 * the file that was packed of what is committed, as `published`, with the one that was built anew, as `rebuilt`.
 */
export const deepSchema = z.object({
  outputs: z.object({
    /** Folders of the source that builds leave their files in. */
    folders: z.array(z.string().max(4096)).max(64),
    /** How many committed files were removed from them before the build. */
    removed: z.int().nonnegative(),
  }),
  /** Absent when nothing could be decided; `problem` then says why. */
  verdict: verdictSchema.optional(),
  recipe: recipeSchema.optional(),
  comparison: comparisonSchema.omit({ differences: true }).optional(),
  differences: z.array(differenceSchema),
  attempts: z.array(attemptSchema).max(16).optional(),
  problem: problemReportSchema.optional(),
})

/** How one run went. Stages that were not reached are absent. `verdict` is absent when nothing could be decided. */
export const reportSchema = z.object({
  schema: z.literal(reportSchemaUri),
  /** Absent when nothing was found out that would be worth keeping. */
  run: z.object({ id: z.string(), folder: z.string() }).optional(),
  subject: z.string(),
  verdict: verdictSchema.optional(),
  /** True when something that is not in the source took part; `assistance` says what. */
  assisted: z.boolean(),
  assistance: z.array(z.string()),
  required: verdictSchema,
  met: z.boolean(),
  artifact: artifactSchema.optional(),
  source: sourceSchema.optional(),
  recipe: recipeSchema.optional(),
  rebuild: rebuildSchema.optional(),
  comparison: comparisonSchema.omit({ differences: true }).optional(),
  differences: z.array(differenceSchema),
  /** All rebuilds of this run in their order, where there was more than one. */
  attempts: z.array(attemptSchema).max(16).optional(),
  /** Where it was asked for with `--deep`: `met` then takes both verdicts. */
  deep: deepSchema.optional(),
  problem: problemReportSchema.optional(),
  /** Wall clock of each stage that ran in this process, in seconds; `attempts` are all rebuilds after the first. */
  timings: z.record(z.string(), z.number()),
})

export type Attempt = z.infer<typeof attemptSchema>
export type DeepReport = z.infer<typeof deepSchema>
export type Report = z.infer<typeof reportSchema>
export type ProblemReport = z.infer<typeof problemReportSchema>
