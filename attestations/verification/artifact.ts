import { createHash, getHashes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { hashFile } from '../../verifiers/compare/input.ts'
import { Problem } from '../../verifiers/model/problem.ts'

/** The file in question: its bytes, or only what somebody says are digests of them. */
export type VerifiedArtifact = {
  name: string
  /** in-toto's names of algorithms, lower-case hexadecimal. */
  digests: Record<string, string>
  /** Algorithms of `digests` that are no digests of a file, but by which the user named what is meant: one is enough. */
  identifiers?: string[]
  /** In bytes, where they are there. */
  size?: number
  /** From the first byte; may be called several times. */
  open?: () => AsyncIterable<Uint8Array>
}

/** @throws {Problem} FILE_UNREADABLE */
export async function artifactFromFile(
  path: string,
  options: { signal?: AbortSignal } = {},
): Promise<VerifiedArtifact> {
  const { digests, size } = await hashFile(path, options)
  const { sha1, sha256, sha512 } = digests
  return {
    name: basename(path),
    digests: { sha256, sha512, ...(sha1 && { sha1 }) },
    size,
    open: () => createReadStream(path),
  }
}

const lengths: Record<string, number> = { sha256: 64, sha384: 96, sha512: 128 }

/** https://github.com/in-toto/attestation/blob/main/spec/v1/digest_set.md: what is no file and does not change either. */
const gitObject = /^(gitCommit|gitTree|gitBlob|gitTag):([0-9a-f]{40}|[0-9a-f]{64})$/
const otherName = /^(gce_image_id):(\d{1,64})$/

/**
 * An artifact that is known by `sha256:…`, `sha384:…` or `sha512:…` only; an object of git or the image of a machine, which
 * are known by nothing else.
 * @throws {Problem} USAGE when it is no such digest.
 */
export function artifactFromDigest(text: string): VerifiedArtifact {
  const [, kind, id] = gitObject.exec(text) ?? otherName.exec(text) ?? []
  if (kind !== undefined && id !== undefined) {
    // Before there was a name for objects of git, their id was given as the SHA-1 that it is; GitHub's releases still do.
    const digests = { [kind]: id, ...(kind.startsWith('git') && id.length === 40 && { sha1: id }) }
    return { name: text, digests, identifiers: Object.keys(digests) }
  }
  const [algorithm = '', hex = ''] = text.toLowerCase().split(':')
  if (lengths[algorithm] !== hex.length || !/^[0-9a-f]+$/.test(hex)) {
    throw new Problem('USAGE', `${text} is no digest.`, { hint: 'Write sha256: and 64 hexadecimal digits.' })
  }
  return { name: text, digests: { [algorithm]: hex } }
}

export const looksLikeDigest = (text: string) =>
  /^sha(256|384|512):[0-9a-fA-F]+$/.test(text) || gitObject.test(text) || otherName.test(text)

/** Names of https://github.com/in-toto/attestation/blob/main/spec/v1/digest_set.md that Node knows under another. */
const opensslNames: Record<string, string> = {
  sha512_224: 'sha512-224',
  sha512_256: 'sha512-256',
  sha3_224: 'sha3-224',
  sha3_256: 'sha3-256',
  sha3_384: 'sha3-384',
  sha3_512: 'sha3-512',
  blake2b: 'blake2b512',
  blake2s: 'blake2s256',
}

/** Those that are not broken; each is enough by itself. */
export const strongAlgorithms = new Set([
  'sha256',
  'sha384',
  'sha512',
  'sha512_256',
  'sha3_256',
  'sha3_384',
  'sha3_512',
  'blake2b',
  'blake2s',
])

const known = new Set(['sha1', 'md5', 'sha224', 'sha256', 'sha384', 'sha512', 'ripemd160', 'sm3'])

/** The artifact with digests by every algorithm that is named and that can be computed here. */
export async function withDigests(artifact: VerifiedArtifact, algorithms: Iterable<string>): Promise<VerifiedArtifact> {
  const { open, digests } = artifact
  const available = new Set(getHashes())
  const hashes = new Map<string, ReturnType<typeof createHash>>()
  for (const algorithm of open ? algorithms : []) {
    const name = opensslNames[algorithm] ?? (known.has(algorithm) ? algorithm : undefined)
    if (name && available.has(name) && !Object.hasOwn(digests, algorithm)) hashes.set(algorithm, createHash(name))
  }
  if (!open || hashes.size === 0) return artifact
  for await (const chunk of open()) for (const hash of hashes.values()) hash.update(chunk)
  const more = [...hashes].map(([algorithm, hash]) => [algorithm, hash.digest('hex')] as const)
  return { ...artifact, digests: { ...digests, ...Object.fromEntries(more) } }
}
