import { Problem } from '../../verifiers/model/problem.ts'
import { pickRegistry } from '../../verifiers/network/npm-registry.ts'
import type { RegistryOptions } from '../../verifiers/npm/configuration.ts'
import type { FetchLimits } from '../../verifiers/npm/resolve/fetch.ts'
import { keysFrom, type TrustedKey } from './keys.ts'
import { fetchRegistryDocument } from './registry-document.ts'
import type { RegistryKeys } from './registry-signature.ts'

type Options = {
  registry: RegistryOptions
  /** The public registry's keys, as Sigstore's trust root delivers them. */
  known: Buffer
  limits?: FetchLimits
  signal: AbortSignal
}

/**
 * Keys with which the registry that has a package signs. Those that the trust root delivers come first, as for npm, and
 * whoever stands between here and the registry cannot change them; each registry is asked once, and only for others.
 *
 * @returns a function of the package's name and of the ids of keys that are needed
 */
export function openRegistryKeys({ registry, known, limits, signal }: Options) {
  const asked = new Map<string, Promise<RegistryKeys>>()
  const trusted = keysFrom(known, 'the trust root', 'npm:signatures')
  return async (name: string, keyIds: readonly string[]): Promise<RegistryKeys> => {
    const has = (keyId: string) => trusted.some((one) => one.keyId === keyId)
    if (keyIds.length > 0 && keyIds.every(has)) return trusted
    const address = pickRegistry(name, registry)
    const pending = asked.get(address) ?? askFor(name, { registry, signal, ...(limits && { limits }) })
    asked.set(address, pending)
    const own = await pending
    return Array.isArray(own) ? [...trusted, ...own] : own
  }
}

/** https://docs.npmjs.com/about-registry-signatures */
async function askFor(
  name: string,
  options: Pick<Options, 'registry' | 'limits' | 'signal'>,
): Promise<TrustedKey[] | 'none' | Problem> {
  const what = 'the keys of the registry'
  try {
    const bytes = await fetchRegistryDocument({ ...options, address: '/-/npm/v1/keys', name, what })
    const keys = bytes && keysFrom(bytes, 'the registry', 'npm:signatures')
    return keys && keys.length > 0 ? keys : 'none'
  } catch (error) {
    options.signal.throwIfAborted()
    if (!(error instanceof Problem)) throw error
    // Registries that know no such question say so in this way, too.
    return error.details.status === 400 ? 'none' : error
  }
}
