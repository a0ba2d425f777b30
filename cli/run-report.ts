import { join } from 'node:path'
import { Problem } from '../verifiers/model/problem.ts'
import { type Report, reportSchema } from '../verifiers/model/report.ts'
import { findRun, loadNoun } from '../verifiers/store/runs.ts'
import type { CliContext } from './context.ts'

/**
 * The report of the run that a user names, and where the run is.
 *
 * @throws {Problem} RUN_NOT_FOUND
 */
export async function openRunReport(
  name: string,
  { stateFolder }: Pick<CliContext, 'stateFolder'>,
): Promise<{ report: Report; folder: string }> {
  const folder = await findRun(join(stateFolder, 'runs'), name)
  const report = await loadNoun(folder, 'report', reportSchema)
  if (report) return { report, folder }
  throw new Problem('RUN_NOT_FOUND', `The run in ${folder} has no report that can be read.`, {
    hint: 'It is still running, was stopped, or is of another version of reproof; the same rebuild command does it again.',
  })
}
