import type { Comparison } from '../model/comparison.ts'
import type { ComparisonReport } from './report-schema.ts'

export const comparisonReportUri = 'https://reproof.dev/comparison/v1'

export function comparisonReport({ verdict, ...rest }: Comparison): ComparisonReport {
  return { schema: comparisonReportUri, verdict, assisted: false, ...rest }
}
