import { z } from 'zod'
import { gitObjectSchema, sha256Schema } from './digest.ts'

/** One thing that named a source, what it named, and what became of it. Kept whatever its result. */
export const sourceEvidenceSchema = z.object({
  /** `argument`, `provenance`, `git-head`, `tag`, `release-commit`, `directory-search`, … */
  locator: z.string().max(64),
  /** What it named: a tag, a commit, a folder, a file. */
  candidate: z.string().max(1024),
  result: z.enum(['accepted', 'rejected', 'agrees', 'disagrees', 'unavailable']),
  /** One sentence. */
  reason: z.string().max(1024),
})

/** Where in the source the package is, and how its package.json there compares with the artifact. */
const manifestMatchSchema = z.object({
  name: z.string().max(256).optional(),
  version: z.string().max(256).optional(),
  /** Why a manifest with another version is accepted all the same: the release tool writes it at publish time. */
  exception: z.string().max(1024).optional(),
})

const located = {
  /** Folder of the package inside the source, `''` for its root; forward slashes. */
  directory: z.string().max(4096),
  /** git's tree id of the whole source as it is laid out for the build. */
  tree: gitObjectSchema,
  manifest: manifestMatchSchema,
  evidence: z.array(sourceEvidenceSchema).max(256),
}

export const gitSourceSchema = z.object({
  kind: z.literal('git'),
  /** Without credentials. A local repository is `file:` and a digest stands for it. */
  repository: z.string().max(4096),
  commit: gitObjectSchema,
  /** The tag or branch that led to the commit, where one did. */
  ref: z.string().max(1024).optional(),
  committedAt: z.iso.datetime({ offset: true }),
  /** Whether the tag object carries a signature; nothing is said of whose. */
  tag: z.enum(['signed', 'annotated', 'lightweight', 'none']),
  submodules: z
    .array(z.object({ path: z.string().max(4096), repository: z.string().max(4096), commit: gitObjectSchema }))
    .max(1024),
  ...located,
})

export const archiveSourceSchema = z.object({
  kind: z.enum(['archive', 'debian', 'folder']),
  /** `https://…`, `file:…`, or `debian:NAME@VERSION`. */
  repository: z.string().max(4096),
  files: z.array(z.object({ name: z.string().max(512), size: z.int().nonnegative(), sha256: sha256Schema })).max(64),
  /** Of a Debian source package: whether its .dsc was signed by a key of the archive's keyring or the uploaders'. */
  signature: z.enum(['valid', 'unchecked', 'none']),
  /** Newest modification time inside the archive, for SOURCE_DATE_EPOCH. */
  modifiedAt: z.iso.datetime({ offset: true }),
  ...located,
})

export const sourceSchema = z.discriminatedUnion('kind', [gitSourceSchema, archiveSourceSchema])

export type Source = z.infer<typeof sourceSchema>
export type SourceEvidence = z.infer<typeof sourceEvidenceSchema>
