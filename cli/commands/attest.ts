import type { Command } from 'commander'
import {
  addRunOptions,
  addSigningOptions,
  type Prepared,
  planFor,
  type RunOptions,
  type SigningOptions,
  signedLines,
  statementsOfReport,
  writeSigned,
} from '../attesting.ts'
import type { CliContext } from '../context.ts'

type Options = SigningOptions & RunOptions & { statement?: string; out?: string; unsigned?: boolean; json?: boolean }

export function registerAttest(program: Command, context: CliContext): void {
  const command = program
    .command('attest')
    .argument('<run>', 'a run, as `reproof runs` lists it; with --statement the file that it speaks of')
    .option('--statement <file>', 'sign this in-toto statement instead')
  addRunOptions(addSigningOptions(command))
    .option('--out <folder>', 'where the bundles go; default: attestations/ in the run’s folder')
    .option('--unsigned', 'sign nothing, and print the statements, one a line')
    .option('--json', 'print what was written as JSON')
    .action(async (name: string, options: Options) => {
      const { statement } = options
      const prepared = statement
        ? await givenStatement(name, statement, context)
        : await statementsOfRun(name, options, context)
      if (options.unsigned) return await printStatements(prepared.statements, context)
      const folder = options.out ?? prepared.folder
      const plan = await planFor(options, context)
      show(await writeSigned({ ...prepared, folder }, plan, options, context), options, context)
    })
}

async function givenStatement(file: string, path: string, { signal }: CliContext): Promise<Prepared> {
  const [{ readStatement }, { hashFile }, { basename }] = await Promise.all([
    import('../../attestations/given-statement.ts'),
    import('../../verifiers/compare/input.ts'),
    import('node:path'),
  ])
  const { digests } = await hashFile(file, { signal })
  const fileName = basename(file)
  return {
    statements: new Map([['statement', await readStatement(path, fileName, digests)]]),
    fileName,
    folder: '.',
  }
}

async function statementsOfRun(name: string, options: Options, context: CliContext): Promise<Prepared> {
  const { openRunReport } = await import('../run-report.ts')
  const { report, folder } = await openRunReport(name, context)
  return await statementsOfReport(report, folder, options, context)
}

async function printStatements(statements: Prepared['statements'], { write }: CliContext): Promise<void> {
  const { canonicalJson } = await import('../../attestations/statements/canonical.ts')
  for (const statement of statements.values()) write(`${canonicalJson(statement)}\n`)
}

function show(written: Awaited<ReturnType<typeof writeSigned>>, { json }: Options, { write }: CliContext): void {
  if (!json) {
    write(signedLines(written))
    return
  }
  const statements = [...written.signed].map(([kind, { statement }]) => ({
    kind,
    predicateType: statement.predicateType,
    subject: statement.subject[0].name,
  }))
  write(`${JSON.stringify({ statements, files: written.paths }, null, 2)}\n`)
}
