import { join } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { renderJson } from '../render/json.ts'
import { addFormatOptions, deliverReport, type FormatOptions } from '../report-formats.ts'

export function registerRuns(program: Command, context: CliContext): void {
  const runsFolder = join(context.stateFolder, 'runs')
  program
    .command('runs')
    .option('--json', 'print the list as JSON')
    .action(async (options: { json?: boolean }) => {
      const [{ listRuns, loadNoun }, { reportSchema }, { oneLine }] = await Promise.all([
        import('../../verifiers/store/runs.ts'),
        import('../../verifiers/model/report.ts'),
        import('../context.ts'),
      ])
      const rows = []
      for (const info of await listRuns(runsFolder)) {
        const report = await loadNoun(join(runsFolder, info.id), 'report', reportSchema)
        rows.push({ ...info, outcome: report?.verdict ?? report?.problem?.code ?? 'unfinished' })
      }
      if (options.json) {
        context.write(renderJson(rows))
      } else if (rows.length === 0) {
        context.write(`No runs in ${runsFolder}.\n`)
      } else {
        for (const row of rows)
          context.write(`${row.startedAt.slice(0, 19)}  ${row.outcome.padEnd(17)}  ${oneLine(row.id)}\n`)
      }
    })

  const show = program
    .command('show')
    .argument('<run>', 'an id that `reproof runs` lists, or the beginning of one, or a folder')
  addFormatOptions(show).action(async (name: string, options: FormatOptions) => {
    const [
      { findRun, loadNoun },
      { reportSchema },
      { renderReport },
      { renderRecipe },
      { accountOfReport },
      { Problem },
    ] = await Promise.all([
      import('../../verifiers/store/runs.ts'),
      import('../../verifiers/model/report.ts'),
      import('../render/report.ts'),
      import('../render/recipe.ts'),
      import('../render/account.ts'),
      import('../../verifiers/model/problem.ts'),
    ])
    const folder = await findRun(runsFolder, name)
    const report = await loadNoun(folder, 'report', reportSchema)
    if (!report) {
      throw new Problem('RUN_NOT_FOUND', `The run in ${folder} has no report yet.`, {
        hint: 'It is still running or was stopped; the same rebuild command goes on with it.',
      })
    }
    const { recipe, source } = report
    const withRecipe = () => (recipe && source ? `\n${renderRecipe(recipe, source, context)}` : '')
    await deliverReport(
      {
        account: accountOfReport(report),
        json: () => report,
        text: () => `${renderReport(report, context)}${withRecipe()}`,
      },
      options,
      context,
    )
  })
}
