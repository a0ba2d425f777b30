import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import ssri from 'ssri'
import type { Artifact } from '../model/artifact.ts'
import { Problem } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import { libraryRegistry, pickRegistry } from '../network/npm-registry.ts'
import { alongside } from '../store/alongside.ts'
import type { Content, ContentStore, Expected } from '../store/content.ts'
import type { RegistryOptions } from './configuration.ts'
import { npmPurl, packFileName } from './names.ts'
import { defaultFetchLimits, type FetchLimits, fetchWith } from './resolve/fetch.ts'
import { readTarballManifest } from './resolve/manifest.ts'
import { claimsOf, fetchPackument, type Manifest, type Packument, pickVersion } from './resolve/packument.ts'
import { type ArtifactSpec, parseArtifactSpec, type Wanted } from './resolve/spec.ts'

type Declaration = Artifact['declared'][number]

export type ResolveOptions = {
  /** Any npm spec, a `pkg:npm/…` purl, or the path or URL of a tarball. */
  spec: string
  /** Folder that relative paths start from. */
  cwd?: string
  store: ContentStore
  registry: RegistryOptions
  /** Digests that whoever asks expects, in hexadecimal. */
  declared?: Declaration[]
  /** Also gets the bytes of a file that is fetched, each time when that is tried again; not of one that is in the store. */
  meanwhile?: (bytes: Readable) => Promise<void>
  limits?: FetchLimits & { tarball: number }
  progress: Progress
  signal: AbortSignal
}

export type ResolvedArtifact = { artifact: Artifact; open(): Readable }

/** Larger than anything that the registry accepts; it is streamed, so that only the disk bounds it. */
const defaultLimits = { ...defaultFetchLimits, tarball: 2 * 1024 ** 3 }

/**
 * Finds what was published and keeps it in the store, hashed whole and checked against what was declared of it before
 * anything reads it.
 *
 * @throws {Problem} SPEC_INVALID, PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, REGISTRY_…, ARTIFACT_INTEGRITY_MISMATCH,
 * ARTIFACT_TRUNCATED, ARTIFACT_TOO_LARGE, FILE_UNREADABLE, and ARCHIVE_… for a tarball given by path or URL
 */
export async function resolveArtifact(options: ResolveOptions): Promise<ResolvedArtifact> {
  const spec = parseArtifactSpec(options.spec, { cwd: options.cwd ?? process.cwd() })
  const artifact =
    spec.kind === 'registry' ? await resolvePublished(spec, options) : await resolveTarball(spec, options)
  return { artifact, open: () => options.store.read(artifact.digests.sha512) }
}

async function resolvePublished(
  spec: Extract<ArtifactSpec, { kind: 'registry' }>,
  options: ResolveOptions,
): Promise<Artifact> {
  const { registry, limits = defaultLimits, progress, signal } = options
  progress({ type: 'activity', stage: 'artifact', text: `asking the registry for ${spec.name}` })
  const packument = await fetchPackument({ ...spec, registry, limits, signal })
  return await fetchPublished(packument, spec.wanted, options)
}

/**
 * One version of which the registry's metadata is there already.
 *
 * @throws {Problem} as {@link resolveArtifact}
 */
export async function fetchPublished(
  packument: Packument,
  wanted: Wanted,
  options: Omit<ResolveOptions, 'spec'>,
): Promise<Artifact> {
  const { store, registry, progress } = options
  const manifest = pickVersion(packument, wanted)
  const { name, version } = manifest
  const purl = npmPurl(name, version)
  const declared = [...declarationsOf(manifest), ...(options.declared ?? [])]
  if (declared.length === 0) {
    const text = `The registry declares no digest of ${name}@${version}, so that nothing could be checked against it.`
    progress({ type: 'notice', stage: 'artifact', text })
  }
  // What was declared is part of the key: a registry that changes its mind does not get what was stored before.
  const key = `npm-artifact:${purl}:${JSON.stringify(declared.map(({ algorithm, value }) => [algorithm, value]))}`
  const kept = declared.length > 0 ? await store.recall(key) : undefined
  const content =
    kept ??
    (await download(tarballUrl(manifest.dist.tarball, registry, name), `${name}@${version}`, declared, options, name))
  if (!kept) await store.remember(key, content)
  return {
    ecosystem: 'npm',
    purl,
    name,
    version,
    fileName: packFileName(name, version),
    size: content.size,
    digests: content.digests,
    declared,
    claims: claimsOf(packument, manifest),
  }
}

async function resolveTarball(
  spec: Exclude<ArtifactSpec, { kind: 'registry' }>,
  options: ResolveOptions,
): Promise<Artifact> {
  const { store, signal, declared = [] } = options
  const what = spec.kind === 'file' ? basename(spec.path) : new URL(spec.url).pathname
  const content =
    spec.kind === 'file'
      ? await readFromDisk(spec.path, declared, options)
      : await download(spec.url, what, declared, options)
  const source = store.read(content.digests.sha512)
  const { name, version } = await readTarballManifest({ source, what, signal })
  const { size, digests } = content
  const purl = npmPurl(name, version)
  const fileName = packFileName(name, version)
  return { ecosystem: 'npm', purl, name, version, fileName, size, digests, declared, claims: {} }
}

function download(
  url: string,
  what: string,
  declared: Declaration[],
  { store, registry, limits = defaultLimits, meanwhile, progress, signal }: Omit<ResolveOptions, 'spec'>,
  spec?: string,
): Promise<Content> {
  progress({ type: 'activity', stage: 'artifact', text: `downloading ${what}` })
  const request = { url, what, registry, limits, signal, ...(spec !== undefined && { spec }) }
  const keep = (body: AsyncIterable<Uint8Array>) =>
    store.write(notEmpty(body, what), writeOptions(what, declared, limits.tarball, signal))
  return fetchWith(request, (body) => (meanwhile ? alongside(body, keep, meanwhile) : keep(body)))
}

async function readFromDisk(path: string, declared: Declaration[], options: ResolveOptions): Promise<Content> {
  const { store, limits = defaultLimits, signal } = options
  const status = await stat(path).catch((error: unknown) => unreadable(path, error))
  // A device or a pipe may never end.
  if (!status.isFile()) unreadable(path, new Error('it is not a file'))
  const source = createReadStream(path, { signal })
  return store.write(notEmpty(source, path), writeOptions(path, declared, limits.tarball, signal))
}

/** Nothing is no tarball, and the store keeps none of it. */
async function* notEmpty(source: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<Uint8Array> {
  let empty = true
  for await (const chunk of source) {
    empty &&= chunk.length === 0
    yield chunk
  }
  if (!empty) return
  throw new Problem('ARCHIVE_INVALID', `${what} is empty, so that it cannot be a published package.`, {
    hint: 'Fetch it again, or name another file.',
  })
}

function unreadable(path: string, error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error)
  throw new Problem('FILE_UNREADABLE', `${path} cannot be read: ${reason}.`, {
    hint: 'Give the path of a .tgz file; a package of the registry is named without slashes and without .tgz.',
    cause: error,
  })
}

function writeOptions(what: string, declared: Declaration[], limit: number, signal: AbortSignal) {
  const expected: Expected = {}
  for (const { algorithm, value } of declared) {
    if (expected[algorithm] !== undefined && expected[algorithm] !== value) {
      throw new Problem('ARTIFACT_INTEGRITY_MISMATCH', `Two different ${algorithm} digests are declared for ${what}.`, {
        hint: 'No file can be both; ask whoever runs the registry which of the two is right.',
        details: { declared },
      })
    }
    expected[algorithm] = value
  }
  return {
    limit,
    expected,
    signal,
    what,
    mismatch: 'ARTIFACT_INTEGRITY_MISMATCH',
    tooLarge: 'ARTIFACT_TOO_LARGE',
  } as const
}

const algorithms = ['sha1', 'sha256', 'sha384', 'sha512'] as const

/** Every digest that the registry declares, in whichever field; npm itself checks only the strongest. */
function declarationsOf({ dist }: Manifest): Declaration[] {
  const declared = new Map<string, Declaration>()
  const declare = (algorithm: Declaration['algorithm'], value: string) =>
    declared.set(`${algorithm} ${value}`, { by: 'registry', algorithm, value })
  const integrity = ssri.parse(dist.integrity ?? '') as Record<string, { digest: string }[]> | null
  for (const algorithm of algorithms) {
    for (const { digest } of integrity?.[algorithm] ?? []) {
      declare(algorithm, Buffer.from(digest, 'base64').toString('hex'))
    }
  }
  if (dist.shasum !== undefined) declare('sha1', dist.shasum)
  return [...declared.values()]
}

/**
 * Where to fetch a tarball: as npm's `replace-registry-host` says, metadata that names the public registry's host
 * stands for whichever registry is configured.
 */
function tarballUrl(declared: string, registry: RegistryOptions, name: string): string {
  const url = URL.parse(declared)
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new Problem('REGISTRY_ANSWER_INVALID', `The registry says that ${name} is at "${declared.slice(0, 200)}".`, {
      hint: 'Only http and https addresses are fetched.',
    })
  }
  const replaced = registry.replaceRegistryHost ?? 'npmjs'
  const host = replaced === 'npmjs' ? new URL(libraryRegistry).host : replaced
  if (replaced === 'never' || (replaced !== 'always' && url.host !== host)) return url.href
  const configured = pickRegistry(name, registry)
  return new URL(url.pathname, configured).href
}
