import { z } from 'zod'
import { digestsSchema } from './digest.ts'
import { verdicts } from './verdict.ts'

export const verdictSchema = z.enum(verdicts)

/** What would make the next rebuild differ less: lines of the recipe, and what each would become. */
export const suggestionSchema = z.object({
  lines: z
    .array(
      z.object({
        /** JSON pointer into the recipe. */
        line: z.string().max(256),
        /** What it would become. */
        value: z.string().max(4096),
      }),
    )
    .min(1)
    .max(16),
  /** One sentence: what in the difference, the source or the registry says so. */
  reason: z.string().max(1024),
})

export const differenceSchema = z.object({
  /** Path of the entry inside the archive, `''` for the archive itself; nested archives are joined with `!/`. */
  path: z.string().max(65_536),
  /** Seen from the published file: `added` is only in the rebuild, `removed` is missing from it. */
  kind: z.enum(['added', 'removed', 'changed', 'structure']),
  /** Id of the cause. */
  cause: z.string().max(64),
  severity: z.enum(['benign', 'unexplained', 'suspicious']),
  /** One sentence for people. */
  summary: z.string().max(4096),
  /** Sizes, digests, first differing offset, modes, …: what the sentence rests on. */
  evidence: z.record(z.string(), z.unknown()),
  /** Of a difference whose cause is a line of the recipe. */
  suggestion: suggestionSchema.optional(),
})

export const comparedFileSchema = z.object({
  fileName: z.string().max(512),
  size: z.int().nonnegative(),
  digests: digestsSchema,
})

export const comparisonSchema = z.object({
  verdict: z.enum(['bit-identical', 'stream-identical', 'content-identical', 'equivalent', 'different']),
  published: comparedFileSchema,
  rebuilt: comparedFileSchema,
  /** How many entries both sides have and how many of those are the same. */
  entries: z.object({
    published: z.int().nonnegative(),
    rebuilt: z.int().nonnegative(),
    identical: z.int().nonnegative(),
  }),
  /** The entries of both archives side by side, for people; `omitted` is how many more there are. */
  listing: z
    .object({
      entries: z
        .array(
          z.object({
            path: z.string().max(65_536),
            state: z.enum(['same', 'changed', 'added', 'removed']),
            /** Sizes in bytes; absent on the side that has no such entry. */
            published: z.int().nonnegative().optional(),
            rebuilt: z.int().nonnegative().optional(),
          }),
        )
        .max(10_000),
      omitted: z.int().nonnegative(),
    })
    .optional(),
  differences: z.array(differenceSchema).max(200_000),
})

export type Suggestion = z.infer<typeof suggestionSchema>
export type Difference = z.infer<typeof differenceSchema>
export type Comparison = z.infer<typeof comparisonSchema>
