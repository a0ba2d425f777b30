import ssri from 'ssri'
import type { DependencyDigests } from './model.ts'

const lengths = { sha1: 40, sha256: 64, sha384: 96, sha512: 128 } as const

/** A Subresource Integrity string as digests in hexadecimal; what is malformed or unknown in it is left out. */
export function integrityDigests(integrity: string | undefined): DependencyDigests {
  const digests: DependencyDigests = {}
  if (integrity === undefined) return digests
  const parsed = ssri.parse(integrity)
  for (const algorithm of ['sha1', 'sha256', 'sha384', 'sha512'] as const) {
    const hashes = parsed?.[algorithm]
    // Several hashes of one algorithm are alternatives: none of them is the digest.
    const hash = hashes?.length === 1 ? hashes[0] : undefined
    const value = hash && Buffer.from(hash.digest, 'base64').toString('hex')
    if (value?.length === lengths[algorithm]) digests[algorithm] = value
  }
  return digests
}
