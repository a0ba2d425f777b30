import { createHash } from 'node:crypto'
import type { FullDigests } from '../model/digest.ts'

/** Measures bytes while they pass, for a pipeline. */
export function hashing() {
  const sha1 = createHash('sha1')
  const sha256 = createHash('sha256')
  const sha512 = createHash('sha512')
  let size = 0
  let digests: FullDigests | undefined
  return {
    async *through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) {
        size += chunk.length
        sha1.update(chunk)
        sha256.update(chunk)
        sha512.update(chunk)
        yield chunk
      }
    },
    size: () => size,
    /** Once all bytes have passed. */
    digests(): FullDigests {
      digests ??= { sha1: sha1.digest('hex'), sha256: sha256.digest('hex'), sha512: sha512.digest('hex') }
      return digests
    },
  }
}
