import type { Command } from 'commander'
import type { Matcher, TrustedSigner } from '../attestations/verification/expectations.ts'
import type { TrustedKey } from '../attestations/verification/keys.ts'
import type { TrustRoot } from '../attestations/verification/trust-root.ts'
import { Problem } from '../verifiers/model/problem.ts'
import type { CliContext } from './context.ts'

/** Whose signature counts, and by which authorities. */
export type TrustOptions = {
  certificateIdentity?: string
  certificateIdentityPattern?: string
  certificateOidcIssuer?: string
  certificateOidcIssuerPattern?: string
  key: string[]
  registryKey?: boolean
  trustedRoot: string[]
}

export const several = (value: string, before: string[]) => [...before, value]

export function addTrustOptions(command: Command): Command {
  return command
    .option('--certificate-identity <identity>', 'who must have signed: the exact subject of the certificate')
    .option('--certificate-identity-pattern <pattern>', 'the same as a regular expression for all of it')
    .option('--certificate-oidc-issuer <issuer>', 'who must vouch for the identity')
    .option('--certificate-oidc-issuer-pattern <pattern>', 'the same as a regular expression for all of it')
    .option('--key <file>', 'public key that must have signed; may be repeated', several, [])
    .option('--registry-key', "accept the npm registry's own key, with which it confirms that something was published")
    .option(
      '--trusted-root <file>',
      'trust these authorities instead of those that `reproof trust show` lists; may be repeated',
      several,
      [],
    )
}

/** The authorities and keys that the options name, or those in use. Opens no socket. */
export async function trustedBy(
  options: TrustOptions,
  { stateFolder }: Pick<CliContext, 'stateFolder'>,
): Promise<{ trustRoots: TrustRoot[]; keys: { given: TrustedKey[]; npmRegistry: TrustedKey[] } }> {
  const [{ readTrustRoots }, { readKeys, keysFrom }] = await Promise.all([
    import('../attestations/verification/trust-root.ts'),
    import('../attestations/verification/keys.ts'),
  ])
  const named = (await Promise.all(options.trustedRoot.map(readTrustRoots))).flat()
  const needed = named.length === 0 || options.registryKey
  const inUse = needed
    ? await (await import('../attestations/verification/trust-root-in-use.ts')).trustInUse(stateFolder)
    : undefined
  return {
    trustRoots: named.length === 0 && inUse ? [inUse.root] : named,
    keys: {
      given: (await Promise.all(options.key.map(readKeys))).flat(),
      npmRegistry: options.registryKey && inUse ? keysFrom(inUse.registryKeys, 'the npm registry') : [],
    },
  }
}

/** @throws {Problem} USAGE when half of an identity is given, or an identity and a key. */
export function signersFrom(options: TrustOptions): TrustedSigner[] {
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

/** @throws {Problem} USAGE when both are given. */
export function matcher(option: string, exactly: string | undefined, pattern: string | undefined): Matcher | undefined {
  if (exactly !== undefined && pattern !== undefined) {
    throw new Problem('USAGE', `${option} and ${option}-pattern are both given.`, { hint: 'Leave one of them out.' })
  }
  return exactly !== undefined ? { exactly } : pattern !== undefined ? { pattern } : undefined
}
