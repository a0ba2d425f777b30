import type { Declared, DeclaredTree } from './declared.ts'
import { packageFindings } from './findings.ts'
import type { Inspected } from './install-scripts.ts'
import {
  byText,
  type Dependency,
  type DependencyDigests,
  type DependencySet,
  type Finding,
  type Role,
  roles,
} from './model.ts'
import type { Observations, Observed } from './observed.ts'

export type MergeOptions = {
  /** Source, recipe, image, system packages, tools. */
  foundations: Dependency[]
  /** `undefined` where the source has no lockfile. */
  declared: DeclaredTree | undefined
  observations: Observations
  /** By sha512, of packages that could be looked into. */
  inspected: ReadonlyMap<string, Inspected>
  scriptsAllowed: boolean
}

/** Everything that took part, each thing once, and what the sources of this knowledge disagree about. */
export function mergeDependencies(options: MergeOptions): DependencySet {
  const { foundations, declared, observations, inspected } = options
  const wanted = groupByUri(declared?.packages ?? [])
  const byCommit = new Map(
    [...wanted].flatMap(
      ([
        uri,
        {
          digests: { gitCommit },
        },
      ]) => (gitCommit ? [[gitCommit, uri]] : []),
    ),
  )
  const seen = Map.groupBy(observations.observed, (one) => nameOf(one, wanted, byCommit))
  const dependencies = [...foundations]
  const findings: Finding[] = []
  for (const uri of [...new Set([...wanted.keys(), ...seen.keys()])].sort(byText)) {
    const entries = mergeOne(wanted.get(uri), seen.get(uri) ?? [], options)
    dependencies.push(...entries)
    findings.push(
      ...packageFindings({
        uri,
        declared: wanted.get(uri),
        observed: seen.get(uri) ?? [],
        entries,
        hasLockfile: declared !== undefined,
      }),
    )
  }
  for (const uri of [...observations.unhashed].sort(byText)) {
    dependencies.push({ uri, digests: {}, role: 'metadata', evidence: 'observed' })
    findings.push({
      id: 'FETCH_UNHASHED',
      severity: 'low',
      uri,
      summary: 'The build got an answer whose digest is not known.',
    })
  }
  for (const uri of declared?.unread ?? []) {
    const summary = 'This entry of the lockfile names no package, so that nothing is known of what it leads to.'
    findings.push({ id: 'LOCK_ENTRY_UNREAD', severity: 'high', uri, summary })
  }
  const packagesSeen = [...seen].filter(([, [first]]) => first?.isPackage).map(([uri]) => uri)
  const both = packagesSeen.filter((uri) => wanted.has(uri)).length
  return {
    dependencies: dependencies.sort((a, b) => byText(a.uri, b.uri) || byText(keyOf(a.digests), keyOf(b.digests))),
    findings,
    graph: declared?.graph ?? new Map(),
    ...(declared?.license !== undefined && { license: declared.license }),
    completeness: {
      method: declared ? 'recording-proxy+lockfile' : 'recording-proxy',
      declared: wanted.size,
      observed: packagesSeen.length,
      both,
      declaredNotFetched: wanted.size - both,
      undeclared: packagesSeen.length - both,
      unhashed: observations.unhashed.length,
      refused: observations.refused,
      inspected: inspected.size,
    },
  }
}

/**
 * A lockfile names what it has from elsewhere than a registry by its address, and the proxy by its package; and a repository
 * by one of several addresses, all of which have the same commit.
 */
function nameOf(
  { uri, address, digests: { gitCommit } }: Observed,
  wanted: ReadonlyMap<string, Wanted>,
  byCommit: ReadonlyMap<string, string>,
): string {
  if (gitCommit !== undefined) return byCommit.get(gitCommit) ?? uri
  return !wanted.has(uri) && wanted.has(address) ? address : uri
}

/** The same package in several folders: its strongest role, its shortest path, all its digests. */
export type Wanted = Declared & { alternatives: DependencyDigests[] }

function groupByUri(packages: Declared[]): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>()
  for (const one of packages) {
    const other = wanted.get(one.uri)
    wanted.set(one.uri, other ? combined(other, one) : { ...one, alternatives: [one.digests] })
  }
  return wanted
}

function combined(a: Wanted, b: Declared): Wanted {
  const [first] = [a, b].sort((x, y) => x.path.length - y.path.length || byText(x.path.join('>'), y.path.join('>')))
  const isOther = !a.alternatives.some((digests) => agree(digests, b.digests))
  return {
    ...a,
    role: strongest(a.role, b.role),
    direct: a.direct || b.direct,
    path: first?.path ?? a.path,
    bundled: a.bundled && b.bundled,
    skippable: a.skippable && b.skippable,
    digests: isOther ? a.digests : { ...b.digests, ...a.digests },
    alternatives: isOther ? [...a.alternatives, b.digests] : a.alternatives,
  }
}

const strength: readonly Role[] = roles

function strongest<R extends Role>(a: R, b: R): R {
  return strength.indexOf(a) <= strength.indexOf(b) ? a : b
}

function mergeOne(
  wanted: Wanted | undefined,
  seen: Observed[],
  { inspected, scriptsAllowed }: MergeOptions,
): Dependency[] {
  const about = wanted ? aboutDeclared(wanted) : {}
  const entries = seen.map(({ uri, digests, isPackage }): Dependency => {
    const agreeing = wanted?.alternatives.find((declared) => agree(declared, digests))
    const { installScripts: scripts, license, creator } = inspected.get(digests.sha512 ?? '') ?? {}
    return {
      uri: wanted?.uri ?? uri,
      digests: { ...agreeing, ...digests },
      role: wanted?.role ?? (isPackage ? 'build' : 'metadata'),
      evidence: agreeing ? 'both' : 'observed',
      ...(license !== undefined && { license }),
      ...(creator !== undefined && { creator }),
      ...about,
      ...(scripts && { installScripts: scripts }),
      ...(scripts && scripts.length > 0 && { scriptsRan: scriptsAllowed ? 'allowed' : 'prevented' }),
    }
  })
  if (!wanted) return entries
  const unmet = wanted.alternatives.filter((declared) => !seen.some(({ digests }) => agree(declared, digests)))
  return [
    ...entries,
    ...unmet.map(
      (digests): Dependency => ({ uri: wanted.uri, digests, role: wanted.role, evidence: 'declared', ...about }),
    ),
  ]
}

function aboutDeclared(wanted: Wanted): Partial<Dependency> {
  const { direct, path, deprecated, license, bundled, origin, host, repacked } = wanted
  return {
    direct,
    ...(origin !== 'registry' && { origin }),
    ...(host !== undefined && { registryHost: host }),
    ...(repacked !== undefined && { repackedChecksum: repacked }),
    ...(path.length > 1 && { path }),
    ...(deprecated !== undefined && { deprecated }),
    ...(license !== undefined && { license }),
    ...(bundled && { bundled }),
  }
}

/** No algorithm that both have says otherwise. */
export function agree(a: DependencyDigests, b: DependencyDigests): boolean {
  return (['sha1', 'sha256', 'sha384', 'sha512', 'gitCommit'] as const).every(
    (algorithm) => a[algorithm] === undefined || b[algorithm] === undefined || a[algorithm] === b[algorithm],
  )
}

function keyOf({ sha512, sha256, sha1, gitCommit }: DependencyDigests): string {
  return sha512 ?? sha256 ?? sha1 ?? gitCommit ?? ''
}
