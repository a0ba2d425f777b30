import { join } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { renderJson } from '../render/json.ts'

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

  program
    .command('show')
    .argument('<run>', 'an id that `reproof runs` lists, or the beginning of one, or a folder')
    .option('--json', 'print the report as JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      const [{ findRun, loadNoun }, { reportSchema }, { renderReport }, { renderRecipe }, { Problem }] =
        await Promise.all([
          import('../../verifiers/store/runs.ts'),
          import('../../verifiers/model/report.ts'),
          import('../render/report.ts'),
          import('../render/recipe.ts'),
          import('../../verifiers/model/problem.ts'),
        ])
      const folder = await findRun(runsFolder, name)
      const report = await loadNoun(folder, 'report', reportSchema)
      if (!report) {
        throw new Problem('RUN_NOT_FOUND', `The run in ${folder} has no report yet.`, {
          hint: 'It is still running or was stopped; the same rebuild command goes on with it.',
        })
      }
      if (options.json) return context.write(renderJson(report))
      context.write(renderReport(report, context))
      if (report.recipe && report.source) context.write(`\n${renderRecipe(report.recipe, report.source, context)}`)
    })
}
