import type { RegistrySignatureCheck, SignedPackage } from '../attestations/verification/registry-signature.ts'
import { Problem } from '../verifiers/model/problem.ts'
import type { CliContext } from './context.ts'

export type RegistrySignatures = {
  /** Of a version whose metadata is at hand. */
  check: (published: SignedPackage) => Promise<RegistrySignatureCheck>
  /** Asks the registry for the metadata first. */
  ask: (published: Pick<SignedPackage, 'name' | 'version' | 'digests'>) => Promise<RegistrySignatureCheck>
}

/** Asks each registry for its keys at most once. */
export async function openRegistrySignatures(context: CliContext): Promise<RegistrySignatures> {
  const [{ openRegistryKeys }, { checkRegistrySignature }, { trustInUse }, { readNpmConfiguration }] =
    await Promise.all([
      import('../attestations/verification/registry-keys.ts'),
      import('../attestations/verification/registry-signature.ts'),
      import('../attestations/verification/trust-root-in-use.ts'),
      import('../verifiers/npm/configuration.ts'),
    ])
  const { environment, stateFolder, signal } = context
  const registry = await readNpmConfiguration({ env: environment })
  const { registryKeys: known } = await trustInUse(stateFolder)
  const keysFor = openRegistryKeys({ registry, known, signal })
  const now = new Date()
  const check = async (published: SignedPackage) => {
    const ids = published.claims.signed?.signatures.map(({ keyid }) => keyid) ?? []
    return checkRegistrySignature(published, await keysFor(published.name, ids), now)
  }
  const ask: RegistrySignatures['ask'] = async (published) => {
    const [{ claimsOf, fetchPackument, pickVersion }, { packumentPath }, { defaultFetchLimits }] = await Promise.all([
      import('../verifiers/npm/resolve/packument.ts'),
      import('../verifiers/network/names.ts'),
      import('../verifiers/npm/resolve/fetch.ts'),
    ])
    const { name, version } = published
    try {
      const escapedName = packumentPath(name)
      const packument = await fetchPackument({ name, escapedName, registry, limits: defaultFetchLimits, signal })
      const claims = claimsOf(packument, pickVersion(packument, { type: 'version', spec: version }))
      return await check({ ...published, claims })
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof Problem)) throw error
      return checkRegistrySignature({ ...published, claims: {} }, error, now)
    }
  }
  return { check, ask }
}
