import type { CheckReport, Finding } from '../../../verifiers/model/check.ts'
import { checkFoundations, headlineOf } from '../check.ts'
import { comparisonStyles } from './comparison-styles.ts'
import { placeDifferences, type Room, renderDifferences } from './differences.ts'
import { type Content, type Html, html, verbatim } from './html.ts'
import { renderPage } from './page.ts'
import { badge, facts, scrolling, section, table, verdictBadge } from './parts.ts'

const room: Room = { evidence: 2_000_000, lines: 5000 }

/** A check as a page of one file: the answer, what the output depends on and where, what was varied, what was built. */
export function renderCheckPage(report: CheckReport): string {
  const left = { ...room }
  const sections = report.findings.map((finding, index) => ({
    id: `finding-${index + 1}`,
    title: finding.title,
    body: findingBody(finding, index, left),
  }))
  const { problem } = report
  if (problem) sections.unshift({ id: 'problem', title: 'What went wrong', body: trouble(problem) })
  sections.push({ id: 'varied', title: 'What was varied', body: varied(report) })
  if (report.builds.length > 0) sections.push({ id: 'builds', title: 'What was built', body: builds(report) })
  sections.push({ id: 'basis', title: 'What this rests on', body: facts(checkFoundations(report)) })
  return renderPage({
    title: `${headlineOf(report).answer}: ${report.subject}`,
    header: banner(report),
    contents: sections.map(({ id, title }) => ({ id, title })),
    main: html`${sections.map(section)}`,
    styles: comparisonStyles,
  })
}

function banner(report: CheckReport): Html {
  const { subject, verdict, met, findings } = report
  return html`<h1>${subject}</h1>
<p class="verdict">${verdictBadge(verdict, met)} <span>${headlineOf(report).sentence}</span></p>
${findings.length > 0 && html`<p class="quiet"><em>Published</em> is the build with nothing varied, <em>rebuilt</em> the one with what is named.</p>`}`
}

function findingBody({ advice, places, differences, problem }: Finding, index: number, left: Room): Content {
  const placed = placeDifferences(differences).map((one) => ({ ...one, id: `f${index + 1}-${one.id}` }))
  return [
    html`<p>${advice}</p>`,
    problem && trouble(problem),
    places.length > 0
      ? scrolling(
          'Lines of the project',
          table({
            columns: ['line', 'what it does', 'text'],
            rows: places.map(({ file, line, text, says }) => [
              html`<code>${file}:${line}</code>`,
              says,
              html`<code>${verbatim(text)}</code>`,
            ]),
          }),
        )
      : html`<p>No line of the project’s own build says so: one of its tools may.</p>`,
    differences.length > 0 && renderDifferences('unexplained', placed, left),
  ]
}

function varied({ varied, notVaried }: CheckReport): Content {
  const rows = [
    ...varied.map(({ title, from, to }): Content[] => [title, html`<code>${from}</code>`, html`<code>${to}</code>`]),
    ...notVaried.map(({ title, why }): Content[] => [title, 'not varied', why]),
  ]
  return scrolling('What was varied', table({ columns: ['what', 'one build', 'the other'], rows }))
}

function builds({ builds }: CheckReport): Content {
  const rows = builds.map(({ number, purpose, seconds, same, problem }) => [
    String(number),
    purpose,
    problem ? badge(problem.code, 'bad') : same ? badge('same', 'good') : badge('another', 'warn'),
    `${seconds.toFixed(1)} s`,
  ])
  return scrolling('What was built', table({ columns: ['build', 'with', 'package', 'time'], rows }))
}

type Trouble = { code: string; message: string; hint?: string | undefined; log?: string | undefined }

function trouble({ code, message, hint, log }: Trouble): Content {
  const tail = (log ?? '').trimEnd().split('\n').slice(-40).join('\n')
  return [
    html`<p><code>${code}</code> ${message}</p>`,
    hint !== undefined && html`<p>${hint}</p>`,
    tail !== '' && html`<p>The last lines of the build:</p>\n<pre>${verbatim(tail)}</pre>`,
  ]
}
