import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PackageURL } from 'packageurl-js'
import { z } from 'zod'
import { Problem } from '../../verifiers/model/problem.ts'
import { packumentPath } from '../../verifiers/network/names.ts'
import type { RegistryOptions } from '../../verifiers/npm/configuration.ts'
import { defaultFetchLimits, type FetchLimits } from '../../verifiers/npm/resolve/fetch.ts'
import { claimsOf, fetchPackument, pickVersion } from '../../verifiers/npm/resolve/packument.ts'
import { writeFileAtomically } from '../../verifiers/store/atomic.ts'
import { fetchRegistryDocument } from '../verification/registry-document.ts'
import type { TrustRoot } from '../verification/trust-root.ts'
import { aboutPackage } from './declared.ts'
import { deprecatedFinding } from './findings.ts'
import type { Dependency, DependencySet, Finding } from './model.ts'
import { type Judged, judgeProvenance } from './provenance.ts'

export type RegistryFactsOptions = {
  /** The user's npm configuration says which registry has which package. */
  registry: RegistryOptions
  /** What was asked once is kept here: a published version does not change. */
  cacheFolder: string
  trustRoots: TrustRoot[]
  limits?: FetchLimits
  now: Date
  signal: AbortSignal
}

/** How many questions are open at once. */
const parallel = 8
/** In milliseconds: what was published later than this before the build is young. */
const fresh = 3 * 86_400_000

const factsSchema = z.strictObject({
  /** Absent where the registry is a mirror, whose times are those of its copies. */
  publishedOn: z.string().max(64).optional(),
  /** The registry's answer, as text; absent where it says that there is none. */
  attestations: z.string().optional(),
  /** It is a mirror, and those do not hand attestations on: none there says nothing. */
  mirrored: z.literal(true).optional(),
  deprecated: z.string().max(4096).optional(),
})

type Facts = z.infer<typeof factsSchema>

/**
 * Asks the registry when each package of a build was published and what attests it, and verifies that. One question for
 * each package, and another for each that has attestations.
 *
 * @param builtAt moment at which the build saw the registry
 * @throws {Problem} REGISTRY_UNREACHABLE, REGISTRY_TIMEOUT, REGISTRY_ERROR, REGISTRY_ANSWER_INVALID
 */
export async function withRegistryFacts(
  set: DependencySet,
  builtAt: string,
  options: RegistryFactsOptions,
): Promise<DependencySet> {
  const known = new Map<Dependency, Dependency>()
  const findings: Finding[] = []
  const pending = set.dependencies.filter(({ uri, digests }) => uri.startsWith('pkg:npm/') && digests.sha512)
  const asked = pending.length
  const work = async (): Promise<void> => {
    for (let next = pending.pop(); next; next = pending.pop()) {
      options.signal.throwIfAborted()
      const facts = await factsOf(next, options)
      const judged = await judgeProvenance(next, facts.attestations, options)
      known.set(next, withFacts(next, facts, judged))
      findings.push(...findingsOf(next, facts, judged, builtAt))
    }
  }
  try {
    await Promise.all(Array.from({ length: parallel }, work))
  } finally {
    // Where one question failed, the others that wait are not asked any more.
    pending.length = 0
  }
  const dependencies = set.dependencies.map((one) => known.get(one) ?? one)
  const verified = dependencies.filter(({ provenance }) => provenance === 'verified').length
  return {
    ...set,
    dependencies,
    findings: [...set.findings, ...findings].sort((a, b) => (a.uri < b.uri ? -1 : a.uri > b.uri ? 1 : 0)),
    completeness: { ...set.completeness, provenance: { asked, verified } },
  }
}

function withFacts(one: Dependency, facts: Facts, { provenance, source }: Judged): Dependency {
  const { publishedOn, mirrored, deprecated } = facts
  const isUnknown = provenance === 'absent' && mirrored === true
  return {
    // Not every lockfile says it, and what one says was so when it was written.
    ...(deprecated !== undefined && { deprecated }),
    ...one,
    ...(!isUnknown && { provenance }),
    ...(source !== undefined && { provenanceSource: source }),
    ...(publishedOn !== undefined && { publishedOn }),
  }
}

function findingsOf(one: Dependency, facts: Facts, { fault }: Judged, builtAt: string): Finding[] {
  const { uri } = one
  const { publishedOn, deprecated } = facts
  const found: Finding[] = []
  if (deprecated !== undefined && one.deprecated === undefined) found.push({ ...deprecatedFinding(deprecated), uri })
  if (fault !== undefined) {
    found.push({
      id: 'PROVENANCE_INVALID',
      severity: 'critical',
      uri,
      summary: `Its provenance does not hold: ${fault}`,
    })
  }
  if (publishedOn !== undefined && Date.parse(builtAt) - Date.parse(publishedOn) < fresh) {
    const summary = `It was published on ${publishedOn.slice(0, 10)}, less than three days before the build saw the registry.`
    found.push({ id: 'DEP_FRESH', severity: 'medium', uri, summary })
  }
  return found
}

async function factsOf({ uri, digests }: Dependency, options: RegistryFactsOptions): Promise<Facts> {
  const key = createHash('sha256').update(`${uri} ${digests.sha512}`).digest('hex')
  const file = join(options.cacheFolder, 'registry-facts', `${key}.json`)
  const kept = factsSchema.safeParse(await readFile(file, 'utf8').then(parsed, () => undefined)).data
  if (kept) return kept
  const facts = await askRegistry(uri, options)
  await writeFileAtomically(file, JSON.stringify(facts))
  return facts
}

function aboutDeprecation(manifest: unknown): Pick<Facts, 'deprecated'> {
  const { deprecated } = aboutPackage(manifest)
  return deprecated === undefined || deprecated === '' ? {} : { deprecated }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function askRegistry(uri: string, options: RegistryFactsOptions): Promise<Facts> {
  const { registry, limits = defaultFetchLimits, signal } = options
  const { namespace, name: base, version } = PackageURL.fromString(uri)
  const name = namespace ? `${namespace}/${base}` : base
  const absent = (error: unknown) => {
    if (error instanceof Problem && ['PACKAGE_NOT_FOUND', 'VERSION_NOT_FOUND'].includes(error.code)) return undefined
    throw error
  }
  const packument = await fetchPackument({ name, escapedName: packumentPath(name), registry, limits, signal }).catch(
    absent,
  )
  if (!packument || !version) return {}
  const claims = await Promise.resolve()
    .then(() => claimsOf(packument, pickVersion(packument, { type: 'version', spec: version })))
    .catch(absent)
  if (!claims) return {}
  const { publishedAt, mirrored, attestations } = claims
  const what = `the attestations of ${name}@${version}`
  const bytes =
    attestations === undefined
      ? undefined
      : await fetchRegistryDocument({ address: attestations, name, what, registry, limits, signal })
  return {
    ...(publishedAt !== undefined && mirrored !== true && { publishedOn: publishedAt }),
    ...(mirrored === true && { mirrored }),
    ...aboutDeprecation(packument.versions[version]),
    ...(bytes && { attestations: bytes.toString('utf8') }),
  }
}
