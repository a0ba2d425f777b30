import { repositoryOf } from '../verification/statement.ts'
import { agrees, namesOf } from './dependencies.ts'
import { type DependencyChange, dependencyChanges } from './dependency-changes.ts'
import { bySeverity, type InspectedStatement, type Inspection, type LookAt, type Severity } from './model.ts'
import { inOneLine } from './rules.ts'
import { keyName } from './statement.ts'

export type Side = Pick<Inspection, 'verdict' | 'trustRoots' | 'subjects'> & { dependencies: number }

/** What changed from one release's attestations to the next one's. */
export type InspectionChanges = {
  schema: 'https://reproof.dev/inspection-changes/v1'
  /** `review`: something changed that somebody should look at; `changed`: something did, and nothing of that kind. */
  outcome: 'same' | 'changed' | 'review'
  before: Side
  after: Side
  /** The most severe first. */
  lookAt: LookAt[]
  /** How it was built, line by line; also what is the same. */
  build: { name: string; before?: string; after?: string }[]
  dependencies: DependencyChange[]
}

const forReview: ReadonlySet<Severity> = new Set(['critical', 'high', 'medium'])

/** Compares what two releases' attestations say; both may be claims only. No network; the same input gives the same value. */
export function compareInspections(before: Inspection, after: Inspection): InspectionChanges {
  const dependencies = dependencyChanges(before.dependencies, after.dependencies)
  const build = buildRows(before, after)
  const lookAt = [
    ...subjectChanges(before, after),
    ...buildChanges(before, after),
    ...dependencies.flatMap(({ lookAt }) => lookAt),
  ]
    .map(inOneLine)
    .sort(bySeverity)
  const isChanged = lookAt.length > 0 || dependencies.length > 0 || build.some((row) => row.before !== row.after)
  return {
    schema: 'https://reproof.dev/inspection-changes/v1',
    outcome: lookAt.some(({ severity }) => forReview.has(severity)) ? 'review' : isChanged ? 'changed' : 'same',
    before: side(before),
    after: side(after),
    lookAt,
    build,
    dependencies,
  }
}

const side = ({ verdict, trustRoots, subjects, dependencies }: Inspection): Side => ({
  verdict,
  trustRoots,
  subjects,
  dependencies: dependencies.length,
})

/** A name with a version stands for one file for ever. */
function subjectChanges(before: Inspection, after: Inspection): LookAt[] {
  const known = new Map(before.subjects.map((one) => [one.name, one.digest]))
  return after.subjects.flatMap(({ name, digest }): LookAt[] => {
    const digestBefore = known.get(name)
    if (name === undefined || !digestBefore || agrees(digestBefore, digest)) return []
    // A rebuilt file is not a release, and a name without version may stand for anything.
    const isRelease = name.startsWith('pkg:') && namesOf(name).version !== undefined
    const severity = isRelease ? 'critical' : 'low'
    const summary = `The same name and version had the digest ${told(digestBefore)}, and has ${told(digest)} now.`
    return [{ id: 'DIGEST_CHANGED', severity, about: name, summary }]
  })
}

/** Of two digests the algorithm that both have. */
const told = (digest: Record<string, string>): string => {
  const algorithm = ['sha256', 'sha512'].find((name) => digest[name] !== undefined) ?? Object.keys(digest)[0] ?? ''
  return `${algorithm}:${digest[algorithm]?.slice(0, 16)}…`
}

type Row = { name: string; of: (inspection: Inspection) => string | undefined }

const joined = (values: (string | undefined)[]): string | undefined => {
  const distinct = [...new Set(values.filter((value) => value !== undefined))]
  return distinct.length > 0 ? distinct.join(', ') : undefined
}

const statementsOf = ({ statements }: Inspection) => statements
const withRole = (wanted: string) => (inspection: Inspection) =>
  joined(
    inspection.dependencies
      .filter(({ role }) => role === wanted)
      .map(({ name, version, digests }) => `${name}${version === undefined ? '' : `@${version}`} ${told(digests)}`),
  )

const rows: Row[] = [
  { name: 'verdict', of: (one) => joined(statementsOf(one).map((statement) => factOf(statement, 'verdict'))) },
  { name: 'source', of: (one) => joined(statementsOf(one).flatMap(({ sources }) => sources.map(({ uri }) => uri))) },
  {
    name: 'commit',
    of: (one) => joined(statementsOf(one).flatMap(({ sources }) => sources.map(({ commit }) => commit))),
  },
  { name: 'builder', of: (one) => joined(statementsOf(one).map(({ builder }) => builder)) },
  { name: 'build type', of: (one) => joined(statementsOf(one).map(({ buildType }) => buildType)) },
  { name: 'signed by', of: (one) => joined(statementsOf(one).map(signerName)) },
  { name: 'image', of: withRole('image') },
  { name: 'toolchains', of: withRole('toolchain') },
  { name: 'recipe', of: withRole('recipe') },
  { name: 'statements', of: (one) => joined(statementsOf(one).map(({ predicateType }) => predicateType)) },
]

const factOf = ({ facts }: InspectedStatement, wanted: string) => facts.find(({ name }) => name === wanted)?.value

function buildRows(before: Inspection, after: Inspection): InspectionChanges['build'] {
  return rows.flatMap(({ name, of }) => {
    const [was, is] = [of(before), of(after)]
    if (was === undefined && is === undefined) return []
    return [{ name, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }]
  })
}

/** Who signed: of a workflow without the ref that it ran at, which is another one at each release. */
function signerName({ signer }: InspectedStatement): string | undefined {
  if (!signer) return undefined
  if (signer.kind === 'key') return keyName(signer) ?? 'a key'
  return `${signer.identity.replace(/@refs\/.*/s, '')} (${signer.issuer ?? 'no issuer'})`
}

type Watched = { name: string; id: LookAt['id']; severity: Severity; summary: string; same?: (value: string) => string }

const watched: Watched[] = [
  { name: 'builder', id: 'BUILDER_CHANGED', severity: 'high', summary: 'Another builder' },
  { name: 'build type', id: 'BUILDER_CHANGED', severity: 'high', summary: 'Another way to build' },
  { name: 'signed by', id: 'SIGNER_CHANGED', severity: 'high', summary: 'Another signer' },
  { name: 'image', id: 'ENVIRONMENT_CHANGED', severity: 'medium', summary: 'Another image' },
  { name: 'toolchains', id: 'ENVIRONMENT_CHANGED', severity: 'medium', summary: 'Other toolchains' },
]

const verdictOrder = ['bit-identical', 'stream-identical', 'content-identical', 'equivalent', 'different']

function buildChanges(before: Inspection, after: Inspection): LookAt[] {
  const about = after.subjects[0]?.name ?? 'the release'
  const found: LookAt[] = []
  const table = new Map(buildRows(before, after).map((row) => [row.name, row]))
  for (const { name, id, severity, summary } of watched) {
    const row = table.get(name)
    // What one side does not say at all is a gap, and told below.
    if (row?.before === undefined || row.after === undefined || row.before === row.after) continue
    found.push({
      id,
      severity,
      about,
      summary: `${summary}: ${clipped(row.before)} before, ${clipped(row.after)} now.`,
    })
  }
  const [was, is] = [repositories(before), repositories(after)]
  if (was !== '' && is !== '' && was !== is) {
    const summary = `The source was ${clipped(was)}, and is ${clipped(is)} now.`
    found.push({ id: 'SOURCE_MOVED', severity: 'high', about, summary })
  }
  const [verdict, verdictNow] = [before, after].map((one) => rows[0]?.of(one) ?? '')
  if (
    verdictOrder.includes(verdict ?? '') &&
    verdictOrder.indexOf(verdictNow ?? '') > verdictOrder.indexOf(verdict ?? '')
  ) {
    const summary = `The rebuild was ${verdict}, and is ${verdictNow} now.`
    found.push({ id: 'REBUILD_DIFFERS', severity: 'high', about, summary })
  }
  return [...found, ...gaps(before, after, about)]
}

/** Sources that name a place; a rebuild of a local folder has none. */
const repositories = (inspection: Inspection): string =>
  joined(
    statementsOf(inspection).flatMap(({ sources }) =>
      sources.flatMap(({ uri }) => (/^(?:git\+|https?:|ssh:|git:|git@)/.test(uri) ? [repositoryOf(uri)] : [])),
    ),
  ) ?? ''

/** What the release before said, and this one does not say any more. */
function gaps(before: Inspection, after: Inspection, about: string): LookAt[] {
  const types = new Set(after.statements.map(({ predicateType }) => predicateType))
  const lost = new Set(
    before.statements.flatMap(({ predicateType }) => predicateType ?? []).filter((one) => !types.has(one)),
  )
  const found = [...lost].map((type): LookAt => {
    const isProvenance = type.startsWith('https://slsa.dev/provenance/')
    const summary = `The release before had a statement of the type ${clipped(type)}, and this one has none.`
    return {
      id: isProvenance ? 'PROV_DOWNGRADE' : 'ATTEST_GAP',
      severity: isProvenance ? 'high' : 'medium',
      about,
      summary,
    }
  })
  const [unhashed, unhashedNow] = [before, after].map(({ statements }) =>
    Math.max(0, ...statements.map(({ completeness }) => Number(completeness?.unhashed) || 0)),
  )
  if ((unhashedNow ?? 0) > (unhashed ?? 0)) {
    const summary = `${unhashedNow} answers of the network have no digest; ${unhashed} had none before.`
    found.push({ id: 'ATTEST_GAP', severity: 'medium', about, summary })
  }
  return found
}

const clipped = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text)
