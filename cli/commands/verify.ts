import { join } from 'node:path'
import type { Command } from 'commander'
import { asksForSummary, type WantedSummary } from '../../attestations/policy/wanted-summary.ts'
import { verificationSummaryType } from '../../attestations/statements/types.ts'
import type { Expectations } from '../../attestations/verification/expectations.ts'
import type { VerificationVerdict } from '../../attestations/verification/model.ts'
import type { ReadCertificates } from '../../attestations/verification/signer.ts'
import type { StatementView } from '../../attestations/verification/statement.ts'
import type { Verification } from '../../attestations/verification/verify.ts'
import { Problem } from '../../verifiers/model/problem.ts'
import type { CliContext } from '../context.ts'
import type { openRegistrySignatures } from '../registry-signature.ts'
import type { ShownVerification } from '../render/verification.ts'
import { addSummaryOptions, type SummaryOptions } from '../summarizing.ts'
import { addTrustOptions, matcher, several, signersFrom, type TrustOptions, trustedBy } from '../trust.ts'

export type VerifyOptions = TrustOptions &
  SummaryOptions & {
    parameter: string[]
    bundle: string[]
    sourceRepository?: string
    sourceCommit?: string
    sourceRef?: string
    builder?: string
    builderPattern?: string
    buildType?: string
    predicateType?: string
    repository?: string
    from?: string
    policy?: string
    offline?: boolean
    json?: boolean
  }

export function registerVerify(program: Command, context: CliContext): void {
  const command = program
    .command('verify')
    .argument('[artifact...]', 'files, sha256:… digests, gitCommit:…, npm:NAME@VERSION, or oci://HOST/NAME@sha256:…')
    .option(
      '--bundle <file>',
      'attestations, in any format; may be repeated; default: those beside the file',
      several,
      [],
    )
    .option('--source-repository <url>', 'repository that the file must come from')
    .option('--source-commit <commit>', 'commit that it must come from')
    .option('--source-ref <ref>', 'ref that it must come from, as refs/tags/v1.0.0')
    .option('--builder <id>', 'builder that must have built it')
    .option('--builder-pattern <pattern>', 'the same as a regular expression for all of it')
    .option('--build-type <uri>', 'build type that the statement must have')
    .option('--predicate-type <uri>', 'what kind of statement is wanted')
    .option(
      '--parameter <name=value>',
      'external parameter that the build had, name:=JSON where it is no text; may be repeated, and then these are all',
      several,
      [],
    )
    .option('--policy <file>', 'reproof.policy.yaml: who may sign, and what has to hold')
    .option('--repository <owner/name>', 'also ask GitHub for the attestations that it keeps for this repository')
    .option(
      '--from <page>',
      'verify what a page of `reproof inspect` carries, each about the file that it names itself',
    )
    .option('--offline', 'open no network connection')
    .option('--json', 'print the report as JSON')
    .action(async (specs: string[], given: VerifyOptions) => {
      const { summarizer } = await import('../summarizing.ts')
      const summarize = await summarizer(specs, given, context)
      // Then --key is the one that signs the summary, and the policy says whose signature counts.
      const options = summarize ? { ...given, key: [] } : given
      const results = await verifyAll(specs, options, context)
      await show(results, options, context)
      context.setExitCode({ verified: 0, rejected: 1, unverifiable: 3 }[worst(results.verifications)])
      const [judged] = results.verifications
      if (summarize && judged && results.byPolicy) await summarize(judged, results.byPolicy)
    })
  addSummaryOptions(addTrustOptions(command))
}

function expectationsFrom(options: VerifyOptions): Expectations {
  const { sourceRepository, sourceCommit, sourceRef, buildType, parameter, policy } = options
  const isSummary = policy === undefined && asksForSummary(wantedSummary(options))
  const predicateType = options.predicateType ?? (isSummary ? verificationSummaryType : undefined)
  const builder = matcher('--builder', options.builder, options.builderPattern)
  return {
    signers: signersFrom(options),
    ...(sourceRepository !== undefined && { sourceRepository }),
    ...(sourceCommit !== undefined && { sourceCommit }),
    ...(sourceRef !== undefined && { sourceRef }),
    ...(builder && { builder }),
    ...(buildType !== undefined && { buildType }),
    ...(predicateType !== undefined && { predicateType }),
    ...(parameter.length > 0 && { parameters: parametersFrom(parameter) }),
  }
}

/** @throws {Problem} USAGE */
function parametersFrom(given: string[]): Record<string, unknown> {
  return Object.fromEntries(
    given.map((one) => {
      const [, name = '', kind, value = ''] = /^([^=:]+)(:?=)(.*)$/s.exec(one) ?? []
      try {
        if (name !== '') return [name, kind === ':=' ? JSON.parse(value) : value]
      } catch {
        // It is said below what it should be.
      }
      throw new Problem('USAGE', `${JSON.stringify(one)} is no parameter.`, {
        hint: 'Write --parameter NAME=TEXT, or NAME:=JSON.',
      })
    }),
  )
}

/** One verification for each file. */
export async function verifyAll(specs: string[], options: VerifyOptions, context: CliContext) {
  if (specs.length === 0 && options.from === undefined) {
    throw new Problem('USAGE', 'Nothing is named that could be verified.', {
      hint: 'Give a file, a digest or a package.',
    })
  }
  const [
    { checkExpectations },
    { verifyArtifact },
    { findAttestations, nothingSeen },
    { openBundleStore },
    { checkOwnVerdict },
  ] = await Promise.all([
    import('../../attestations/verification/expectations.ts'),
    import('../../attestations/verification/verify.ts'),
    import('../../attestations/verification/find.ts'),
    import('../../attestations/store/bundles.ts'),
    import('../../attestations/policy/own-verdict.ts'),
  ])
  refuseBoth(options)
  const now = new Date()
  const asked = expectationsFrom(options)
  const byPolicy = options.policy === undefined ? undefined : await policyFrom(options.policy, asked, now)
  const expectations = byPolicy
    ? { ...byPolicy.expectations, ...asked, signers: byPolicy.expectations.signers }
    : { ...asked, policy: (view: StatementView) => checkOwnVerdict(view, wantedSummary(options)) }
  checkExpectations(expectations)
  const { trustRoots, keys } = await trustedBy(options, context)
  keys.given.push(...(byPolicy?.keys ?? []))
  const { signal, progress } = context
  const published = async () => {
    const { openContext } = await import('../open-context.ts')
    return openContext(context)
  }
  let opening: ReturnType<typeof openRegistrySignatures> | undefined
  const signatures = async () => {
    opening ??= import('../registry-signature.ts').then(({ openRegistrySignatures }) => openRegistrySignatures(context))
    return await opening
  }
  const kept = openBundleStore(join(context.stateFolder, 'bundles'))
  const seen = nothingSeen()
  const certificates: ReadCertificates = new Map()
  const { repository, from } = options
  const verifyOne = async (spec: string): Promise<ShownVerification> => {
    const found = await findAttestations({
      spec,
      bundles: from === undefined ? options.bundle : [from],
      offline: options.offline === true,
      environment: context.environment,
      kept,
      seen,
      ...(repository !== undefined && { repository }),
      published,
      progress,
      signal,
    })
    const { artifact, reading } = found
    const { attestations, ignored } = reading
    const verification = await verifyArtifact({
      artifact,
      attestations,
      expectations,
      trustRoots,
      keys,
      now,
      certificates,
      signal,
    })
    const settled = byPolicy ? byPolicy.settle(verification) : verification
    const registrySignature = found.published && (await (await signatures()).check(found.published))
    return {
      ...settled,
      // Whatever others attest of a file, the registry did not hand it out under this name.
      ...(registrySignature?.result === 'failed' && { verdict: 'rejected' }),
      ...(registrySignature && { registrySignature }),
      ignored,
      looked: found.looked,
    }
  }
  const named = from === undefined ? specs : await namedOn(from, specs)
  const verifications: ShownVerification[] = []
  // Several at once, because most of the time is spent waiting for the disk.
  for (let at = 0; at < named.length; at += atOnce) {
    verifications.push(...(await Promise.all(named.slice(at, at + atOnce).map(verifyOne))))
  }
  const policy = byPolicy && { name: options.policy, sha256: byPolicy.sha256 }
  return { verifications, trustRoots, now, policy, byPolicy }
}

function wantedSummary({ verifier, resourceUri, verifiedLevel: levels }: VerifyOptions): WantedSummary {
  return { levels, ...(verifier !== undefined && { verifier }), ...(resourceUri !== undefined && { resourceUri }) }
}

/** Artifacts that are looked at together; each of them may bring 64 MB of attestations. */
const atOnce = 8

/** The files that are asked about, or else those that the attestations on the page name themselves. */
async function namedOn(page: string, specs: string[]): Promise<string[]> {
  const [{ readBundles }, { ownSubject }] = await Promise.all([
    import('../../attestations/verification/find.ts'),
    import('../../attestations/inspection/verified.ts'),
  ])
  const { attestations } = await readBundles(page)
  const named = attestations.flatMap((one) => {
    const { digests } = ownSubject(one)
    const algorithm = ['sha256', 'sha512', 'sha384'].find((name) => digests[name] !== undefined)
    return algorithm === undefined ? [] : [`${algorithm}:${digests[algorithm]}`]
  })
  if (specs.length > 0) return specs
  if (named.length > 0) return [...new Set(named)]
  throw new Problem('FILE_UNREADABLE', `${page} carries no attestations that could be verified.`, {
    hint: 'Give a page that `reproof inspect --html` wrote of signed attestations, or a file with --bundle.',
  })
}

/** @throws {Problem} USAGE for what a summary has to say where the policy judges the evidence itself. */
function refuseBoth(options: VerifyOptions): void {
  const { levels = [], ...named } = wantedSummary(options)
  const isWritten = options.vsa !== undefined
  if (options.policy !== undefined && (levels.length > 0 || (!isWritten && Object.keys(named).length > 0))) {
    throw new Problem('USAGE', 'A policy judges the evidence, and other options ask for a summary of somebody else.', {
      hint: 'Leave out --policy, or --verifier, --resource-uri and --verified-level.',
    })
  }
}

/** @throws {Problem} USAGE when signers are named twice: whether the policy or the option counts would be a guess. */
async function policyFrom(path: string, { signers }: Expectations, now: Date) {
  if (signers.length > 0) {
    throw new Problem('USAGE', 'The policy says who may sign, and so do other options.', {
      hint: 'Leave out --policy, or --certificate-identity, --key and --registry-key.',
    })
  }
  const [{ readPolicy }, { settle }] = await Promise.all([
    import('../../attestations/policy/read.ts'),
    import('../../attestations/policy/settle.ts'),
  ])
  const read = await readPolicy(path, { now })
  return { ...read, settle: (verification: Verification) => settle(verification, read.policy, read.roster) }
}

type Results = Awaited<ReturnType<typeof verifyAll>>

async function show(
  { verifications, trustRoots, now, policy }: Results,
  options: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const { ageOf } = await import('../../attestations/verification/embedded-root.ts')
  const trust = trustRoots.map((root) => {
    const { name, sha256, publishedOn, faults } = root
    const age = ageOf(root, now)
    return {
      name,
      sha256,
      ...(publishedOn !== undefined && { publishedOn }),
      ...(age && { ageDays: age.days, stale: age.stale }),
      faults,
    }
  })
  if (!options.json) {
    const { renderVerification } = await import('../render/verification.ts')
    context.write(verifications.map((one) => renderVerification(one, trust, context)).join('\n'))
    return
  }
  const [only] = verifications
  const artifacts = verifications.map(told)
  const report = {
    schema: 'https://reproof.dev/verification/v1',
    verdict: worst(verifications),
    ...(verifications.length === 1 && only ? told(only) : { artifacts }),
    trustRoots: trust,
    ...(policy && { policy }),
    offline: options.offline === true,
  }
  context.write(`${JSON.stringify(report, null, 2)}\n`)
}

/** Without the statements themselves, which are in the bundles. */
function told({ statements, ...rest }: ShownVerification) {
  return { ...rest, statements: statements.map(({ statement: _, ...one }) => one) }
}

/** All files have to be verified for the whole to be. */
function worst(verifications: Verification[]): VerificationVerdict {
  const verdicts = verifications.map(({ verdict }) => verdict)
  return verdicts.includes('rejected') ? 'rejected' : verdicts.includes('unverifiable') ? 'unverifiable' : 'verified'
}
