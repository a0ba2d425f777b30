import { z } from 'zod'
import { verdictSchema } from './comparison.ts'
import { problemCodes } from './problem.ts'

export const batchSchemaUri = 'https://reproof.dev/batch/v1'

/** How one artifact of several came out. Its report is in its run. */
export const batchResultSchema = z.object({
  /** As it was asked for. */
  spec: z.string().max(8192),
  subject: z.string().max(8192),
  /** Absent when nothing could be decided. */
  verdict: verdictSchema.optional(),
  met: z.boolean(),
  assisted: z.boolean(),
  problem: z
    .object({ code: z.enum(problemCodes), stage: z.string().max(64), message: z.string().max(8192) })
    .optional(),
  /** How many rebuilds it took. */
  attempts: z.int().nonnegative(),
  /** How many differences each cause has. */
  causes: z.record(z.string(), z.int().positive()),
  suspicious: z.int().nonnegative(),
  /** Wall clock. */
  seconds: z.number().nonnegative(),
  run: z.object({ id: z.string(), folder: z.string() }).optional(),
})

export const batchReportSchema = z.object({
  schema: z.literal(batchSchemaUri),
  required: verdictSchema,
  /** Whether all of them met it. */
  met: z.boolean(),
  /** How many have each verdict; `undecided` for those without one. */
  counts: z.record(z.string(), z.int().positive()),
  /** In the order in which they were asked for. */
  results: z.array(batchResultSchema),
})

export type BatchResult = z.infer<typeof batchResultSchema>
export type BatchReport = z.infer<typeof batchReportSchema>
