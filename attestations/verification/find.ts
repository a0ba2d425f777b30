import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Problem } from '../../verifiers/model/problem.ts'
import type { Progress } from '../../verifiers/model/progress.ts'
import type { RegistryOptions } from '../../verifiers/npm/configuration.ts'
import type { ContentStore } from '../../verifiers/store/content.ts'
import { artifactFromDigest, artifactFromFile, looksLikeDigest, type VerifiedArtifact } from './artifact.ts'
import { readBounded } from './bounded-file.ts'
import { limits } from './json.ts'
import { attestationsInPage } from './page.ts'
import { type Reading, readAttestations } from './read.ts'

/** What only published artifacts need; asked for when one is named, because it takes time to load. */
export type Published = { registry: RegistryOptions; store: ContentStore }

export type FindOptions = {
  /** A file, `sha256:…`, `npm:NAME@VERSION` or `pkg:npm/…`. */
  spec: string
  /** Files with attestations; where none is named, those beside the file and in the registry are looked at. */
  bundles: string[]
  offline: boolean
  published: () => Promise<Published>
  progress: Progress
  signal: AbortSignal
}

export type Found = { artifact: VerifiedArtifact; reading: Reading; looked: string[] }

/**
 * The artifact, and the attestations that come with it.
 * @throws {Problem} FILE_UNREADABLE; USAGE; what resolving throws.
 */
export async function findAttestations(options: FindOptions): Promise<Found> {
  const { spec, bundles, offline, signal } = options
  if (/^(npm:|pkg:npm\/)/.test(spec)) {
    if (!offline) return publishedWith(options)
    throw new Problem('USAGE', `${spec} has to be fetched, and --offline was given.`, {
      hint: 'Fetch it first (`npm pack`), and give the path of the file and of its bundles.',
    })
  }
  const artifact = looksLikeDigest(spec) ? artifactFromDigest(spec) : await artifactFromFile(spec, { signal })
  const files = bundles.length > 0 ? bundles : artifact.open ? await bundlesBeside(spec, artifact) : []
  return { artifact, reading: merged(await Promise.all(files.map(readBundles))), looked: files }
}

/**
 * The attestations in one file of any format, or in a page of `reproof inspect` that carries some.
 * @throws {Problem} FILE_UNREADABLE
 */
export async function readBundles(file: string): Promise<Reading> {
  const bytes = await readBounded(file)
  return readAttestations({ bytes: attestationsInPage(bytes) ?? bytes, file })
}

const merged = (readings: Reading[]): Reading => ({
  attestations: readings.flatMap(({ attestations }) => attestations),
  ignored: readings.flatMap(({ ignored }) => ignored),
})

/** Names under which tools leave the attestations of a file; `gh attestation download` names them after the digest. */
async function bundlesBeside(path: string, { digests }: VerifiedArtifact): Promise<string[]> {
  const name = basename(path)
  const exact = new Set([`sha256:${digests.sha256}.jsonl`, `sha256-${digests.sha256}.jsonl`, `${name}.sigstore`])
  const pattern = /\.(?:[\w-]+\.)?(?:sigstore\.json|intoto\.jsonl|attestation|provenance|publish\.attestation)$/
  const isOne = (entry: string) =>
    exact.has(entry) || (entry.startsWith(`${name}.`) && pattern.test(entry.slice(name.length)))
  const entries = await readdir(dirname(path))
  return entries
    .filter(isOne)
    .sort()
    .map((entry) => join(dirname(path), entry))
}

async function publishedWith({ spec, bundles, published, progress, signal }: FindOptions): Promise<Found> {
  const { registry, store } = await published()
  const [{ resolveArtifact }, { fetchWith, defaultFetchLimits }] = await Promise.all([
    import('../../verifiers/npm/resolve.ts'),
    import('../../verifiers/npm/resolve/fetch.ts'),
  ])
  const resolved = await resolveArtifact({ spec, registry, store, progress, signal })
  const { purl, fileName, digests, size, name, claims } = resolved.artifact
  const artifact: VerifiedArtifact = { name: fileName, digests: { ...digests }, size, open: resolved.open }
  if (bundles.length > 0 || claims.attestations === undefined) {
    return { artifact, reading: merged(await Promise.all(bundles.map(readBundles))), looked: bundles }
  }
  // As npm does it: the path that the metadata names, at the registry that is configured.
  const url = new URL(claims.attestations, 'https://host.invalid')
  const what = `the attestations of ${purl}`
  const bytes = await fetchWith(
    { url: `${url.pathname}${url.search}`, what, spec: name, registry, limits: defaultFetchLimits, signal },
    (body) => collected(body, what),
  ).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'PACKAGE_NOT_FOUND') return undefined
    throw error
  })
  const reading = bytes ? readAttestations({ bytes, file: what }) : merged([])
  return { artifact, reading, looked: [what] }
}

async function collected(body: AsyncIterable<Uint8Array>, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > limits.bytes)
      throw new Problem('REGISTRY_ANSWER_TOO_LARGE', `${what} are larger than ${limits.bytes} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
