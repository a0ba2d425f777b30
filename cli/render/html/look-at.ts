import { grouped, type LookAt, lookAtKinds, type Severity } from '../../../attestations/inspection/model.ts'
import { type Content, type Html, html } from './html.ts'
import { badge, fold, permalink, permalinkId } from './parts.ts'

/** How many items of a kind are open to the eye; the others are folded. */
const atOnce = 6

export const severityTone: Record<Severity, Parameters<typeof badge>[1]> = {
  critical: 'bad',
  high: 'bad',
  medium: 'warn',
  low: 'plain',
  info: 'plain',
}

/** What a reviewer with ten minutes looks at: one card for each kind, the most severe first. */
export function lookAtCards(lookAt: readonly LookAt[]): Content {
  if (lookAt.length === 0) return html`<p>Nothing stands out. That is no proof that there is nothing.</p>`
  return grouped(lookAt).map(({ id, severity, items }) => {
    const { title, todo } = lookAtKinds[id]
    const anchor = permalinkId('look', id, severity)
    const [first, rest] = [items.slice(0, atOnce), items.slice(atOnce)]
    return html`<article class="card ${severity}">
<h3 id="${anchor}">${badge(severity, severityTone[severity])} ${title}${items.length > 1 && html` <span class="quiet">(${items.length})</span>`}${permalink(anchor)}</h3>
<p class="todo">${todo} <code class="quiet">${id}</code></p>
<ul>${first.map(item)}</ul>
${rest.length > 0 && fold({ summary: `${rest.length} more`, body: html`<ul>${rest.map(item)}</ul>` })}
</article>
`
  })
}

function item({ about, summary, dependency, statement }: LookAt): Html {
  const target = dependency ?? (statement === undefined ? undefined : `statement-${statement + 1}`)
  const name = html`<code>${clipped(about)}</code>`
  return html`<li>${target === undefined ? name : html`<a href="#${target}">${name}</a>`} ${clipped(summary)}</li>\n`
}

const clipped = (text: string): string => (text.length > 600 ? `${text.slice(0, 600)}…` : text)
