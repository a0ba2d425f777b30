import {
  grouped,
  type InspectedDependency,
  type InspectedStatement,
  type Inspection,
  lookAtKinds,
  type Severity,
} from '../../attestations/inspection/model.ts'
import { keyName } from '../../attestations/inspection/statement.ts'
import { bold, dim, green, red, type Style, yellow } from './style.ts'
import { visible } from './visible.ts'

/** How much of each is listed; the rest is counted, and in the page and in the JSON. */
const most = { items: 8, statements: 20, subjects: 5 }

const paints: Record<Severity, typeof red> = { critical: red, high: red, medium: yellow, low: dim, info: dim }

/** One sentence on whether any of it may be believed. */
export function trustSentence({ verdict, trustRoots }: Pick<Inspection, 'verdict' | 'trustRoots'>): string {
  const roots = trustRoots
    .map(({ name, publishedOn }) => `${name}${publishedOn ? ` of ${publishedOn}` : ''}`)
    .join(', ')
  switch (verdict) {
    case 'not-verified':
      return 'Nothing was verified: nobody said whom to trust, so that all of this is only claimed. Give --certificate-identity with --certificate-oidc-issuer, or --key.'
    case 'unsigned':
      return 'Nobody signed this: it is what a run on this machine found out.'
    case 'verified':
      return `Every signature holds and is of somebody you named (trusted root: ${roots}). No file was compared with it; \`reproof verify\` does that.`
    case 'rejected':
      return `At least one statement does not hold (trusted root: ${roots}). Believe nothing of it.`
    case 'unverifiable':
      return `Whether the statements hold could not be decided (trusted root: ${roots}): evidence is missing.`
  }
}

export const verdictWords: Record<Inspection['verdict'], string> = {
  'not-verified': 'not verified',
  unsigned: 'not signed',
  verified: 'verified',
  rejected: 'rejected',
  unverifiable: 'could not be verified',
}

const verdictPaints: Record<Inspection['verdict'], typeof red> = {
  'not-verified': yellow,
  unsigned: yellow,
  verified: green,
  rejected: red,
  unverifiable: yellow,
}

/** What to look at, then what is said and by whom, then how many dependencies there are of what kind. */
export function renderInspection(inspection: Inspection, style: Style): string {
  const { verdict, subjects, statements, dependencies, ignored } = inspection
  const lines = [
    ...subjects
      .slice(0, most.subjects)
      .map(({ name, digest }) => `${bold(visible(name ?? 'a file'), style)}  ${dim(mainDigest(digest), style)}`),
    ...(subjects.length > most.subjects ? [`and ${subjects.length - most.subjects} more files`] : []),
    '',
    `${bold(verdictPaints[verdict](verdictWords[verdict], style), style)}  ${trustSentence(inspection)}`,
    '',
    ...renderLookAt(inspection, style),
    bold('What is said', style),
    ...statements.slice(0, most.statements).flatMap((one, index) => renderStatement(one, index, style)),
    ...(statements.length > most.statements ? [`  and ${statements.length - most.statements} more statements`] : []),
    '',
    bold('Dependencies', style),
    ...dependencyCounts(dependencies).map((line) => `  ${line}`),
  ]
  if (ignored > 0) lines.push('', dim(`${ignored} lines or entries are no attestations and were ignored.`, style))
  return `${lines.join('\n')}\n`
}

export function renderLookAt({ lookAt }: Pick<Inspection, 'lookAt'>, style: Style): string[] {
  if (lookAt.length === 0) return [bold('Nothing stands out.', style), '']
  const lines = [bold('What to look at', style)]
  for (const { id, severity, items } of grouped(lookAt)) {
    const { title, todo } = lookAtKinds[id]
    const count = items.length > 1 ? ` (${items.length})` : ''
    lines.push(
      `  ${paints[severity](severity.padEnd(8), style)}  ${bold(title, style)}${count}  ${dim(`[${id}]`, style)}`,
    )
    for (const { about, summary } of items.slice(0, most.items)) {
      lines.push(`            ${visible(about)}: ${visible(summary)}`)
    }
    if (items.length > most.items)
      lines.push(dim(`            and ${items.length - most.items} more; --html and --json list them all`, style))
    lines.push(dim(`            → ${todo}`, style))
  }
  return [...lines, '']
}

function renderStatement(statement: InspectedStatement, index: number, style: Style): string[] {
  const { says, leavesOpen, predicateType, format, verification, file, line } = statement
  const where = line === undefined ? visible(file) : `${visible(file)}, line ${line}`
  const lines = [`  ${index + 1}  ${visible(says)}`]
  if (leavesOpen) lines.push(dim(`     ${leavesOpen}`, style))
  lines.push(dim(`     ${visible(predicateType ?? 'no statement')}  ${format}  ${where}`, style))
  if (format !== 'unsigned') lines.push(`     ${visible(signerSentence(statement))}`)
  for (const check of verification?.checks.filter(({ result }) => result === 'failed') ?? []) {
    lines.push(red(`     ${check.id}: ${visible(check.detail)}`, style))
  }
  return lines
}

/** Who signed it; only claimed, where nothing was verified. */
export function signerSentence({ signer, verification, logEntries, timestamps }: InspectedStatement): string {
  const claim = verification?.verdict === 'verified' ? 'Signed by' : 'Claims to be signed by'
  if (!signer) return 'Who signed it cannot be read.'
  const who =
    signer.kind === 'certificate'
      ? `${signer.identity || 'nobody'} (${signer.issuer ?? 'no issuer'})`
      : (keyName(signer) ?? 'a key without a name')
  const logged = logEntries.map(
    ({ index, integratedAt }) => `log entry ${index}${integratedAt ? ` of ${integratedAt}` : ''}`,
  )
  const clocks = timestamps > 0 ? [`${timestamps} timestamp${timestamps > 1 ? 's' : ''}`] : []
  const evidence = [...logged, ...clocks]
  return `${claim} ${who}${evidence.length > 0 ? `; ${evidence.join(', ')}` : ''}.`
}

/** How many there are of each role, and what is remarkable about how many of them. */
export function dependencyCounts(dependencies: readonly InspectedDependency[]): string[] {
  if (dependencies.length === 0) return ['None are listed, which does not say that there were none.']
  const roles = countBy(dependencies, ({ role }) => role)
  const evidence = countBy(dependencies, ({ evidence }) => evidence ?? '')
  const said = ([word, count]: [string, number]) => `${count} ${visible(word)}`
  const remarkable = [
    ['with install scripts', dependencies.filter(({ installScripts }) => installScripts?.length).length],
    ['deprecated', dependencies.filter(({ deprecated }) => deprecated !== undefined).length],
    ['with verified provenance', dependencies.filter(({ provenance }) => provenance === 'verified').length],
    ['without any digest', dependencies.filter(({ digests }) => Object.keys(digests).length === 0).length],
  ] as const
  return [
    `${dependencies.length} in all: ${[...roles]
      .sort(([, a], [, b]) => b - a)
      .map(said)
      .join(', ')}`,
    ...(evidence.has('both') || evidence.has('observed')
      ? [
          `${evidence.get('both') ?? 0} declared and observed, ${evidence.get('observed') ?? 0} only observed, ${evidence.get('declared') ?? 0} only declared`,
        ]
      : ['It is not said which of them were declared and which were seen.']),
    remarkable
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${count} ${what}`)
      .join(', '),
  ].filter((line) => line !== '')
}

export function countBy<One>(list: readonly One[], key: (one: One) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const one of list) counts.set(key(one), (counts.get(key(one)) ?? 0) + 1)
  return counts
}

/** The digest by which people know a file. */
export function mainDigest(digest: Record<string, string>): string {
  const [algorithm, value] =
    ['sha256', 'sha512', 'gitCommit'].flatMap((name) => (digest[name] ? [[name, digest[name]]] : []))[0] ??
    Object.entries(digest)[0] ??
    []
  return algorithm === undefined ? 'without digest' : visible(`${algorithm}:${value}`)
}
