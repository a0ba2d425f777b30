import type { Command } from 'commander'
import type { Comparison } from '../../verifiers/model/comparison.ts'
import type { Verdict } from '../../verifiers/model/verdict.ts'
import { type CliContext, choice } from '../context.ts'
import { addFormatOptions, deliverReport, type FormatOptions } from '../report-formats.ts'

type Context = Pick<CliContext, 'write' | 'say' | 'progress' | 'signal' | 'color' | 'width' | 'setExitCode'>

export function registerCompare(program: Command, context: Context): void {
  const command = program
    .command('compare')
    .argument('<published>', 'path of the published file')
    .argument('<rebuilt>', 'path of the file to compare it with')
    .option('--require <verdict>', 'the weakest verdict that is good enough', 'content-identical')
    .option('--pass <file>', 'look away from what the passes in this file name, each with its reason')
  addFormatOptions(command).action(
    async (published: string, rebuilt: string, options: FormatOptions & { require: string; pass?: string }) => {
      const { signal, progress } = context
      const { holdFiles } = await import('../../verifiers/compare/held-input.ts')
      // Loaded while threads unpack.
      const sides = await holdFiles({ published, rebuilt }, { signal })
      const [{ compareArtifacts }, { comparisonReport }, { verdicts }, { renderComparison }, { accountOfComparison }] =
        await Promise.all([
          import('../../verifiers/compare/compare.ts'),
          import('../../verifiers/compare/report.ts'),
          import('../../verifiers/model/verdict.ts'),
          import('../render/comparison.ts'),
          import('../render/account.ts'),
          import('../../verifiers/compare/content/explain.ts'),
        ])
      const required = choice('--require', options.require, verdicts.slice(0, 5))
      const hidden = options.pass === undefined ? undefined : await passesFrom(options.pass)
      const comparison = await compareArtifacts({
        ...(hidden && { hidden }),
        ...sides,
        progress,
        signal,
      })
      const met = meets(comparison, required, verdicts)
      const account = accountOfComparison(comparison, { required, met })
      await deliverReport(
        {
          account,
          json: () => comparisonReport(comparison),
          text: () => `${renderComparison(account, context).join('\n')}\n`,
        },
        options,
        context,
      )
      context.setExitCode(met ? 0 : 1)
    },
  )
}

function meets({ verdict }: Comparison, required: Verdict, strongestFirst: readonly Verdict[]): boolean {
  return strongestFirst.indexOf(verdict) <= strongestFirst.indexOf(required)
}

/** What reads them takes longer to load than a small package to compare. */
async function passesFrom(path: string) {
  const { readPasses } = await import('../../verifiers/compare/passes/read-passes.ts')
  return await readPasses(path)
}
