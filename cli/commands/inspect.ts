import type { Command } from 'commander'
import type { Inspection } from '../../attestations/inspection/model.ts'
import { Problem } from '../../verifiers/model/problem.ts'
import type { CliContext } from '../context.ts'
import { readInspected } from '../inspected.ts'
import { addTrustOptions, type TrustOptions } from '../trust.ts'

type Options = TrustOptions & { since?: string; json?: boolean; markdown?: boolean; html?: string }

export function registerInspect(program: Command, context: CliContext): void {
  const command = program
    .command('inspect')
    .argument('<bundle>', 'a file with attestations in any format, a page of `reproof inspect`, or a run')
    .option('--since <bundle>', 'attestations of the release before: what changed since is looked at first')
    .option('--json', 'print all of it as JSON')
    .option('--markdown', 'print it as Markdown, for a comment')
    .option('--html <file>', 'write a page that can be verified again')
    .action(async (name: string, options: Options) => {
      if (options.json && options.markdown) throw new Problem('USAGE', '--json and --markdown are both given.')
      const { inspection, bundles } = await readInspected(name, options, context)
      if (options.since !== undefined) await lookBack(inspection, options.since, options, context)
      if (options.html !== undefined) await writePage(options.html, inspection, bundles, context)
      await show(inspection, options, context)
      context.setExitCode(exitCodes[inspection.verdict])
    })
  addTrustOptions(command)
}

/** Without trust nothing was asked that could have another answer. */
const exitCodes: Record<Inspection['verdict'], number> = {
  'not-verified': 0,
  unsigned: 0,
  verified: 0,
  rejected: 1,
  unverifiable: 3,
}

async function lookBack(inspection: Inspection, since: string, options: Options, context: CliContext): Promise<void> {
  const [{ compareInspections }, { bySeverity }, { distinct }] = await Promise.all([
    import('../../attestations/inspection/changes.ts'),
    import('../../attestations/inspection/model.ts'),
    import('../../attestations/inspection/rules.ts'),
  ])
  const before = await readInspected(since, options, context)
  const { lookAt } = compareInspections(before.inspection, inspection)
  inspection.lookAt = distinct([...lookAt, ...inspection.lookAt]).sort(bySeverity)
}

async function writePage(
  path: string,
  inspection: Inspection,
  bundles: (() => string) | undefined,
  context: CliContext,
): Promise<void> {
  const [{ inspectionPage }, { writeFileAtomically }] = await Promise.all([
    import('../render/html/inspection-page.ts'),
    import('../../verifiers/store/atomic.ts'),
  ])
  await writeFileAtomically(path, inspectionPage(inspection, bundles?.()))
  context.say(`wrote ${path}\n`)
}

async function show(inspection: Inspection, { json, markdown, html }: Options, context: CliContext): Promise<void> {
  if (json) {
    const { renderJson } = await import('../render/json.ts')
    context.write(renderJson(inspection))
  } else if (markdown) {
    const { inspectionMarkdown } = await import('../render/inspect-markdown.ts')
    context.write(inspectionMarkdown(inspection))
  } else if (html === undefined) {
    const { renderInspection } = await import('../render/inspect.ts')
    context.write(renderInspection(inspection, context))
  }
}
