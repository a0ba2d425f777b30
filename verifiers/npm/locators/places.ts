import type { Artifact } from '../../model/artifact.ts'
import { Problem } from '../../model/problem.ts'
import type { SourceEvidence } from '../../model/source.ts'
import { parseHostedAddress, parseRepositoryAddress, type RepositoryAddress } from '../../source/repository-address.ts'
import type { RegistryOptions } from '../configuration.ts'
import { defaultFetchLimits } from '../resolve/fetch.ts'
import { fetchPackument, repositoriesOf } from '../resolve/packument.ts'
import { provenanceClaim } from './provenance.ts'

/** A repository that something names as the source of a package. */
export type Place = RepositoryAddress & {
  /** `provenance`, `repository`, `package.json`, `other-version`. */
  locator: string
  /** What names it, for the evidence. */
  because: string
  /** The commit that provenance names. */
  commit?: string
}

export type PlacesOptions = {
  artifact: Artifact
  registry: RegistryOptions
  /** Text of the published package.json. */
  manifest: string | undefined
  signal: AbortSignal
}

/**
 * Repositories that may have the source, from the likeliest to the least, each once: those that provenance, the registry
 * and the published package.json name, and then, asked for only when none of them has it, those that other versions of
 * the package name, as it may have moved since or its metadata may be wrong.
 */
export async function* places(options: PlacesOptions, evidence: SourceEvidence[]): AsyncGenerator<Place> {
  const seen: Place[] = []
  const isNew = (place: Place) => {
    const known = seen.some(({ url }) => isSameAddress(url, place.url))
    if (!known) seen.push(place)
    return !known
  }
  const provenance = await provenanceClaim(options)
  evidence.push(...provenance.evidence)
  const { claim } = provenance
  const declared = declaredPlace(options.artifact)
  if (claim && declared && !isSameAddress(claim.url, declared.url)) {
    const reason = `The registry's repository field names ${declared.url}.`
    evidence.push({ ...about('provenance', claim.url), result: 'disagrees', reason: reason.slice(0, 1024) })
  }
  const named = [
    ...(claim ? [{ ...claim, locator: 'provenance', because: "the registry's provenance names it" }] : []),
    ...(declared ? [declared] : []),
    ...packedPlaces(options.manifest),
  ]
  for (const place of named) if (isNew(place)) yield place
  for (const place of await otherVersions(options, evidence)) if (isNew(place)) yield place
}

export function isSameAddress(a: string, b: string): boolean {
  const key = (url: string) => url.toLowerCase().replace(/\.git$/, '')
  return key(a) === key(b)
}

function declaredPlace({ claims }: Artifact): Place | undefined {
  const address = claims.repository && parseRepositoryAddress(claims.repository.url)
  return address && { ...address, locator: 'repository', because: "the registry's repository field names it" }
}

/** Its homepage and its list of bugs, too, where a code host has them: another page anywhere is no repository. */
function packedPlaces(manifest: string | undefined): Place[] {
  const { repository, homepage, bugs } = parsed(manifest)
  return [
    { field: 'repository', address: addressIn(repository, parseRepositoryAddress) },
    { field: 'homepage', address: addressIn(homepage, parseHostedAddress) },
    { field: 'bugs', address: addressIn(bugs, parseHostedAddress) },
  ].flatMap(({ field, address }) =>
    address
      ? [{ ...address, locator: 'package.json', because: `${field} of the published package.json names it` }]
      : [],
  )
}

function addressIn(
  value: unknown,
  parse: (text: string) => RepositoryAddress | undefined,
): RepositoryAddress | undefined {
  const text = typeof value === 'object' && value !== null && 'url' in value ? value.url : value
  const address = typeof text === 'string' ? parse(text) : undefined
  const directory = typeof value === 'object' && value !== null && 'directory' in value ? value.directory : undefined
  return address && { ...address, ...(typeof directory === 'string' && directory.length <= 4096 && { directory }) }
}

function parsed(manifest: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse((manifest ?? '{}').replace(/^\uFEFF/, ''))
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

async function otherVersions(options: PlacesOptions, evidence: SourceEvidence[]): Promise<Place[]> {
  const { artifact, registry, signal } = options
  // A file that somebody named is not known to any registry, though its name may be.
  if (!artifact.declared.some(({ by }) => by === 'registry')) return []
  try {
    const { name, version } = artifact
    const request = { name, escapedName: name.replace('/', '%2f'), registry, limits: defaultFetchLimits, signal }
    return repositoriesOf(await fetchPackument(request), version).flatMap(({ version, url, directory }) => {
      const address = parseRepositoryAddress(url)
      const because = `the registry's repository field of version ${version} names it`
      return address ? [{ ...address, ...(directory && { directory }), locator: 'other-version', because }] : []
    })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    evidence.push({ ...about('other-version', artifact.name), result: 'unavailable', reason: error.message })
    return []
  }
}

function about(locator: string, candidate: string): Pick<SourceEvidence, 'locator' | 'candidate'> {
  return { locator, candidate: candidate.slice(0, 1024) }
}
