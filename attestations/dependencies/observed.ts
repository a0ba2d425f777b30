import type { Exchange } from '../../verifiers/model/rebuild.ts'
import type { DependencyDigests } from './model.ts'

/** One thing that the build got over the network, whatever number of times. */
export type Observed = {
  /** A package URL, of metadata without a version, or the address where there is none. */
  uri: string
  /** Where the build asked for it. */
  address: string
  digests: DependencyDigests
  isPackage: boolean
}

/** What came of the exchanges that the recording proxy saw. */
export type Observations = {
  /** One entry for each uri and digest. */
  observed: Observed[]
  /** Answers with a body whose digest is not known. */
  unhashed: string[]
  /** Requests that were refused or came to nothing. */
  refused: number
}

export function observationsOf(exchanges: Exchange[]): Observations {
  const observed = new Map<string, Observed>()
  const unhashed = new Set<string>()
  let refused = 0
  for (const exchange of exchanges) {
    const { method, url, purl, about, git, status, size, sha256, sha512, from, declaredBy, problem } = exchange
    if (from === 'refused' || problem !== undefined) refused++
    // Without a body, or with one that says that there is nothing.
    if (from === 'refused' || method === 'HEAD' || size === 0 || status >= 300) continue
    if (git) {
      for (const one of ofRepository(exchange, git)) observed.set(`${one.uri} ${sha512}`, one)
      continue
    }
    const uri = purl ?? about ?? url
    if (sha512 === undefined && sha256 === undefined) {
      unhashed.add(uri)
      continue
    }
    observed.set(`${uri} ${sha512 ?? sha256}`, {
      uri,
      address: url,
      digests: { ...(sha256 !== undefined && { sha256 }), ...(sha512 !== undefined && { sha512 }) },
      // A lockfile names some by their addresses.
      isPackage: purl !== undefined || (about === undefined && declaredBy === 'lockfile'),
    })
  }
  return { observed: [...observed.values()], unhashed: [...unhashed], refused }
}

/** A commit is the digest of all its files. What carries it has one of its own where it is a file that can be kept. */
function ofRepository(
  { url, sha256, sha512 }: Exchange,
  { repository, commits }: NonNullable<Exchange['git']>,
): Observed[] {
  return commits.map((gitCommit) => ({
    uri: `git+${repository}#${gitCommit}`,
    address: url,
    digests: { gitCommit, ...(sha256 !== undefined && { sha256 }), ...(sha512 !== undefined && { sha512 }) },
    isPackage: true,
  }))
}
