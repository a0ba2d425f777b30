import { join } from 'node:path'
import type { Command } from 'commander'
import type { DependencySet } from '../attestations/dependencies/model.ts'
import type { SignedStatement, SigningPlan, SignOptions } from '../attestations/signing/sign.ts'
import type { Statement } from '../attestations/statements/statement.ts'
import { Problem } from '../verifiers/model/problem.ts'
import type { Report } from '../verifiers/model/report.ts'
import { type CliContext, oneLine } from './context.ts'

/** Who signs, and with whose services. */
export type SigningOptions = {
  key?: string
  identityToken?: string
  signingConfig?: string
  trustedRoot?: string
  yes?: boolean
}

/** What is said of a run beyond what it found. */
export type RunOptions = {
  provenance?: boolean
  builder?: string
  invocation?: string
  creator?: string
}

export function addSigningOptions(command: Command): Command {
  return command
    .option('--key <file>', 'sign with this private key, and ask nobody; without it, with the identity of this job')
    .option('--identity-token <token>', 'sign with this OpenID Connect identity')
    .option(
      '--signing-config <file>',
      'services to sign with, as Sigstore describes them; default for an identity: the public ones',
    )
    .option('--trusted-root <file>', 'the root that these services are verified with, where the configuration has none')
    .option('--yes', 'agree beforehand that what is said to become public does')
}

export function addRunOptions(command: Command): Command {
  return command
    .option('--provenance', 'ask the registry when each dependency was published and what attests it, and verify that')
    .option('--builder <uri>', 'id of the builder that did the rebuild, in this mode of operation')
    .option('--invocation <uri>', 'the job that did the rebuild')
    .option('--creator <contact>', 'who answers for the bill of materials: an e-mail address or a URL')
}

/** How somebody is told what becomes public, and agrees to it. */
export type Agreement = { yes?: boolean; announce?: SignOptions['announce'] }

/** Decides who signs. A person at a terminal without another identity logs in with a browser. */
export async function planFor(
  options: SigningOptions,
  context: CliContext,
  { attended = process.stdin.isTTY === true && context.environment.CI === undefined } = {},
): Promise<SigningPlan> {
  const [{ planSigning }, { keyPassword }] = await Promise.all([
    import('../attestations/signing/plan.ts'),
    import('./password.ts'),
  ])
  const { key, identityToken, signingConfig, trustedRoot } = options
  const { environment, signal } = context
  return await planSigning({
    environment,
    signal,
    now: () => new Date(),
    password: () => keyPassword(`Password of ${key}: `, context),
    ...(key !== undefined && { key }),
    ...(identityToken !== undefined && { identityToken }),
    ...(signingConfig !== undefined && { signingConfig }),
    ...(trustedRoot !== undefined && { trustedRoot }),
    ...(attended && { login: (issuer) => logInHere(issuer, context) }),
  })
}

async function logInHere(issuer: string, { say, signal }: CliContext): Promise<string> {
  const { logIn } = await import('../attestations/signing/browser-login.ts')
  const show = (address: string) => say(`Log in with a browser on this machine, within three minutes:\n  ${address}\n`)
  return await logIn({ issuer, show, signal })
}

/**
 * Signs, after it was said what others will see for ever.
 *
 * @throws {Problem} NOT_AGREED when the public services are to be used, and nobody agreed to that.
 */
export async function signAll<Name>(
  statements: ReadonlyMap<Name, Statement<unknown>>,
  plan: SigningPlan,
  {
    yes,
    announce = (notice) => tell(notice, plan, yes === true, context),
    onSigned,
  }: Agreement & Pick<SignOptions<Name>, 'onSigned'>,
  context: CliContext,
): Promise<Map<Name, SignedStatement>> {
  const { signStatements } = await import('../attestations/signing/sign.ts')
  return await signStatements(statements, plan, { announce, onSigned, signal: context.signal })
}

async function tell(notice: string[], { isPublic }: SigningPlan, agreed: boolean, context: CliContext): Promise<void> {
  context.say('Before anything is signed, what others will see of it:\n')
  for (const sentence of notice) context.say(`  ${oneLine(sentence)}\n`)
  if (isPublic && !agreed) await requireAgreement(context)
}

async function requireAgreement(context: CliContext): Promise<void> {
  if (process.stdin.isTTY !== true) throw notAgreed()
  const { createInterface } = await import('node:readline/promises')
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await reader.question('Sign and publish this? [y/N] ', { signal: context.signal })
    if (/^y(?:es)?$/i.test(answer.trim())) return
  } finally {
    reader.close()
  }
  throw new Problem('NOT_AGREED', 'Nothing was signed, because you did not agree.')
}

export function notAgreed(): Problem {
  return new Problem('NOT_AGREED', 'Nothing was signed: it would become public for ever, and nobody agreed to that.', {
    hint: 'Agree with --yes, or sign with --key or with services of your own (--signing-config).',
  })
}

export type Prepared = { statements: ReadonlyMap<string, Statement<unknown>>; fileName: string; folder: string }

/** Everything that can be said of a run, each thing in a statement of its own. */
export async function statementsOfReport(
  report: Report,
  runFolder: string,
  options: RunOptions,
  context: CliContext,
): Promise<Prepared> {
  const [{ dependenciesOfRun }, { statementsOf }, { localBuilderId }, { version }] = await Promise.all([
    import('./run-dependencies.ts'),
    import('../attestations/statements/statements.ts'),
    import('../attestations/statements/statement.ts'),
    import('./version.ts'),
  ])
  const dependencies = report.comparison && (await dependenciesOfRun(report, runFolder, context))
  const asked =
    dependencies && options.provenance
      ? await withFacts(dependencies, report.recipe?.network.registryTime, context)
      : dependencies
  const { builder = localBuilderId, invocation, creator } = options
  const statements = statementsOf({
    report,
    version,
    builder: { id: builder, version: { reproof: version } },
    ...(asked && { dependencies: asked }),
    ...(invocation !== undefined && { invocation }),
    ...(creator !== undefined && { creator }),
  })
  const { fileName } = report.artifact ?? {}
  if (fileName === undefined) throw new Problem('RUN_INCOMPLETE', 'The run found no published file.')
  return { statements, fileName, folder: join(runFolder, 'attestations') }
}

/** What the registry says of each, verified. @param builtAt moment at which a build saw the registry, RFC 3339; now without one */
export async function withFacts(
  dependencies: DependencySet,
  builtAt: string | undefined,
  context: CliContext,
): Promise<DependencySet> {
  const [{ withRegistryFacts }, { readNpmConfiguration }, { trustedBy }] = await Promise.all([
    import('../attestations/dependencies/registry-facts.ts'),
    import('../verifiers/npm/configuration.ts'),
    import('./trust.ts'),
  ])
  const { environment, cacheFolder, signal } = context
  const { trustRoots } = await trustedBy({ key: [], trustedRoot: [] }, context)
  const now = new Date()
  return await withRegistryFacts(dependencies, builtAt ?? now.toISOString(), {
    registry: await readNpmConfiguration({ env: environment }),
    cacheFolder,
    trustRoots,
    now,
    signal,
  })
}

/** Signs and writes; what was signed, and where it is. */
export async function writeSigned(
  { statements, fileName, folder }: Prepared,
  plan: SigningPlan,
  options: Agreement,
  context: CliContext,
): Promise<{ signed: ReadonlyMap<string, SignedStatement>; paths: string[] }> {
  const signed = await signAll(statements, plan, options, context)
  const { writeBundles } = await import('../attestations/write-bundles.ts')
  const bundles = new Map([...signed].map(([kind, { bundle }]) => [kind, bundle]))
  return { signed, paths: await writeBundles(folder, fileName, bundles) }
}

/** One line for each statement, one for each file. */
export function signedLines({ signed, paths }: Awaited<ReturnType<typeof writeSigned>>): string {
  const told = [...signed].map(([kind, { statement }]) => `signed  ${kind.padEnd(15)} ${statement.subject[0].name}\n`)
  return [...told, ...paths.map((path) => `wrote   ${path}\n`)].join('')
}
