import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { accountOfReport } from '../cli/render/account.ts'
import { asCode, prose, renderMarkdown } from '../cli/render/markdown.ts'
import type { Locked } from './changes.ts'
import type { Judged } from './judge.ts'
import { outputFolder } from './outputs.ts'
import { tellPullRequest } from './pull-request.ts'
import { dependencySarif } from './verified-sarif.ts'
import type { World } from './world.ts'

/** Says what was found of each: outputs, log, annotations, summary, SARIF, and a comment on the pull request. */
export async function tellVerified(judged: readonly Judged[], locked: Locked | undefined, world: World): Promise<void> {
  const { runner, inputs } = world
  const folder = await outputFolder(world)
  const verdict = verdictOf(judged)
  await runner.output('verdict', verdict)
  await runner.output('stopped', titles(judged, 'stopped'))
  await runner.output('undecided', titles(judged, 'undecided'))
  await runner.output('report-path', await writeReport(judged, verdict, folder))
  const sarif = join(folder, 'reproof.sarif')
  await writeFile(sarif, `${JSON.stringify(dependencySarif(judged), null, 2)}\n`)
  await runner.output('sarif-path', sarif)
  for (const one of judged) annotate(one, world)
  const text = overview(judged, locked)
  if (inputs['show-summary']) await runner.summary([text, ...judged.flatMap(details)].join('\n'))
  await tellPullRequest(world, { kind: 'verify', text, needed: verdict !== 'verified' })
}

/** The weakest: one that is wrong decides for all. */
function verdictOf(judged: readonly Judged[]): 'verified' | 'rejected' | 'unverifiable' {
  if (judged.some(({ state }) => state === 'stopped')) return 'rejected'
  return judged.some(({ state }) => state === 'undecided') ? 'unverifiable' : 'verified'
}

function titles(judged: readonly Judged[], state: Judged['state']): string {
  return JSON.stringify(judged.filter((one) => one.state === state).map(({ title }) => title))
}

async function writeReport(judged: readonly Judged[], verdict: string, folder: string): Promise<string> {
  const path = join(folder, 'verification.json')
  const dependencies = judged.map(
    ({ title, spec, state, reasons, place, report, verification, registrySignature, carriedBy }) => ({
      title,
      ...(spec !== undefined && { spec }),
      state,
      reasons,
      ...(place && { place }),
      ...(registrySignature && { registrySignature }),
      ...(carriedBy !== undefined && { carriedBy }),
      ...(report && { rebuild: { verdict: report.verdict, met: report.met, run: report.run } }),
      ...(verification && { verification: verification.verdict, requirements: verification.requirements ?? [] }),
    }),
  )
  await writeFile(path, `${JSON.stringify({ verdict, dependencies }, null, 2)}\n`)
  return path
}

function annotate({ title, state, reasons, place }: Judged, { runner }: World): void {
  runner.log(`${state.padEnd(10)}${title}`)
  for (const { found, todo } of reasons) {
    const level = state === 'stopped' ? 'error' : 'warning'
    runner.annotate({ level, title: `reproof: ${title}`, message: `${found} ${todo}`, ...place })
  }
}

const mostStopped = 20
const mostRows = 150

/** Short enough for a comment: why each was stopped, in two sentences, and a table of all. */
function overview(judged: readonly Judged[], locked: Locked | undefined): string {
  const of = (state: Judged['state']) => judged.filter((one) => one.state === state)
  const [stopped, undecided, good] = [of('stopped'), of('undecided'), of('good')]
  const kind = locked?.since === undefined ? 'verified' : 'new or changed in this pull request'
  const symbol = stopped.length > 0 ? '❌' : undecided.length > 0 ? '⚠️' : '✅'
  const lines = [
    `### ${symbol} ${headline(stopped.length, undecided.length, good.length)}`,
    '',
    ...(judged.length === 0 ? ['<p>No dependency is new or changed in the lockfile.</p>'] : []),
    ...stopped
      .slice(0, mostStopped)
      .flatMap(({ reasons }) => reasons.map((one) => `<p>${prose(one.found)} ${prose(one.todo)}</p>`)),
    ...(stopped.length > mostStopped ? [`<p>and ${stopped.length - mostStopped} more that were stopped</p>`] : []),
  ]
  if (judged.length > 0) lines.push('', table(judged, `${judged.length} ${kind}`))
  return `${lines.join('\n')}\n`
}

function headline(stopped: number, undecided: number, good: number): string {
  const all = stopped + undecided + good
  const one = (count: number) => (count === 1 ? 'dependency' : 'dependencies')
  if (all === 0) return 'Nothing to verify'
  if (stopped > 0) return `${stopped} of ${all} ${one(all)} ${stopped === 1 ? 'was' : 'were'} stopped`
  if (undecided > 0) return `${undecided} of ${all} ${one(all)} cannot be verified`
  return `${all === 1 ? 'The dependency is' : `All ${all} dependencies are`} what ${all === 1 ? 'its source says' : 'their sources say'}`
}

const marks: Record<Judged['state'], string> = { stopped: '❌ stopped', undecided: '⚠️ undecided', good: '✅ good' }
const signatures = { passed: 'holds', failed: 'does not hold', undecided: 'could not be decided' }
const order: Judged['state'][] = ['stopped', 'undecided', 'good']

function table(judged: readonly Judged[], title: string): string {
  const sorted = judged.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
  const rows = sorted.slice(0, mostRows).map((one) => {
    const { title: name, state, reasons, report, verification, registrySignature, carriedBy } = one
    const inside = carriedBy === undefined ? '' : `comes inside ${prose(carriedBy)}`
    const why = state === 'undecided' ? reasons.map(({ found }) => prose(found)).join(' ') : inside
    const signature = registrySignature ? signatures[registrySignature.result] : ''
    const verdicts = [report?.verdict ?? '', verification?.verdict ?? '']
    const cells = [asCode(name), marks[state], signature, ...verdicts.map(prose), why]
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
  })
  const more = sorted.length > rows.length ? `\n<p>and ${sorted.length - rows.length} more</p>` : ''
  const head = ['dependency', '', 'registry signature', 'rebuild', 'attestations', 'why']
    .map((cell) => `<th>${cell}</th>`)
    .join('')
  return `<details><summary>${prose(title)}</summary>\n<table>\n<tr>${head}</tr>\n${rows.join('\n')}\n</table>${more}\n</details>`
}

/** What differs, of those that were stopped for it. */
function details({ state, report }: Judged): string[] {
  return state === 'stopped' && report?.verdict === 'different' ? [renderMarkdown(accountOfReport(report))] : []
}
