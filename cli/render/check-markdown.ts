import { asCode, prose } from './markdown.ts'

/** What is told of a check, whoever read its report: https://reproof.dev/check/v1 has more. */
export type ToldCheck = {
  subject: string
  verdict?: string | undefined
  met: boolean
  deterministic?: boolean | undefined
  varied: readonly { title: string; from?: string | undefined; to?: string | undefined }[]
  notVaried: readonly { title: string; why: string }[]
  findings: readonly ToldFinding[]
  problem?: { code: string; message: string; hint?: string | undefined } | undefined
}

export type ToldFinding = {
  kind: string
  title: string
  advice: string
  paths: readonly string[]
  places: readonly { file: string; line: number; text: string; says: string }[]
}

const most = { findings: 20, paths: 10 }

/** For a pull request, as GitHub Flavored Markdown: outside text stands in blocks of HTML only, as in `renderMarkdown`. */
export function renderCheckMarkdown(check: ToldCheck): string {
  const { subject, verdict, met, deterministic, varied, notVaried, findings, problem } = check
  const symbol = verdict === undefined || problem ? '❔' : met ? '✅' : '❌'
  const lines = [`### ${symbol} ${met ? 'The build is reproducible' : 'The build is not shown to be reproducible'}`, '']
  lines.push(
    `<p>${asCode(subject)}: ${prose(verdict ?? 'undecided')}.${deterministic === false ? ' It differs even where nothing is varied.' : ''}</p>`,
  )
  if (problem)
    lines.push(`<p><code>${prose(problem.code)}</code> ${prose(problem.message)} ${prose(problem.hint ?? '')}</p>`)
  lines.push(...findings.slice(0, most.findings).flatMap(findingLines))
  if (findings.length > most.findings) lines.push(`<p>and ${findings.length - most.findings} more</p>`)
  const rows = [
    ...varied.map(
      ({ title, from = '', to = '' }) =>
        `<tr><td>${prose(title)}</td><td>${asCode(from)}</td><td>${asCode(to)}</td></tr>`,
    ),
    ...notVaried.map(
      ({ title, why }) => `<tr><td>${prose(title)}</td><td colspan="2">not varied: ${prose(why)}</td></tr>`,
    ),
  ]
  lines.push(
    '',
    `<details><summary>${varied.length} things were varied between the two builds</summary>\n<table>\n${rows.join('\n')}\n</table>\n</details>`,
  )
  return `${lines.join('\n')}\n`
}

function findingLines({ title, advice, paths, places }: ToldFinding): string[] {
  const items = [
    ...places.map(
      ({ file, line, text, says }) => `<li>${asCode(`${file}:${line}`)} ${asCode(text.trim())} ${prose(says)}</li>`,
    ),
    ...paths.slice(0, most.paths).map((path) => `<li>${asCode(path || 'the archive')} differs</li>`),
  ]
  return [
    `<p><b>${prose(title)}</b> ${prose(advice)}</p>`,
    ...(items.length > 0 ? [`<ul>\n${items.join('\n')}\n</ul>`] : []),
  ]
}
