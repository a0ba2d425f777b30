import { stat } from 'node:fs/promises'
import type { Inspection } from '../attestations/inspection/model.ts'
import type { CliContext } from './context.ts'
import { signersFrom, type TrustOptions, trustedBy } from './trust.ts'

export type Inspected = {
  inspection: Inspection
  /** The attestations as they were read, one a line, to be carried along; absent for a run. */
  bundles?: () => string
}

/**
 * What a user names: a file with attestations, or a run of this machine.
 *
 * @throws {Problem} FILE_UNREADABLE, RUN_NOT_FOUND, RUN_INCOMPLETE, SIGNER_NOT_NAMED, USAGE
 */
export async function readInspected(name: string, options: TrustOptions, context: CliContext): Promise<Inspected> {
  const isFile = await stat(name).then(
    (found) => found.isFile(),
    () => false,
  )
  return isFile ? await inspectedFile(name, options, context) : { inspection: await inspectedRun(name, context) }
}

async function inspectedFile(path: string, options: TrustOptions, context: CliContext): Promise<Inspected> {
  const [{ readBundles }, { inspectAttestations }] = await Promise.all([
    import('../attestations/verification/find.ts'),
    import('../attestations/inspection/inspect.ts'),
  ])
  const { attestations, ignored } = await readBundles(path)
  const trust = await trustFrom(options, context)
  const inspection = await inspectAttestations({ attestations, ignored: ignored.length, ...(trust && { trust }) })
  const bundles = () => attestations.map((one) => ('raw' in one ? `${JSON.stringify(one.raw)}\n` : '')).join('')
  return { inspection, bundles }
}

/** Nothing when the options say nothing of trust: then nothing is verified. */
async function trustFrom(options: TrustOptions, context: CliContext) {
  const signers = signersFrom(options)
  if (signers.length === 0 && options.trustedRoot.length === 0) return undefined
  return { ...(await trustedBy(options, context)), expectations: { signers }, now: new Date(), signal: context.signal }
}

async function inspectedRun(name: string, context: CliContext): Promise<Inspection> {
  const [
    { openRunReport },
    { dependenciesOfRun },
    { statementsOf },
    { statementBytes, localBuilderId },
    { version },
    { inspectStatements },
  ] = await Promise.all([
    import('./run-report.ts'),
    import('./run-dependencies.ts'),
    import('../attestations/statements/statements.ts'),
    import('../attestations/statements/statement.ts'),
    import('./version.ts'),
    import('../attestations/inspection/inspect.ts'),
  ])
  const { report, folder } = await openRunReport(name, context)
  const dependencies = report.comparison && (await dependenciesOfRun(report, folder, context))
  const builder = { id: localBuilderId, version: { reproof: version } }
  const statements = statementsOf({ report, version, builder, ...(dependencies && { dependencies }) })
  return inspectStatements(new Map([...statements].map(([kind, one]) => [kind, statementBytes(one)])))
}
