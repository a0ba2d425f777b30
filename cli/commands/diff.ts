import type { Command } from 'commander'
import type { InspectionChanges } from '../../attestations/inspection/changes.ts'
import { Problem } from '../../verifiers/model/problem.ts'
import type { CliContext } from '../context.ts'
import { readInspected } from '../inspected.ts'
import { addTrustOptions, type TrustOptions } from '../trust.ts'

type Options = TrustOptions & { json?: boolean; markdown?: boolean; html?: string }

export function registerDiff(program: Command, context: CliContext): void {
  const command = program
    .command('diff')
    .argument('<before>', 'attestations of the release before: a file in any format, or a run')
    .argument('<after>', 'attestations of this release')
    .option('--json', 'print all of it as JSON')
    .option('--markdown', 'print it as Markdown, for a comment')
    .option('--html <file>', 'write a page')
    .action(async (before: string, after: string, options: Options) => {
      if (options.json && options.markdown) throw new Problem('USAGE', '--json and --markdown are both given.')
      const [{ compareInspections }, { inspection: was }, { inspection: is }] = await Promise.all([
        import('../../attestations/inspection/changes.ts'),
        readInspected(before, options, context),
        readInspected(after, options, context),
      ])
      const changes = compareInspections(was, is)
      await show(changes, options, context)
      context.setExitCode(exitCode(changes))
    })
  addTrustOptions(command)
}

/** What does not hold cannot be compared, whatever it says. */
function exitCode({ outcome, before, after }: InspectionChanges): 0 | 1 | 3 {
  const verdicts = [before.verdict, after.verdict]
  if (verdicts.includes('rejected') || verdicts.includes('unverifiable')) return 3
  return outcome === 'review' ? 1 : 0
}

async function show(changes: InspectionChanges, { json, markdown, html }: Options, context: CliContext): Promise<void> {
  if (html !== undefined) {
    const [{ changesPage }, { writeFileAtomically }] = await Promise.all([
      import('../render/html/changes-page.ts'),
      import('../../verifiers/store/atomic.ts'),
    ])
    await writeFileAtomically(html, changesPage(changes))
    context.say(`wrote ${html}\n`)
  }
  if (json) {
    const { renderJson } = await import('../render/json.ts')
    context.write(renderJson(changes))
  } else if (markdown) {
    const { changesMarkdown } = await import('../render/diff.ts')
    context.write(changesMarkdown(changes))
  } else if (html === undefined) {
    const { renderChanges } = await import('../render/diff.ts')
    context.write(renderChanges(changes, context))
  }
}
