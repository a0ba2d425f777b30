import type { Command } from 'commander'
import type { Comparison, Verdict } from '../../verifiers/model/comparison.ts'
import { type CliContext, choice } from '../context.ts'
import { renderJson } from '../render/json.ts'

type Context = Pick<CliContext, 'write' | 'progress' | 'signal' | 'color' | 'width' | 'setExitCode'>

export function registerCompare(program: Command, context: Context): void {
  program
    .command('compare')
    .argument('<published>', 'path of the published file')
    .argument('<rebuilt>', 'path of the file to compare it with')
    .option('--require <verdict>', 'the weakest verdict that is good enough', 'content-identical')
    .option('--json', 'print the report as JSON')
    .action(async (published: string, rebuilt: string, options: { require: string; json?: boolean }) => {
      const [{ compareArtifacts }, { hashFile }, { comparisonReport }, { verdicts }, { renderComparison }] =
        await Promise.all([
          import('../../verifiers/compare/compare.ts'),
          import('../../verifiers/compare/input.ts'),
          import('../../verifiers/compare/report.ts'),
          import('../../verifiers/model/comparison.ts'),
          import('../render/comparison.ts'),
        ])
      const required = choice('--require', options.require, verdicts.slice(0, 5))
      const { signal, progress } = context
      const comparison = await compareArtifacts({
        published: await hashFile(published, { signal }),
        rebuilt: await hashFile(rebuilt, { signal }),
        progress,
        signal,
      })
      if (options.json) context.write(renderJson(comparisonReport(comparison)))
      else context.write(`${renderComparison(comparison, context).join('\n')}\n`)
      context.setExitCode(meets(comparison, required, verdicts) ? 0 : 1)
    })
}

function meets({ verdict }: Comparison, required: Verdict, strongestFirst: readonly Verdict[]): boolean {
  return strongestFirst.indexOf(verdict) <= strongestFirst.indexOf(required)
}
