import type { Difference } from '../../verifiers/model/comparison.ts'
import { type Account, byCause, bySeverity, countOf } from './account.ts'
import { fitsInPassing, inPassing } from './causes.ts'
import type { ValueChange } from './evidence.ts'
import { excerpts } from './inline-diff.ts'
import { bold, dim, green, red, yellow } from './style.ts'
import { suggestionText } from './suggestions.ts'
import { visible } from './visible.ts'

export type Rendering = {
  color: boolean
  /** Columns. */
  width: number
}

/** How many of a severity are told one by one, how many of one cause, and how many of those with lines of evidence. */
const limits = {
  suspicious: { all: 8, ofOneCause: 4, withLines: 4, lines: 6 },
  unexplained: { all: 6, ofOneCause: 2, withLines: 2, lines: 3 },
  benign: { all: 8, ofOneCause: 1, withLines: 0, lines: 0 },
}

/** A comparison for people, as lines: the verdict, then the few differences that matter, then the others in a few words. */
export function renderComparison(account: Account, rendering: Rendering): string[] {
  const { verdict, compared, differences } = account
  if (compared === undefined) return []
  const { published, rebuilt, entries } = compared
  const groups = bySeverity(differences)
  const paint = verdict === 'different' ? red : groups[0]?.[0] === 'suspicious' ? yellow : green
  const lines = [
    `${bold(paint(verdict ?? 'undecided', rendering), rendering)}  ${entries.identical} of ${entries.published} published entries are the same`,
    dim(
      `published  ${visible(published.fileName)}  ${published.size} bytes  sha256:${published.digests.sha256}`,
      rendering,
    ),
    dim(`rebuilt    ${visible(rebuilt.fileName)}  ${rebuilt.size} bytes  sha256:${rebuilt.digests.sha256}`, rendering),
  ]
  let hidden = false
  for (const [severity, group] of groups) {
    const { told, others } = choose(severity, group)
    lines.push('', severityLine(severity, countOf(group), rendering))
    for (const [index, one] of told.entries())
      lines.push(...renderDifference(one, index < limits[severity].withLines, rendering))
    for (const line of linesInPassing(severity, others, told)) lines.push(...wrapped('  ', line, rendering.width))
    if (severity !== 'benign' && others.length > 0) hidden = true
  }
  if (hidden) lines.push('', dim('--html FILE writes a page with all of them, --json lists them.', rendering))
  return lines
}

function severityLine(severity: Difference['severity'], count: number, rendering: Rendering): string {
  const paint = { suspicious: red, unexplained: yellow, benign: dim }[severity]
  return paint(bold(`${severity} (${count})`, rendering), rendering)
}

/** The first ones, but not many of one cause; a benign cause that many files have is told in passing only. */
function choose(severity: Difference['severity'], group: readonly Difference[]) {
  const { all, ofOneCause } = limits[severity]
  const told: Difference[] = []
  for (const [cause, ones] of byCause(group)) {
    const many = ones.length > ofOneCause && fitsInPassing(cause, severity)
    told.push(...(many ? [] : ones.slice(0, ofOneCause)).slice(0, all - told.length))
  }
  const shown = new Set(told)
  return { told, others: group.filter((one) => !shown.has(one)) }
}

/** "and 214 files that differ only in …", a line for each cause. */
function linesInPassing(
  severity: Difference['severity'],
  others: readonly Difference[],
  told: readonly Difference[],
): string[] {
  return byCause(others).map(([cause, ones]) => {
    const isMore = told.some((one) => one.cause === cause)
    return `and ${inPassing(cause, severity, countOf(ones), isMore)}${namesOf(ones)}  [${cause}]`
  })
}

function namesOf(ones: readonly Difference[]): string {
  const names = ones.flatMap(({ path }) => (path === '' ? [] : [visible(path)]))
  if (names.length === 0) return ''
  return `: ${names.slice(0, 2).join(', ')}${names.length > 2 ? ', …' : ''}`
}

const marks: Record<Difference['kind'], string> = { added: '+', removed: '-', changed: '~', structure: '!' }

function renderDifference(one: Difference, withLines: boolean, rendering: Rendering): string[] {
  const path = one.path === '' ? 'the archive' : visible(one.path)
  const lines = wrapped(
    `${marks[one.kind]} `,
    `${bold(path, rendering)}  ${visible(one.summary)}  [${one.cause}]`,
    rendering.width,
  )
  for (const line of details(one).slice(0, withLines ? limits[one.severity].lines : 0))
    lines.push(...wrapped('    ', dim(visible(line), rendering), rendering.width))
  const suggestion = suggestionText(one)
  if (suggestion !== undefined) lines.push(...wrapped('    ', visible(suggestion), rendering.width))
  return lines.map((line) => `  ${line}`)
}

/** The lines of evidence that say something to the eye: what stands on both sides where they differ first. */
function details(one: Difference): string[] {
  const { evidence } = one
  const { lines: told, changes, bytes } = evidence
  if (Array.isArray(told)) return told.filter((line) => typeof line === 'string')
  if (Array.isArray(changes) && changes.length > 0 && changes.every(isValueChange)) return changes.flatMap(valueLines)
  return isBytes(bytes) ? [`published  ${bytes.published.text}`, `rebuilt    ${bytes.rebuilt.text}`] : []
}

function valueLines({ pointer, published, rebuilt }: ValueChange): string[] {
  const [left = 'nothing', right = 'nothing'] = excerpts(published, rebuilt)
  return [`at ${pointer === '' ? 'the root' : pointer}`, `  published  ${left}`, `  rebuilt    ${right}`]
}

/** Without a schema, which takes longer to load than a package to compare. */
function isValueChange(value: unknown): value is ValueChange {
  if (typeof value !== 'object' || value === null) return false
  const { pointer, published = '', rebuilt = '' }: { [Name in keyof ValueChange]?: unknown } = value
  return [pointer, published, rebuilt].every((text) => typeof text === 'string' && text.length <= longestText)
}

function isBytes(value: unknown): value is Record<'published' | 'rebuilt', { text: string }> {
  if (typeof value !== 'object' || value === null || !('published' in value) || !('rebuilt' in value)) return false
  const texts = [value.published, value.rebuilt]
  return texts.every(
    (side) => typeof side === 'object' && side !== null && 'text' in side && typeof side.text === 'string',
  )
}

/** Of a value that is shown, in characters. */
const longestText = 20_000

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
