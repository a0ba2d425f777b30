// The job that rebuilds: it may read the repository, and has no identity.
import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { statementsOfReport } from '../../cli/attesting.ts'
import { openContext } from '../../cli/open-context.ts'
import { accountOfReport } from '../../cli/render/account.ts'
import { renderMarkdown } from '../../cli/render/markdown.ts'
import { exitCodeOf, Problem } from '../../verifiers/model/problem.ts'
import type { Report } from '../../verifiers/model/report.ts'
import { rebuildArtifact } from '../../verifiers/rebuild.ts'
import { compressedHere } from '../compressed-here.ts'
import { builderIds } from '../identity.ts'
import { readInputs } from '../inputs.ts'
import { readJob } from '../job.ts'
import type { Runner } from '../runner.ts'
import { openWorld } from '../world.ts'
import { handOver } from './handover.ts'
import { runStep } from './job-step.ts'

await runStep(async (runner, environment) => {
  const { ARTIFACT_FOLDER: folder = '', HANDOVER_FOLDER: handover = '' } = environment
  const inputs = readInputs({ ...environment, INPUT_MODE: 'attest' })
  const world = openWorld(
    { inputs, job: await readJob(environment), runner },
    environment,
    new AbortController().signal,
  )
  const { job, context } = world
  const path = await onlyPackageIn(resolve(folder))
  const report = compressedHere(
    await rebuildArtifact(
      {
        spec: path,
        source: `git+${job.server}/${job.repository}#${job.commit}`,
        required: 'bit-identical',
        keep: false,
        attempts: inputs.attempts,
        ...(inputs.engine && { engine: inputs.engine }),
      },
      await openContext(context),
    ),
  )
  await runner.output('verdict', report.verdict ?? 'undecided')
  await runner.summary(renderMarkdown(accountOfReport(report)))
  if (report.verdict !== 'bit-identical' || !report.run || !report.rebuild) return refuse(report, path, runner)
  const options = { builder: builderIds.workflow }
  const { statements } = await statementsOfReport(report, report.run.folder, options, context)
  const rebuilt = join(report.run.folder, 'rebuilt', report.rebuild.output.fileName)
  const sha256 = await handOver(resolve(handover), { fileName: basename(path), published: path, rebuilt, statements })
  await runner.output('sha256', sha256)
  return 0
})

/** @throws {Problem} USAGE where there is none, or more than one. */
async function onlyPackageIn(folder: string): Promise<string> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^[\w@.+-]{1,250}\.tgz$/.test(name))
  const [name, ...more] = names
  if (name !== undefined && more.length === 0) return join(folder, name)
  throw new Problem('USAGE', `The artifact has ${names.length} package files, and it has to be one.`, {
    hint: 'Upload what `npm pack` leaves, and nothing else that ends with .tgz.',
  })
}

function refuse(report: Report, path: string, runner: Runner): number {
  const { sentence, problem } = accountOfReport(report)
  const message = `Nothing will be signed. ${sentence} ${problem?.message ?? ''}`.trim()
  runner.annotate({ level: 'error', title: `${basename(path)}: ${report.verdict ?? 'undecided'}`, message })
  return problem ? exitCodeOf(problem.code) : 1
}
