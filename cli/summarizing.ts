import type { Command } from 'commander'
import type { ReadPolicy } from '../attestations/policy/read.ts'
import type { SigningPlan } from '../attestations/signing/sign.ts'
import type { Verification } from '../attestations/verification/verify.ts'
import { Problem } from '../verifiers/model/problem.ts'
import type { SigningOptions } from './attesting.ts'
import type { CliContext } from './context.ts'
import { several } from './trust.ts'

/** Of `reproof verify`: what is expected of a verification summary, and whether one is written. */
export type SummaryOptions = {
  vsa?: string
  verifier?: string
  resourceUri?: string
  verifiedLevel: string[]
  identityToken?: string
  signingConfig?: string
  yes?: boolean
}

export function addSummaryOptions(command: Command): Command {
  return command
    .option(
      '--vsa <file>',
      'write what the policy decided as a signed verification summary; --key is a private key then',
    )
    .option('--verifier <uri>', 'who verifies, in a summary that is written; who must have, in one that is verified')
    .option('--resource-uri <uri>', 'where the file is: in a summary that is written, or in one that is verified')
    .option('--verified-level <level>', 'level that a verification summary must list; may be repeated', several, [])
    .option('--identity-token <token>', 'sign the summary with this OpenID Connect identity')
    .option('--signing-config <file>', 'services to sign the summary with')
    .option('--yes', 'agree beforehand that what is said to become public does')
}

type Asked = SummaryOptions & { key: string[]; trustedRoot: string[]; policy?: string; offline?: boolean }

/** Signs what a policy decides about one file; made before anything is verified, so that a wrong key is said at once. */
export type Summarizer = (
  verification: Verification,
  policy: Pick<ReadPolicy, 'policy' | 'sha256' | 'roster'>,
) => Promise<void>

/**
 * @returns nothing where no summary was asked for
 * @throws {Problem} USAGE without a policy, or for several files; what planning throws.
 */
export async function summarizer(specs: string[], asked: Asked, context: CliContext): Promise<Summarizer | undefined> {
  const { vsa, policy, key, verifier, resourceUri } = asked
  if (vsa === undefined) return undefined
  if (policy === undefined || specs.length !== 1 || key.length > 1) {
    throw new Problem('USAGE', 'A verification summary is what one policy decides about one file.', {
      hint: 'Give --policy, one file, and at most one --key.',
    })
  }
  if (asked.offline && (key.length === 0 || asked.signingConfig !== undefined)) {
    throw new Problem('USAGE', 'Services would be asked to sign the summary, and --offline was given.', {
      hint: 'Sign it with --key, and without --signing-config.',
    })
  }
  const [{ localVerifierId, summaryOf }, { writeFileAtomically }, { planFor, signAll }, { version }] =
    await Promise.all([
      import('../attestations/policy/summary.ts'),
      import('../verifiers/store/atomic.ts'),
      import('./attesting.ts'),
      import('./version.ts'),
    ])
  const options = signingOptions(asked)
  const plan: SigningPlan = await planFor(options, context)
  return async (verification, read) => {
    const statement = summaryOf({
      verification,
      policy: read,
      verifier: { id: verifier ?? localVerifierId, version: { reproof: version } },
      ...(resourceUri !== undefined && { resourceUri }),
      now: new Date(),
    })
    const signed = await signAll(new Map([['vsa', statement]]), plan, options, context)
    for (const { bundle } of signed.values()) await writeFileAtomically(vsa, `${bundle}\n`)
    context.say(`wrote   ${vsa}\n`)
  }
}

function signingOptions({ key, identityToken, signingConfig, trustedRoot, yes }: Asked): SigningOptions {
  const [privateKey] = key
  const [root] = trustedRoot
  return {
    ...(privateKey !== undefined && { key: privateKey }),
    ...(identityToken !== undefined && { identityToken }),
    ...(signingConfig !== undefined && { signingConfig }),
    ...(signingConfig !== undefined && root !== undefined && { trustedRoot: root }),
    ...(yes !== undefined && { yes }),
  }
}
