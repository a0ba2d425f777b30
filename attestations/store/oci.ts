import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Problem } from '../../verifiers/model/problem.ts'
import type { VerifiedArtifact } from '../verification/artifact.ts'
import { jsonFrom, limits as jsonLimits } from '../verification/json.ts'
import { type Reading, readAttestations } from '../verification/read.ts'
import { type Answer, type AskLimits, refused } from './ask.ts'
import { type OciRegistry, openRegistry } from './oci-registry.ts'

export type OciOptions = {
  /** `oci://host/name@sha256:…` or `oci://host/name:tag`. */
  reference: string
  environment: NodeJS.ProcessEnv
  limits?: AskLimits
  signal: AbortSignal
}

const most = { manifest: 4 * 1024 * 1024, referrers: 256, pages: 10, layers: 16 }

const sha256Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md */
const descriptorSchema = z.object({
  mediaType: z.string().max(255),
  digest: sha256Digest,
  size: z.int().nonnegative(),
  artifactType: z.string().max(255).optional(),
})
const indexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal('application/vnd.oci.image.index.v1+json'),
  manifests: z.array(descriptorSchema.or(z.unknown())).max(10_000),
})
const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  layers: z.array(descriptorSchema).max(most.layers),
  subject: descriptorSchema.optional(),
})

/** What attestations are pushed as: by cosign and sigstore-js, by GitHub, and as in-toto describes it. */
const attestationType = /^application\/(?:vnd\.dev\.sigstore\.bundle\b|vnd\.in-toto\b)/

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

/**
 * The artifact that a reference names, by the digest of its manifest, and the attestations that refer to it.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 *
 * @throws {Problem} USAGE, ATTESTATIONS_UNREACHABLE, ATTESTATIONS_ANSWER_INVALID
 */
export async function ociAttestations(options: OciOptions): Promise<{ artifact: VerifiedArtifact; reading: Reading }> {
  const { host, name, tag, digest: pinned } = parsedReference(options.reference)
  const registry = openRegistry({ ...options, host, name })
  const digest = pinned ?? (await resolvedTag(registry, tag ?? 'latest', options.reference))
  const artifact = { name: `oci://${host}/${name}@${digest}`, digests: { sha256: digest.slice('sha256:'.length) } }
  const readings: Reading[] = []
  for (const descriptor of await referrersOf(registry, digest)) {
    readings.push(await readReferrer(registry, descriptor, digest, artifact.name))
  }
  return {
    artifact,
    reading: {
      attestations: readings.flatMap(({ attestations }) => attestations),
      ignored: readings.flatMap(({ ignored }) => ignored),
    },
  }
}

type Descriptor = z.infer<typeof descriptorSchema>

function parsedReference(reference: string): { host: string; name: string; tag?: string; digest?: string } {
  const found = reference.match(
    /^oci:\/\/([\w.-]+(?::\d{1,5})?|\[::1\](?::\d{1,5})?)\/([a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/,
  )
  const [, host, name, tag, digest] = reference.length <= 1024 ? (found ?? []) : []
  if (host === undefined || name === undefined) {
    throw new Problem('USAGE', `${reference.slice(0, 200)} names nothing in a registry.`, {
      hint: 'Write it as oci://HOST/NAME@sha256:…, or oci://HOST/NAME:TAG.',
    })
  }
  return { host, name, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) }
}

async function resolvedTag(registry: OciRegistry, tag: string, what: string): Promise<string> {
  const answer = await registry.get(`manifests/${tag}`, { what, most: most.manifest, accept: manifestTypes })
  if (answer.status !== 200) refused(answer, what)
  return digestOf(answer.body)
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Registries without the API keep the list under a tag made of the digest. */
async function referrersOf(registry: OciRegistry, digest: string): Promise<Descriptor[]> {
  const what = `what refers to ${digest}`
  const accept = 'application/vnd.oci.image.index.v1+json'
  const found: Descriptor[] = []
  let path: string | undefined = `referrers/${digest}`
  for (let page = 0; path !== undefined && page < most.pages; page++) {
    const answer: Answer = await registry.get(path, { what, most: most.manifest, accept })
    if (answer.status === 404 && page === 0) {
      const tagged = await registry.get(`manifests/${digest.replace(':', '-')}`, { what, most: most.manifest, accept })
      if (tagged.status === 404) return []
      if (tagged.status !== 200) refused(tagged, what)
      return attestationsIn(tagged, what)
    }
    if (answer.status !== 200) refused(answer, what)
    found.push(...attestationsIn(answer, what))
    path = registry.next(answer, path)
  }
  return found.slice(0, most.referrers)
}

function attestationsIn(answer: Answer, what: string): Descriptor[] {
  const index = indexSchema.safeParse(jsonFrom(answer.body))
  if (!index.success) {
    throw new Problem('ATTESTATIONS_ANSWER_INVALID', `What came for ${what} is no list of referrers.`, {
      hint: 'See that the address is that of a registry.',
      cause: index.error,
    })
  }
  return index.data.manifests.flatMap((one) => {
    const descriptor = descriptorSchema.safeParse(one)
    const isAttestation = descriptor.success && attestationType.test(descriptor.data.artifactType ?? '')
    return isAttestation ? [descriptor.data] : []
  })
}

async function readReferrer(
  registry: OciRegistry,
  { digest }: Descriptor,
  subject: string,
  file: string,
): Promise<Reading> {
  const what = `the attestation ${digest}`
  const bytes = await exactly(registry, 'manifests', digest, { most: most.manifest, what })
  const manifest = manifestSchema.safeParse(jsonFrom(bytes))
  if (!manifest.success) return ignored(`${what} has a manifest that cannot be read.`)
  if (manifest.data.subject && manifest.data.subject.digest !== subject)
    return ignored(`${what} refers to something else.`)
  const readings: Reading[] = []
  for (const layer of manifest.data.layers) {
    if (layer.size > jsonLimits.bytes) readings.push(ignored(`${what} has ${layer.size} bytes.`))
    else {
      const body = await exactly(registry, 'blobs', layer.digest, { most: layer.size, what })
      readings.push(readAttestations({ bytes: body, file }))
    }
  }
  return {
    attestations: readings.flatMap(({ attestations }) => attestations),
    ignored: readings.flatMap((one) => one.ignored),
  }
}

const ignored = (reason: string): Reading => ({ attestations: [], ignored: [{ reason }] })

/** The bytes with this digest and no others. */
async function exactly(
  registry: OciRegistry,
  kind: 'manifests' | 'blobs',
  digest: string,
  { most, what }: { most: number; what: string },
): Promise<Buffer> {
  const accept = kind === 'manifests' ? manifestTypes : 'application/octet-stream, */*'
  const answer = await registry.get(`${kind}/${digest}`, { what, most, accept })
  if (answer.status !== 200) refused(answer, what)
  if (digestOf(answer.body) === digest) return answer.body
  throw new Problem('ATTESTATIONS_ANSWER_INVALID', `The registry gave other bytes than ${digest}.`, {
    hint: 'Something between you and the registry changes its answers, or it is damaged.',
  })
}
