import type { Declaration } from '../../network/declarations.ts'
import { baseNameOf } from '../../network/names.ts'
import type { RegistryOptions } from '../configuration.ts'
import { mostRepaired } from './lock-repair.ts'

/** Larger lockfiles are not asked about one by one. */
const mostAsked = 5000
const askedAtOnce = 24

/**
 * Which of the packages that a lockfile pins the registry does not have any more, as `name@version`; only what it says
 * itself counts, not what it does not answer.
 */
export async function missingFrom(
  registry: RegistryOptions,
  declarations: readonly Declaration[],
  signal: AbortSignal,
): Promise<string[]> {
  const waiting = [...new Map(declarations.map((it) => [`${it.name}@${it.version}`, it])).entries()].slice(0, mostAsked)
  const missing: string[] = []
  const ask = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [key, { name, version }] = next
      if (missing.length < mostRepaired && (await isMissing(registry, name, version, signal))) missing.push(key)
    }
  }
  await Promise.all(Array.from({ length: askedAtOnce }, ask))
  return missing.sort()
}

async function isMissing(
  registry: RegistryOptions,
  name: string,
  version: string,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted()
  try {
    const { default: npmFetch } = await import('npm-registry-fetch')
    const options = { ...registry, method: 'HEAD' as const, spec: name, signal }
    const response = await npmFetch(`/${name}/-/${baseNameOf(name)}-${version}.tgz`, options)
    response.body?.resume()
    return false
  } catch (error) {
    const { statusCode } = error as { statusCode?: number }
    return statusCode === 404 || statusCode === 410
  }
}
