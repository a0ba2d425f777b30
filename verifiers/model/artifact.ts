import { z } from 'zod'
import { fullDigestsSchema } from './digest.ts'

/** What somebody said the digest is, and whether the bytes we have agree. */
const declarationSchema = z.object({
  by: z.enum(['registry', 'argument', 'lockfile']),
  algorithm: z.enum(['sha1', 'sha256', 'sha384', 'sha512']),
  value: z.string().max(256),
})

/**
 * What the registry's metadata for this version says and the rebuild may need. All of it is a claim.
 * Packument version fields: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
 */
export const npmClaimsSchema = z.object({
  repository: z.object({ url: z.string().max(4096), directory: z.string().max(4096).optional() }).optional(),
  gitHead: z.string().max(64).optional(),
  nodeVersion: z.string().max(64).optional(),
  npmVersion: z.string().max(64).optional(),
  publishedAt: z.iso.datetime({ offset: true }).optional(),
  /** The registry keeps no time of the package's creation: it is a mirror, whose times are those of its copies. */
  mirrored: z.boolean().optional(),
  /**
   * The fields of its package.json that decide what is installed and run, as the registry tells them to installers, who
   * go by them before they have the tarball.
   */
  manifest: z.record(z.string().max(64), z.unknown()).optional(),
  /** Where the registry says its provenance attestations are. */
  attestations: z.string().max(4096).optional(),
  /** The registry's own signatures over `name@version:integrity`: https://docs.npmjs.com/about-registry-signatures */
  signed: z
    .object({
      integrity: z.string().max(4096),
      signatures: z.array(z.object({ keyid: z.string().max(256), sig: z.string().max(1024) })).max(16),
    })
    .optional(),
})

/** A published file, every byte of it hashed before anything read it. */
export const artifactSchema = z.object({
  ecosystem: z.literal('npm'),
  /** Package URL without qualifiers: https://github.com/package-url/purl-spec */
  purl: z.string().max(1024),
  name: z.string().max(214),
  version: z.string().max(256),
  fileName: z.string().max(512),
  /** In bytes. */
  size: z.int().nonnegative(),
  digests: fullDigestsSchema,
  /** Empty when nobody declared a digest: a local file given on the command line. */
  declared: z.array(declarationSchema).max(16),
  claims: npmClaimsSchema,
})

export type Artifact = z.infer<typeof artifactSchema>
/** One version of a package, which may still have to be published. */
export type Release = Pick<Artifact, 'purl' | 'name' | 'version' | 'fileName' | 'claims'>
export type NpmClaims = z.infer<typeof npmClaimsSchema>
