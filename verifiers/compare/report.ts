import { z } from 'zod'
import { type Comparison, comparisonSchema } from '../model/comparison.ts'

export const comparisonReportUri = 'https://reproof.dev/comparison/v1'

/** What `reproof compare --json` prints. Two files that somebody names are compared as they are: nothing assists. */
export const comparisonReportSchema = z.object({
  schema: z.literal(comparisonReportUri),
  ...comparisonSchema.shape,
  assisted: z.literal(false),
})

export type ComparisonReport = z.infer<typeof comparisonReportSchema>

export function comparisonReport({ verdict, ...rest }: Comparison): ComparisonReport {
  return { schema: comparisonReportUri, verdict, assisted: false, ...rest }
}
