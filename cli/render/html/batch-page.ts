import type { BatchReport, BatchResult } from '../../../verifiers/model/batch.ts'
import { reasonOf } from '../batch.ts'
import { type Content, type Html, html, verbatim } from './html.ts'
import { renderPage } from './page.ts'
import { permalinkId, scrolling, section, verdictBadge } from './parts.ts'

/** Several rebuilds on one page: how many have each verdict, what the differences come from, and each of them. */
export function renderBatchPage(report: BatchReport): string {
  const { results, counts, required, met } = report
  const unmet = results.filter((result) => !result.met).length
  const verdict = met ? `All are ${required} or better.` : `${unmet} are not ${required} or better.`
  return renderPage({
    title: `${results.length} rebuilds`,
    header: html`<h1>${results.length} rebuilds</h1><p>${verdict}</p>`,
    contents: [
      { id: 'verdicts', title: 'Verdicts' },
      { id: 'causes', title: 'Causes' },
      { id: 'artifacts', title: 'Artifacts' },
    ],
    main: html`${section({ id: 'verdicts', title: 'Verdicts', body: chart('How many have each verdict', Object.entries(counts), results.length) })}
${section({ id: 'causes', title: 'Causes', body: causes(results) })}
${section({ id: 'artifacts', title: 'Artifacts', body: artifacts(results, Object.keys(counts)) })}`,
    styles: `${styles}${Object.keys(counts).map(filterRule).join('')}`,
    ...(results.length > 0 && { script: searchAndSort }),
  })
}

const barWidth = 240

/** A bar and a number for each; the picture says nothing that the number does not. */
function chart(label: string, rows: readonly (readonly [name: string, count: number])[], total: number): Html {
  const bar = (count: number) =>
    html`<svg aria-hidden="true" width="${barWidth}" height="12"><rect width="${Math.max(1, Math.round((barWidth * count) / Math.max(1, total)))}" height="12"></rect></svg>`
  const table = html`<table class="chart"><thead><tr><th scope="col">Which</th><th scope="col">How many</th><td></td></tr></thead><tbody>${rows.map(
    ([name, count]) =>
      html`<tr><th scope="row">${name}</th><td class="number">${count}</td><td>${bar(count)}</td></tr>`,
  )}</tbody></table>`
  return scrolling(label, table)
}

/** By how many artifacts have them, not by how many files: one build path may be in a thousand. */
function causes(results: readonly BatchResult[]): Content {
  const found = new Map<string, number>()
  for (const { causes, problem } of results) {
    for (const name of [...Object.keys(causes), ...(problem ? [problem.code] : [])])
      found.set(name, (found.get(name) ?? 0) + 1)
  }
  const rows = [...found].sort(([, one], [, other]) => other - one).slice(0, 100)
  return rows.length === 0 ? html`<p>Nothing differs.</p>` : chart('How many have each cause', rows, results.length)
}

/** The filter is radio buttons and a rule of the style sheet, so that it needs no script; search and order need one. */
function artifacts(results: readonly BatchResult[], names: readonly string[]): Html {
  const choice = (name: string, label: string, checked: boolean) =>
    html`<label><input type="radio" name="show" id="${idOf(name)}"${checked && html` checked`}> ${label}</label>`
  return html`<fieldset class="filter"><legend>Show</legend>
${choice('all', 'all', true)} ${names.map((name) => choice(name, name, false))}</fieldset>
<p id="searching" hidden><label>Search <input type="search" id="search" autocomplete="off" spellcheck="false"></label> <output id="found" for="search"></output></p>
${scrolling(
  'Artifacts and their verdicts',
  html`<table id="results"><thead><tr><th scope="col">Artifact</th><th scope="col">Verdict</th><th scope="col">What to know</th><th scope="col">Attempts</th><th scope="col">Time</th></tr></thead>
<tbody>${results.map(
    (result) =>
      html`<tr class="${classOf(result.verdict ?? 'undecided')}" id="${permalinkId('artifact', result.spec)}"><th scope="row">${verbatim(result.subject)}</th><td>${verdictBadge(result.verdict, result.met)}</td><td>${verbatim(reasonOf(result))}</td><td class="number">${result.attempts}</td><td class="number">${result.seconds.toFixed(1)} s</td></tr>`,
  )}</tbody></table>`,
)}`
}

/** Hides rows without every word that is searched for, and makes the heads of columns buttons that put rows in order. */
const searchAndSort = `
const table = document.getElementById('results'), body = table.tBodies[0]
const rows = [...body.rows].map((row) => ({ row }))
const box = document.getElementById('search'), found = document.getElementById('found')
document.getElementById('searching').hidden = false
let waiting
box.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(search, 120) })
function search() {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean)
  let count = 0
  for (const entry of rows) {
    entry.text ??= entry.row.textContent.toLowerCase()
    entry.row.hidden = !words.every((word) => entry.text.includes(word))
    if (!entry.row.hidden) count++
  }
  found.textContent = words.length > 0 ? count + ' found' : ''
}
const order = new Intl.Collator('en', { numeric: true })
for (const head of table.tHead.rows[0].cells) {
  const button = document.createElement('button')
  button.type = 'button'
  button.append(...head.childNodes)
  head.append(button)
  button.addEventListener('click', () => {
    const descending = head.getAttribute('aria-sort') === 'ascending'
    for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort')
    head.setAttribute('aria-sort', descending ? 'descending' : 'ascending')
    const keyed = rows.map(({ row }) => [row.cells[head.cellIndex].textContent, row])
    keyed.sort(([one], [other]) => order.compare(one, other) * (descending ? -1 : 1))
    body.append(...keyed.map(([, row]) => row))
  })
}
`

const idOf = (name: string) => `show-${name}`
const classOf = (name: string) => `is-${name}`
const filterRule = (name: string) => `
main:has(#${idOf(name)}:checked) tbody tr[class^="is-"]:not(.${classOf(name)}) { display: none }`

const styles = `
.chart rect { fill: currentColor; opacity: .6 }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
#results th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-decoration: underline dotted }
#results [aria-sort=ascending] button::after { content: ' ↑' }
#results [aria-sort=descending] button::after { content: ' ↓' }
.filter label { margin-inline-end: 1em; white-space: nowrap }
`
