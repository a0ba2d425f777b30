import { z } from 'zod'
import type { Artifact } from '../../model/artifact.ts'
import { Problem } from '../../model/problem.ts'
import type { SourceEvidence } from '../../model/source.ts'
import { parseRepositoryAddress } from '../../source/repository-address.ts'
import type { RegistryOptions } from '../configuration.ts'
import { defaultFetchLimits, type FetchLimits, fetchWith } from '../resolve/fetch.ts'

/** What the attestations of the registry say of an artifact's source: a claim, until their signature is verified. */
export type ProvenanceClaim = { url: string; commit: string }

export type ProvenanceResult = { claim?: ProvenanceClaim; evidence: SourceEvidence[] }

const answerLimit = 16 * 1024 * 1024
const commitSchema = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/)

/** https://github.com/npm/attestation/tree/main/specs: the registry's answer, bundles of the Sigstore kind. */
const answerSchema = z.object({
  attestations: z
    .array(
      z.object({
        predicateType: z.string().max(1024),
        bundle: z.object({ dsseEnvelope: z.object({ payload: z.string() }).optional() }),
      }),
    )
    .max(64),
})

const subjectSchema = z.array(z.object({ digest: z.record(z.string(), z.string()) })).max(1024)

/** https://slsa.dev/spec/v1.0/provenance and https://slsa.dev/spec/v0.2/provenance, as far as they name a source. */
const materialSchema = z.object({
  uri: z.string().max(4096).optional(),
  digest: z.record(z.string(), z.string()).optional(),
})
const statementSchema = z.object({
  subject: subjectSchema,
  predicate: z.union([
    z
      .object({ buildDefinition: z.object({ resolvedDependencies: z.array(materialSchema).max(4096) }) })
      .transform(({ buildDefinition }) => buildDefinition.resolvedDependencies),
    z
      .object({ invocation: z.object({ configSource: materialSchema }) })
      .transform(({ invocation }) => [invocation.configSource]),
  ]),
})

/**
 * Asks the registry for the artifact's provenance. Anything wrong with the answer is evidence and no error: a source can
 * be found in other ways.
 */
export async function provenanceClaim(options: {
  artifact: Artifact
  registry: RegistryOptions
  limits?: FetchLimits
  signal: AbortSignal
}): Promise<ProvenanceResult> {
  const { artifact, registry, limits = defaultFetchLimits, signal } = options
  const url = artifact.claims.attestations
  if (url === undefined) return { evidence: [] }
  const told = (result: SourceEvidence['result'], reason: string, claim?: ProvenanceClaim): ProvenanceResult => ({
    ...(claim && { claim }),
    evidence: [{ locator: 'provenance', candidate: claim?.commit ?? 'attestations', result, reason }],
  })
  let answer: z.infer<typeof answerSchema>
  try {
    const what = `the attestations of ${artifact.name}@${artifact.version}`
    const text = await fetchWith({ url, what, spec: artifact.name, registry, limits, signal }, (body) =>
      readText(body, what),
    )
    answer = answerSchema.parse(JSON.parse(text))
  } catch (error) {
    signal.throwIfAborted()
    const reason = error instanceof Problem ? error.message : "The registry's attestations are not of the known form."
    return told('unavailable', reason.slice(0, 1024))
  }
  const provenance = answer.attestations.filter(({ predicateType }) =>
    /^https:\/\/slsa\.dev\/provenance\/v/.test(predicateType),
  )
  if (provenance.length === 0)
    return told('unavailable', 'The registry has attestations, but no provenance among them.')
  const statements = provenance.flatMap(({ bundle }) => statementOf(bundle.dsseEnvelope?.payload))
  const ours = statements.filter(({ subject }) =>
    subject.some(({ digest }) => digest.sha512 === artifact.digests.sha512),
  )
  if (ours.length === 0) return told('rejected', 'The provenance is about other bytes than the published file has.')
  const claim = ours.flatMap(({ predicate }) => predicate.flatMap(claimOf)).at(0)
  if (claim === undefined) return told('unavailable', 'The provenance names no commit of a git repository.')
  // Whether it is accepted shows when the commit is validated; that is evidence of its own.
  return { claim, evidence: [] }
}

function statementOf(payload: string | undefined): z.infer<typeof statementSchema>[] {
  try {
    const parsed = statementSchema.safeParse(JSON.parse(Buffer.from(payload ?? '', 'base64').toString('utf8')))
    return parsed.success ? [parsed.data] : []
  } catch {
    return []
  }
}

function claimOf({ uri, digest }: z.infer<typeof materialSchema>): ProvenanceClaim[] {
  const commit = commitSchema.safeParse(digest?.gitCommit ?? digest?.sha1)
  // `git+https://github.com/owner/name@refs/heads/main`
  const [, address] = /^(git\+https:\/\/[^@]+|https:\/\/[^@]+)(?:@.*)?$/.exec(uri ?? '') ?? []
  const url = address === undefined ? undefined : parseRepositoryAddress(address)?.url
  return commit.success && url !== undefined ? [{ url, commit: commit.data }] : []
}

async function readText(body: AsyncIterable<Uint8Array>, what: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > answerLimit) {
      throw new Problem(
        'REGISTRY_ANSWER_TOO_LARGE',
        `The registry's answer for ${what} is longer than ${answerLimit} bytes.`,
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
