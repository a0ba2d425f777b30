import type { InspectionChanges, Side } from '../../attestations/inspection/changes.ts'
import { countBy, mainDigest, renderLookAt, trustSentence, verdictWords } from './inspect.ts'
import { code, lookAtMarkdown, markdown, shortened } from './inspect-markdown.ts'
import { bold, dim, green, type Style, yellow } from './style.ts'
import { visible } from './visible.ts'

export const outcomeSentences: Record<InspectionChanges['outcome'], string> = {
  same: 'Nothing that the attestations say has changed.',
  changed: 'Something changed, and nothing of it stands out.',
  review: 'Something changed that somebody should look at.',
}

const words: Record<string, string> = {
  'other-file': 'the same version, another file',
  added: 'added',
  removed: 'removed',
  upgraded: 'upgraded',
  downgraded: 'downgraded',
  'other-version': 'of another version',
  changed: 'with the same file, and something else changed',
}

/** How many dependencies changed in which way, the loudest first. */
export function changeCounts({ dependencies }: InspectionChanges): string[] {
  const counts = countBy(dependencies, ({ kind }) => kind)
  return Object.entries(words).flatMap(([kind, word]) => {
    const count = counts.get(kind)
    return count === undefined ? [] : [`${count} ${word}`]
  })
}

/** One sentence on whether both sides may be believed. */
export function bothSides({ before, after }: InspectionChanges): string {
  if (before.verdict === after.verdict) return trustSentence(after)
  return `Before: ${verdictWords[before.verdict]}. Now: ${verdictWords[after.verdict]}. ${trustSentence(after)}`
}

export function renderChanges(changes: InspectionChanges, style: Style): string {
  const { outcome, before, after, build } = changes
  const paint = outcome === 'review' ? yellow : green
  const lines = [
    `${bold(sideName(before), style)} ${dim(sideDigest(before), style)}`,
    `${bold(sideName(after), style)} ${dim(sideDigest(after), style)}`,
    '',
    bold(paint(outcomeSentences[outcome], style), style),
    bothSides(changes),
    '',
    ...(changes.lookAt.length > 0 ? renderLookAt(changes, style) : []),
    bold('The build', style),
    ...build.map((row) => buildLine(row, style)),
    '',
    bold('Dependencies', style),
    `  ${before.dependencies} before, ${after.dependencies} now${changeCounts(changes)
      .map((one) => `; ${one}`)
      .join('')}`,
  ]
  return `${lines.join('\n')}\n`
}

function buildLine({ name, before, after }: InspectionChanges['build'][number], style: Style): string {
  const label = `  ${name.padEnd(10)}  `
  if (before === after) return `${label}${dim(`unchanged: ${clipped(before)}`, style)}`
  return `${label}${clipped(before)}\n${' '.repeat(10)}→ ${clipped(after)}`
}

const clipped = (text = 'nothing is said'): string => visible(text.length > 500 ? `${text.slice(0, 500)}…` : text)

export const sideName = ({ subjects }: Side): string => visible(subjects[0]?.name ?? 'a file')
export const sideDigest = ({ subjects }: Side): string => mainDigest(subjects[0]?.digest ?? {})

export function changesMarkdown(changes: InspectionChanges): string {
  const { outcome, before, after, build, lookAt } = changes
  const changed = build.filter((row) => row.before !== row.after)
  return shortened([
    `## ${markdown(sideName(before))} → ${markdown(sideName(after))}`,
    '',
    `**${outcomeSentences[outcome]}** ${markdown(bothSides(changes))}`,
    '',
    ...(lookAt.length > 0 ? lookAtMarkdown(lookAt) : []),
    '### The build',
    '',
    ...(changed.length === 0 ? ['It was built as before.', ''] : ['| | before | now |', '|---|---|---|']),
    ...changed.map((row) => `| ${row.name} | ${cell(row.before)} | ${cell(row.after)} |`),
    '',
    '### Dependencies',
    '',
    `${before.dependencies} before, ${after.dependencies} now${changeCounts(changes)
      .map((one) => `; ${one}`)
      .join('')}.`,
    '',
  ])
}

/** A bar ends a cell of a table even between backticks. */
const cell = (text: string | undefined): string =>
  text === undefined ? '' : code(text.length > 300 ? `${text.slice(0, 300)}…` : text).replaceAll('|', '\\|')
