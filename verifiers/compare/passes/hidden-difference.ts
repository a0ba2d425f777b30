import { z } from 'zod'
import { sha256Schema } from '../../model/digest.ts'

/**
 * A pass that a user defines: it looks away from the difference of one file, and of exactly these two contents. What it
 * hides is in the report with its reason.
 */
export const hiddenDifferenceSchema = z.strictObject({
  /** As the report has it, nested archives joined with `!/`. */
  path: z.string().min(1).max(65_536),
  /** Why it cannot carry behaviour; at least a few words. */
  reason: z.string().min(12).max(4096),
  /** sha256 of the published and of the rebuilt content. */
  published: sha256Schema,
  rebuilt: sha256Schema,
})

export const hiddenDifferencesSchema = z.strictObject({ passes: z.array(hiddenDifferenceSchema).min(1).max(1000) })

export type HiddenDifference = z.infer<typeof hiddenDifferenceSchema>
