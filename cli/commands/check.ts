import type { Command } from 'commander'
import { exitCodeOf, Problem } from '../../verifiers/model/problem.ts'
import { type CliContext, choice, oneLine } from '../context.ts'
import { addFormatOptions, deliver, type FormatOptions } from '../report-formats.ts'

type Options = FormatOptions & {
  write?: boolean
  except?: string
  engine?: string
  require: string
  out?: string
  keep?: boolean
}

export function registerCheck(program: Command, context: CliContext): void {
  const command = program
    .command('check')
    .argument('[folder]', 'of the package', '.')
    .option('--write', 'save the recipe as reproof.yaml in the folder')
    .option('--except <names>', 'what to leave as it is, of what is varied; separated by commas')
    .option('--require <verdict>', 'the weakest verdict that is good enough', 'bit-identical')
    .option('--engine <engine>', 'bubblewrap, podman or docker; default: the first that works')
    .option('--out <folder>', 'keep the run in this folder')
    .option('--keep', 'keep the work folders of the builds')
    .action(async (folder: string, options: Options) => {
      const [{ checkFolder }, { variationIds }, { verdicts }, { engineNames }, { openContext }] = await Promise.all([
        import('../../verifiers/check/check.ts'),
        import('../../verifiers/model/check.ts'),
        import('../../verifiers/model/verdict.ts'),
        import('../../verifiers/sandbox/options.ts'),
        import('../open-context.ts'),
      ])
      const report = await checkFolder(
        {
          folder,
          required: choice('--require', options.require, verdicts.slice(0, 5)),
          except: namesIn(options.except, variationIds),
          write: options.write ?? false,
          keep: options.keep ?? false,
          ...(options.engine !== undefined && { engine: choice('--engine', options.engine, engineNames) }),
          ...(options.out !== undefined && { out: options.out }),
        },
        await openContext(context),
      )
      const { renderCheck } = await import('../render/check.ts')
      const formats = {
        json: () => report,
        text: () => renderCheck(report, context),
        html: async () => (await import('../render/html/check-page.ts')).renderCheckPage(report),
        sarif: async () => (await import('../render/check-sarif.ts')).checkSarif(report, report.source.directory),
        markdown: async () => (await import('../render/check-markdown.ts')).renderCheckMarkdown(report),
      }
      await deliver(formats, options, context)
      const { problem, met } = report
      context.setExitCode(problem ? exitCodeOf(problem.code) : met ? 0 : 1)
    })
  addFormatOptions(command)
}

function namesIn<Name extends string>(text: string | undefined, allowed: readonly Name[]): Name[] {
  if (text === undefined) return []
  return text
    .split(',')
    .map((name) => name.trim())
    .map((name) => {
      const found = allowed.find((one) => one === name)
      if (found !== undefined) return found
      throw new Problem('USAGE', `--except names ${oneLine(name)}; it can name ${allowed.join(', ')}.`)
    })
}
