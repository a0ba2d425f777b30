import { z } from 'zod'
import { comparisonSchema } from '../model/comparison.ts'
import { comparisonReportUri } from './report.ts'

/** What `reproof compare --json` prints. Two files that somebody names are compared as they are: nothing assists. */
export const comparisonReportSchema = z.object({
  schema: z.literal(comparisonReportUri),
  ...comparisonSchema.shape,
  assisted: z.literal(false),
})

export type ComparisonReport = z.infer<typeof comparisonReportSchema>
