import { Problem } from '../../verifiers/model/problem.ts'
import { defaultFetchLimits, type FetchOptions, fetchWith } from '../../verifiers/npm/resolve/fetch.ts'
import { limits as documentLimits } from './json.ts'

export type RegistryDocumentOptions = Pick<FetchOptions, 'what' | 'registry' | 'signal'> & {
  /** Path at the registry, or an address that the package's metadata names, of which only the path counts. */
  address: string
  /** Name of the package, which chooses the registry. */
  name: string
  limits?: FetchOptions['limits']
}

/**
 * A document beside a package's metadata, such as its attestations, as npm asks for it: by the path, at the registry that
 * is configured. Nothing where the registry has none.
 *
 * @throws {Problem} those of `fetchWith` but PACKAGE_NOT_FOUND, and REGISTRY_ANSWER_TOO_LARGE
 */
export async function fetchRegistryDocument(options: RegistryDocumentOptions): Promise<Buffer | undefined> {
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
      throw new Problem('REGISTRY_ANSWER_TOO_LARGE', `${what} is larger than ${documentLimits.bytes} bytes.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
