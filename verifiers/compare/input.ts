import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import type { Digests } from '../model/digest.ts'
import { Problem } from '../model/problem.ts'
import { hashing } from '../store/hashing.ts'
import type { Inflated } from './formats/inflate-at-once.ts'

/** One side of a comparison: a file whose bytes were hashed before anything parses them. */
export type ComparedInput = {
  fileName: string
  /** The whole file from its first byte; may be called several times. */
  open(): Readable
  /** That `open` gives the very bytes that were hashed, from memory: nobody can have changed them since. */
  held?: true
  /** What a thread unpacks meanwhile; nothing where it has to be unpacked piece by piece. */
  inflated?: Promise<Inflated | undefined>
  digests: Digests
  /** In bytes. */
  size: number
}

/**
 * Hashes every byte of a file on the disk.
 * @throws {Problem} FILE_UNREADABLE when it is not a file that can be read.
 */
export async function hashFile(path: string, options: { signal?: AbortSignal } = {}): Promise<ComparedInput> {
  const { signal } = options
  const open = () => createReadStream(path, { highWaterMark: 256 * 1024 })
  const hash = hashing()
  try {
    // A fifo or a terminal would be waited for; a device has no end.
    if (!(await stat(path)).isFile()) throw new Problem('FILE_UNREADABLE', `${path} is not a file.`)
    for await (const _ of hash.through(open())) signal?.throwIfAborted()
  } catch (error) {
    if (error instanceof Problem || signal?.aborted) throw error
    throw new Problem('FILE_UNREADABLE', `${path} cannot be read (${codeOf(error)}).`, {
      hint: 'Give the path of a package file, such as one that `npm pack` leaves.',
      cause: error,
    })
  }
  return { fileName: basename(path), open, digests: hash.digests(), size: hash.size() }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
