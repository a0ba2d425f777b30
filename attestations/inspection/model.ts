import { z } from 'zod'
import type { Check, VerificationVerdict } from '../verification/model.ts'

export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const
export type Severity = (typeof severities)[number]

/**
 * What there is to look at, by id: what it is called, and what a reviewer does about it. The order is the one in which they are
 * shown among others of the same severity.
 */
export const lookAtKinds = {
  DIGEST_CHANGED: {
    title: 'The same version is another file',
    todo: 'A published version never changes. Find out who replaced it before anything is installed.',
  },
  DEP_DIGEST_MISMATCH: {
    title: 'Two files of one version',
    todo: 'See which of the digests the registry serves, and since when.',
  },
  MANIFEST_CONFUSION: {
    title: 'The manifest says something else than it should',
    todo: 'Compare the package.json inside the file with what the registry shows for this version.',
  },
  REBUILD_SUSPICIOUS: {
    title: 'Content that the source does not explain',
    todo: 'Look at these entries of the published file; `reproof compare` shows the bytes.',
  },
  REBUILD_DIFFERS: {
    title: 'The rebuild is not the published file',
    todo: 'Look at the differences; only bit-identical says that the file comes from the source.',
  },
  STATEMENT_UNREADABLE: {
    title: 'A statement that cannot be read',
    todo: 'Ask whoever gave it to you for an undamaged one.',
  },
  SUBJECT_EMPTY_FILE: {
    title: 'It speaks of the empty file',
    todo: 'Every empty file matches it; such a statement says nothing.',
  },
  SUBJECT_WEAK: {
    title: 'It names its file by a broken digest only',
    todo: 'Ask for a statement with SHA-256 or better.',
  },
  VERDICT_FAILED: {
    title: 'Somebody’s policy said no',
    todo: 'Read which policy that was, and why.',
  },
  FETCH_UNDECLARED: {
    title: 'Fetched, and declared nowhere',
    todo: 'Find out what in the build asked for it: a floating version, an npx, a download in a script.',
  },
  LOCK_ENTRY_UNREAD: {
    title: 'Entries of the lockfile that name no package',
    todo: 'See how they came there: no package manager writes such, and yet it may install what they lead to.',
  },
  SOURCE_FILE_LOST: {
    title: 'Built without files that the source’s server has lost',
    todo: 'See what they were; where the result is bit for bit the published file, nothing of it came from them.',
  },
  FETCH_UNHASHED: {
    title: 'The build got an answer that nobody hashed',
    todo: 'Find out what it was; it may have changed the result.',
  },
  SCRIPT_NEW: {
    title: 'New code that runs when it is installed',
    todo: 'Read the scripts before you let them run.',
  },
  DEP_INSTALL_SCRIPT: {
    title: 'Code that runs when it is installed',
    todo: 'Read the scripts, and see whether the build needs them.',
  },
  PROV_DOWNGRADE: {
    title: 'Provenance was lost',
    todo: 'The release before had it. Ask the maintainers why this one was published another way.',
  },
  PROVENANCE_INVALID: {
    title: 'Provenance that does not hold',
    todo: 'Somebody signed something else, or it was damaged. See what the registry serves.',
  },
  PUBLISHER_CHANGED: {
    title: 'Somebody else publishes it now',
    todo: 'See whether the project announced it.',
  },
  SOURCE_MOVED: {
    title: 'The source is somewhere else now',
    todo: 'See whether the project moved, or whether this is a fork.',
  },
  BUILDER_CHANGED: {
    title: 'Somebody else built it, or in another way',
    todo: 'See whether the builder is one that you trust.',
  },
  SIGNER_CHANGED: {
    title: 'Somebody else signed it',
    todo: 'See whether the signer is one that you trust.',
  },
  PROV_SOURCE_MISMATCH: {
    title: 'The certificate and the statement name different sources',
    todo: 'Believe the certificate: it was issued to the job itself.',
  },
  DEP_EXOTIC: {
    title: 'Not from a registry',
    todo: 'See that the repository or address is whose you think, and pinned by a digest.',
  },
  DEP_NO_INTEGRITY: {
    title: 'Without a digest that could be checked',
    todo: 'Have the lockfile record its integrity; until then anybody on the way can replace it.',
  },
  DEP_UNPINNED: {
    title: 'Named by something that can move',
    todo: 'Ask for the commit, not the branch or tag.',
  },
  BUILD_ENVIRONMENT: {
    title: 'The environment of the build',
    todo: 'See that this is where you expect releases to be built.',
  },
  ENVIRONMENT_CHANGED: {
    title: 'It was built in another environment',
    todo: 'See that image and toolchains changed on purpose.',
  },
  DEP_ADDED: { title: 'New dependencies', todo: 'See what needs them, and who publishes them.' },
  DEP_CHANGED: { title: 'Other versions', todo: 'See their changelogs.' },
  DEP_REMOVED: { title: 'No longer needed', todo: 'Nothing, unless something should need them.' },
  ROLE_CHANGED: {
    title: 'Needed for something else now',
    todo: 'What was only a tool may now be part of what users install.',
  },
  ASSISTED: {
    title: 'A human helped with the rebuild',
    todo: 'Read what was added to what the source says.',
  },
  ATTEST_GAP: {
    title: 'What it leaves open',
    todo: 'Do not read more into it than it says.',
  },
  PROV_ABSENT: {
    title: 'Dependencies without provenance',
    todo: 'Nothing says where these came from but their registry.',
  },
  DEP_FRESH: {
    title: 'Published a short time ago',
    todo: 'Most malicious versions are found within days. Wait, or read what changed.',
  },
  DEP_DEPRECATED: {
    title: 'Deprecated by their authors',
    todo: 'Plan for a replacement; nobody may fix these any more.',
  },
  DECLARED_NOT_FETCHED: {
    title: 'Declared, and not fetched',
    todo: 'Usually packages of other platforms.',
  },
  OTHER: {
    title: 'Something else that its builder noted',
    todo: 'This version of reproof does not know what that means; a newer one may.',
  },
} as const satisfies Record<string, { title: string; todo: string }>

export type LookAtId = keyof typeof lookAtKinds

export const lookAtIds = Object.keys(lookAtKinds) as [LookAtId, ...LookAtId[]]

/** One thing that a reviewer should look at. */
export type LookAt = {
  id: LookAtId
  severity: Severity
  /** A dependency's URI, the path of an entry, or what the statement is of. */
  about: string
  /** One sentence. */
  summary: string
  /** Of the dependency that it is about. */
  dependency?: string
  /** Which statement it was found in, by its place in the inspection. */
  statement?: number
}

/** What a provenance of reproof, this version or another, found itself. */
export const statedFindingSchema = z.object({
  id: z.enum(lookAtIds).catch('OTHER'),
  severity: z.enum(severities).catch('medium'),
  uri: z.string().max(8192),
  summary: z.string().max(8192),
})

/** One thing that took part in a build or is contained in a product. */
export type InspectedDependency = {
  /** Of its row: stays the same as long as uri and digests do. */
  id: string
  uri: string
  name: string
  version?: string
  /** `source`, `image`, `runtime`, …; of a statement that does not say so, guessed from the uri. */
  role: string
  digests: Record<string, string>
  evidence?: string
  direct?: boolean
  /** The shortest way to it, as `name@version`. */
  path?: string[]
  installScripts?: string[]
  scriptsRan?: string
  deprecated?: string
  license?: string
  bundled?: boolean
  provenance?: string
  provenanceSource?: string
  publishedOn?: string
  publisher?: string
  /** Ids of what it needs. */
  needs: string[]
  /** Statements that name it, by place. */
  statements: number[]
}

export type InspectedSigner =
  | { kind: 'certificate'; identity: string; issuer?: string; extensions: Record<string, string>; validFrom: string }
  | {
      kind: 'key'
      /** What the attestation calls it, which nobody signed. */
      hint: string
      /** Of the trusted key with which the signature holds. */
      sha256?: string
    }

/** One statement: what it says and who claims to say it. */
export type InspectedStatement = {
  file: string
  line?: number
  format: string
  predicateType?: string
  /** One sentence. */
  says: string
  /** What readers might think that it says, and does not. */
  leavesOpen?: string
  subjects: { name?: string; digest: Record<string, string> }[]
  signer?: InspectedSigner
  /** What the bundle brings of transparency logs and clocks; nothing of it was checked unless `verification` says so. */
  logEntries: { index: string; integratedAt?: string }[]
  timestamps: number
  payloadSha256?: string
  builder?: string
  buildType?: string
  sources: { uri: string; commit?: string }[]
  /** What else is worth a line, predicate by predicate. */
  facts: { name: string; value: string }[]
  dependencies: number
  completeness?: Record<string, unknown>
  /** Present when trust was given. */
  verification?: { verdict: VerificationVerdict; checks: Check[] }
}

export type Inspection = {
  schema: 'https://reproof.dev/inspection/v1'
  /** `not-verified`: nobody said whom to trust, so that all of it is a claim. `unsigned`: it is a run of this machine. */
  verdict: VerificationVerdict | 'not-verified' | 'unsigned'
  trustRoots: { name: string; sha256: string; publishedOn?: string }[]
  subjects: { name?: string; digest: Record<string, string> }[]
  /** The most severe first. */
  lookAt: LookAt[]
  statements: InspectedStatement[]
  dependencies: InspectedDependency[]
  /** Lines and entries that are no attestations. */
  ignored: number
}

export function bySeverity(one: LookAt, other: LookAt): number {
  return (
    severities.indexOf(one.severity) - severities.indexOf(other.severity) ||
    lookAtIds.indexOf(one.id) - lookAtIds.indexOf(other.id)
  )
}

/** Things to look at that are of one kind and equally severe, in the order in which they are shown. */
export function grouped(lookAt: readonly LookAt[]): { id: LookAtId; severity: Severity; items: LookAt[] }[] {
  const groups = new Map<string, { id: LookAtId; severity: Severity; items: LookAt[] }>()
  for (const one of lookAt.toSorted(bySeverity)) {
    const key = `${one.severity} ${one.id}`
    const group = groups.get(key) ?? { id: one.id, severity: one.severity, items: [] }
    group.items.push(one)
    groups.set(key, group)
  }
  return [...groups.values()]
}
