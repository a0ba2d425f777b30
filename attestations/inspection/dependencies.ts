import { hash } from 'node:crypto'
import { z } from 'zod'
import { isEquivalence } from '../policy/claims.ts'
import { isRecord } from '../verification/model.ts'
import type { Dependency, StatementView } from '../verification/statement.ts'
import type { InspectedDependency } from './model.ts'

const text = (most: number) => z.string().max(most).optional().catch(undefined)

type Entry = Omit<InspectedDependency, 'id' | 'needs' | 'statements'> & { needs: string[] }

/** More are counted in the statement and not listed. */
const mostListed = 1_000_000

/**
 * Everything that the statements say took part or is contained, once each: what a provenance and a bill of materials both
 * name is one dependency. `needs` are ids; they come from the bills, which alone say what needs what.
 */
export function dependenciesOf(views: readonly (StatementView | undefined)[]): InspectedDependency[] {
  const found = new Map<string, InspectedDependency>()
  const byUri = new Map<string, string>()
  const needs = new Map<string, Set<string>>()
  views.forEach((view, index) => {
    for (const entry of view ? entriesOf(view) : []) {
      const same = whichIs(entry, found, byUri)
      const { needs: needed, ...rest } = entry
      const known = found.get(same)
      found.set(same, known ? merged(known, rest, index) : { id: same, ...rest, needs: [], statements: [index] })
      if (!byUri.has(entry.uri)) byUri.set(entry.uri, same)
      if (needed.length > 0) needs.set(same, new Set([...(needs.get(same) ?? []), ...needed]))
    }
  })
  for (const [id, uris] of needs) {
    const dependency = found.get(id)
    if (!dependency) continue
    dependency.needs = [...uris].flatMap((uri) => byUri.get(uri) ?? []).filter((other) => other !== id)
  }
  return [...found.values()]
}

/** The same file under the same name, also where one statement has more digests of it than the other. */
function whichIs(entry: Entry, found: ReadonlyMap<string, InspectedDependency>, byUri: ReadonlyMap<string, string>) {
  const first = found.get(byUri.get(entry.uri) ?? '')
  if (first && agrees(first.digests, entry.digests)) return first.id
  return idOf(entry)
}

export function agrees(one: Record<string, string>, other: Record<string, string>): boolean {
  return Object.entries(one).every(([algorithm, value]) => (other[algorithm] ?? value) === value)
}

function idOf({ uri, digests }: Pick<Entry, 'uri' | 'digests'>): string {
  const lines = Object.keys(digests)
    .sort()
    .map((algorithm) => `\n${algorithm}:${digests[algorithm]}`)
  return `dep-${hash('sha256', uri + lines.join('')).slice(0, 16)}`
}

function merged(known: InspectedDependency, more: Omit<Entry, 'needs'>, index: number): InspectedDependency {
  const statements = known.statements.includes(index) ? known.statements : [...known.statements, index]
  // What the first one says stays; a bill of materials says little that a provenance does not.
  return { ...more, ...known, digests: { ...more.digests, ...known.digests }, statements }
}

function entriesOf(view: StatementView): Entry[] {
  const { predicateType, predicate } = view
  if (predicateType.startsWith('https://cyclonedx.org/bom')) return cycloneDxEntries(predicate)
  if (predicateType.startsWith('https://spdx.dev/Document')) return spdxEntries(predicate)
  if (/^https:\/\/in-toto\.io\/Link\//.test(predicateType)) return linkEntries(predicate)
  const listed = view.dependencies.slice(0, mostListed).map(resourceEntry)
  return isEquivalence(view) ? listed.map((one) => ({ ...one, role: 'compared' })) : listed
}

function resourceEntry({ uri, name, digest, annotations = {} }: Dependency): Entry {
  const address = uri ?? name ?? ''
  const { role, ...rest } = annotated(annotations)
  return {
    uri: address,
    ...namesOf(address),
    role: role ?? guessedRole(address, digest),
    digests: digest,
    ...rest,
    needs: [],
  }
}

type Annotated = Partial<Omit<Entry, 'uri' | 'name' | 'version' | 'digests' | 'needs'>>

const texts = [
  ['role', 64],
  ['evidence', 32],
  ['scriptsRan', 32],
  ['deprecated', 4096],
  ['license', 1024],
  ['provenance', 32],
  ['provenanceSource', 8192],
  ['publishedOn', 64],
  ['publisher', 512],
] as const

/**
 * What reproof writes beside a dependency; others may write something else under the same names, which is left out. By hand,
 * because there may be a hundred thousand of them.
 */
function annotated(annotations: Record<string, unknown>): Annotated {
  const found: Annotated = {}
  for (const [key, most] of texts) {
    const value = annotations[key]
    if (typeof value === 'string' && value.length <= most) found[key] = value
  }
  for (const key of ['direct', 'bundled'] as const) {
    const value = annotations[key]
    if (typeof value === 'boolean') found[key] = value
  }
  for (const key of ['path', 'installScripts'] as const) {
    const value = annotations[key]
    const isList = Array.isArray(value) && value.length <= 512
    if (isList && value.every((one) => typeof one === 'string' && one.length <= 512)) found[key] = value
  }
  return found
}

/** What is not a package and has a commit is the source that something was built from. */
function guessedRole(uri: string, digests: Record<string, string>): string {
  if (Object.hasOwn(digests, 'gitCommit') && !uri.startsWith('pkg:')) return 'source'
  if (/^(?:git\+|git:|github:)/.test(uri)) return 'source'
  if (/^pkg:(?:oci|docker)\//.test(uri)) return 'image'
  if (/^pkg:deb\//.test(uri)) return 'os'
  return uri.startsWith('pkg:') ? 'build' : 'fetched'
}

/** Of a package URL; of anything else the address itself. */
export function namesOf(uri: string): { name: string; version?: string } {
  const bare = uri.startsWith('pkg:') ? uri.replace(/[?#].*$/s, '') : undefined
  const slash = bare?.indexOf('/') ?? -1
  if (bare === undefined || slash === -1) return { name: uri }
  const at = bare.lastIndexOf('@')
  const isVersion = at > slash + 1 && !bare.slice(at).includes('/')
  const name = decoded(bare.slice(slash + 1, isVersion ? at : undefined))
  return isVersion ? { name, version: decoded(bare.slice(at + 1)) } : { name }
}

function decoded(part: string): string {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const scopes = new Map([
  ['required', 'runtime'],
  ['optional', 'optional'],
  ['excluded', 'development'],
])

const componentSchema = z.object({
  'bom-ref': text(8192),
  purl: text(8192),
  group: text(512),
  name: z.string().max(8192),
  version: text(512),
  scope: text(32),
  hashes: z
    .array(z.object({ alg: z.string().max(32), content: z.string().max(256) }))
    .max(32)
    .catch([]),
  licenses: z.array(z.unknown()).max(64).catch([]),
  properties: z
    .array(z.object({ name: z.string().max(256), value: z.string().max(8192) }))
    .max(256)
    .catch([]),
})

/** https://cyclonedx.org/docs/1.6/json/ */
function cycloneDxEntries(predicate: Record<string, unknown>): Entry[] {
  const entries: Entry[] = []
  const byReference = new Map<string, Entry>()
  const nested: unknown[] = [predicate]
  while (nested.length > 0 && entries.length < mostListed) {
    const one = nested.pop()
    const components = isRecord(one) && Array.isArray(one.components) ? one.components : []
    for (const component of components) {
      const parsed = componentSchema.safeParse(component)
      if (!parsed.success) continue
      const entry = componentEntry(parsed.data)
      entries.push(entry)
      byReference.set(parsed.data['bom-ref'] ?? entry.uri, entry)
      if (isRecord(component) && Array.isArray(component.components)) nested.push(component)
    }
  }
  for (const edge of Array.isArray(predicate.dependencies) ? predicate.dependencies : []) {
    if (!isRecord(edge) || !Array.isArray(edge.dependsOn)) continue
    const from = byReference.get(String(edge.ref))
    for (const reference of edge.dependsOn) {
      const to = byReference.get(String(reference))
      if (from && to) from.needs.push(to.uri)
    }
  }
  return entries
}

function componentEntry(component: z.infer<typeof componentSchema>): Entry {
  const { purl, group, name, version, scope, hashes, properties } = component
  const property = (wanted: string) => properties.find((one) => one.name === wanted)?.value
  const uri = purl ?? (group === undefined ? name : `${group}/${name}`)
  const digests = Object.fromEntries(
    hashes.map(({ alg, content }) => [alg.toLowerCase().replace(/^sha-/, 'sha').replaceAll('-', '_'), content]),
  )
  const scripts = property('reproof:installScripts')?.split(' ')
  return {
    uri,
    ...(purl === undefined ? { name: uri, ...(version !== undefined && { version }) } : namesOf(purl)),
    role: property('reproof:role') ?? scopes.get(scope ?? 'required') ?? 'build',
    digests,
    ...defined({
      evidence: property('reproof:evidence'),
      installScripts: scripts,
      deprecated: property('reproof:deprecated'),
      path: property('reproof:path')?.split(' > '),
      license: licenseIn(component.licenses),
    }),
    needs: [],
  }
}

function licenseIn(licenses: unknown[]): string | undefined {
  const names = licenses.flatMap((one) => {
    if (!isRecord(one)) return []
    const license = isRecord(one.license) ? (one.license.id ?? one.license.name) : one.expression
    return typeof license === 'string' ? [license.slice(0, 1024)] : []
  })
  return names.length > 0 ? names.join(' AND ') : undefined
}

const spdxPackageSchema = z.object({
  name: z.string().max(8192),
  versionInfo: text(512),
  licenseConcluded: text(1024),
  externalRefs: z.array(z.unknown()).max(256).catch([]),
  checksums: z
    .array(z.object({ algorithm: z.string().max(32), checksumValue: z.string().max(256) }))
    .max(32)
    .catch([]),
})

/** https://spdx.github.io/spdx-spec/v2.3/package-information/ */
function spdxEntries(predicate: Record<string, unknown>): Entry[] {
  const packages = Array.isArray(predicate.packages) ? predicate.packages.slice(0, mostListed) : []
  return packages.flatMap((one): Entry[] => {
    const parsed = spdxPackageSchema.safeParse(one)
    if (!parsed.success) return []
    const { name, versionInfo, externalRefs, checksums, licenseConcluded } = parsed.data
    const purl = externalRefs.flatMap((reference) =>
      isRecord(reference) && reference.referenceType === 'purl' ? String(reference.referenceLocator) : [],
    )[0]
    const uri = purl ?? name
    const isLicense = licenseConcluded !== undefined && licenseConcluded !== 'NOASSERTION'
    return [
      {
        uri,
        ...(purl === undefined ? { name, ...(versionInfo !== undefined && { version: versionInfo }) } : namesOf(purl)),
        role: guessedRole(uri, {}),
        digests: Object.fromEntries(checksums.map((sum) => [sum.algorithm.toLowerCase(), sum.checksumValue])),
        ...(isLicense && { license: licenseConcluded }),
        needs: [],
      },
    ]
  })
}

/** https://github.com/in-toto/attestation/blob/main/spec/predicates/link.md */
function linkEntries({ materials }: Record<string, unknown>): Entry[] {
  return (Array.isArray(materials) ? materials.slice(0, mostListed) : []).flatMap((one): Entry[] => {
    if (!isRecord(one)) return []
    const digest = isRecord(one.digest) ? one.digest : {}
    const digests = Object.fromEntries(
      Object.entries(digest).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
    )
    const uri = String(one.uri ?? one.name ?? '')
    return [{ uri, ...namesOf(uri), role: guessedRole(uri, digests), digests, needs: [] }]
  })
}

type Defined<Shape> = { [Key in keyof Shape]?: Exclude<Shape[Key], undefined> }

function defined<Shape extends Record<string, unknown>>(shape: Shape): Defined<Shape> {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Defined<Shape>
}
