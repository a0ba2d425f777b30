import type { CheckReport, Finding, Place } from '../../verifiers/model/check.ts'
import { oneLine } from '../context.ts'
import { byCause } from './account.ts'
import { causeText } from './causes.ts'
import { trouble } from './report.ts'
import { bold, dim, green, red, type Style, yellow } from './style.ts'
import { visible } from './visible.ts'

/** Whether a package builds the same everywhere, for people: the answer, what it depends on and where, what was varied. */
export function renderCheck(report: CheckReport, style: Style): string {
  const { findings, problem, run } = report
  const lines = headline(report, style)
  lines.push('', ...checkFoundations(report).map(([name, text]) => `  ${dim(name.padEnd(12), style)} ${oneLine(text)}`))
  for (const finding of findings) lines.push('', ...renderFinding(finding, style))
  if (findings.length > 0) lines.push('', dim('  “published” above is the build with nothing varied.', style))
  if (problem) lines.push('', ...trouble(problem, style))
  if (run) lines.push('', dim(oneLine(`Kept in ${run.folder}`), style))
  return `${lines.join('\n')}\n`
}

function headline(report: CheckReport, style: Style): string[] {
  const { subject, verdict, met, problem } = report
  const { answer, sentence } = headlineOf(report)
  const paint = verdict === 'bit-identical' && !problem ? green : met ? yellow : red
  const which = answer === verdict || verdict === 'bit-identical' || verdict === undefined ? '' : ` (${verdict})`
  return [`${bold(oneLine(subject), style)}: ${paint(answer, style)}${which}`, sentence]
}

/** The answer in a word or two, and in a sentence. */
export function headlineOf({ verdict, deterministic, varied, builds, problem }: CheckReport) {
  if (verdict === undefined || problem) {
    return { answer: verdict ?? 'undecided', sentence: 'Nothing can be said: it was not built twice.' }
  }
  if (verdict === 'bit-identical') {
    const things = varied.length === 1 ? 'one thing' : `${varied.length} things`
    return { answer: 'reproducible', sentence: `Two builds gave the same bytes, with ${things} varied.` }
  }
  return {
    answer: deterministic === false ? 'nondeterministic' : 'not reproducible',
    sentence: builds.some((build) => build.problem)
      ? 'It cannot be built in other surroundings, or not the same.'
      : 'Two builds of the same source gave different packages.',
  }
}

/** What the answer rests on: names and values. */
export function checkFoundations(report: CheckReport): [string, string][] {
  const { source, recipe, recipeFile, written, output, varied, notVaried, builds } = report
  const rows: [string, string][] = []
  const changed = source.changed === 0 ? '' : `, with ${source.changed} changed files`
  const place = source.directory === '' ? '' : `${source.directory} of `
  const commit =
    source.commit === undefined ? `tree ${source.tree.slice(0, 12)}` : `commit ${source.commit.slice(0, 12)}`
  rows.push(['source', `${place}${commit}${changed}`])
  if (recipe) {
    const tools = recipe.environment.toolchains.map(({ name, version }) => `${name} ${version}`)
    rows.push(['recipe', recipeFile ?? 'inferred'], ['environment', tools.join(', ')])
    const steps = recipe.steps.flatMap(({ phase, run }) => (phase === 'pack' ? [] : [run.split('\n').at(-1) ?? run]))
    rows.push(['steps', [...steps, 'pack'].join(' → ')])
  }
  if (written !== undefined) rows.push(['written', written])
  if (output) rows.push(['output', `${output.fileName}, ${output.size} bytes, sha256 ${output.digests.sha256}`])
  if (varied.length > 0) rows.push(['varied', varied.map(({ title }) => title).join(', ')])
  for (const { title, why } of notVaried) rows.push(['not varied', `${title}: ${why}`])
  if (builds.length > 0) {
    const seconds = builds.reduce((sum, build) => sum + build.seconds, 0)
    rows.push(['builds', `${builds.length}, ${Math.round(seconds)} s`])
  }
  return rows
}

const shown = { differences: 3, places: 4 }

function renderFinding(finding: Finding, style: Style): string[] {
  const { title, advice, variations, differences, places, problem } = finding
  const lines = [`${red(bold(title, style), style)}  ${dim(`[${variations.join(', ') || 'nothing varied'}]`, style)}`]
  if (problem) lines.push(...failure(problem, style))
  for (const [cause, ones] of byCause(differences).slice(0, shown.differences)) {
    const [first] = ones
    if (first === undefined) continue
    const more = ones.length > 1 ? ` and ${ones.length - 1} more` : ''
    lines.push(
      `  ${first.path === '' ? 'the archive' : visible(first.path)}${more}: ${visible(first.summary)}  [${cause}]`,
    )
    for (const line of evidenceLines(first.evidence)) lines.push(dim(`      ${visible(line)}`, style))
    if (first.summary === '') lines.push(`      ${causeText(cause).title}`)
  }
  lines.push(...renderPlaces(places, style), `  ${advice}`)
  return lines
}

function evidenceLines({ lines }: Record<string, unknown>): string[] {
  return Array.isArray(lines) ? lines.filter((line) => typeof line === 'string').slice(0, 3) : []
}

function failure({ code, message, log }: NonNullable<Finding['problem']>, style: Style): string[] {
  const last = (log ?? '').trimEnd().split('\n').slice(-8)
  return [
    `  The build fails then: ${oneLine(message)} (${code})`,
    ...(log ? last.map((line) => dim(`  | ${oneLine(line)}`, style)) : []),
  ]
}

function renderPlaces(places: readonly Place[], style: Style): string[] {
  if (places.length === 0) return ['  No line of the project’s own build says so: one of its tools may.']
  return places
    .slice(0, shown.places)
    .flatMap(({ file, line, text, says }) => [
      `  ${bold(`${visible(file)}:${line}`, style)}  ${says}`,
      dim(`      ${visible(text)}`, style),
    ])
}
