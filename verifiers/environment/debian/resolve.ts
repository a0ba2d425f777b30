import { Problem } from '../../model/problem.ts'
import { type Stanza, stanzas } from '../../source/deb822.ts'
import { parseRelations, type Relation, satisfies } from './relations.ts'

/** One entry of an archive's Packages index, as far as a lock needs it. */
export type IndexedPackage = {
  name: string
  version: string
  architecture: string
  priority: string
  size: number
  sha256: string
  /** Inside the archive: `pool/main/b/bash/…`. */
  path: string
  depends: Relation[][]
  conflicts: Relation[][]
  provides: Relation[]
}

export type PackageIndex = {
  byName: Map<string, IndexedPackage>
  providers: Map<string, IndexedPackage[]>
}

/** @throws {Problem} LOCK_INVALID when an entry lacks what a lock needs. */
export async function readPackageIndex(source: AsyncIterable<Uint8Array>): Promise<PackageIndex> {
  const index: PackageIndex = { byName: new Map(), providers: new Map() }
  for await (const stanza of stanzas(source, 'The package index')) {
    const found = indexedPackage(stanza)
    index.byName.set(found.name, found)
    for (const { name } of found.provides) {
      const providers = index.providers.get(name)
      if (providers) providers.push(found)
      else index.providers.set(name, [found])
    }
  }
  return index
}

function indexedPackage(stanza: Stanza): IndexedPackage {
  const field = (name: string) => stanza.get(name) ?? ''
  const path = field('filename')
  const size = Number(field('size'))
  const sha256 = field('sha256')
  const name = field('package')
  if (!/^[0-9a-f]{64}$/.test(sha256) || !Number.isSafeInteger(size) || !isPoolPath(path)) {
    throw new Problem(
      'LOCK_INVALID',
      `The Packages index describes ${name || 'a package'} without size, SHA256 or path.`,
    )
  }
  return {
    name,
    version: field('version'),
    architecture: field('architecture'),
    priority: field('priority'),
    size,
    sha256,
    path,
    depends: [...parseRelations(field('pre-depends')), ...parseRelations(field('depends'))],
    conflicts: [...parseRelations(field('conflicts')), ...parseRelations(field('breaks'))],
    provides: parseRelations(field('provides')).flat(),
  }
}

/** A relative path below `pool/` that cannot leave it. */
export function isPoolPath(path: string): boolean {
  return /^pool\/[A-Za-z0-9.+_~%:/-]+\.deb$/.test(path) && !path.split('/').includes('..')
}

/**
 * The packages that `seeds` need, with everything that those depend on, sorted by name.
 *
 * Recommendations are left out, essential packages come only when something names them, and what is `without` counts
 * as satisfied: the root is made to run build scripts, not to be administered.
 *
 * @throws {Problem} LOCK_INVALID when a dependency cannot be met or two packages exclude each other.
 */
export function resolvePackages(
  index: PackageIndex,
  { seeds, without }: { seeds: string[]; without: string[] },
): IndexedPackage[] {
  const chosen = new Map<string, IndexedPackage>()
  const omitted = new Set(without)
  const pending = seeds.map((name) => ({ group: [{ name }] as Relation[], neededBy: 'the seeds' }))
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const { group, neededBy } = next
    if (group.some((relation) => omitted.has(relation.name) || isMetBy(chosen.values(), relation))) continue
    const found = group.flatMap((relation) => candidates(index, relation)).find(({ name }) => !omitted.has(name))
    if (!found) {
      const wanted = group.map(describe).join(' | ')
      throw new Problem('LOCK_INVALID', `No package of the archive satisfies "${wanted}", which ${neededBy} needs.`)
    }
    chosen.set(found.name, found)
    for (const dependency of found.depends) pending.push({ group: dependency, neededBy: found.name })
  }
  const packages = [...chosen.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  refuseConflicts(packages)
  return packages
}

/** The real package first, then those that provide the name: the more important ones first, then by name. */
function candidates(index: PackageIndex, relation: Relation): IndexedPackage[] {
  const real = index.byName.get(relation.name)
  const providers = (index.providers.get(relation.name) ?? []).filter((one) => provides(one, relation))
  providers.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
  return real && satisfies(real.version, relation) ? [real, ...providers] : providers
}

function rank({ priority }: IndexedPackage): number {
  const known = ['required', 'important', 'standard', 'optional'].indexOf(priority)
  return known < 0 ? 4 : known
}

function provides(one: IndexedPackage, relation: Relation): boolean {
  return one.provides.some(({ name, constraint }) => name === relation.name && satisfies(constraint?.version, relation))
}

function isMetBy(packages: Iterable<IndexedPackage>, relation: Relation): boolean {
  for (const one of packages) {
    if ((one.name === relation.name && satisfies(one.version, relation)) || provides(one, relation)) return true
  }
  return false
}

function refuseConflicts(packages: IndexedPackage[]): void {
  for (const one of packages) {
    // A package may conflict with a name that it provides itself (Debian Policy 7.6.2).
    const others = packages.filter((other) => other !== one)
    const clash = one.conflicts.flat().find((relation) => isMetBy(others, relation))
    if (clash) throw new Problem('LOCK_INVALID', `${one.name} cannot be together with ${describe(clash)}.`)
  }
}

function describe({ name, constraint }: Relation): string {
  return constraint ? `${name} (${constraint.operator} ${constraint.version})` : name
}
