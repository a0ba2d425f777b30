import { causeText } from '../causes.ts'
import type { ByteView, Evidence, TextChange, ValueChange } from '../evidence.ts'
import { inlineDiff, type Segment } from '../inline-diff.ts'
import { type Content, type Html, html, verbatim } from './html.ts'
import { fold, table } from './parts.ts'

/** What differs in one entry, for the eye: texts and values side by side with the differing tokens marked, bytes, facts. */
export function renderEvidence(evidence: Evidence): Content[] {
  const { texts, values, count, bytes, facts, passes, examples, parts, strings, others } = evidence
  const changes = [...texts.map(textChange), ...values.map(valueChange)]
  const more = count - changes.length
  return [
    ...changes,
    changes.length > 0 && more > 0 && html`<p class="quiet">and ${more} more places</p>`,
    changes.length === 0 && bytes !== undefined && byteView(bytes),
    parts.length > 0 &&
      table({
        caption: 'Parts that differ, each with its offset and size in bytes',
        columns: ['Part', 'Published', 'Rebuilt'],
        rows: parts.map(({ name, published, rebuilt }) => [name, placeText(published), placeText(rebuilt)]),
      }),
    strings.length > 0 &&
      table({
        caption: 'Texts that only the published file has',
        columns: ['Offset', 'Text'],
        rows: strings.map(({ offset, text }) => [offset, html`<code>${text}</code>`]),
      }),
    passes.length > 0 &&
      table({
        caption: 'What each pass changed, on both sides alike',
        columns: ['Pass', 'Published', 'Rebuilt'],
        rows: passes.map(({ id, version, published, rebuilt }) => [
          `${id}@${version}`,
          published ?? 'nothing',
          rebuilt ?? 'nothing',
        ]),
      }),
    examples.length > 0 &&
      table({
        caption: examples.length < count ? `The first ${examples.length} of ${count}` : undefined,
        columns: ['Entry', 'Published', 'Rebuilt'],
        rows: examples.map(({ path, published, rebuilt }) => [path, published, rebuilt]),
      }),
    factTable(facts),
    ...others.map(([name, value]) => other(name, value)),
  ]
}

function placeText(place: { offset: number; size: number } | undefined): string {
  return place === undefined ? 'not there' : `${place.offset}, ${place.size}`
}

function textChange({ line, column, published, rebuilt, before, after, alarms, causes }: TextChange): Html {
  const why = [...alarms, ...causes.map((id) => causeText(id).title)]
  const where = html`line ${line}, column ${column}${why.length > 0 && html`: <strong>${why.join(', ')}</strong>`}`
  // Tokens are marked as a whole; of lines and of long literals, the words in them.
  const isLines = published.endsWith('\n') || rebuilt.endsWith('\n')
  const isTokens = !isLines && Math.min(published.length, rebuilt.length) < longToken
  const marked = isTokens ? { published: whole(published), rebuilt: whole(rebuilt) } : inlineDiff(published, rebuilt)
  return sides(where, marked, before, after)
}

function valueChange({ pointer, published = '', rebuilt = '' }: ValueChange): Html {
  return sides(html`at <code>${pointer || '(root)'}</code>`, inlineDiff(published, rebuilt))
}

/** In characters. */
const longToken = 60

function whole(text: string): Segment[] {
  return text === '' ? [] : [{ text, differs: true }]
}

function sides(
  where: Content,
  { published, rebuilt }: { published: Segment[]; rebuilt: Segment[] },
  before = '',
  after = '',
): Html {
  const around = before + after
  const context = (text: string) => html`<span class="context">${verbatim(text)}</span>`
  const side = (name: string, mark: string, segments: Segment[], tag: 'del' | 'ins') => html`<div class="side">
<p class="quiet"><span aria-hidden="true">${mark} </span>${name}</p>
<pre>${segments.length === 0 && around === '' && html`<span class="quiet">(nothing)</span>`}${context(before)}${segments.map((segment) => piece(segment, tag))}${segments.length === 0 && around !== '' && html`<span class="gap" title="nothing here">‸</span>`}${context(after)}</pre>
</div>`
  return html`<div class="change"><p class="where">${where}</p>
<div class="sides">${side('published', '−', published, 'del')}${side('rebuilt', '+', rebuilt, 'ins')}</div></div>
`
}

function piece({ text, differs }: Segment, tag: 'del' | 'ins'): Html {
  if (!differs) return verbatim(text)
  return tag === 'del' ? html`<del>${verbatim(text)}</del>` : html`<ins>${verbatim(text)}</ins>`
}

const bytesOfRow = 8

function byteView({ offset, from, published, rebuilt }: ByteView): Html {
  const [a, b] = [pairsOf(published), pairsOf(rebuilt)]
  const side = (
    name: string,
    mark: string,
    own: string[],
    others: string[],
    tag: 'del' | 'ins',
  ) => html`<div class="side">
<p class="quiet"><span aria-hidden="true">${mark} </span>${name}</p>
<pre class="bytes" tabindex="0" role="group" aria-label="${name} bytes">${rowsOf(own, others, from, tag)}</pre>
</div>`
  return html`<div class="change"><p class="where">bytes from ${from} on; the first that differs is byte ${offset} (hexadecimal ${offset.toString(16)})</p>
<div class="sides">${side('published', '−', a, b, 'del')}${side('rebuilt', '+', b, a, 'ins')}</div></div>
`
}

function pairsOf(hex: string): string[] {
  return hex.match(/../g) ?? []
}

function rowsOf(own: string[], others: string[], from: number, tag: 'del' | 'ins'): Content[] {
  const rows: Content[] = []
  for (let start = 0; start < own.length; start += bytesOfRow) {
    const row = own.slice(start, start + bytesOfRow)
    const differs = row.map((pair, index) => pair !== others[start + index])
    const text = row.map((pair) => printable(Number.parseInt(pair, 16)))
    const padding = '   '.repeat(bytesOfRow - row.length)
    rows.push(
      html`<span class="quiet">${(from + start).toString(16).padStart(8, '0')}</span>  ${runs(row, differs, ' ', tag)}${padding}  ${runs(text, differs, '', tag)}\n`,
    )
  }
  return rows
}

function printable(code: number): string {
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '·'
}

/** Neighbours that differ stand in one mark. */
function runs(items: string[], differs: boolean[], separator: string, tag: 'del' | 'ins'): Content[] {
  const pieces: Content[] = []
  let start = 0
  for (let index = 1; index <= items.length; index++) {
    if (index < items.length && differs[index] === differs[start]) continue
    const text = items.slice(start, index).join(separator)
    pieces.push(start > 0 && separator, piece({ text, differs: differs[start] === true }, tag))
    start = index
  }
  return pieces
}

function factTable({ published = {}, rebuilt = {} }: Evidence['facts']): Html | undefined {
  const names = [...new Set([...Object.keys(published), ...Object.keys(rebuilt)])]
  if (names.length === 0) return undefined
  const cell = (value: string | number | boolean | undefined) =>
    value === undefined ? '' : html`<code>${clipped(String(value))}</code>`
  const body = table({
    columns: ['Property', 'Published', 'Rebuilt'],
    rows: names.map((name) => [name, cell(published[name]), cell(rebuilt[name])]),
  })
  return fold({ summary: html`<span class="quiet">${names.join(', ')}</span>`, body })
}

function other(name: string, value: unknown): Html {
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  const text = isPlain ? String(value) : (JSON.stringify(value, null, 1) ?? '')
  return isPlain && text.length < 80 && !text.includes('\n')
    ? html`<p>${name}: <code>${text}</code></p>\n`
    : fold({ summary: html`<span class="quiet">${name}</span>`, body: html`<pre>${verbatim(clipped(text))}</pre>` })
}

const longest = 4000

function clipped(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}
