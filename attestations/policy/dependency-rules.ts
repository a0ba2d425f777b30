import { isRecord } from '../verification/model.ts'
import type { Dependency, StatementView } from '../verification/statement.ts'
import { isLicensed } from './licence.ts'
import type { DependencyRule, Policy } from './schema.ts'

type Rules = NonNullable<Policy['dependencies']>

/** Of one rule: which dependencies break it, and what that means. */
export type RuleResult = {
  rule: DependencyRule
  refused: string[]
  /** Of a dependency that breaks it, after its name. */
  says: string
  /** Of all of them, where none breaks it; without full stop. */
  fine: string
}

type Facts = {
  rules: Rules
  licences: ReadonlySet<string>
  now: Date
  /** When the build saw the registry, where the statement says so. */
  builtAt: number
  /** What the rebuild found, by the id of the finding: uris. */
  found: (id: string) => ReadonlySet<string>
}

type Rule = { says: string; fine: string; breaks: (one: Dependency, facts: Facts) => boolean }

const strong = ['sha256', 'sha384', 'sha512', 'gitCommit', 'gitTree']
const packageRoles = new Set<unknown>(['runtime', 'optional', 'peer', 'development', 'build', undefined])

/** Something installed, not the source, the image, a toolchain or an answer of the registry. */
const isPackage = ({ annotations }: Dependency) => packageRoles.has(annotations?.role)

const isRegistryPackage = (one: Dependency) => isPackage(one) && (one.uri ?? '').startsWith('pkg:')

const inFindings =
  (id: string): Rule['breaks'] =>
  ({ uri = '' }, { found }) =>
    found(id).has(uri)

const all: Record<DependencyRule, Rule> = {
  'without-digest': {
    says: 'has no digest that would say which bytes it was',
    fine: 'Every dependency has a digest of its bytes',
    breaks: ({ digest }) => !strong.some((algorithm) => Object.hasOwn(digest, algorithm)),
  },
  'without-integrity': {
    says: 'is in the lockfile without a digest that can be relied on',
    fine: 'Every package in the lockfile has a digest that can be relied on',
    breaks: inFindings('DEP_NO_INTEGRITY'),
  },
  'digest-mismatch': {
    says: 'is not the same file where it was declared and where it was fetched',
    fine: 'What was declared and what was fetched are the same files',
    breaks: inFindings('DEP_DIGEST_MISMATCH'),
  },
  undeclared: {
    says: 'was fetched by the build, and no lockfile declares it',
    fine: 'Everything that was fetched is declared',
    breaks: (one) => isPackage(one) && one.annotations?.evidence === 'observed',
  },
  'git-or-http': {
    says: 'comes from a git repository or from an address, not from a registry',
    fine: 'Every package comes from a registry',
    breaks: (one) => isPackage(one) && !(one.uri ?? '').startsWith('pkg:'),
  },
  'install-scripts': {
    says: 'runs code when it is installed',
    fine: 'No dependency runs code when it is installed',
    breaks: ({ annotations }) => Array.isArray(annotations?.installScripts) && annotations.installScripts.length > 0,
  },
  deprecated: {
    says: 'is deprecated by its authors',
    fine: 'No dependency is deprecated',
    breaks: ({ annotations }) => annotations?.deprecated !== undefined,
  },
  'provenance-invalid': {
    says: 'has provenance that does not hold',
    fine: 'All provenance that dependencies have holds',
    breaks: (one) => isRegistryPackage(one) && one.annotations?.provenance === 'present',
  },
  'provenance-missing': {
    says: 'has no provenance that was verified',
    fine: 'Every package has provenance that was verified',
    breaks: (one) => isRegistryPackage(one) && one.annotations?.provenance !== 'verified',
  },
  registries: {
    says: 'comes from a host that the policy does not list',
    fine: 'Every package comes from a host that the policy lists',
    breaks: (one, { rules: { registries } }) => registries !== undefined && !comesFrom(one, registries),
  },
  licences: {
    says: 'has a licence that the policy does not list',
    fine: 'Every package has a licence that the policy lists',
    breaks: (one, { licences }) => {
      if (!isPackage(one)) return false
      const { license } = one.annotations ?? {}
      return typeof license !== 'string' || !isLicensed(license, licences)
    },
  },
  age: {
    says: 'was published too short a time before, or nobody knows when',
    fine: 'Every package had been published for long enough',
    breaks: isTooYoung,
  },
}

/** What each rule that the policy has says of the dependencies that a provenance lists. */
export function applyRules(view: StatementView, rules: Rules, now: Date): RuleResult[] {
  const { registries, licences, age } = rules
  const asked: DependencyRule[] = [
    ...rules.refuse,
    ...(registries ? (['registries'] as const) : []),
    ...(licences ? (['licences'] as const) : []),
    ...(age ? (['age'] as const) : []),
  ]
  const facts: Facts = {
    rules,
    licences: new Set(licences),
    now,
    builtAt: builtAt(view),
    found: findingsOf(view),
  }
  return [...new Set(asked)].map((rule) => {
    const { says, fine, breaks } = all[rule]
    const broken = view.dependencies.filter((one) => breaks(one, facts))
    return { rule, says, fine, refused: [...new Set(broken.map(nameOf))] }
  })
}

const nameOf = ({ uri, name }: Dependency) => uri ?? name ?? 'something without name'

function isTooYoung(one: Dependency, { rules: { age }, now, builtAt }: Facts): boolean {
  if (!age || !isRegistryPackage(one)) return false
  const published = Date.parse(String(one.annotations?.publishedOn))
  const then = age.at === 'build' ? builtAt : now.getTime()
  // What nobody knows is not known to be old enough.
  return !(then - published >= age.days * 86_400_000)
}

/** A package URL without `repository_url` comes from the default registry of its ecosystem, unless the lockfile says else. */
function comesFrom(one: Dependency, hosts: string[]): boolean {
  if (!isPackage(one)) return true
  const { registryHost } = one.annotations ?? {}
  if (typeof registryHost === 'string' && !hosts.includes(registryHost)) return false
  const uri = one.uri ?? ''
  const repository = uri.startsWith('pkg:') ? uri.match(/[?&]repository_url=([^&#]*)/)?.[1] : uri.replace(/^git\+/, '')
  if (repository === undefined) return true
  const url = URL.parse(uri.startsWith('pkg:') ? decoded(repository) : repository)
  return url !== null && hosts.includes(url.host)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function internalParameters({ predicate }: StatementView): Record<string, unknown> {
  const definition = isRecord(predicate.buildDefinition) ? predicate.buildDefinition : {}
  return isRecord(definition.internalParameters) ? definition.internalParameters : {}
}

/** reproof's own provenance lists what its rebuild found. */
function findingsOf(view: StatementView): Facts['found'] {
  const { dependencyFindings } = internalParameters(view)
  const byId = new Map<string, Set<string>>()
  for (const one of Array.isArray(dependencyFindings) ? dependencyFindings : []) {
    if (isRecord(one)) byId.set(String(one.id), (byId.get(String(one.id)) ?? new Set()).add(String(one.uri)))
  }
  const none: ReadonlySet<string> = new Set()
  return (id) => byId.get(id) ?? none
}

function builtAt(view: StatementView): number {
  const details = isRecord(view.predicate.runDetails) ? view.predicate.runDetails : {}
  const metadata = isRecord(details.metadata) ? details.metadata : {}
  return Date.parse(String(internalParameters(view).registryTime ?? metadata.startedOn))
}
