import { z } from 'zod'

export const fileSchema = z.strictObject({
  /** As text; both signed by the repository through their digests. */
  content: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** What an update brought, in one file, so that there is all of it or nothing. */
export const updatedTrustSchema = z.strictObject({
  schema: z.literal('https://reproof.dev/trust/v1'),
  mirror: z.url(),
  /** Of the first root, where the user gave one; the embedded one otherwise. */
  firstRoot: z.string().optional(),
  updatedAt: z.iso.datetime(),
  trustedRoot: fileSchema,
  /** The npm registry's keys, of a repository that has them. */
  registryKeys: fileSchema.optional(),
  /** By file name: what the next update must not fall behind. */
  metadata: z.record(z.string().regex(/^[\w%.-]+\.json$/), z.string()),
})

export type UpdatedTrust = z.infer<typeof updatedTrustSchema>

export const inUseSchema = z.strictObject({ repository: z.string().regex(/^[0-9a-f]{64}$/) })

export type StoredFile = z.infer<typeof fileSchema>
