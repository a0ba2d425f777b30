import { join } from 'node:path'
import type { Command } from 'commander'
import type { SignedStatement, SigningPlan } from '../../attestations/signing/sign.ts'
import type { Statement } from '../../attestations/statements/statement.ts'
import { Problem } from '../../verifiers/model/problem.ts'
import type { CliContext } from '../context.ts'

type Options = {
  statement?: string
  key?: string
  identityToken?: string
  signingConfig?: string
  trustedRoot?: string
  builder?: string
  invocation?: string
  creator?: string
  out?: string
  unsigned?: boolean
  json?: boolean
}

export function registerAttest(program: Command, context: CliContext): void {
  program
    .command('attest')
    .argument('<run>', 'a run, as `reproof runs` lists it; with --statement the file that it speaks of')
    .option('--statement <file>', 'sign this in-toto statement instead')
    .option('--key <file>', 'sign with this private key, and ask nobody; without it, with the identity of this job')
    .option('--identity-token <token>', 'sign with this OpenID Connect identity')
    .option(
      '--signing-config <file>',
      'services to sign with, as Sigstore describes them; default for an identity: the public ones',
    )
    .option('--trusted-root <file>', 'the root that these services are verified with, where the configuration has none')
    .option('--builder <uri>', 'id of the builder that did the rebuild, in this mode of operation')
    .option('--invocation <uri>', 'the job that did the rebuild')
    .option('--creator <contact>', 'who answers for the bill of materials: an e-mail address or a URL')
    .option('--out <folder>', 'where the bundles go; default: attestations/ in the run’s folder')
    .option('--unsigned', 'sign nothing, and print the statements, one a line')
    .option('--json', 'print what was written as JSON')
    .action(async (name: string, options: Options) => {
      const { statements, fileName, folder } = options.statement
        ? await givenStatement(name, options.statement, options, context)
        : await statementsOfRun(name, options, context)
      if (options.unsigned) return await printStatements(statements, context)
      const signed = await sign(statements, options, context)
      const { writeBundles } = await import('../../attestations/write-bundles.ts')
      const bundles = new Map([...signed].map(([kind, { bundle }]) => [kind, bundle]))
      const paths = await writeBundles(options.out ?? folder, fileName, bundles)
      show(signed, paths, options, context)
    })
}

type Prepared = { statements: ReadonlyMap<string, Statement<unknown>>; fileName: string; folder: string }

async function givenStatement(
  file: string,
  path: string,
  { out = '.' }: Options,
  { signal }: CliContext,
): Promise<Prepared> {
  const [{ readStatement }, { hashFile }, { basename }] = await Promise.all([
    import('../../attestations/given-statement.ts'),
    import('../../verifiers/compare/input.ts'),
    import('node:path'),
  ])
  const { digests } = await hashFile(file, { signal })
  const fileName = basename(file)
  return { statements: new Map([['statement', await readStatement(path, fileName, digests)]]), fileName, folder: out }
}

async function statementsOfRun(name: string, options: Options, context: CliContext): Promise<Prepared> {
  const [{ openRunReport }, { dependenciesOfRun }, { statementsOf }, { localBuilderId }, { version }] =
    await Promise.all([
      import('../run-report.ts'),
      import('../run-dependencies.ts'),
      import('../../attestations/statements/statements.ts'),
      import('../../attestations/statements/statement.ts'),
      import('../version.ts'),
    ])
  const { report, folder } = await openRunReport(name, context)
  const dependencies = report.comparison && (await dependenciesOfRun(report, folder, context))
  const { builder = localBuilderId, invocation, creator } = options
  const statements = statementsOf({
    report,
    version,
    builder: { id: builder, version: { reproof: version } },
    ...(dependencies && { dependencies }),
    ...(invocation !== undefined && { invocation }),
    ...(creator !== undefined && { creator }),
  })
  const { fileName } = report.artifact ?? {}
  if (fileName === undefined) throw new Problem('RUN_INCOMPLETE', 'The run found no published file.')
  return { statements, fileName, folder: join(folder, 'attestations') }
}

async function sign(
  statements: ReadonlyMap<string, Statement<unknown>>,
  { key, identityToken, signingConfig, trustedRoot }: Options,
  context: CliContext,
): Promise<Map<string, SignedStatement>> {
  const [{ planSigning }, { signStatements }, { keyPassword }, { oneLine }] = await Promise.all([
    import('../../attestations/signing/plan.ts'),
    import('../../attestations/signing/sign.ts'),
    import('../password.ts'),
    import('../context.ts'),
  ])
  const { environment, signal } = context
  const plan: SigningPlan = await planSigning({
    environment,
    signal,
    now: () => new Date(),
    password: () => keyPassword(`Password of ${key}: `, context),
    ...(key !== undefined && { key }),
    ...(identityToken !== undefined && { identityToken }),
    ...(signingConfig !== undefined && { signingConfig }),
    ...(trustedRoot !== undefined && { trustedRoot }),
  })
  const announce = (notice: string[]) => {
    context.say('Before anything is signed, what others will see of it:\n')
    for (const sentence of notice) context.say(`  ${oneLine(sentence)}\n`)
  }
  return await signStatements(statements, plan, { announce, signal })
}

async function printStatements(statements: Prepared['statements'], { write }: CliContext): Promise<void> {
  const { canonicalJson } = await import('../../attestations/statements/canonical.ts')
  for (const statement of statements.values()) write(`${canonicalJson(statement)}\n`)
}

function show(
  signed: ReadonlyMap<string, SignedStatement>,
  paths: string[],
  { json }: Options,
  { write }: CliContext,
): void {
  const rows = [...signed].map(([kind, { statement }]) => ({
    kind,
    predicateType: statement.predicateType,
    subject: statement.subject[0].name,
  }))
  if (json) {
    write(`${JSON.stringify({ statements: rows, files: paths }, null, 2)}\n`)
    return
  }
  for (const { kind, subject } of rows) write(`signed  ${kind.padEnd(15)} ${subject}\n`)
  for (const path of paths) write(`wrote   ${path}\n`)
}
