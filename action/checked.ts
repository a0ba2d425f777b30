import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { asCode, prose } from '../cli/render/markdown.ts'
import { message } from '../cli/render/sarif.ts'
import { version } from '../cli/version.ts'
import type { Checked } from './check.ts'
import { outputFolder } from './outputs.ts'
import { tellPullRequest } from './pull-request.ts'
import type { World } from './world.ts'

/** Says what two builds of the checkout showed. @param report as the command printed it */
export async function tellChecked(checked: Checked, report: string, folder: string, world: World): Promise<void> {
  const { runner, inputs } = world
  const place = await outputFolder(world)
  const paths = { report: join(place, 'check.json'), sarif: join(place, 'reproof.sarif') }
  await writeFile(paths.report, report)
  await writeFile(paths.sarif, `${JSON.stringify(checkSarif(checked, folder), null, 2)}\n`)
  await runner.output('verdict', checked.verdict ?? 'undecided')
  await runner.output('report-path', paths.report)
  await runner.output('sarif-path', paths.sarif)
  runner.log(`${checked.subject}: ${checked.verdict ?? 'undecided'}`)
  for (const finding of checked.findings) {
    const where = placeOf(finding, folder)
    const text = `${finding.title} ${finding.advice}`
    runner.annotate({
      level: checked.met ? 'warning' : 'error',
      title: `reproof: ${checked.subject}`,
      message: text,
      ...where,
    })
  }
  const { problem } = checked
  if (problem) {
    const text = `${problem.message} ${problem.hint ?? ''}`
    runner.annotate({ level: 'error', title: `reproof: ${problem.code}`, message: text })
  }
  const overview = overviewOf(checked)
  if (inputs['show-summary']) await runner.summary(overview)
  await tellPullRequest(world, { kind: 'check', text: overview, needed: !checked.met })
}

type Finding = Checked['findings'][number]

/** The line that does it, or the manifest of the package where nobody knows. */
function placeOf({ places }: Finding, folder: string): { file: string; line: number } {
  const [first] = places
  const file = first && normalize(first.file)
  if (first && file && !file.startsWith('..') && !file.startsWith('/')) return { file, line: first.line }
  return { file: join(folder, 'package.json'), line: 1 }
}

function overviewOf({ subject, verdict, met, deterministic, varied, notVaried, findings, problem }: Checked): string {
  const symbol = verdict === undefined || problem ? '❔' : met ? '✅' : '❌'
  const lines = [`### ${symbol} ${met ? 'The build is reproducible' : 'The build is not shown to be reproducible'}`, '']
  lines.push(
    `<p>${asCode(subject)}: ${prose(verdict ?? 'undecided')}.${deterministic === false ? ' It differs even where nothing is varied.' : ''}</p>`,
  )
  if (problem)
    lines.push(`<p><code>${prose(problem.code)}</code> ${prose(problem.message)} ${prose(problem.hint ?? '')}</p>`)
  for (const { title, advice, paths, places } of findings.slice(0, 20)) {
    lines.push(`<p><b>${prose(title)}</b> ${prose(advice)}</p>`)
    const items = [
      ...places.map(
        ({ file, line, text, says }) => `<li>${asCode(`${file}:${line}`)} ${asCode(text.trim())} ${prose(says)}</li>`,
      ),
      ...paths.slice(0, 10).map((path) => `<li>${asCode(path || 'the archive')} differs</li>`),
    ]
    if (items.length > 0) lines.push(`<ul>\n${items.join('\n')}\n</ul>`)
  }
  if (findings.length > 20) lines.push(`<p>and ${findings.length - 20} more</p>`)
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

/** A result for each finding, at the line that does it. */
function checkSarif({ findings, subject, met }: Checked, folder: string): object {
  const titles = new Map([
    ['variation', 'The output depends on something that differs from computer to computer.'],
    ['nondeterminism', 'The output differs even where nothing is varied.'],
  ])
  const ids = [...titles.keys()]
  const results = findings.map((finding) => {
    const { file, line } = placeOf(finding, folder)
    const identity = createHash('sha256').update(`${subject} ${finding.title} ${file}`)
    return {
      ruleId: finding.kind,
      ruleIndex: ids.indexOf(finding.kind),
      level: met ? 'warning' : 'error',
      message: { text: message(`${finding.title} ${finding.advice}`) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/') },
            region: { startLine: line },
          },
        },
      ],
      partialFingerprints: { 'finding/v1': identity.digest('hex').slice(0, 32) },
    }
  })
  const driver = {
    name: 'reproof',
    semanticVersion: version,
    informationUri: 'https://reproof.dev/',
    rules: [...titles].map(([id, title]) => ({ id, shortDescription: { text: title } })),
  }
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, automationDetails: { id: 'reproof/check/' }, columnKind: 'utf16CodeUnits', results }],
  }
}
