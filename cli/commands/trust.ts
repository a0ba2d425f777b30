import type { Command } from 'commander'
import type { ShownRoot } from '../../attestations/verification/trust-root-view.ts'
import type { CliContext } from '../context.ts'
import { several } from '../trust.ts'

export function registerTrust(program: Command, context: CliContext): void {
  const trust = program.command('trust')
  trust
    .command('show')
    .description('list the authorities that verification believes, their age, digests and times of validity')
    .option('--trusted-root <file>', 'show this one instead; may be repeated', several, [])
    .option('--json', 'print it as JSON')
    .action(async (options: { trustedRoot: string[]; json?: boolean }) => show(options, context))
  trust
    .command('update')
    .description('fetch the trusted root by TUF, and use it from now on; nothing else in reproof fetches one')
    .option('--mirror <url>', 'a TUF repository; default: that of the public Sigstore instance')
    .option('--root <file>', 'first root.json of that repository, as its owner gave it to you')
    .option('--json', 'print it as JSON')
    .action(async (options: { mirror?: string; root?: string; json?: boolean }) => {
      const { updateTrust } = await import('../../attestations/verification/trust-root-update.ts')
      const { mirror, root } = options
      const { stateFolder, signal } = context
      await updateTrust({
        stateFolder,
        signal,
        now: () => new Date(),
        ...(mirror !== undefined && { mirror }),
        ...(root !== undefined && { root }),
      })
      await show({ trustedRoot: [], ...(options.json && { json: true }) }, context)
    })
}

type Shown = ShownRoot & { days?: number; stale?: boolean; mirror?: string }

async function show(options: { trustedRoot: string[]; json?: boolean }, context: CliContext): Promise<void> {
  const roots = await rootsToShow(options.trustedRoot, context)
  if (options.json) {
    const { renderJson } = await import('../render/json.ts')
    context.write(renderJson({ schema: 'https://reproof.dev/trust-roots/v1', trustRoots: roots }))
    return
  }
  const { renderTrustRoot } = await import('../render/trust.ts')
  context.write(roots.map((root) => renderTrustRoot(root, context)).join('\n'))
}

async function rootsToShow(files: string[], { stateFolder }: CliContext): Promise<Shown[]> {
  const [{ readTrustRoots }, { trustInUse }, { showRoot }, { ageOf }] = await Promise.all([
    import('../../attestations/verification/trust-root.ts'),
    import('../../attestations/verification/trust-root-in-use.ts'),
    import('../../attestations/verification/trust-root-view.ts'),
    import('../../attestations/verification/embedded-root.ts'),
  ])
  const now = new Date()
  if (files.length > 0) return (await Promise.all(files.map(readTrustRoots))).flat().map((root) => showRoot(root, now))
  const { root, updated } = await trustInUse(stateFolder)
  return [{ ...showRoot(root, now), ...ageOf(root, now), ...(updated && { mirror: updated.mirror }) }]
}
