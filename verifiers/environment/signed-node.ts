import { buffer } from 'node:stream/consumers'
import type { Architecture, Toolchain } from '../model/environment.ts'
import { Problem, problemFrom } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import { download } from '../source/download.ts'
import { verifyClearSigned } from '../source/openpgp.ts'
import type { ContentStore } from '../store/content.ts'

export type SignedNodeOptions = {
  version: string
  architecture: Architecture
  store: ContentStore
  /** Files with the keys of Node's releasers (https://github.com/nodejs/release-keys); without any, nothing is asked. */
  keyrings: string[]
  /** Where Node publishes, with a slash at its end. */
  address?: string
  progress: Progress
  signal: AbortSignal
}

const codes = {
  unreachable: 'TOOLCHAIN_UNAVAILABLE',
  mismatch: 'TOOLCHAIN_MISMATCH',
  tooLarge: 'TOOLCHAIN_MISMATCH',
} as const

/**
 * Node as its project publishes it, by the digest in the SHASUMS256.txt that one of its releasers signed.
 *
 * @returns `undefined` where there is no keyring, where gpgv or the signer's key is missing, or where the site cannot be
 * reached soon
 * @throws {Problem} SOURCE_SIGNATURE_INVALID, TOOLCHAIN_MISMATCH
 */
export async function fetchSignedNode(options: SignedNodeOptions): Promise<Toolchain | undefined> {
  const { version, architecture, store, keyrings, address = 'https://nodejs.org/dist/', progress, signal } = options
  if (keyrings.length === 0) return undefined
  const folder = new URL(`v${version}/`, address).href
  const fileName = `node-v${version}-linux-${architecture === 'amd64' ? 'x64' : 'arm64'}.tar.gz`
  // Whoever is not reached in this time is not reached: the registry carries the same binary.
  const common = { store, signal, transport: 'https', codes, silence: 5_000, tries: 1 } as const
  try {
    const what = `The list of digests of Node ${version}`
    const list = await download({ ...common, url: `${folder}SHASUMS256.txt.asc`, limit: 1024 * 1024, what })
    const document = await buffer(store.read(list.digests.sha512))
    const { signature, text } = await verifyClearSigned({ document, keyrings, what, signal })
    if (signature !== 'valid') {
      progress({ type: 'notice', stage: 'environment', text: `${what} is not signed by a key of the keyring.` })
      return undefined
    }
    const sha256 = digestOf(fileName, text)
    if (sha256 === undefined) return undefined
    const key = `sha256:${sha256}`
    const fetch = {
      ...common,
      url: `${folder}${fileName}`,
      limit: 512 * 1024 * 1024,
      expected: { sha256 },
      what: fileName,
    }
    const content = (await store.recall(key)) ?? (await download({ ...fetch, silence: 30_000 }))
    await store.remember(key, content)
    const purl = `pkg:generic/node@${version}?download_url=${encodeURIComponent(`${folder}${fileName}`)}`
    return { name: 'node', version, purl, fileName, digests: content.digests, origin: 'nodejs.org' }
  } catch (error) {
    const problem = problemFrom(error)
    if (problem.code !== codes.unreachable) throw problem
    progress({ type: 'notice', stage: 'environment', text: problem.message })
    return undefined
  }
}

function digestOf(fileName: string, list: string): string | undefined {
  for (const line of list.split('\n')) {
    const [, sha256, name] = /^([0-9a-f]{64}) [ *](\S+)$/.exec(line.trim()) ?? []
    if (name === fileName) return sha256
  }
  return undefined
}

/** What is said when a recipe names the signed release and it cannot be had here. */
export function signedNodeUnavailable(version: string): Problem {
  return new Problem(
    'TOOLCHAIN_UNAVAILABLE',
    `The signed release of Node ${version} that the recipe names cannot be had.`,
    {
      hint: "Name a file with the keys of Node's releasers in the configuration, and see that nodejs.org can be reached.",
    },
  )
}
