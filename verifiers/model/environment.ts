import { z } from 'zod'
import { digestsSchema, sha256Schema } from './digest.ts'

export const architectureSchema = z.enum(['amd64', 'arm64'])

/** The base image: what `verifiers/environment/` makes of one lock file. */
export const imageSchema = z.object({
  variant: z.enum(['base', 'build']),
  architecture: architectureSchema,
  /** Digest of the OCI image manifest, `sha256:…`; the same wherever the lock is assembled. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** sha256 of the lock file's bytes. */
  lock: sha256Schema,
})

/** A program that the image does not carry, at an exact version. */
export const toolchainSchema = z.object({
  name: z.enum(['node', 'npm', 'pako', 'pnpm', 'yarn', 'bun']),
  version: z.string().max(64),
  /** purl of the file whose digests these are. */
  purl: z.string().max(1024),
  fileName: z.string().max(512),
  digests: digestsSchema,
  /** `nodejs.org` (signed SHASUMS256) or `registry`. */
  origin: z.enum(['nodejs.org', 'registry']),
})

export const environmentSchema = z.object({ image: imageSchema, toolchains: z.array(toolchainSchema).max(16) })

export type Architecture = z.infer<typeof architectureSchema>
export type Image = z.infer<typeof imageSchema>
export type Toolchain = z.infer<typeof toolchainSchema>
export type Environment = z.infer<typeof environmentSchema>
