import { createHash } from 'node:crypto'
import { Contrib, Enums, Models, Serialize, SPDX, Spec } from '@cyclonedx/cyclonedx-library'
import { PackageURL } from 'packageurl-js'
import { packFileName } from '../../verifiers/npm/names.ts'
import { byText, type Dependency, type DependencySet, type Role } from '../dependencies/model.ts'
import type { Json } from './canonical.ts'
import { type Statement, type Subject, statement } from './statement.ts'

/** As actions/attest and cosign write it; the version is inside. */
export const sbomType = 'https://cyclonedx.org/bom'

export type SbomOptions = {
  /** What the bill is of. */
  component: { purl?: string; name: string; version?: string; fileName?: string; digests?: Subject['digest'] }
  dependencies: DependencySet
  /** Where the source is, as an SPDX download location. */
  source?: string
  /** RFC 3339. */
  timestamp: string
  /** Of reproof. */
  version: string
  /** Who is responsible for the bill: an e-mail address or a URL. BSI TR-03183-2 section 5.2.1. */
  creator?: string
}

export function sbomStatement(subject: Subject, options: SbomOptions): Statement<Json> {
  return statement(subject, sbomType, sbomDocument(options))
}

/**
 * CycloneDX 1.6 of what the package contains or needs: every package that its lockfile declares or its build fetched. The
 * environment that it was built in is not in it, but in the provenance.
 * https://cyclonedx.org/docs/1.6/json/
 */
export function sbomDocument(options: SbomOptions): Json {
  const { dependencies, component, source } = options
  const packages = dependencies.dependencies.filter(({ role }) => scopes[role] !== undefined)
  const bom = new Models.Bom({ serialNumber: serialOf(options) })
  const main = mainComponent(options)
  const components = new Map<string, Models.Component>([['', main]])
  const creators = new Map<string, string>()
  for (const dependency of packages) {
    const one = packageComponent(dependency, components.has(dependency.uri))
    bom.components.add(one)
    if (dependency.creator !== undefined) creators.set(one.bomRef.value ?? '', dependency.creator)
    if (!components.has(dependency.uri)) components.set(dependency.uri, one)
  }
  for (const [uri, needed] of dependencies.graph) {
    for (const other of needed) {
      const to = components.get(other)
      if (to) components.get(uri)?.dependencies.add(to.bomRef)
    }
  }
  if (source) main.externalReferences.add(new Models.ExternalReference(source, Enums.ExternalReferenceType.VCS))
  bom.metadata = metadataOf(options, main)
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6))
  const document = JSON.parse(serializer.serialize(bom, { sortLists: true })) as { [key: string]: Json }
  // What the library has no model for.
  addManufacturers(document.components, creators)
  const isWhole = dependencies.completeness.method === 'recording-proxy+lockfile'
  const isRead = !dependencies.findings.some(({ id }) => id === 'LOCK_ENTRY_UNREAD')
  document.compositions = [
    {
      aggregate: !isRead ? 'incomplete' : isWhole ? 'complete' : 'unknown',
      dependencies: [main.bomRef.value ?? component.name],
    },
  ]
  return document
}

/** Creator of a component: BSI TR-03183-2 section 5.2.2. */
function addManufacturers(components: Json | undefined, creators: ReadonlyMap<string, string>): void {
  if (!Array.isArray(components)) return
  for (const component of components) {
    if (typeof component !== 'object' || component === null || Array.isArray(component)) continue
    const creator = creators.get(String(component['bom-ref']))
    if (creator === undefined) continue
    component.manufacturer = creator.includes('://') ? { url: [creator] } : { contact: [{ email: creator }] }
  }
}

const scopes: Partial<Record<Role, Enums.ComponentScope>> = {
  runtime: Enums.ComponentScope.Required,
  peer: Enums.ComponentScope.Required,
  optional: Enums.ComponentScope.Optional,
  development: Enums.ComponentScope.Excluded,
  build: Enums.ComponentScope.Excluded,
}

function metadataOf({ timestamp, version, creator }: SbomOptions, component: Models.Component): Models.Metadata {
  const tool = new Models.Component(Enums.ComponentType.Application, 'reproof', { version })
  const contact = creator?.includes('@') ? { email: creator } : { name: creator ?? '' }
  return new Models.Metadata({
    timestamp: new Date(timestamp),
    component,
    lifecycles: new Models.LifecycleRepository([Enums.LifecyclePhase.Build]),
    tools: new Models.Tools({ components: new Models.ComponentRepository([tool]) }),
    ...(creator !== undefined && {
      authors: new Models.OrganizationalContactRepository([new Models.OrganizationalContact(contact)]),
    }),
  })
}

function mainComponent({ component, dependencies }: SbomOptions): Models.Component {
  const { purl, name, version, fileName, digests } = component
  return new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: purl ?? name,
    hashes: hashesOf(digests ?? {}),
    licenses: licensesOf(dependencies.license),
    properties: new Models.PropertyRepository(fileName === undefined ? [] : fileProperties(fileName)),
    ...(version !== undefined && { version }),
    ...(purl !== undefined && { purl }),
  })
}

function packageComponent(dependency: Dependency, isSecond: boolean): Models.Component {
  const { uri, digests, role, license } = dependency
  const { group, name, version } = namesOf(uri)
  const scope = scopes[role]
  return new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: isSecond ? `${uri}#sha512:${digests.sha512 ?? digests.sha256 ?? ''}` : uri,
    hashes: hashesOf(digests),
    licenses: licensesOf(license),
    properties: new Models.PropertyRepository(propertiesOf(dependency, group, name, version)),
    ...(group !== undefined && { group }),
    ...(version !== undefined && { version }),
    ...(uri.startsWith('pkg:') && { purl: uri }),
    ...(scope !== undefined && { scope }),
  })
}

function namesOf(uri: string): { group: string | undefined; name: string; version: string | undefined } {
  if (!uri.startsWith('pkg:')) return { group: undefined, name: uri, version: uri.split('#', 2)[1] }
  const { namespace, name, version } = PackageURL.fromString(uri)
  return { group: namespace ?? undefined, name, version: version ?? undefined }
}

function propertiesOf(
  { role, evidence, path, installScripts, bundled, deprecated }: Dependency,
  group: string | undefined,
  name: string,
  version: string | undefined,
): Models.Property[] {
  const file = version === undefined ? [] : fileProperties(packFileName(group ? `${group}/${name}` : name, version))
  const own: [string, string | undefined][] = [
    ['reproof:role', role],
    ['reproof:evidence', evidence],
    ['reproof:path', path?.join(' > ')],
    ['reproof:installScripts', installScripts?.join(' ') || undefined],
    ['reproof:deprecated', deprecated],
    // https://github.com/CycloneDX/cyclonedx-property-taxonomy/blob/main/cdx/npm.md
    ['cdx:npm:package:development', role === 'development' ? 'true' : undefined],
    ['cdx:npm:package:bundled', bundled ? 'true' : undefined],
  ]
  return [...file, ...own.flatMap(([key, value]) => (value === undefined ? [] : [new Models.Property(key, value)]))]
}

/** https://github.com/BSI-Bund/tr-03183-cyclonedx-property-taxonomy */
function fileProperties(fileName: string): Models.Property[] {
  return [
    new Models.Property('bsi:component:filename', fileName),
    new Models.Property('bsi:component:executable', 'non-executable'),
    new Models.Property('bsi:component:archive', 'archive'),
    new Models.Property('bsi:component:structured', 'structured'),
  ]
}

const hashNames = {
  sha1: Enums.HashAlgorithm['SHA-1'],
  sha256: Enums.HashAlgorithm['SHA-256'],
  sha384: Enums.HashAlgorithm['SHA-384'],
  sha512: Enums.HashAlgorithm['SHA-512'],
} as const

function hashesOf(digests: Dependency['digests']): Models.HashDictionary {
  const hashes = new Models.HashDictionary()
  for (const algorithm of ['sha1', 'sha256', 'sha384', 'sha512'] as const) {
    const value = digests[algorithm]
    if (value !== undefined) hashes.set(hashNames[algorithm], value)
  }
  return hashes
}

const licenses = new Contrib.License.Factories.LicenseFactory((text) => {
  if (!isExpression(text)) throw new RangeError('no SPDX expression')
})

function licensesOf(license: string | undefined): Models.LicenseRepository {
  if (!license) return new Models.LicenseRepository()
  const declared = licenses.makeFromString(license)
  // What the publisher says; nobody has looked whether the files agree.
  declared.acknowledgement = Enums.LicenseAcknowledgement.Declared
  return new Models.LicenseRepository([declared])
}

/** https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/, of identifiers that are in its list. */
function isExpression(text: string): boolean {
  const words = text.replace(/[()]/g, ' ').trim().split(/\s+/)
  return (
    words.length % 2 === 1 &&
    words.every((word, index) => {
      if (index % 2 === 1) return /^(?:AND|OR|WITH)$/.test(word)
      return words[index - 1] === 'WITH' || SPDX.isSupportedSpdxId(word.replace(/\+$/, '')) || /^LicenseRef-/.test(word)
    })
  )
}

/** The same for the same file: an RFC 9562 UUID of version 8, made of what the bill is of. */
function serialOf({ component, dependencies }: SbomOptions): string {
  const { purl, name, version, digests } = component
  const about =
    digests?.sha512 ??
    dependencies.dependencies
      .map(({ uri }) => uri)
      .sort(byText)
      .join('\n')
  const hash = createHash('sha256')
    .update(`reproof sbom\n${purl ?? name}\n${version ?? ''}\n${about}`)
    .digest()
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = hash.toString('hex', 0, 16)
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
