import { Problem } from '../../verifiers/model/problem.ts'
import { defaultFetchLimits, type FetchOptions, fetchWith } from '../../verifiers/npm/resolve/fetch.ts'
import { limits as documentLimits } from './json.ts'

export type RegistryAttestationsOptions = Pick<FetchOptions, 'what' | 'registry' | 'signal'> & {
  /** Address that the package's metadata names. */
  address: string
  /** Name of the package, which chooses the registry. */
  name: string
  limits?: FetchOptions['limits']
}

/**
 * A registry's list of attestations, as npm asks for it: the path that the metadata names, at the registry that is
 * configured. Nothing where the registry has none.
 *
 * @throws {Problem} those of `fetchWith` but PACKAGE_NOT_FOUND, and REGISTRY_ANSWER_TOO_LARGE
 */
export async function fetchRegistryAttestations(options: RegistryAttestationsOptions): Promise<Buffer | undefined> {
  const { address, name, what, registry, limits = defaultFetchLimits, signal } = options
  const url = URL.parse(address, 'https://host.invalid')
  if (!url) return undefined
  try {
    const request = { url: `${url.pathname}${url.search}`, what, spec: name, registry, limits, signal }
    return await fetchWith(request, (body) => collected(body, what))
  } catch (error) {
    if (error instanceof Problem && error.code === 'PACKAGE_NOT_FOUND') return undefined
    throw error
  }
}

async function collected(body: AsyncIterable<Uint8Array>, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > documentLimits.bytes) {
      throw new Problem('REGISTRY_ANSWER_TOO_LARGE', `${what} are larger than ${documentLimits.bytes} bytes.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
