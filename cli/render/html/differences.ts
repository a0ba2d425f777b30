import type { Difference } from '../../../verifiers/model/comparison.ts'
import { byCause, countOf } from '../account.ts'
import { causeText, inPassing } from '../causes.ts'
import { readEvidence } from '../evidence.ts'
import { suggestionText } from '../suggestions.ts'
import { type Content, type Html, html, markupOf } from './html.ts'
import { fold, permalink, permalinkId } from './parts.ts'
import { renderEvidence } from './sides.ts'

/** A difference and its place on the page. */
export type Placed = { one: Difference; id: string }

/** Ids that only depend on what differs; the second of its kind in one place is another one. */
export function placeDifferences(differences: readonly Difference[]): Placed[] {
  const seen = new Map<string, number>()
  return differences.map((one) => {
    const named = [one.path, one.kind, one.cause]
    const key = JSON.stringify(named)
    const occurrence = seen.get(key) ?? 0
    seen.set(key, occurrence + 1)
    return { one, id: permalinkId('d', ...named, ...(occurrence > 0 ? [String(occurrence)] : [])) }
  })
}

/** Room on the page: how much of it evidence may take, in characters, and how many differences may be lines of a list. */
export type Room = { evidence: number; lines: number }

const openAtFirst = 3
/** Of one cause, from which on they stand behind one line. */
const manyOfOne = 4

/** The differences of one severity, what matters first. What there is no room for is listed by name, or counted. */
export function renderDifferences(severity: Difference['severity'], placed: readonly Placed[], room: Room): Content {
  const groups = byCause(placed.map(({ one }) => one))
  const byOne = new Map(placed.map((item) => [item.one, item]))
  let told = 0
  const parts = groups.map(([cause, ones]) => {
    const items = ones.flatMap((one) => byOne.get(one) ?? [])
    const isFolded = severity !== 'suspicious' && items.length >= manyOfOne
    const body = renderGroup(items, room, () => severity === 'suspicious' && told++ < openAtFirst)
    if (!isFolded) return body
    const summary = inPassing(cause, severity, countOf(ones), false)
    return html`<div class="group ${severity}">${fold({ summary, body: html`<div class="${severity}">${body}</div>` })}</div>`
  })
  return html`<div class="${severity}">${parts}</div>`
}

function renderGroup(items: readonly Placed[], room: Room, isOpen: () => boolean): Content[] {
  const articles: Content[] = []
  const lines: Content[] = []
  let omitted = 0
  for (const item of items) {
    if (room.evidence > 0) {
      const article = renderDifference(item, isOpen())
      room.evidence -= markupOf(article).length
      articles.push(article)
    } else if (room.lines-- > 0) lines.push(html`<li id="${item.id}">${nameOf(item.one)}</li>\n`)
    else omitted++
  }
  return [
    ...articles,
    lines.length > 0 && html`<ul class="compact">${lines}</ul>`,
    omitted > 0 && html`<p>and ${omitted} more; <code>--json</code> lists them all.</p>`,
  ]
}

const signs: Record<Difference['kind'], { sign: string; word: string }> = {
  removed: { sign: '−', word: 'only in the published file' },
  added: { sign: '+', word: 'only in the rebuilt file' },
  changed: { sign: '≠', word: 'changed' },
  structure: { sign: '!', word: 'in the structure of the archive' },
}

function renderDifference({ one, id }: Placed, open: boolean): Html {
  const { kind, summary, cause } = one
  const { sign, word } = signs[kind]
  const { title, help } = causeText(cause)
  const evidence = readEvidence(one)
  const suggestion = suggestionText(one)
  const shown = renderEvidence(evidence).filter((part) => part !== false && part !== undefined)
  const places = evidence.count === 1 ? '1 place' : `${evidence.count} places`
  const what = evidence.count > 0 ? `Show what differs (${places})` : 'Show the details'
  return html`<article class="difference" aria-labelledby="${id}">
<h3 id="${id}"><span class="sign" aria-hidden="true">${sign}</span><span class="hidden">${word}: </span>${nameOf(one)}${permalink(id)}</h3>
<p>${summary}</p>
${suggestion !== undefined && html`<p>${suggestion}</p>`}
<p class="tag"><span title="${help}">${title}</span> · <code>${cause}</code></p>
${fold({ summary: what, body: html`<p class="quiet">${help}</p>${shown}`, open })}</article>
`
}

function nameOf({ path }: Difference): Content {
  return path === ''
    ? 'The archive itself'
    : html`<code>${path.length <= 1000 ? path : `${path.slice(0, 1000)}…`}</code>`
}
