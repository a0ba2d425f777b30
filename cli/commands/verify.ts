import type { Command } from 'commander'
import type { Expectations, Matcher, TrustedSigner } from '../../attestations/verification/expectations.ts'
import type { VerificationVerdict } from '../../attestations/verification/model.ts'
import type { Verification } from '../../attestations/verification/verify.ts'
import { Problem } from '../../verifiers/model/problem.ts'
import type { CliContext } from '../context.ts'
import type { ShownVerification } from '../render/verification.ts'

type Options = {
  bundle: string[]
  certificateIdentity?: string
  certificateIdentityPattern?: string
  certificateOidcIssuer?: string
  certificateOidcIssuerPattern?: string
  key: string[]
  registryKey?: boolean
  sourceRepository?: string
  sourceCommit?: string
  sourceRef?: string
  builder?: string
  builderPattern?: string
  buildType?: string
  predicateType?: string
  trustedRoot: string[]
  policy?: string
  offline?: boolean
  json?: boolean
}

const several = (value: string, before: string[]) => [...before, value]

export function registerVerify(program: Command, context: CliContext): void {
  program
    .command('verify')
    .argument('<artifact...>', 'files, sha256:… digests, or npm:NAME@VERSION')
    .option(
      '--bundle <file>',
      'attestations, in any format; may be repeated; default: those beside the file',
      several,
      [],
    )
    .option('--certificate-identity <identity>', 'who must have signed: the exact subject of the certificate')
    .option('--certificate-identity-pattern <pattern>', 'the same as a regular expression for all of it')
    .option('--certificate-oidc-issuer <issuer>', 'who must vouch for the identity')
    .option('--certificate-oidc-issuer-pattern <pattern>', 'the same as a regular expression for all of it')
    .option('--key <file>', 'public key that must have signed; may be repeated', several, [])
    .option('--registry-key', "accept the npm registry's own key, with which it confirms that something was published")
    .option('--source-repository <url>', 'repository that the file must come from')
    .option('--source-commit <commit>', 'commit that it must come from')
    .option('--source-ref <ref>', 'ref that it must come from, as refs/tags/v1.0.0')
    .option('--builder <id>', 'builder that must have built it')
    .option('--builder-pattern <pattern>', 'the same as a regular expression for all of it')
    .option('--build-type <uri>', 'build type that the statement must have')
    .option('--predicate-type <uri>', 'what kind of statement is wanted')
    .option('--policy <file>', 'reproof.policy.yaml: who may sign, and what has to hold')
    .option(
      '--trusted-root <file>',
      'trust these authorities instead of the embedded ones; may be repeated',
      several,
      [],
    )
    .option('--offline', 'open no network connection')
    .option('--json', 'print the report as JSON')
    .action(async (specs: string[], options: Options) => {
      const results = await verifyAll(specs, options, context)
      await show(results, options, context)
      context.setExitCode({ verified: 0, rejected: 1, unverifiable: 3 }[worst(results.verifications)])
    })
}

function expectationsFrom(options: Options): Expectations {
  const { sourceRepository, sourceCommit, sourceRef, buildType, predicateType } = options
  const builder = matcher('--builder', options.builder, options.builderPattern)
  return {
    signers: signersFrom(options),
    ...(sourceRepository !== undefined && { sourceRepository }),
    ...(sourceCommit !== undefined && { sourceCommit }),
    ...(sourceRef !== undefined && { sourceRef }),
    ...(builder && { builder }),
    ...(buildType !== undefined && { buildType }),
    ...(predicateType !== undefined && { predicateType }),
  }
}

function signersFrom(options: Options): TrustedSigner[] {
  const identity = matcher('--certificate-identity', options.certificateIdentity, options.certificateIdentityPattern)
  const issuer = matcher(
    '--certificate-oidc-issuer',
    options.certificateOidcIssuer,
    options.certificateOidcIssuerPattern,
  )
  if ((identity === undefined) !== (issuer === undefined)) {
    throw new Problem('USAGE', 'An identity means something only together with who vouches for it.', {
      hint: 'Give both --certificate-identity and --certificate-oidc-issuer.',
    })
  }
  if (identity && options.key.length > 0) {
    throw new Problem('USAGE', 'Both an identity and a key are given, and it is signed with one of them only.')
  }
  return [
    ...(identity && issuer ? [{ identity, issuer }] : []),
    ...(options.key.length > 0 ? [{ key: 'given' } as const] : []),
    ...(options.registryKey ? [{ key: 'npm-registry' } as const] : []),
  ]
}

function matcher(option: string, exactly: string | undefined, pattern: string | undefined): Matcher | undefined {
  if (exactly !== undefined && pattern !== undefined) {
    throw new Problem('USAGE', `${option} and ${option}-pattern are both given.`, { hint: 'Leave one of them out.' })
  }
  return exactly !== undefined ? { exactly } : pattern !== undefined ? { pattern } : undefined
}

async function verifyAll(specs: string[], options: Options, context: CliContext) {
  const [{ checkExpectations }, { verifyArtifact }, { findAttestations }, { embeddedTrustRoot, embeddedRegistryKeys }] =
    await Promise.all([
      import('../../attestations/verification/expectations.ts'),
      import('../../attestations/verification/verify.ts'),
      import('../../attestations/verification/find.ts'),
      import('../../attestations/verification/embedded-root.ts'),
    ])
  const now = new Date()
  const asked = expectationsFrom(options)
  const byPolicy = options.policy === undefined ? undefined : await policyFrom(options.policy, asked, now)
  const expectations = byPolicy ? { ...byPolicy.expectations, ...asked, signers: byPolicy.expectations.signers } : asked
  checkExpectations(expectations)
  const [{ readTrustRoots }, { readKeys, keysFrom }] = await Promise.all([
    import('../../attestations/verification/trust-root.ts'),
    import('../../attestations/verification/keys.ts'),
  ])
  const trustRoots =
    options.trustedRoot.length > 0
      ? (await Promise.all(options.trustedRoot.map(readTrustRoots))).flat()
      : [embeddedTrustRoot()]
  const keys = {
    given: [...(byPolicy?.keys ?? []), ...(await Promise.all(options.key.map(readKeys))).flat()],
    npmRegistry: options.registryKey ? keysFrom(embeddedRegistryKeys(), 'the npm registry') : [],
  }
  const { signal, progress } = context
  const published = async () => {
    const { openContext } = await import('../open-context.ts')
    return openContext(context)
  }
  const verifications: ShownVerification[] = []
  for (const spec of specs) {
    const found = await findAttestations({
      spec,
      bundles: options.bundle,
      offline: options.offline === true,
      published,
      progress,
      signal,
    })
    const { artifact, reading } = found
    const { attestations, ignored } = reading
    const verification = await verifyArtifact({ artifact, attestations, expectations, trustRoots, keys, now, signal })
    const settled = byPolicy ? byPolicy.settle(verification) : verification
    verifications.push({ ...settled, ignored, looked: found.looked })
  }
  const policy = byPolicy && { name: options.policy, sha256: byPolicy.sha256 }
  return { verifications, trustRoots, now, policy }
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
    import('../../attestations/policy/evaluate.ts'),
  ])
  const read = await readPolicy(path, { now })
  return { ...read, settle: (verification: Verification) => settle(verification, read.policy) }
}

type Results = Awaited<ReturnType<typeof verifyAll>>

async function show(
  { verifications, trustRoots, now, policy }: Results,
  options: Options,
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
