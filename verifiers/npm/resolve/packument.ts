import semver from 'semver'
import ssri from 'ssri'
import { z } from 'zod'
import type { NpmClaims } from '../../model/artifact.ts'
import { Problem } from '../../model/problem.ts'
import type { RegistryOptions } from '../configuration.ts'
import { confusableFields } from '../manifest-confusion.ts'
import { type FetchLimits, type FetchOptions, fetchWith } from './fetch.ts'
import type { Wanted } from './spec.ts'

/** A packument with everything of every version is a few megabytes for the busiest packages. */
const packumentLimit = 64 * 1024 * 1024

const textSchema = z.string().max(4096)

/**
 * Full metadata document of a package; what is not used is not looked at.
 * https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
 */
const packumentSchema = z.object({
  name: textSchema,
  versions: z.record(z.string().max(256), z.unknown()),
  'dist-tags': z.record(z.string().max(256), z.string().max(256)).catch({}),
  time: z.record(z.string().max(256), z.unknown()).catch({}),
})

const manifestSchema = z.object({
  name: textSchema,
  version: z.string().max(256),
  dist: z.object({
    tarball: textSchema,
    integrity: textSchema.optional(),
    shasum: z
      .string()
      .regex(/^[0-9a-f]{40}$/)
      .optional(),
    attestations: z.object({ url: textSchema }).optional().catch(undefined),
    signatures: z
      .array(z.object({ keyid: z.string().max(256), sig: z.string().max(1024) }))
      .max(16)
      .catch([]),
  }),
  gitHead: z
    .string()
    .regex(/^[0-9a-f]{40,64}$/)
    .optional()
    .catch(undefined),
  _nodeVersion: z.string().max(64).optional().catch(undefined),
  _npmVersion: z.string().max(64).optional().catch(undefined),
  repository: z
    .union([
      z.object({ url: textSchema, directory: textSchema.optional().catch(undefined) }),
      textSchema.transform((url) => ({ url, directory: undefined })),
    ])
    .optional()
    .catch(undefined),
})

export type Packument = z.infer<typeof packumentSchema>
export type Manifest = z.infer<typeof manifestSchema>

/**
 * The registry's metadata of a package.
 *
 * @throws {Problem} PACKAGE_NOT_FOUND, REGISTRY_ANSWER_INVALID, REGISTRY_ANSWER_TOO_LARGE, and those of `fetchWith`
 */
export async function fetchPackument(options: {
  name: string
  escapedName: string
  registry: RegistryOptions
  limits: FetchLimits
  signal: AbortSignal
}): Promise<Packument> {
  const { name, escapedName, ...rest } = options
  const what = `the metadata of ${name}`
  const packument = packumentSchema.safeParse(
    await fetchDocument({ ...rest, url: `/${escapedName}`, what, spec: name }),
  )
  if (!packument.success) throw invalidAnswer(what, 'is not a package document', packument.error)
  if (packument.data.name !== name) throw invalidAnswer(what, `is about ${packument.data.name.slice(0, 100)}`)
  return packument.data
}

/**
 * A JSON document of the registry, of bounded size.
 *
 * @throws {Problem} REGISTRY_ANSWER_INVALID, REGISTRY_ANSWER_TOO_LARGE, and those of `fetchWith`
 */
export async function fetchDocument(options: FetchOptions): Promise<unknown> {
  const { what } = options
  const headers = { accept: 'application/json', 'accept-encoding': 'gzip' }
  return parseJson(await fetchWith({ ...options, headers }, (body) => readText(body, what)), what)
}

async function readText(body: AsyncIterable<Uint8Array>, what: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > packumentLimit) {
      throw new Problem(
        'REGISTRY_ANSWER_TOO_LARGE',
        `The registry sends more than ${packumentLimit} bytes as ${what}.`,
        {
          hint: 'See that your npm configuration names a registry.',
        },
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalidAnswer(what, text.trimStart().startsWith('<') ? 'is a web page' : 'is not JSON', error)
  }
}

export function invalidAnswer(what: string, is: string, cause?: unknown): Problem {
  return new Problem('REGISTRY_ANSWER_INVALID', `What the registry sends as ${what} ${is}.`, {
    hint: 'See that your npm configuration names an npm registry, and that no proxy answers in its place.',
    ...(cause !== undefined && { cause }),
  })
}

/**
 * The version that npm would choose, but for what depends on the machine: an exact one, what a tag points at, or for a
 * range `latest` where it is inside, else the highest that is not deprecated.
 * https://github.com/npm/npm-pick-manifest#algorithm
 *
 * @throws {Problem} VERSION_NOT_FOUND, naming the nearest; REGISTRY_ANSWER_INVALID
 */
export function pickVersion(packument: Packument, wanted: Wanted): Manifest {
  const version = chooseVersion(packument, wanted)
  if (version === undefined || !Object.hasOwn(packument.versions, version)) throw versionNotFound(packument, wanted)
  const what = `${packument.name}@${version}`
  const manifest = manifestSchema.safeParse(packument.versions[version])
  if (!manifest.success) throw invalidAnswer(what, 'is not a version document', manifest.error)
  if (manifest.data.name !== packument.name || manifest.data.version !== version) {
    throw invalidAnswer(what, `says that it is ${manifest.data.name}@${manifest.data.version}`)
  }
  return manifest.data
}

function chooseVersion(packument: Packument, { type, spec }: Wanted): string | undefined {
  const tags = packument['dist-tags']
  if (type === 'version') return spec
  if (type === 'tag') return Object.hasOwn(tags, spec) ? tags[spec] : undefined
  const satisfying = Object.keys(packument.versions)
    .filter((version) => semver.satisfies(version, spec, { loose: true }))
    .sort((a, b) => semver.rcompare(a, b, { loose: true }))
  const current = satisfying.filter((version) => !isDeprecated(packument, version))
  const { latest } = tags
  if (latest !== undefined && (spec === '*' || satisfying.includes(latest)) && !isDeprecated(packument, latest)) {
    return latest
  }
  return current[0] ?? satisfying[0]
}

function isDeprecated(packument: Packument, version: string): boolean {
  const manifest = Object.hasOwn(packument.versions, version) ? packument.versions[version] : undefined
  return typeof manifest === 'object' && manifest !== null && 'deprecated' in manifest && Boolean(manifest.deprecated)
}

function versionNotFound(packument: Packument, { type, spec }: Wanted): Problem {
  const versions = Object.keys(packument.versions)
    .filter((version) => semver.valid(version, { loose: true }) !== null)
    .sort((a, b) => semver.compare(a, b, { loose: true }))
  const { name } = packument
  if (versions.length === 0) {
    return new Problem('VERSION_NOT_FOUND', `${name} has no version any more: it was taken back.`, {
      hint: 'There is nothing to rebuild, unless you have its tarball: give its path instead of the name.',
    })
  }
  if (type === 'tag') {
    const tags = Object.keys(packument['dist-tags']).slice(0, 12)
    return new Problem('VERSION_NOT_FOUND', `${name} has no tag "${spec}".`, {
      hint: `Its tags are: ${tags.join(', ')}.`,
      details: { tags },
    })
  }
  const nearest = nearestVersions(
    versions,
    type === 'version' ? spec : semver.minVersion(spec, { loose: true })?.version,
  )
  return new Problem('VERSION_NOT_FOUND', `${name} has no version ${spec}.`, {
    hint: `The nearest are: ${nearest.join(', ')}.`,
    details: { nearest },
  })
}

function nearestVersions(sorted: string[], wanted: string | undefined): string[] {
  const at = wanted === undefined ? -1 : sorted.findIndex((version) => semver.gt(version, wanted, { loose: true }))
  const index = at === -1 ? sorted.length : at
  return sorted.slice(Math.max(0, index - 3), index + 3)
}

/** What the metadata of a version claims that the rebuild may need. */
export function claimsOf(packument: Packument, manifest: Manifest): NpmClaims {
  const { repository, gitHead, _nodeVersion, _npmVersion, dist } = manifest
  const time = Object.hasOwn(packument.time, manifest.version) ? packument.time[manifest.version] : undefined
  const publishedAt = typeof time === 'string' ? Date.parse(time) : Number.NaN
  return {
    ...(repository && {
      repository: {
        url: repository.url,
        ...(repository.directory !== undefined && { directory: repository.directory }),
      },
    }),
    ...(gitHead !== undefined && { gitHead }),
    ...(_nodeVersion !== undefined && { nodeVersion: _nodeVersion }),
    ...(_npmVersion !== undefined && { npmVersion: _npmVersion }),
    ...(!Number.isNaN(publishedAt) && { publishedAt: new Date(publishedAt).toISOString() }),
    ...(!Object.hasOwn(packument.time, 'created') && { mirrored: true }),
    ...claimedManifest(packument.versions[manifest.version]),
    ...(dist.attestations && { attestations: dist.attestations.url }),
    ...signedBy(dist),
  }
}

/** As npm writes what was signed, from whichever form the registry declares the digest in. */
function signedBy({ integrity, shasum, signatures }: Manifest['dist']): Pick<NpmClaims, 'signed'> {
  if (signatures.length === 0) return {}
  const declared = integrity === undefined ? shasum && ssri.fromHex(shasum, 'sha1') : ssri.parse(integrity)
  const text = declared ? String(declared) : ''
  return text === '' ? {} : { signed: { integrity: text, signatures } }
}

/** Versions whose repository is looked at. */
const mostNeighbours = 200
/** Every one of them is asked for its tags. */
const mostRepositories = 4

/** The repositories that other versions name, the current one's first, then those of the nearest; each once. */
export function repositoriesOf(
  { versions, 'dist-tags': tags }: Packument,
  version: string,
): { version: string; url: string; directory?: string | undefined }[] {
  const sorted = semver.sort(Object.keys(versions).filter((one) => semver.valid(one) !== null))
  const at = sorted.indexOf(version)
  const distance = (one: string) => Math.abs(sorted.indexOf(one) - at)
  const nearest = [...sorted].sort((a, b) => distance(a) - distance(b)).slice(0, mostNeighbours)
  const found = new Map<string, { version: string; url: string; directory?: string | undefined }>()
  for (const one of [...(tags.latest === undefined ? [] : [tags.latest]), ...nearest]) {
    const parsed = manifestSchema.shape.repository.safeParse(Reflect.get(Object(versions[one]), 'repository'))
    const repository = parsed.data
    if (repository && !found.has(repository.url)) found.set(repository.url, { version: one, ...repository })
  }
  return [...found.values()].slice(0, mostRepositories)
}

/** More than that is no manifest, and the registry takes none that is larger. */
const manifestLimit = 1024 * 1024

/** What an installer believes of the version before it has the tarball: https://github.com/npm/registry */
function claimedManifest(version: unknown): Pick<NpmClaims, 'manifest'> {
  if (typeof version !== 'object' || version === null) return {}
  const manifest = Object.fromEntries(
    confusableFields.flatMap((field) => {
      const value: unknown = Object.hasOwn(version, field) ? Reflect.get(version, field) : undefined
      return value === undefined || value === null ? [] : [[field, value] as const]
    }),
  )
  return JSON.stringify(manifest).length > manifestLimit ? {} : { manifest }
}
