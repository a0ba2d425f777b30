import semver from 'semver'
import { repositoryOf } from '../verification/statement.ts'
import { agrees } from './dependencies.ts'
import { packageRoles } from './dependency-rules.ts'
import type { InspectedDependency, LookAt, Severity } from './model.ts'

export type DependencyChangeKind =
  | 'other-file'
  | 'added'
  | 'removed'
  | 'upgraded'
  | 'downgraded'
  | 'other-version'
  | 'changed'

/** One dependency that is not as it was. */
export type DependencyChange = {
  kind: DependencyChangeKind
  /** Without the version. */
  name: string
  before?: InspectedDependency
  after?: InspectedDependency
  lookAt: LookAt[]
}

/** What a registry answered and how reproof was told to build change with every release; the build's rows have the recipe. */
const compared: ReadonlySet<string> = new Set([...packageRoles, 'os', 'toolchain', 'image'])

/** Of two lists: the same versions are compared, the others paired by name, the lowest version with the lowest. */
export function dependencyChanges(
  before: readonly InspectedDependency[],
  after: readonly InspectedDependency[],
): DependencyChange[] {
  const known = byName(before)
  const now = byName(after)
  const changes: DependencyChange[] = []
  for (const name of [...new Set([...known.keys(), ...now.keys()])].sort()) {
    const [gone, come] = [known.get(name) ?? [], now.get(name) ?? []]
    const same = gone.flatMap((one) => {
      const other = come.find(({ uri }) => uri === one.uri)
      return other ? [{ one, other }] : []
    })
    for (const { one, other } of same) changes.push(...unchangedVersion(name, one, other, come))
    const left = gone.filter(({ uri }) => !same.some(({ one }) => one.uri === uri)).sort(byVersion)
    const right = come.filter(({ uri }) => !same.some(({ one }) => one.uri === uri)).sort(byVersion)
    for (let index = 0; index < Math.max(left.length, right.length); index++) {
      changes.push(paired(name, left[index], right[index]))
    }
  }
  return changes
}

function byName(dependencies: readonly InspectedDependency[]): Map<string, InspectedDependency[]> {
  const found = new Map<string, InspectedDependency[]>()
  for (const dependency of dependencies) {
    if (!compared.has(dependency.role)) continue
    const name = keyOf(dependency)
    found.set(name, [...(found.get(name) ?? []), dependency])
  }
  return found
}

/** A package URL without version and qualifiers, or a repository. */
function keyOf({ uri, version }: InspectedDependency): string {
  if (!uri.startsWith('pkg:')) return /^(?:git\+|ssh:|git:)/.test(uri) ? repositoryOf(uri) : uri
  const bare = uri.replace(/[?#].*$/s, '')
  return version === undefined ? bare : bare.slice(0, bare.lastIndexOf('@'))
}

function byVersion(one: InspectedDependency, other: InspectedDependency): number {
  const [left, right] = [semver.parse(one.version), semver.parse(other.version)]
  if (left && right) return semver.compare(left, right)
  return one.uri < other.uri ? -1 : 1
}

/** An unchanged version with another digest is the loudest thing that there is. */
function unchangedVersion(
  name: string,
  one: InspectedDependency,
  other: InspectedDependency,
  come: readonly InspectedDependency[],
): DependencyChange[] {
  // Two files of one version on one side are a finding of that side; here it counts whether the one before is still there.
  const isThere = come.some(({ uri, digests }) => uri === one.uri && agrees(one.digests, digests))
  if (!isThere && one.uri.startsWith('pkg:') && one.version !== undefined) {
    const lookAt = look('DIGEST_CHANGED', 'critical', other, otherFile(one, other))
    return [{ kind: 'other-file', name, before: one, after: other, lookAt: [lookAt, ...properties(one, other)] }]
  }
  const lookAt = properties(one, other)
  return lookAt.length === 0 ? [] : [{ kind: 'changed', name, before: one, after: other, lookAt }]
}

function otherFile({ digests: before }: InspectedDependency, { digests: after }: InspectedDependency): string {
  const algorithm = Object.keys(before).find((name) => after[name] !== undefined && after[name] !== before[name]) ?? ''
  return `The same version is another file: ${algorithm}:${before[algorithm]} before, ${algorithm}:${after[algorithm]} now.`
}

function paired(
  name: string,
  before: InspectedDependency | undefined,
  after: InspectedDependency | undefined,
): DependencyChange {
  if (!after && before) {
    return { kind: 'removed', name, before, lookAt: [look('DEP_REMOVED', 'info', before, 'It is no longer there.')] }
  }
  if (!before && after) return { kind: 'added', name, after, lookAt: added(after) }
  if (!before || !after) return { kind: 'changed', name, lookAt: [] }
  const order = byVersion(before, after)
  const isOrdered = semver.valid(before.version) !== null && semver.valid(after.version) !== null
  const kind = !isOrdered ? 'other-version' : order < 0 ? 'upgraded' : 'downgraded'
  const isDown = kind === 'downgraded' && packageRoles.has(after.role)
  const summary = `${isDown ? 'It went back' : 'It went'} from ${before.version} to ${after.version}.`
  const lookAt = [look('DEP_CHANGED', isDown ? 'medium' : 'info', after, summary), ...properties(before, after)]
  return { kind, name, before, after, lookAt }
}

const shipped: ReadonlySet<string> = new Set(['runtime', 'optional', 'peer'])

function added(after: InspectedDependency): LookAt[] {
  const isShipped = shipped.has(after.role)
  const path = after.path?.length ? ` It is there because of ${after.path.slice(0, 8).join(' > ')}.` : ''
  const severity = isShipped ? 'medium' : packageRoles.has(after.role) ? 'low' : 'info'
  const found = [look('DEP_ADDED', severity, after, `It was not there before (${after.role}).${path}`)]
  if (after.installScripts?.length) {
    found.push(
      look(
        'SCRIPT_NEW',
        scriptSeverity(after),
        after,
        `It is new, and runs code when it is installed (${after.installScripts.join(', ')}).`,
      ),
    )
  }
  return found
}

const scriptSeverity = ({ scriptsRan }: InspectedDependency): Severity =>
  scriptsRan === 'prevented' ? 'medium' : 'high'

/** What else of a dependency can have changed; each is told at most once. */
function properties(before: InspectedDependency, after: InspectedDependency): LookAt[] {
  const found: LookAt[] = []
  const scripts = (after.installScripts ?? []).filter((one) => !before.installScripts?.includes(one))
  if (scripts.length > 0) {
    found.push(
      look(
        'SCRIPT_NEW',
        scriptSeverity(after),
        after,
        `It runs code when it is installed that it did not have before (${scripts.join(', ')}).`,
      ),
    )
  }
  const rank = (provenance: string | undefined) => ['absent', 'present', 'verified'].indexOf(provenance ?? '')
  if (rank(after.provenance) >= 0 && rank(after.provenance) < rank(before.provenance)) {
    found.push(
      look('PROV_DOWNGRADE', 'high', after, `Its provenance was ${before.provenance}, and is ${after.provenance} now.`),
    )
  }
  if (before.publisher !== undefined && after.publisher !== undefined && before.publisher !== after.publisher) {
    found.push(
      look('PUBLISHER_CHANGED', 'high', after, `${before.publisher} published it before, ${after.publisher} does now.`),
    )
  }
  const [source, sourceNow] = [before, after].map((one) => one.provenanceSource && repositoryOf(one.provenanceSource))
  if (source && sourceNow && source !== sourceNow) {
    found.push(
      look(
        'SOURCE_MOVED',
        'high',
        after,
        `Its provenance names ${sourceNow} as its source, and named ${source} before.`,
      ),
    )
  }
  if (before.role !== after.role) {
    const isShippedNow = shipped.has(after.role) && !shipped.has(before.role)
    found.push(
      look('ROLE_CHANGED', isShippedNow ? 'medium' : 'low', after, `It was ${before.role}, and is ${after.role} now.`),
    )
  }
  if (after.deprecated !== undefined && before.deprecated === undefined) {
    found.push(look('DEP_DEPRECATED', 'low', after, `Its authors deprecated it: ${after.deprecated.slice(0, 1024)}`))
  }
  return found
}

function look(
  id: LookAt['id'],
  severity: Severity,
  { uri, id: dependency }: InspectedDependency,
  summary: string,
): LookAt {
  return { id, severity, about: uri, dependency, summary }
}
