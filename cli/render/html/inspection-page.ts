import { bySeverity, type InspectedStatement, type Inspection } from '../../../attestations/inspection/model.ts'
import { pageMarker } from '../../../attestations/verification/page.ts'
import { grouped } from '../grouped.ts'
import { countBy, dependencyCounts, mainDigest, signerSentence, trustSentence, verdictWords } from '../inspect.ts'
import { dependencyControls, dependencyTables, searchScript } from './dependency-table.ts'
import { type Content, embedded, type Html, html } from './html.ts'
import { inspectionStyles } from './inspection-styles.ts'
import { lookAtCards, severityTone } from './look-at.ts'
import { renderPage } from './page.ts'
import { badge, facts, fold, permalink, scrolling, section, sentence, table } from './parts.ts'

const mostSubjects = 20

const tones = {
  verified: 'good',
  rejected: 'bad',
  unverifiable: 'warn',
  'not-verified': 'warn',
  unsigned: 'warn',
} as const

/**
 * A page in one file for a reviewer with ten minutes: what to look at, what is said and by whom, every dependency.
 *
 * @param bundles the attestations, one a line, which the page carries so that it can be verified again
 * @returns pieces to be written one after the other: in one string they would take several times their room
 */
export function* inspectionPage(inspection: Inspection, bundles: string | undefined): Generator<string> {
  const page = pageCarrying(inspection, bundles?.length)
  const tables = page.indexOf(placeOfTables)
  yield page.slice(0, tables)
  yield* dependencyTables(inspection.dependencies, inspection.lookAt)
  const rest = page.slice(tables + placeOfTables.length)
  const carried = bundles === undefined ? rest.length : rest.indexOf(pageMarker) + pageMarker.length
  yield rest.slice(0, carried)
  if (bundles !== undefined) yield* inBase64(Buffer.from(bundles))
  yield rest.slice(carried)
}

/** Text of others can never contain it: there `<` is written as `&lt;`. */
const placeOfTables = '<!-- tables -->'

/** Of a length that three divides, so that nothing is filled up between the pieces. */
const pieceSize = 3 * 1024 * 1024

function* inBase64(bytes: Buffer): Generator<string> {
  for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.toString('base64', at, at + pieceSize)
}

/** With room for the tables, and for attestations of that size, where there is one. */
function pageCarrying(inspection: Inspection, size: number | undefined): string {
  const { subjects, lookAt, statements, dependencies } = inspection
  const name = subjects[0]?.name ?? 'Attestations'
  const ids = new Set([...dependencies.map(({ id }) => id), ...statements.map((_, index) => `statement-${index + 1}`)])
  const parts: { id: string; title: string; body: Content }[] = [
    { id: 'look', title: 'What to look at', body: lookAtCards(lookAt, ids) },
    { id: 'said', title: 'What is said, and by whom', body: statements.map(statementPart) },
    {
      id: 'dependencies',
      title: `Dependencies (${dependencies.length})`,
      body: [
        dependencyCounts(dependencies).map((line) => html`<p>${line}.</p>\n`),
        dependencies.length > 0 && dependencyControls,
        html`<!-- tables -->`,
      ],
    },
    ...(size === undefined ? [] : [{ id: 'again', title: 'Verify it again', body: again(size) }]),
  ]
  return renderPage({
    title: `${name}: ${verdictWords[inspection.verdict]}`,
    header: banner(inspection),
    contents: parts.map(({ id, title }) => ({ id, title })),
    main: html`${parts.map(section)}`,
    styles: inspectionStyles,
    ...(dependencies.length > 0 && { script: searchScript }),
  })
}

function banner(inspection: Inspection): Html {
  const { subjects, verdict, lookAt, statements } = inspection
  const tone = tones[verdict]
  const counts = [...countBy(lookAt.toSorted(bySeverity), ({ severity }) => severity)]
  const shown = subjects.slice(0, mostSubjects)
  return html`<h1>${subjects[0]?.name ?? 'Attestations'}</h1>
<p class="trust ${tone}">${badge(verdictWords[verdict], tone)} ${sentence(trustSentence(inspection))}</p>
<ul class="counts">${counts.map(([severity, count]) => html`<li>${badge(`${count} ${severity}`, severityTone[severity as keyof typeof severityTone])}</li>`)}<li>${statements.length} statement${statements.length !== 1 && 's'}</li></ul>
${shown.map(({ name, digest }) => html`<p class="quiet">${shown.length > 1 && html`${name ?? 'a file'}<br>`}<code>${mainDigest(digest)}</code></p>\n`)}
${subjects.length > shown.length && html`<p>and ${subjects.length - shown.length} more files</p>`}`
}

function statementPart(statement: InspectedStatement, index: number): Html {
  const { says, leavesOpen, verification, completeness, signer } = statement
  const id = `statement-${index + 1}`
  return html`<article class="statement">
<h3 id="${id}">${says}${permalink(id)}</h3>
${leavesOpen !== undefined && html`<p class="quiet">${leavesOpen}</p>`}
<p>${verification && badge(verification.verdict, tones[verification.verdict])} ${statement.format === 'unsigned' ? 'Nobody signed it.' : signerSentence(statement)}</p>
${facts(statement.facts.map(({ name, value }) => [name, value] as const))}
${verification && checks(verification.checks, index)}
${completeness && fold({ summary: 'How complete the list of dependencies is', body: facts(Object.entries(completeness).map(([name, value]) => [spaced(name), typeof value === 'object' ? JSON.stringify(value) : String(value)] as const)) })}
${fold({ summary: 'Details of the signature and the file', body: signatureFacts(statement) })}
${signer?.kind === 'certificate' && Object.keys(signer.extensions).length > 0 && fold({ summary: 'What the certificate says of the job', body: facts(Object.entries(signer.extensions).map(([name, value]) => [spaced(name), value] as const)) })}
</article>
`
}

/** `declaredNotFetched` in words. */
const spaced = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

function checks(all: NonNullable<InspectedStatement['verification']>['checks'], index: number): Html {
  const failed = all.filter(({ result }) => result === 'failed').length
  const rows = all.map(({ id, result, detail }) => [id, badge(result, checkTones[result]), detail])
  return fold({
    summary: failed > 0 ? `${failed} of ${all.length} checks failed` : `All ${all.length} checks`,
    body: scrolling(`Checks of statement ${index + 1}`, table({ columns: ['Check', 'Result', 'Why'], rows })),
    open: failed > 0,
  })
}

const checkTones = { passed: 'good', failed: 'bad', skipped: 'plain' } as const

function signatureFacts({
  predicateType,
  format,
  file,
  line,
  payloadSha256,
  logEntries,
  timestamps,
  subjects,
}: InspectedStatement): Html {
  const entries = logEntries.map(({ index, integratedAt }) => `${index}${integratedAt ? ` of ${integratedAt}` : ''}`)
  return facts([
    ['predicate type', predicateType ?? 'none'],
    ['format', format],
    ['read from', line === undefined ? file : `${file}, line ${line}`],
    ['payload', payloadSha256 === undefined ? 'none' : html`<code>sha256:${payloadSha256}</code>`],
    ['log entries', entries.length > 0 ? entries.join(', ') : 'none'],
    ['timestamps', timestamps],
    ...subjects
      .slice(0, mostSubjects)
      .map(
        ({ name, digest }) =>
          [
            'is about',
            html`${name ?? 'a file'}${Object.entries(digest).map(([algorithm, value]) => html`<br><code>${algorithm}:${value}</code>`)}`,
          ] as const,
      ),
  ])
}

function again(size: number): Content {
  return html`<p>This page carries the attestations that it is made of. What it shows is no evidence; they are.</p>
<pre>reproof verify FILE --from this-page.html --certificate-identity … --certificate-oidc-issuer …
reproof verify FILE --from this-page.html --key KEY.pub</pre>
<p>${embedded({ tag: pageMarker, bytes: Buffer.alloc(0), text: 'Download the attestations' })} <span class="quiet">(${grouped(size)} bytes, one a line)</span></p>`
}
