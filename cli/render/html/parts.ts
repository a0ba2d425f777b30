import { createHash } from 'node:crypto'
import type { Difference } from '../../../verifiers/model/comparison.ts'
import type { Verdict } from '../../../verifiers/model/verdict.ts'
import { type Content, type Html, html } from './html.ts'

/**
 * An id for a permalink, which only depends on what is named, so that a link into the page of one comparison leads to the
 * same thing in a page that is made again.
 */
export function permalinkId(prefix: string, ...named: string[]): string {
  return `${prefix}-${createHash('sha256').update(JSON.stringify(named)).digest('hex').slice(0, 12)}`
}

/** A part of the page with a heading, a permalink, and a landmark of its own. */
export function section({ id, title, body }: { id: string; title: Content; body: Content }): Html {
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}${permalink(id)}</h2>
${body}
</section>
`
}

/** For behind a heading; the link's name is that of what it leads to, `id`. */
export function permalink(id: string): Html {
  return html`<a class="permalink" href="#${id}" aria-label="Link to this part" aria-describedby="${id}">#</a>`
}

/** A sentence of ours, with the commands in it as the terminal shows them, between grave accents. */
export function sentence(text: string): Content {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))
}

type Tone = 'good' | 'warn' | 'bad' | 'plain'

const symbols: Record<Tone, string> = { good: '✓', warn: '?', bad: '✗', plain: '·' }

/** A word that is seen from afar. The symbol says the same as the colour. */
export function badge(text: string, tone: Tone): Html {
  return html`<span class="badge ${tone}"><span aria-hidden="true">${symbols[tone]} </span>${text}</span>`
}

const severityTones: Record<Difference['severity'], Tone> = { suspicious: 'bad', unexplained: 'warn', benign: 'plain' }

export function severityBadge(severity: Difference['severity']): Html {
  return badge(severity, severityTones[severity])
}

/** `met` is whether the verdict is as good as what was asked for. */
export function verdictBadge(verdict: Verdict | undefined, met: boolean): Html {
  const tone = met ? 'good' : verdict === 'different' ? 'bad' : 'warn'
  return badge(verdict ?? 'undecided', tone)
}

/** The first cell of each row is its heading. */
export function table({
  caption,
  columns,
  rows,
}: {
  caption?: Content
  columns: readonly Content[]
  rows: readonly (readonly Content[])[]
}): Html {
  return html`<table>${caption !== undefined && html`<caption>${caption}</caption>`}
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first, ...others]) =>
      html`<tr><th scope="row">${first}</th>${others.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
  )}</tbody>
</table>
`
}

/** Something wider than a small screen: it is moved inside of the page, also with the keyboard. */
export function scrolling(label: string, body: Content): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${body}</div>`
}

/** Names and what is known of them. */
export function facts(rows: readonly (readonly [name: Content, value: Content])[]): Html {
  return html`<dl class="facts">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>\n`
}

/** Something that can be opened; browsers find text in it also while it is closed. */
export function fold({ summary, body, open = false }: { summary: Content; body: Content; open?: boolean }): Html {
  return html`<details${open && html` open`}><summary>${summary}</summary>
${body}
</details>
`
}
