import { grouped, type Inspection, type LookAt, lookAtKinds } from '../../attestations/inspection/model.ts'
import { dependencyCounts, mainDigest, signerSentence, trustSentence, verdictWords } from './inspect.ts'
import { visible } from './visible.ts'

const most = { items: 10, statements: 30, subjects: 10 }

/** For a comment below a change: what to look at first, all of it below 60,000 characters, as GitHub takes them. */
export function inspectionMarkdown(inspection: Inspection): string {
  const { subjects, verdict, statements, dependencies } = inspection
  return shortened([
    `## ${markdown(subjects[0]?.name ?? 'Attestations')}: ${verdictWords[verdict]}`,
    '',
    markdown(trustSentence(inspection)),
    '',
    ...lookAtMarkdown(inspection.lookAt),
    '### What is said',
    '',
    ...statements
      .slice(0, most.statements)
      .map((one) => `- ${markdown(one.says)}${one.format === 'unsigned' ? '' : ` ${markdown(signerSentence(one))}`}`),
    ...(statements.length > most.statements ? [`- and ${statements.length - most.statements} more statements`] : []),
    '',
    '### Dependencies',
    '',
    ...dependencyCounts(dependencies).map((line) => `- ${markdown(line)}`),
    '',
    '### Files',
    '',
    ...subjects
      .slice(0, most.subjects)
      .map(({ name, digest }) => `- ${markdown(name ?? 'a file')} ${code(mainDigest(digest))}`),
    '',
  ])
}

/** A comment of GitHub's has room for 65,536 characters, and other tools add a few of theirs. */
const longest = 60_000

/** As many of the lines as a comment has room for. */
export function shortened(lines: readonly string[]): string {
  let text = ''
  for (const line of lines) {
    if (text.length + line.length > longest) return `${text}\nThere is more, for which there is no room here.\n`
    text += `${line}\n`
  }
  return text
}

export function lookAtMarkdown(lookAt: readonly LookAt[]): string[] {
  if (lookAt.length === 0) return ['Nothing stands out.', '']
  const lines = ['### What to look at', '']
  for (const { id, severity, items } of grouped(lookAt)) {
    const { title, todo } = lookAtKinds[id]
    lines.push(`- **${severity}: ${title}**${items.length > 1 ? ` (${items.length})` : ''}. ${todo}`)
    for (const { about, summary } of items.slice(0, most.items))
      lines.push(`  - ${code(clipped(about))}: ${markdown(clipped(summary))}`)
    if (items.length > most.items) lines.push(`  - and ${items.length - most.items} more`)
  }
  return [...lines, '']
}

const clipped = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text)

/** Outside text in Markdown: no markup, no links, no mentions, no characters that nobody sees. */
export function markdown(text: string): string {
  return visible(text)
    .replace(/[\\`*_{}[\]()<>#+!|~&]/g, '\\$&')
    .replace(/@(?=\w)/g, '@\u200b')
    .replace(/\b(https?):\/\//g, '$1:\u200b//')
}

/** Outside text between backticks, of which it has none. */
export function code(text: string): string {
  return `\`${visible(text).replaceAll('`', '\u02cb')}\``
}
