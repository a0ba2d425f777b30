import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { SbomOptions } from '../../attestations/statements/sbom.ts'
import { type CliContext, choice, oneLine } from '../context.ts'

type Options = { format: string; creator?: string; out?: string }

export function registerSbom(program: Command, context: CliContext): void {
  program
    .command('sbom')
    .argument('<run>', 'a run, as `reproof runs` lists it, or a folder with package.json and lockfile')
    .option('--format <format>', 'cyclonedx: version 1.6, as JSON', 'cyclonedx')
    .option('--creator <contact>', 'who answers for it: an e-mail address or a URL')
    .option('--out <file>', 'write it to this file')
    .action(async (name: string, options: Options) => {
      choice('--format', options.format, ['cyclonedx'])
      const [{ sbomDocument }, { version }, { writeFileAtomically }] = await Promise.all([
        import('../../attestations/statements/sbom.ts'),
        import('../version.ts'),
        import('../../verifiers/store/atomic.ts'),
      ])
      const about = (await isSourceFolder(name)) ? await aboutFolder(name) : await aboutRun(name, context)
      sayUnread(about, context)
      const { creator, out } = options
      const document = sbomDocument({ ...about, version, ...(creator !== undefined && { creator }) })
      const text = `${JSON.stringify(document, null, 2)}\n`
      if (out === undefined) context.write(text)
      else await writeFileAtomically(out, text)
    })
}

/** What is not in the bill is said, besides that it is incomplete. */
function sayUnread({ dependencies }: About, { say }: CliContext): void {
  const unread = dependencies.findings.filter(({ id }) => id === 'LOCK_ENTRY_UNREAD')
  if (unread.length === 0) return
  const names = unread.slice(0, 20).map(({ uri }) => oneLine(uri.slice(0, 200)))
  const more = unread.length > names.length ? ` and ${unread.length - names.length} more` : ''
  say(`The lockfile has entries that name no package, and that are not in the bill: ${names.join(', ')}${more}\n`)
}

type About = Pick<SbomOptions, 'component' | 'dependencies' | 'timestamp' | 'source'>

/** A folder with a manifest, and not the folder of a run. */
async function isSourceFolder(name: string): Promise<boolean> {
  const isFile = (path: string) =>
    stat(path).then(
      (found) => found.isFile(),
      () => false,
    )
  return (await isFile(join(name, 'package.json'))) && !(await isFile(join(name, 'run.json')))
}

async function aboutRun(name: string, context: CliContext): Promise<About> {
  const [{ openRunReport }, { dependenciesOfRun }, { aboutReport }] = await Promise.all([
    import('../run-report.ts'),
    import('../run-dependencies.ts'),
    import('../../attestations/statements/statements.ts'),
  ])
  const { report, folder } = await openRunReport(name, context)
  return aboutReport(report, await dependenciesOfRun(report, folder, context))
}

async function aboutFolder(folder: string): Promise<About> {
  const { readFolderDependencies } = await import('../../attestations/dependencies/folder.ts')
  const { name, version, dependencies } = await readFolderDependencies(folder)
  return {
    component: { name, ...(version !== undefined && { version }) },
    dependencies,
    timestamp: new Date().toISOString(),
  }
}
