import type { Comparison, Difference } from '../../verifiers/model/comparison.ts'
import { bold, dim, green, red, yellow } from './style.ts'
import { visible } from './visible.ts'

export type Rendering = {
  color: boolean
  /** Columns. */
  width: number
}

const limits = { suspicious: 40, unexplained: 25, benign: 8 }

/** A comparison for people, as lines: the verdict, then what matters first, then what is harmless in a few words. */
export function renderComparison(comparison: Comparison, rendering: Rendering): string[] {
  const { verdict, published, rebuilt, entries, differences } = comparison
  const bySeverity = Object.groupBy(differences, ({ severity }) => severity)
  const paint = verdict === 'different' ? red : bySeverity.suspicious ? yellow : green
  const lines = [
    `${bold(paint(verdict, rendering), rendering)}  ${entries.identical} of ${entries.published} published entries are the same`,
    dim(
      `published  ${visible(published.fileName)}  ${published.size} bytes  sha256:${published.digests.sha256}`,
      rendering,
    ),
    dim(`rebuilt    ${visible(rebuilt.fileName)}  ${rebuilt.size} bytes  sha256:${rebuilt.digests.sha256}`, rendering),
  ]
  for (const severity of ['suspicious', 'unexplained', 'benign'] as const) {
    const group = bySeverity[severity] ?? []
    if (group.length === 0) continue
    lines.push('', ...renderGroup(severity, group, rendering))
  }
  return lines
}

function renderGroup(severity: Difference['severity'], group: Difference[], rendering: Rendering): string[] {
  const paint = { suspicious: red, unexplained: yellow, benign: dim }[severity]
  const shown = group.slice(0, limits[severity])
  const lines = [paint(bold(`${severity} (${group.length})`, rendering), rendering)]
  for (const one of shown) lines.push(...renderDifference(one, rendering))
  if (group.length > shown.length) lines.push(`  and ${group.length - shown.length} more; --json lists them all`)
  return lines
}

const marks: Record<Difference['kind'], string> = { added: '+', removed: '-', changed: '~', structure: '!' }

function renderDifference(one: Difference, rendering: Rendering): string[] {
  const path = one.path === '' ? 'the archive' : visible(one.path)
  const lines = wrapped(
    `${marks[one.kind]} `,
    `${bold(path, rendering)}  ${visible(one.summary)}  [${one.cause}]`,
    rendering.width,
  )
  for (const line of details(one)) lines.push(...wrapped('    ', dim(visible(line), rendering), rendering.width))
  return lines.map((line) => `  ${line}`)
}

/** The lines of evidence that say something to the eye: what stands on both sides where they differ first. */
function details({ evidence }: Difference): string[] {
  const lines: string[] = []
  const { lines: told, bytes } = evidence
  if (Array.isArray(told)) lines.push(...told.filter((line) => typeof line === 'string').slice(0, 12))
  else if (isBytes(bytes)) lines.push(`published  ${bytes.published.text}`, `rebuilt    ${bytes.rebuilt.text}`)
  return lines
}

function isBytes(value: unknown): value is Record<'published' | 'rebuilt', { text: string }> {
  if (typeof value !== 'object' || value === null || !('published' in value) || !('rebuilt' in value)) return false
  const texts = [value.published, value.rebuilt]
  return texts.every(
    (side) => typeof side === 'object' && side !== null && 'text' in side && typeof side.text === 'string',
  )
}

const escapeSequence = /\u001b\[[0-9;]*m/g

/** Breaks between words at the width; later lines are indented as the first one's text is. Words are never cut. */
function wrapped(start: string, text: string, width: number): string[] {
  const room = Math.max(20, width - 4)
  const lines: string[] = []
  let line = start
  let length = start.length
  for (const word of text.split(' ')) {
    const size = word.replace(escapeSequence, '').length
    if (length + size > room && length > start.length) {
      lines.push(line.trimEnd())
      line = ' '.repeat(start.length)
      length = start.length
    }
    line += `${word} `
    length += size + 1
  }
  return [...lines, line.trimEnd()]
}
