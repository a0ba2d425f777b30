import { Problem } from '../../verifiers/model/problem.ts'
import { publicGood, readSigningConfiguration, type SigningConfiguration } from './configuration.ts'
import { findIdentity } from './identity.ts'
import { isEncrypted, readKey } from './local-key.ts'
import { identityProvider, selectServices } from './services.ts'
import type { SigningPlan } from './sign.ts'

export type PlanOptions = {
  /** File of a private key: then nobody has to be asked, and nobody is, unless a configuration says whom. */
  key?: string
  /** Called when the key needs it. */
  password: () => Promise<string>
  identityToken?: string
  /** Lets the person at this terminal log in at the given identity provider; absent where there is nobody. */
  login?: (issuer: string) => Promise<string>
  /** File; by default the public-good instance for an identity, and nobody for a key. */
  signingConfig?: string
  /** File with the roots of these services. */
  trustedRoot?: string
  environment: NodeJS.ProcessEnv
  now: () => Date
  signal: AbortSignal
}

/**
 * Decides who signs and who is asked, from what the user gave and what this job has. Only an identity provider is contacted.
 *
 * @throws {Problem} USAGE, KEY_INVALID, SIGNING_CONFIG_INVALID, TRUST_ROOT_INVALID, IDENTITY_MISSING, IDENTITY_INVALID
 */
export async function planSigning(options: PlanOptions): Promise<SigningPlan> {
  const { key, identityToken, now } = options
  if (key !== undefined && identityToken !== undefined) {
    throw new Problem('USAGE', 'A key and an identity token were given; one of them signs.')
  }
  const configuration = await configurationFor(options)
  const services = configuration
    ? selectServices(configuration.config, now())
    : { certificates: undefined, logs: [], timestamps: [] }
  const trustRoots = configuration?.trustRoots ?? []
  if (key !== undefined) {
    const password = (await isEncrypted(key)) ? await options.password() : undefined
    return { signer: { kind: 'key', key: await readKey(key, password) }, services, trustRoots }
  }
  const { environment, signal, login } = options
  const provider = configuration && identityProvider(configuration.config, now())
  const identity = await findIdentity({
    environment,
    signal,
    now,
    ...(identityToken !== undefined && { token: identityToken }),
    ...(login && provider !== undefined && { login: () => login(provider) }),
  })
  return { signer: { kind: 'identity', identity }, services, trustRoots, isPublic: options.signingConfig === undefined }
}

async function configurationFor({
  key,
  signingConfig,
  trustedRoot,
}: PlanOptions): Promise<SigningConfiguration | undefined> {
  if (signingConfig !== undefined) return await readSigningConfiguration(signingConfig, trustedRoot)
  if (trustedRoot !== undefined) {
    throw new Problem('USAGE', '--trusted-root was given without --signing-config: whose services does it belong to?')
  }
  return key === undefined ? publicGood() : undefined
}
