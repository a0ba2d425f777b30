import type { Verdict } from '../../verifiers/model/comparison.ts'
import type { Report } from '../../verifiers/model/report.ts'
import type { Source } from '../../verifiers/model/source.ts'
import { oneLine } from '../context.ts'
import { renderComparison } from './comparison.ts'
import { bold, dim, green, red, type Style, yellow } from './style.ts'

const sentences: Record<Verdict, string> = {
  'bit-identical': 'The rebuilt file is the published file, byte for byte.',
  'stream-identical':
    'Everything inside is the same, byte for byte. Only the compression around it differs: the publisher’s computer had another gzip.',
  'content-identical':
    'Every file inside is the same, byte for byte. Only what the archive notes about them (order, times, owners) differs.',
  equivalent: 'Every file inside is the same, but for the changes listed below, each with its reason.',
  different: 'The rebuild is not the same as what was published.',
  'not-rebuilt': 'The package could not be rebuilt, so nothing can be said about it.',
  'not-located': 'No source could be shown to belong to the package, so nothing can be said about it.',
}

export type Rendering = { color: boolean; width: number }

/** A report for people: the verdict first, then what it rests on. */
export function renderReport(report: Report, rendering: Rendering): string {
  const lines = headline(report, rendering)
  const rows = foundations(report, rendering)
  if (rows.length > 0) lines.push('', ...rows)
  if (report.comparison && report.comparison.verdict !== 'bit-identical') {
    lines.push('', ...renderComparison({ ...report.comparison, differences: report.differences }, rendering))
  }
  if (report.problem) lines.push('', ...trouble(report.problem, rendering))
  if (report.run)
    lines.push('', dim(oneLine(`Kept in ${report.run.folder} (reproof show ${report.run.id})`), rendering))
  return `${lines.join('\n')}\n`
}

function headline({ verdict, subject, assistance, met, required }: Report, style: Style): string[] {
  if (verdict === undefined) return [`${bold(oneLine(subject), style)}: ${red('undecided', style)}`]
  const paint = met ? green : verdict === 'different' ? red : yellow
  const lines = [`${bold(oneLine(subject), style)}: ${paint(bold(verdict, style), style)}`, sentences[verdict]]
  for (const sentence of assistance) lines.push(yellow(`Assisted: ${oneLine(sentence)}`, style))
  if (!met && (verdict === 'equivalent' || required !== 'content-identical'))
    lines.push(`Asked for was ${required} or better.`)
  return lines
}

function foundations({ artifact, source, recipe, rebuild }: Report, style: Style): string[] {
  const rows: [string, string][] = []
  if (artifact)
    rows.push(['published', `${artifact.fileName}, ${bytes(artifact.size)}, sha256 ${artifact.digests.sha256}`])
  if (source) rows.push(['source', describeSource(source)])
  if (recipe) {
    const tools = recipe.environment.toolchains.map(({ name, version }) => `${name} ${version}`)
    rows.push(['environment', `${[...tools, `image ${recipe.environment.image.digest.slice(0, 19)}…`].join(', ')}`])
    rows.push(['steps', recipe.steps.map(({ phase }) => phase).join(', ')])
  }
  if (rebuild) {
    const fetched = rebuild.exchanges.filter(({ purl, from }) => purl !== undefined && from !== 'refused').length
    const refused = rebuild.exchanges.filter(({ from }) => from === 'refused').length
    rows.push(['rebuilt', `${bytes(rebuild.output.size)}, sha256 ${rebuild.output.digests.sha256}`])
    rows.push(['network', networkSentence(fetched, refused)])
    rows.push(['sandbox', rebuild.engine])
  }
  return rows.map(([name, text]) => `  ${dim(name.padEnd(12), style)} ${oneLine(text)}`)
}

function networkSentence(fetched: number, refused: number): string {
  const packages =
    fetched === 0 ? 'no package was fetched' : `${fetched} package files fetched, each checked and recorded`
  return refused === 0 ? packages : `${packages}; ${refused} other requests refused`
}

/** Where a source is, in one line. */
export function describeSource(source: Source): string {
  const folder = source.directory ? `, folder ${source.directory}` : ''
  if (source.kind !== 'git') return `${source.repository}${folder}, tree ${source.tree.slice(0, 12)}`
  const ref = source.ref ? ` (${source.ref})` : ''
  return `${source.repository} at ${source.commit}${ref}${folder}`
}

function trouble(problem: NonNullable<Report['problem']>, style: Style): string[] {
  const lines = [`${red(problem.code, style)} ${oneLine(problem.message)}`]
  if (problem.hint) lines.push(`  ${oneLine(problem.hint)}`)
  const { refused, log } = problem.details
  if (Array.isArray(refused)) for (const one of refused.slice(0, 5)) lines.push(`  refused: ${oneLine(String(one))}`)
  if (typeof log === 'string' && log.trim() !== '') {
    lines.push('', dim('  the last lines of the build:', style))
    for (const line of log.trimEnd().split('\n').slice(-15)) lines.push(`  | ${oneLine(line)}`)
  }
  return lines
}

/** 2,968 bytes, 3.1 kB, 12.4 MB: the unit that people compare with. */
export function bytes(count: number): string {
  if (count < 10_000) return `${count.toLocaleString('en')} bytes`
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)} kB`
  return `${(count / 1_000_000).toFixed(1)} MB`
}
