import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Problem } from '../../verifiers/model/problem.ts'
import type { Progress } from '../../verifiers/model/progress.ts'
import type { RegistryOptions } from '../../verifiers/npm/configuration.ts'
import type { ContentStore } from '../../verifiers/store/content.ts'
import type { BundleStore } from '../store/bundles.ts'
import { artifactFromDigest, artifactFromFile, looksLikeDigest, type VerifiedArtifact } from './artifact.ts'
import { readBounded } from './bounded-file.ts'
import { attestationsInPage } from './page.ts'
import { type Reading, readAttestations } from './read.ts'
import type { SignedPackage } from './registry-signature.ts'
import { relevantTo, rememberedSubjects, type SubjectsOf } from './relevant.ts'

/** What only published artifacts need; asked for when one is named, because it takes time to load. */
export type Published = { registry: RegistryOptions; store: ContentStore }

export type FindOptions = {
  /** A file, `sha256:…`, `npm:NAME@VERSION`, `pkg:npm/…` or `oci://HOST/NAME@sha256:…`. */
  spec: string
  /** Files with attestations; where none is named, those beside the file and in the registry are looked at. */
  bundles: string[]
  offline: boolean
  /** `owner/name`: also ask GitHub for what it keeps for this repository. */
  repository?: string
  /** What is kept on this machine. */
  kept?: BundleStore
  environment?: NodeJS.ProcessEnv
  /** What was read for other artifacts of the same call. */
  seen?: Seen
  published: () => Promise<Published>
  progress: Progress
  signal: AbortSignal
}

/** Folders and files that were read before, and what each attestation is about. */
export type Seen = {
  folders: Map<string, Promise<string[]>>
  files: Map<string, Promise<Reading>>
  subjects: SubjectsOf
}

export const nothingSeen = (): Seen => ({ folders: new Map(), files: new Map(), subjects: rememberedSubjects() })

export type Found = {
  artifact: VerifiedArtifact
  reading: Reading
  looked: string[]
  /** What the registry says of it, where it comes from one. */
  published?: SignedPackage
}

/**
 * The artifact, and the attestations that come with it.
 * @throws {Problem} FILE_UNREADABLE; USAGE; what resolving throws.
 */
export async function findAttestations(options: FindOptions): Promise<Found> {
  const { spec, bundles, offline, repository } = options
  const isPublished = /^(npm:|pkg:npm\/)/.test(spec)
  if (offline && (isPublished || spec.startsWith('oci://'))) {
    throw new Problem('USAGE', `${spec} has to be fetched, and --offline was given.`, {
      hint: 'Fetch it first (`npm pack`), and give the path of the file and of its bundles.',
    })
  }
  if (offline && repository !== undefined) {
    throw new Problem('USAGE', 'GitHub has to be asked for --repository, and --offline was given.')
  }
  const found = await (isPublished ? publishedWith : spec.startsWith('oci://') ? referring : local)(options)
  // Those that are named are meant, and no others.
  return bundles.length > 0 ? found : await withKept(await withGitHub(found, options), options)
}

async function local({ spec, bundles, signal, seen = nothingSeen() }: FindOptions): Promise<Found> {
  const artifact = looksLikeDigest(spec) ? artifactFromDigest(spec) : await artifactFromFile(spec, { signal })
  const files = bundles.length > 0 ? bundles : artifact.open ? await bundlesBeside(spec, artifact, seen) : []
  const named = bundles.length > 0
  // Those beside a file are of this file alone.
  const readings = await Promise.all(
    files.map((file) => (named ? once(seen.files, file, readBundles) : readBundles(file))),
  )
  const reading = named ? merged(readings) : eachOnce(readings)
  return { artifact, reading: relevantTo(artifact, reading, seen.subjects), looked: files }
}

function once<Value>(known: Map<string, Promise<Value>>, key: string, make: (key: string) => Promise<Value>) {
  const found = known.get(key) ?? make(key)
  known.set(key, found)
  return found
}

async function referring({ spec, bundles, environment = {}, signal }: FindOptions): Promise<Found> {
  const { ociAttestations } = await import('../store/oci.ts')
  const { artifact, reading } = await ociAttestations({ reference: spec, environment, signal })
  if (bundles.length === 0) return { artifact, reading, looked: [artifact.name] }
  return { artifact, reading: merged(await Promise.all(bundles.map(readBundles))), looked: bundles }
}

async function withGitHub(found: Found, { repository, environment = {}, signal }: FindOptions): Promise<Found> {
  const { sha256 } = found.artifact.digests
  if (repository === undefined) return found
  if (sha256 === undefined)
    throw new Problem('USAGE', 'GitHub knows files by their sha256, and another digest was given.')
  const { gitHubAttestations } = await import('../store/github.ts')
  const reading = await gitHubAttestations({ repository, digest: `sha256:${sha256}`, environment, signal })
  return { ...found, reading: merged([found.reading, reading]), looked: [...found.looked, `GitHub, ${repository}`] }
}

/** What is kept here too, where it did not come from elsewhere; damaged ones are said, and not used. */
async function withKept(found: Found, { kept }: FindOptions): Promise<Found> {
  const stored = (await kept?.find(found.artifact.digests)) ?? []
  if (stored.length === 0) return found
  const attestations = stored.flatMap((one) => ('attestation' in one ? [one.attestation] : []))
  const ignored = stored.flatMap((one) => ('damaged' in one ? [{ reason: `${one.path}: ${one.damaged}` }] : []))
  const reading = eachOnce([found.reading, { attestations, ignored }])
  return { ...found, reading, looked: [...found.looked, ...stored.map(({ path }) => path)] }
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

/** The same attestation may lie in a file of its own, among all of a release, and in the store: it is told once. */
function eachOnce(readings: Reading[]): Reading {
  const all = merged(readings)
  if (readings.length < 2) return all
  const known = new Set<string>()
  const attestations = all.attestations.filter((one) => {
    if (!('raw' in one)) return true
    const text = JSON.stringify(one.raw)
    return !known.has(text) && known.add(text)
  })
  return { ...all, attestations }
}

/** Names under which tools leave the attestations of a file; `gh attestation download` names them after the digest. */
async function bundlesBeside(path: string, { digests }: VerifiedArtifact, { folders }: Seen): Promise<string[]> {
  const name = basename(path)
  const exact = new Set([`sha256:${digests.sha256}.jsonl`, `sha256-${digests.sha256}.jsonl`, `${name}.sigstore`])
  const pattern = /\.(?:[\w-]+\.)?(?:sigstore\.json|intoto\.jsonl|attestation|provenance|publish\.attestation)$/
  const isOne = (entry: string) =>
    exact.has(entry) || (entry.startsWith(`${name}.`) && pattern.test(entry.slice(name.length)))
  const entries = await once(folders, dirname(path), (folder) => readdir(folder))
  return entries
    .filter(isOne)
    .sort()
    .map((entry) => join(dirname(path), entry))
}

async function publishedWith({ spec, bundles, published, progress, signal }: FindOptions): Promise<Found> {
  const { registry, store } = await published()
  const [{ resolveArtifact }, { fetchRegistryDocument }] = await Promise.all([
    import('../../verifiers/npm/resolve.ts'),
    import('./registry-document.ts'),
  ])
  const resolved = await resolveArtifact({ spec, registry, store, progress, signal })
  const { purl, fileName, digests, size, name, version, claims } = resolved.artifact
  const artifact: VerifiedArtifact = { name: fileName, digests: { ...digests }, size, open: resolved.open }
  const signed = { name, version, claims, digests: artifact.digests }
  if (bundles.length > 0 || claims.attestations === undefined) {
    return {
      artifact,
      published: signed,
      reading: merged(await Promise.all(bundles.map(readBundles))),
      looked: bundles,
    }
  }
  const what = `the attestations of ${purl}`
  const bytes = await fetchRegistryDocument({ address: claims.attestations, name, what, registry, signal })
  const reading = bytes ? readAttestations({ bytes, file: what }) : merged([])
  return { artifact, published: signed, reading, looked: [what] }
}
