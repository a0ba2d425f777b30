import { z } from 'zod'

const hex = (length: number) => z.string().regex(new RegExp(`^[0-9a-f]{${length}}$`))

/** in-toto's DigestSet, as far as dependencies of a build have digests. */
export const dependencyDigestsSchema = z.strictObject({
  sha1: hex(40).optional(),
  sha256: hex(64).optional(),
  sha384: hex(96).optional(),
  sha512: hex(128).optional(),
  gitCommit: z
    .string()
    .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
    .optional(),
  gitTree: z
    .string()
    .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
    .optional(),
})

export const roles = [
  'source',
  'recipe',
  'image',
  'os',
  'toolchain',
  'runtime',
  'optional',
  'peer',
  'development',
  /** Fetched as a package, and no lockfile says what for. */
  'build',
  /** What a registry said of a package: it decided which version was installed. */
  'metadata',
] as const

/** One thing that took part in a build. */
export const dependencySchema = z.strictObject({
  /** A package URL where there is one, otherwise where it came from. */
  uri: z.string().max(8192),
  digests: dependencyDigestsSchema,
  role: z.enum(roles),
  /** Whether a lock named it beforehand, the build was seen to use it, or both. */
  evidence: z.enum(['declared', 'observed', 'both']),
  /** Of a package: whether what was built names it itself. */
  direct: z.boolean().optional(),
  /** Of a package that something else needs: the shortest way to it, as `name@version`. */
  path: z.array(z.string().max(512)).max(512).optional(),
  /** Names of the scripts that run when it is installed; absent when nobody could look inside. */
  installScripts: z.array(z.string().max(64)).max(16).optional(),
  /** Of a package with install scripts: whether the recipe lets npm run them. */
  scriptsRan: z.enum(['allowed', 'prevented']).optional(),
  deprecated: z.string().max(4096).optional(),
  license: z.string().max(1024).optional(),
  /** Who made a package, as its own manifest says: an e-mail address or a URL. Only bills of materials have it. */
  creator: z.string().max(1024).optional(),
  /** Carried inside another package's file, and not fetched by itself. */
  bundled: z.boolean().optional(),
  /** Where a lockfile says that a package comes from, when that is not a registry. */
  origin: z.enum(['git', 'url']).optional(),
  /** Host that the lockfile names, where it is not that of the registry which every client asks. */
  registryHost: z.string().max(256).optional(),
  /** Yarn's own checksum, of the archive that it makes of a package's file. */
  repackedChecksum: z.string().max(512).optional(),
  /** When the registry published it, RFC 3339; known where somebody asked. */
  publishedOn: z.string().max(64).optional(),
  /** What the package's own attestations are worth; known where somebody asked. */
  provenance: z.enum(['verified', 'present', 'absent']).optional(),
  /** Where verified provenance says that the package comes from, as an SPDX download location. */
  provenanceSource: z.string().max(8192).optional(),
  /** Small things are carried along, so that the statement alone is enough to redo the build. */
  content: z.instanceof(Uint8Array).optional(),
})

export const findingSchema = z.strictObject({
  id: z.enum([
    'DEP_DIGEST_MISMATCH',
    'FETCH_UNDECLARED',
    'FETCH_UNHASHED',
    'DECLARED_NOT_FETCHED',
    'DEP_NO_INTEGRITY',
    'DEP_EXOTIC',
    'DEP_INSTALL_SCRIPT',
    'DEP_DEPRECATED',
    'DEP_FRESH',
    'LOCK_ENTRY_UNREAD',
    'SOURCE_FILE_LOST',
    'PROVENANCE_INVALID',
  ]),
  severity: z.enum(['critical', 'high', 'medium', 'low', 'info']),
  uri: z.string().max(8192),
  /** One sentence for people. */
  summary: z.string().max(4096),
})

/** What was counted, and how; of packages, by package URL. */
export const completenessSchema = z.strictObject({
  method: z.enum(['recording-proxy', 'recording-proxy+lockfile']),
  declared: z.int().nonnegative(),
  observed: z.int().nonnegative(),
  both: z.int().nonnegative(),
  /** Declared and not fetched: another platform's, or bundled in another package. */
  declaredNotFetched: z.int().nonnegative(),
  /** Fetched and not declared. */
  undeclared: z.int().nonnegative(),
  /** Answers that the build got and whose digest is not known. */
  unhashed: z.int().nonnegative(),
  /** Requests that the build made in vain. */
  refused: z.int().nonnegative(),
  /** Packages whose files were looked into for install scripts. */
  inspected: z.int().nonnegative(),
  /** Packages whose own attestations were asked for, and how many of these hold; absent where nobody asked. */
  provenance: z.strictObject({ asked: z.int().nonnegative(), verified: z.int().nonnegative() }).optional(),
})

export type Role = (typeof roles)[number]
export type DependencyDigests = z.infer<typeof dependencyDigestsSchema>
export type Dependency = z.infer<typeof dependencySchema>
export type Finding = z.infer<typeof findingSchema>
export type Completeness = z.infer<typeof completenessSchema>

/** Everything that took part in a build, merged from what was declared and what was seen. */
export type DependencySet = {
  /** Sorted by uri, then by digest. */
  dependencies: Dependency[]
  findings: Finding[]
  completeness: Completeness
  /** Which package needs which, by package URL; the key `''` is what was built. Empty without a lockfile. */
  graph: Map<string, string[]>
  /** What the built package's own manifest says of its licence. */
  license?: string
}

/** By UTF-16 code units, the same on every machine. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
