import { type Account, bySeverity, countOf } from '../account.ts'
import { grouped } from '../grouped.ts'
import { attemptText } from '../suggestions.ts'
import { triedLines } from '../tried.ts'
import { comparisonStyles } from './comparison-styles.ts'
import { placeDifferences, type Room, renderDifferences } from './differences.ts'
import { type Content, type Html, html, verbatim } from './html.ts'
import { renderPage } from './page.ts'
import { facts, section, severityBadge, verdictBadge } from './parts.ts'
import { renderTree } from './tree.ts'

const room: Room = { evidence: 3_000_000, lines: 5000 }

const titles = {
  suspicious: 'Suspicious differences',
  unexplained: 'Unexplained differences',
  benign: 'Benign differences',
}

const meanings = {
  suspicious: 'Each of these could change what the package does, or hide something. They are no proof of an attack.',
  unexplained: 'No cause is known for these, but nothing in them looks like something hidden.',
  benign: 'Their cause is known, and cannot change what the package does.',
}

/** A comparison, or a run that ended with one, as a page of one file: the verdict first, then what matters most. */
export function renderComparisonPage(account: Account): string {
  const left = { ...room }
  const sections = [...sectionsOf(account, left), ...(account.deep ? sectionsOfDeep(account.deep, left) : [])]
  return renderPage({
    title: `${account.verdict ?? 'undecided'}: ${account.subject}`,
    header: banner(account),
    contents: sections.map(({ id, title, short }) => ({ id, title: short ?? title })),
    main: html`${sections.map(section)}`,
    styles: comparisonStyles,
  })
}

type Section = { id: string; title: Content; short?: Content; body: Content }

/** The same sections again, below a heading of their own: the second verdict of the page. */
function sectionsOfDeep(deep: Account, left: Room): Section[] {
  const { sentence, verdict, met, advice } = deep
  const body = html`<p class="verdict">${verdictBadge(verdict, met)} <span>${sentence}</span></p>${advice !== '' && html`<p>${advice}</p>`}`
  const parts = sectionsOf(deep, left).map(({ id, title, short, body }) => ({
    id: `deep-${id}`,
    title: html`Committed: ${title}`,
    ...(short !== undefined && { short: html`Committed: ${short}` }),
    body,
  }))
  return [{ id: 'deep', title: 'What is committed, against a build of the source', body }, ...parts]
}

function sectionsOf(account: Account, left: Room): Section[] {
  const { differences, compared } = account
  const placed = placeDifferences(differences)
  const sections: Section[] = bySeverity(differences).map(([severity, group]) => ({
    id: severity,
    title: `${titles[severity]} (${countOf(group)})`,
    short: html`${countOf(group)} ${severityBadge(severity)}`,
    body: [
      html`<p class="quiet">${meanings[severity]}</p>`,
      renderDifferences(
        severity,
        placed.filter(({ one }) => one.severity === severity),
        left,
      ),
    ],
  }))
  if (account.problem) sections.unshift({ id: 'problem', title: 'What went wrong', body: trouble(account.problem) })
  if (account.attempts.length > 0) sections.push({ id: 'attempts', title: 'What was tried', body: attempts(account) })
  if (compared?.listing) {
    const byPath = new Map(placed.toReversed().map(({ one, id }) => [one.path, id]))
    const body = renderTree(compared.listing, (path) => byPath.get(path))
    sections.push({ id: 'archives', title: 'The two archives, side by side', body })
  }
  sections.push({ id: 'basis', title: 'What this rests on', body: basis(account) })
  return sections
}

function banner({ subject, verdict, met, asked, sentence, advice, assistance, compared }: Account): Html {
  return html`<h1>${subject}</h1>
<p class="verdict">${verdictBadge(verdict, met)} <span>${sentence}</span></p>
${advice !== '' && html`<p>${advice}</p>`}
${assistance.map((one) => html`<p><strong>Assisted:</strong> ${one}</p>`)}
${asked !== undefined && html`<p>${asked}</p>`}
${compared && html`<p class="quiet"><em>Published</em> is ${compared.published.fileName}, <em>rebuilt</em> is ${compared.rebuilt.fileName}. ${compared.entries.identical} of ${compared.entries.published} published entries are the same.</p>`}`
}

function basis({ compared, foundations }: Account): Content {
  const rows: [Content, Content][] = foundations.map(([name, value]) => [name, value])
  for (const side of ['published', 'rebuilt'] as const) {
    const file = compared?.[side]
    if (file === undefined) continue
    rows.push([
      `${side} file`,
      html`${file.fileName}, ${grouped(file.size)} bytes<br><code>sha256 ${file.digests.sha256}</code><br><code>sha512 ${file.digests.sha512}</code>`,
    ])
  }
  return facts(rows)
}

function attempts(account: Account): Content {
  const items = account.attempts
    .map(attemptText)
    .map(
      ({ title, changes }) =>
        html`<li>${title}${changes.length > 0 && html`<ul>${changes.map((line) => html`<li>${line}</li>`)}</ul>`}</li>\n`,
    )
  return html`<ul>${items}</ul>`
}

function trouble({ code, message, hint, details }: NonNullable<Account['problem']>): Content {
  const { log } = details
  const tail = typeof log === 'string' ? log.trimEnd().split('\n').slice(-40).join('\n') : ''
  const tried = triedLines(details)
  return [
    html`<p><code>${code}</code> ${message}</p>`,
    hint !== undefined && html`<p>${hint}</p>`,
    tried.length > 0 && html`<p>What was tried:</p>\n<ul>${tried.map((line) => html`<li>${line}</li>`)}</ul>`,
    tail !== '' && html`<p>The last lines of the build:</p>\n<pre>${verbatim(tail)}</pre>`,
  ]
}
