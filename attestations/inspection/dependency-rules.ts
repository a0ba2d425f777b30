import { agrees } from './dependencies.ts'
import type { InspectedDependency, LookAt } from './model.ts'
import type { Facts } from './rules.ts'

type Rule = (
  dependency: InspectedDependency,
  facts: readonly Facts[],
) => Pick<LookAt, 'id' | 'severity' | 'summary'> | undefined

/** Something installed, not the source, the image, a toolchain or an answer of the registry. */
export const packageRoles: ReadonlySet<string> = new Set([
  'runtime',
  'optional',
  'peer',
  'development',
  'build',
  'fetched',
])

/** What a list of dependencies shows by itself, whoever wrote it. */
export function dependencyRules(dependencies: readonly InspectedDependency[], facts: readonly Facts[]): LookAt[] {
  const found = [...twoFiles(dependencies)]
  for (const dependency of dependencies) {
    for (const rule of rules) {
      const one = rule(dependency, facts)
      if (one) found.push({ ...one, about: dependency.uri, dependency: dependency.id })
    }
  }
  return found
}

/** A package URL names one file; two statements, or two entries of one, that name different ones cannot both be right. */
function* twoFiles(dependencies: readonly InspectedDependency[]): Generator<LookAt> {
  const first = new Map<string, InspectedDependency>()
  const told = new Set<string>()
  for (const dependency of dependencies) {
    const { uri, digests, id } = dependency
    const other = first.get(uri)
    if (!other) first.set(uri, dependency)
    else if (/^pkg:[^/]+\/.+@/.test(uri) && !agrees(other.digests, digests) && !told.has(uri)) {
      told.add(uri)
      const summary = 'It is listed with different digests: these are different files of one version.'
      yield { id: 'DEP_DIGEST_MISMATCH', severity: 'critical', about: uri, dependency: id, summary }
    }
  }
}

const strong = [
  'sha256',
  'sha384',
  'sha512',
  'sha512_256',
  'sha3_256',
  'sha3_512',
  'blake2b',
  'gitCommit',
  'gitTree',
  'dirHash1',
]

const rules: Rule[] = [
  function withoutDigest({ digests, role, bundled, evidence, statements }, facts) {
    // A lockfile's entry for another platform has the digest that it declares; where nothing is there, nothing was.
    if (
      !packageRoles.has(role) ||
      bundled ||
      evidence === 'declared' ||
      strong.some((one) => Object.hasOwn(digests, one))
    ) {
      return undefined
    }
    // Bills of materials seldom have digests; a provenance is meant to.
    const isBill = statements.every((index) => !facts[index]?.view?.predicateType.startsWith('https://slsa.dev/'))
    return {
      id: 'DEP_NO_INTEGRITY',
      severity: isBill ? 'low' : 'high',
      summary:
        Object.keys(digests).length > 0
          ? 'It has only digests that can be forged.'
          : 'No digest says which file it was.',
    }
  },
  function exotic({ uri, role, direct }) {
    if (!packageRoles.has(role) || !/^(?:git\+|git:|github:|https?:|ssh:)/.test(uri)) return undefined
    const from = /^https?:/.test(uri) ? 'an address' : 'a git repository'
    return {
      id: 'DEP_EXOTIC',
      severity: direct ? 'medium' : 'high',
      summary: `It does not come from a registry but from ${from}.`,
    }
  },
  function undeclared({ role, evidence }) {
    if (!packageRoles.has(role) || evidence !== 'observed') return undefined
    return { id: 'FETCH_UNDECLARED', severity: 'high', summary: 'The build fetched it, and nothing declared it.' }
  },
  function installScript({ installScripts, scriptsRan }) {
    if (!installScripts?.length) return undefined
    const names = installScripts.join(', ')
    return scriptsRan === 'prevented'
      ? {
          id: 'DEP_INSTALL_SCRIPT',
          severity: 'low',
          summary: `It would run code when it is installed (${names}); here it was not let to.`,
        }
      : { id: 'DEP_INSTALL_SCRIPT', severity: 'high', summary: `It runs code when it is installed (${names}).` }
  },
  function deprecatedOne({ deprecated }) {
    if (deprecated === undefined) return undefined
    return { id: 'DEP_DEPRECATED', severity: 'low', summary: `Its authors deprecated it: ${deprecated.slice(0, 1024)}` }
  },
  function withoutProvenance({ provenance, role }) {
    if (provenance !== 'absent' || !packageRoles.has(role)) return undefined
    return { id: 'PROV_ABSENT', severity: 'info', summary: 'Nobody says where it was built.' }
  },
]
