import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Statement } from '../attestations/statements/statement.ts'
import { type Account, accountOfReport } from '../cli/render/account.ts'
import { asCode, prose, renderMarkdown } from '../cli/render/markdown.ts'
import { sarifLog } from '../cli/render/sarif.ts'
import { verdicts } from '../verifiers/model/verdict.ts'
import type { Attested } from './attest.ts'
import { outputFolder } from './outputs.ts'
import type { World } from './world.ts'

/** Says what became of each file: outputs, log, annotations, summary, SARIF. */
export async function tellAttested(done: readonly Attested[], world: World): Promise<void> {
  const { runner, inputs, job } = world
  const folder = await outputFolder(world)
  await runner.output('verdict', worstVerdict(done))
  await runner.output('bundle-path', await bundlePath(done, folder))
  await runner.output('provenance-path', done.length === 1 ? (fileOf(done[0], 'provenance') ?? '') : '')
  const ids = done.flatMap(({ uploaded }) => uploaded.attestations.flatMap(({ id }) => (id === undefined ? [] : [id])))
  await runner.output('attestation-id', String(ids[0] ?? ''))
  await runner.output('attestation-url', ids[0] === undefined ? '' : attestationUrl(ids[0], world))
  await runner.output('report-path', await writeReports(done, folder))
  await runner.output('sarif-path', await writeSarif(done, folder))
  for (const one of done) {
    runner.log(`${basename(one.path)}: ${one.verdict ?? 'undecided'}`)
    if (!one.met) annotateRefusal(one, world)
    for (const file of one.files) runner.log(`wrote   ${file}`)
  }
  if (inputs['show-summary']) await runner.summary(done.map((one) => summaryOf(one, job.server, world)).join('\n'))
}

function worstVerdict(done: readonly Attested[]): string {
  const ranks = done.map(({ verdict }) => (verdict === undefined ? verdicts.length : verdicts.indexOf(verdict)))
  return verdicts[Math.max(...ranks)] ?? 'undecided'
}

function fileOf(one: Attested | undefined, kind: string): string | undefined {
  return one?.files.find((file) => file.endsWith(`.${kind}.sigstore.json`))
}

/** All bundles, one a line: beside the file where there is one, otherwise a file that has those of all. */
async function bundlePath(done: readonly Attested[], folder: string): Promise<string> {
  const files = done.flatMap(({ files }) => files.filter((file) => file.endsWith('.intoto.jsonl')))
  if (files.length <= 1) return files[0] ?? ''
  const path = join(folder, 'attestations.intoto.jsonl')
  await writeFile(path, (await Promise.all(files.map((file) => readFile(file)))).join(''))
  return path
}

async function writeReports(done: readonly Attested[], folder: string): Promise<string> {
  const reports = done.flatMap(({ report }) => (report ? [report] : []))
  if (reports.length === 0) return ''
  const path = join(folder, 'report.json')
  await writeFile(path, `${JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2)}\n`)
  return path
}

/** One run for each file; code scanning tells them apart by their ids. */
async function writeSarif(done: readonly Attested[], folder: string): Promise<string> {
  const logs = done.flatMap(({ report, path }) => {
    if (!report) return []
    const log = sarifLog(accountOfReport(report))
    const id = `reproof/${encodeURIComponent(basename(path))}/`
    return [{ ...log, runs: log.runs.map((run) => ({ ...run, automationDetails: { id } })) }]
  })
  const [first] = logs
  if (!first) return ''
  const path = join(folder, 'reproof.sarif')
  await writeFile(path, `${JSON.stringify({ ...first, runs: logs.flatMap(({ runs }) => runs) }, null, 2)}\n`)
  return path
}

function annotateRefusal({ report, path, verdict }: Attested, { runner }: World): void {
  const account = report && accountOfReport(report)
  const lines = [
    `Nothing was signed. ${account?.sentence ?? ''} ${account?.problem?.message ?? ''} ${account?.problem?.hint ?? ''}`.trim(),
    ...(account?.differences ?? [])
      .slice(0, 5)
      .map(({ path: file, summary }) => `${file || 'the archive'}: ${summary}`),
  ]
  const title = `${basename(path)}: ${verdict ?? 'undecided'}`
  runner.annotate({ level: 'error', title, message: lines.join('\n') })
}

function attestationUrl(id: number, { job }: World): string {
  return `${job.server}/${job.repository}/attestations/${id}`
}

function summaryOf(one: Attested, server: string, world: World): string {
  const account: Account | undefined = one.report && accountOfReport(one.report)
  const head = account
    ? renderMarkdown(account)
    : `### ✅ ${asCode(basename(one.path))}\n\n<p>An earlier run of this job rebuilt and signed it; only what was missing was uploaded.</p>\n`
  return [
    head,
    signedTable(one, world),
    dependencyTable(one.statements),
    `\n<p>${prose(nextStep(one, server))}</p>\n`,
  ].join('\n')
}

function signedTable({ bundles, before, uploaded, path }: Attested, world: World): string {
  if (bundles.size === 0) return ''
  const rows = [...bundles.keys()].map((kind) => {
    const kept = uploaded.attestations.find((one) => one.kind === kind)
    const where =
      kept?.id === undefined
        ? kept
          ? 'kept by GitHub before'
          : ''
        : `<a href="${attestationUrl(kept.id, world)}">attestation ${kept.id}</a>`
    return `<tr><td>${kind}</td><td>${asCode(`${basename(path)}.${kind}.sigstore.json`)}</td><td>${before.has(kind) ? 'signed by an earlier run' : 'signed'}</td><td>${where}</td></tr>`
  })
  return `#### Signed\n\n<table>\n<tr><th>says</th><th>file</th><th></th><th>kept</th></tr>\n${rows.join('\n')}\n</table>\n`
}

const mostRows = 300

type Resource = { uri?: string; annotations?: Record<string, unknown> }

/** Everything that took part, as the provenance lists it. */
function dependencyTable(statements: ReadonlyMap<string, Statement<unknown>>): string {
  const predicate = statements.get('provenance')?.predicate as
    | { buildDefinition: { resolvedDependencies: Resource[] } }
    | undefined
  const all = predicate?.buildDefinition.resolvedDependencies ?? []
  if (all.length === 0) return ''
  // Of the operating system there are hundreds, the same for every package.
  const shown = all.filter(({ annotations }) => annotations?.role !== 'os')
  const rows = shown.slice(0, mostRows).map(({ uri = '', annotations = {} }) => {
    const cells = [asCode(uri), prose(String(annotations.role)), prose(String(annotations.evidence))]
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
  })
  const more = all.length - rows.length
  const foot = more > 0 ? `\n<p>and ${more} more, which the provenance lists</p>` : ''
  return `<details><summary>${all.length} dependencies took part</summary>\n<table>\n<tr><th>dependency</th><th>role</th><th>evidence</th></tr>\n${rows.join('\n')}\n</table>${foot}\n</details>\n`
}

function nextStep({ met, verdict, bundles, path }: Attested, server: string): string {
  const name = basename(path)
  if (met && bundles.has('provenance')) {
    return `What to do next: publish this very file, with npm publish ${name} --provenance-file ${name}.provenance.sigstore.json where the registry takes it. Users verify it with reproof verify ${name}, or with gh attestation verify and --predicate-type https://reproof.dev/rebuild-result/v1${server === 'https://github.com' ? '' : ' on this server'}.`
  }
  if (verdict === undefined || verdict === 'not-rebuilt' || verdict === 'not-located') {
    return 'What to do next: nothing was signed, because nothing could be decided. The code above says where it ended; a recipe in the repository (input recipe) says how to build where that cannot be inferred.'
  }
  return 'What to do next: nothing was signed. Do not publish this file before you know where the differences come from: mode check builds twice and finds what makes the build differ; if two clean builds agree, something changed the file after it was built.'
}
