import type { Command } from 'commander'
import type { Pass } from '../../verifiers/compare/passes/pass.ts'
import type { CliContext } from '../context.ts'
import { renderJson } from '../render/json.ts'

type Context = Pick<CliContext, 'write'>

const ownPasses = `
\`compare\` and \`rebuild\` take passes of your own, --pass FILE, in JSON or YAML. Each hides one difference, and no other:

  passes:
    - path: package/dist/banner.js
      reason: the banner names the machine that built it
      published: <sha256 of the published content, as the report has it>
      rebuilt: <sha256 of the rebuilt content>

The verdict is equivalent at best, and the report has each of them with its reason.
`

export function registerPasses(program: Command, context: Context): void {
  program
    .command('passes')
    .option('--json', 'print the list as JSON')
    .option('--markdown', 'print it as docs/passes.md has it')
    .addHelpText('after', ownPasses)
    .action(async (options: { json?: boolean; markdown?: boolean }) => {
      const { passes } = await import('../../verifiers/compare/passes/passes.ts')
      if (options.json) context.write(renderJson({ passes: passes.map(describe) }))
      else context.write(options.markdown ? passesPage(passes) : plain(passes))
    })
}

function describe({ id, version, kind, formats, changes, safe, never }: Pass) {
  return { id, version, kind, formats, leadsTo: strongest(kind), changes, safe, never }
}

function strongest(kind: Pass['kind']): string {
  return kind === 'container' ? 'stream-identical or content-identical' : 'equivalent'
}

function plain(passes: readonly Pass[]): string {
  const lines = passes.flatMap((pass) => [
    `${pass.id}@${pass.version}  ${pass.kind}, at best ${strongest(pass.kind)}`,
    `  changes  ${pass.changes}`,
    `  safe     ${pass.safe}`,
    `  never    ${pass.never}`,
    '',
  ])
  return `${lines.join('\n')}`
}

/** docs/passes.md; `npm run schemas` writes it. */
export function passesPage(passes: readonly Pass[]): string {
  const section = (kind: Pass['kind']) =>
    passes
      .filter((pass) => pass.kind === kind)
      .map(
        (pass) =>
          `### \`${pass.id}\`, version ${pass.version}\n\n${pass.changes}\n\n*Why it is safe:* ${pass.safe}\n\n*What it never touches:* ${pass.never}\n`,
      )
      .join('\n')
  return `# Stabilisation passes

    reproof passes

A comparison looks away from these things and no others, and its report names each that it met.

## Of the archive

They lead to \`stream-identical\` (the first) or \`content-identical\`.

${section('container')}
## Of contents

They lead to \`equivalent\` at best.

${section('content')}`
}
