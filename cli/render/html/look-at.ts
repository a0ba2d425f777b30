import { namesOf } from '../../../attestations/inspection/dependencies.ts'
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

/**
 * What a reviewer with ten minutes looks at: one card for each kind, the most severe first; what is only for completeness is
 * folded.
 *
 * @param ids what there is on the page that can be linked to
 */
export function lookAtCards(lookAt: readonly LookAt[], ids: ReadonlySet<string>): Content {
  if (lookAt.length === 0) return html`<p>Nothing stands out. That is no proof that there is nothing.</p>`
  const urgent = grouped(lookAt).filter(({ severity }) => severity !== 'info')
  const rest = grouped(lookAt).filter(({ severity }) => severity === 'info')
  const count = rest.reduce((sum, { items }) => sum + items.length, 0)
  return [
    urgent.length === 0 && html`<p>Nothing stands out but what is told for completeness.</p>`,
    urgent.map((group) => card(group, ids)),
    rest.length > 0 &&
      fold({
        summary: `For completeness (${count})`,
        body: rest.map((group) => card(group, ids)),
        open: urgent.length === 0,
      }),
  ]
}

function card({ id, severity, items }: ReturnType<typeof grouped>[number], ids: ReadonlySet<string>): Html {
  const { title, todo } = lookAtKinds[id]
  const anchor = permalinkId('look', id, severity)
  const [first, rest] = [items.slice(0, atOnce), items.slice(atOnce)]
  const list = (some: readonly LookAt[]) => html`<ul>${some.map((one) => item(one, ids))}</ul>`
  return html`<article class="card ${severity}">
<h3 id="${anchor}">${badge(severity, severityTone[severity])} ${title}${items.length > 1 && html` <span class="quiet">(${items.length})</span>`}${permalink(anchor)}</h3>
<p class="todo">${todo} <code class="quiet">${id}</code></p>
${list(first)}
${rest.length > 0 && fold({ summary: `${rest.length} more`, body: list(rest) })}
</article>
`
}

function item({ about, summary, dependency, statement }: LookAt, ids: ReadonlySet<string>): Html {
  const target = dependency ?? (statement === undefined ? undefined : `statement-${statement + 1}`)
  const name = html`<code title="${clipped(about)}">${shortName(about)}</code>`
  return html`<li>${target !== undefined && ids.has(target) ? html`<a href="#${target}">${name}</a>` : name} ${clipped(summary)}</li>\n`
}

/** The ecosystem that most are of need not be said each time. */
function shortName(about: string): string {
  const { name, version } = namesOf(about)
  return clipped(about.startsWith('pkg:npm/') && version !== undefined ? `${name}@${version}` : about)
}

const clipped = (text: string): string => (text.length > 600 ? `${text.slice(0, 600)}…` : text)
