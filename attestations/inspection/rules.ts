import { rebuildResultType } from '../statements/types.ts'
import { isRecord } from '../verification/model.ts'
import { repositoryOf, type StatementView } from '../verification/statement.ts'
import { dependencyRules } from './dependency-rules.ts'
import {
  bySeverity,
  type InspectedDependency,
  type InspectedStatement,
  type LookAt,
  statedFindingSchema,
} from './model.ts'
import { internalParametersOf } from './statement.ts'

/** One statement and what it says. */
export type Facts = { statement: InspectedStatement; view: StatementView | undefined; label?: string }

type Found = Omit<LookAt, 'statement' | 'about'> & { about?: string }

type Rule = (facts: Facts) => Found[]

/** Differences of a rebuild that are listed one by one. */
const mostDifferences = 200

/** What a reviewer should look at, the most severe first. */
export function lookAtOf(facts: readonly Facts[], dependencies: readonly InspectedDependency[]): LookAt[] {
  const ids = new Map(dependencies.map(({ uri, id }) => [uri, id]))
  const fromStatements = facts.flatMap((one, index) =>
    statementRules
      .flatMap((rule) => rule(one))
      .map((found): LookAt => {
        const about = found.about ?? one.statement.subjects[0]?.name ?? one.statement.file
        const dependency = ids.get(about)
        return { ...found, about, ...(dependency !== undefined && { dependency }), statement: index }
      }),
  )
  // What the builder saw itself is more than what can be concluded from its list.
  const said = new Set(fromStatements.map(({ id, about }) => `${id} ${about}`))
  const concluded = dependencyRules(dependencies, facts).filter(({ id, about }) => !said.has(`${id} ${about}`))
  return distinct([...fromStatements, ...concluded].map(inOneLine)).sort(bySeverity)
}

/** A registry's texts have lines of their own. */
export const inOneLine = (one: LookAt): LookAt => ({ ...one, summary: one.summary.replace(/\s+/g, ' ').trim() })

/** Several statements of one run say the same of its builder. */
export function distinct(lookAt: readonly LookAt[]): LookAt[] {
  const known = new Set<string>()
  return lookAt.filter(({ id, about, summary }) => {
    const key = JSON.stringify([id, about, summary])
    return !known.has(key) && known.add(key)
  })
}

const statementRules: Rule[] = [
  function unreadable({ statement, view }) {
    if (view || statement.subjects.length > 0) return []
    return [{ id: 'STATEMENT_UNREADABLE', severity: 'high', summary: statement.says }]
  },

  function statedFindings({ view }) {
    const { dependencyFindings } = internalParametersOf(view?.predicate ?? {})
    return (Array.isArray(dependencyFindings) ? dependencyFindings : []).flatMap((one): Found[] => {
      const parsed = statedFindingSchema.safeParse(one)
      if (!parsed.success) return []
      const { uri, ...finding } = parsed.data
      return [{ ...finding, about: uri }]
    })
  },

  function rebuildVerdict({ view }) {
    if (view?.predicateType !== rebuildResultType) return []
    const { verdict } = view.predicate
    if (verdict === 'bit-identical') return []
    const severity =
      verdict === 'different' ? 'high' : ['not-rebuilt', 'not-located'].includes(String(verdict)) ? 'medium' : 'low'
    const summary = `The rebuild is ${String(verdict).slice(0, 64)}, which says nothing about where the published file comes from.`
    return [{ id: 'REBUILD_DIFFERS', severity, summary }]
  },

  function suspiciousDifferences({ view }) {
    if (view?.predicateType !== rebuildResultType) return []
    const { comparison } = view.predicate
    const list = isRecord(comparison) && Array.isArray(comparison.list) ? comparison.list : []
    return list
      .filter((one) => isRecord(one) && one.severity === 'suspicious')
      .slice(0, mostDifferences)
      .map(({ path, cause, summary }): Found => {
        const isManifest = cause === 'manifest-decisive'
        return {
          id: isManifest ? 'MANIFEST_CONFUSION' : 'REBUILD_SUSPICIOUS',
          severity: isManifest ? 'critical' : 'high',
          about: String(path ?? '').slice(0, 4096) || 'the archive itself',
          summary: String(summary ?? cause).slice(0, 4096),
        }
      })
  },

  function assisted({ view }) {
    if (view?.predicateType !== rebuildResultType || view.predicate.assisted !== true) return []
    const { assistance } = view.predicate
    const what = Array.isArray(assistance) ? assistance.slice(0, 20).join(' ') : 'It is not said how.'
    return [
      {
        id: 'ASSISTED',
        severity: 'medium',
        summary: `Something that is not in the source took part: ${what.slice(0, 2000)}`,
      },
    ]
  },

  function failedVerdict({ view }) {
    const isSummary = view?.predicateType.startsWith('https://slsa.dev/verification_summary/')
    if (!isSummary || view?.predicate.verificationResult === 'PASSED') return []
    return [
      {
        id: 'VERDICT_FAILED',
        severity: 'high',
        summary: `The verdict is ${String(view?.predicate.verificationResult)}.`,
      },
    ]
  },

  function emptySubject({ statement }) {
    const isEmpty = statement.subjects.some(
      ({ digest }) => digest.sha256 === emptySha256 || digest.sha512 === emptySha512,
    )
    return isEmpty
      ? [{ id: 'SUBJECT_EMPTY_FILE', severity: 'high', summary: 'Its subject is the file without any bytes.' }]
      : []
  },

  function weakSubject({ statement }) {
    const weak = statement.subjects.find(({ digest }) => {
      const algorithms = Object.keys(digest)
      return algorithms.length > 0 && algorithms.every((one) => one === 'sha1' || one === 'md5')
    })
    return weak
      ? [
          {
            id: 'SUBJECT_WEAK',
            severity: 'high',
            summary: `${weak.name ?? 'A subject'} is named by SHA-1 or MD5 only, which can be forged.`,
          },
        ]
      : []
  },

  function unpinnedSource({ statement, view }) {
    if (!view?.predicateType.startsWith('https://slsa.dev/provenance/')) return []
    return statement.sources
      .filter(({ uri, commit }) => commit === undefined && /^(?:git\+|https?:|ssh:|git:)/.test(uri))
      .map(
        ({ uri }): Found => ({
          id: 'DEP_UNPINNED',
          severity: 'high',
          about: uri,
          summary: 'The source is named without a commit: a branch or tag can be moved.',
        }),
      )
  },

  function sourceOfCertificate({ statement, view }) {
    const { signer, sources } = statement
    const [source] = sources
    const certified = signer?.kind === 'certificate' ? signer.extensions.sourceRepositoryUri : undefined
    // A rebuilder's own repository is not the one that it rebuilds; a workflow that builds its own is.
    const buildsItself = isRecord(view?.parameters?.workflow) || view?.buildType?.includes('github-actions-workflow')
    if (certified === undefined || !source || !buildsItself || repositoryOf(certified) === repositoryOf(source.uri))
      return []
    const summary = `The certificate was issued to ${certified.slice(0, 500)}, and the statement names ${source.uri.slice(0, 500)}.`
    return [{ id: 'PROV_SOURCE_MISMATCH', severity: 'critical', summary }]
  },

  function builtByStrangers({ statement: { signer } }) {
    if (signer?.kind !== 'certificate') return []
    const { runnerEnvironment, buildTrigger } = signer.extensions
    const found: Found[] = []
    if (runnerEnvironment === 'self-hosted') {
      const summary = 'The job ran on a machine of its owner, who can change what it does.'
      found.push({ id: 'BUILD_ENVIRONMENT', severity: 'medium', summary })
    }
    if (buildTrigger === 'pull_request_target' || buildTrigger === 'pull_request' || buildTrigger === 'issue_comment') {
      const summary = `The job was started by ${buildTrigger}, which strangers can cause.`
      found.push({ id: 'BUILD_ENVIRONMENT', severity: 'high', summary })
    }
    return found
  },

  function localBuilder({ statement }) {
    if (!statement.builder?.startsWith('https://reproof.dev/builders/local/')) return []
    const summary =
      'It was rebuilt on somebody’s own machine: SLSA Build L1, and as good as the trust in whoever signed it.'
    return [{ id: 'BUILD_ENVIRONMENT', severity: 'info', summary }]
  },

  function incomplete({ statement: { completeness } }) {
    if (!completeness) return []
    const { method, unhashed, refused, undeclared } = completeness
    const gaps = [
      ...(method === 'recording-proxy' ? ['There is no lockfile, so that nothing was declared beforehand.'] : []),
      ...(Number(unhashed) > 0 ? [`${Number(unhashed)} answers of the network have no digest.`] : []),
      ...(Number(undeclared) > 0 ? [`${Number(undeclared)} packages were fetched and not declared.`] : []),
      ...(Number(refused) > 0 ? [`${Number(refused)} requests of the build were refused.`] : []),
    ]
    return gaps.map((summary) => ({ id: 'ATTEST_GAP', severity: 'medium', summary }))
  },

  function fewDependencies({ statement, view }) {
    const isForeign = view?.predicateType.startsWith('https://slsa.dev/provenance/') && !statement.completeness
    if (!isForeign || statement.dependencies > 2) return []
    const summary = `It lists ${statement.dependencies === 0 ? 'nothing' : `${statement.dependencies} things`} that took part in the build: its packages and tools are not known.`
    return [{ id: 'ATTEST_GAP', severity: 'info', summary }]
  },

  function noTime({ statement: { format, logEntries, timestamps } }) {
    if (format === 'unsigned' || format === 'unreadable' || logEntries.length > 0 || timestamps > 0) return []
    const summary = 'No log and no timestamp authority says when it was signed.'
    return [{ id: 'ATTEST_GAP', severity: 'info', summary }]
  },

  function mislabelled({ label, view }) {
    if (label === undefined || !view || label === view.predicateType) return []
    const summary = `It was handed over as ${label.slice(0, 300)}, and is ${view.predicateType.slice(0, 300)}.`
    return [{ id: 'MANIFEST_CONFUSION', severity: 'high', summary }]
  },
]

const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const emptySha512 =
  'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e'
