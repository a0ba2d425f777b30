import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import contentPath from 'cacache/lib/content/path.js'
import index from 'cacache/lib/entry-index.js'
import { z } from 'zod'
import { type FullDigests, fullDigestsSchema } from '../model/digest.ts'
import { Problem, type ProblemCode } from '../model/problem.ts'
import { hashing } from './hashing.ts'

/** Bytes that are in the store: their size and what they hash to. */
export type Content = { size: number; digests: FullDigests }

/** What somebody declared of bytes before they were fetched; every field that is present must match. */
export type Expected = { size?: number; sha1?: string; sha256?: string; sha384?: string; sha512?: string }

export type Remembered = Content & { metadata: unknown }

/**
 * Bytes by their sha512, and what is known of them by key. Shared by all runs on the machine: cacache writes to a
 * temporary file and renames, and checks what it reads, so that two runs at once and a damaged disk do no harm.
 */
export type ContentStore = {
  folder: string
  /**
   * Reads `source` to its end, hashing as it goes, and keeps it when it is what was expected and no longer than `limit`.
   * @throws {Problem} `mismatch` (default STORE_DAMAGED) when a digest or the size differs, `tooLarge` past the limit;
   * nothing is kept then.
   */
  write(source: AsyncIterable<Uint8Array>, options: WriteOptions): Promise<Content>
  /** The bytes, checked while they are read: the stream fails with STORE_DAMAGED if they are not what they were. */
  read(sha512: string): Readable
  has(sha512: string): Promise<boolean>
  remember(key: string, content: Content, metadata?: unknown): Promise<void>
  /**
   * `undefined` where nothing is known of the key, or its bytes are gone or damaged. They are read through for that: who
   * reads them later may stop at what damage did to them, a broken compression say, and blame whoever made them.
   */
  recall(key: string): Promise<Remembered | undefined>
  /** The same without reading the bytes, for who reads all of them next and does nothing before. */
  lookUp(key: string): Promise<Remembered | undefined>
  forget(key: string): Promise<void>
  /** Removes bytes that turned out to be damaged, so that they are fetched again. */
  discard(sha512: string): Promise<void>
}

export type WriteOptions = {
  /** In bytes. */
  limit: number
  expected?: Expected
  signal?: AbortSignal
  /** Named in the message when something does not match. */
  what: string
  mismatch?: ProblemCode
  tooLarge?: ProblemCode
}

const rememberedSchema = z.object({
  size: z.int().nonnegative(),
  digests: fullDigestsSchema,
  metadata: z.unknown().optional(),
})

export function openContentStore(folder: string): ContentStore {
  async function lookUp(key: string): Promise<Remembered | undefined> {
    const remembered = rememberedSchema.safeParse((await index.find(folder, key))?.metadata)
    if (!remembered.success) return undefined
    const { size, digests, metadata } = remembered.data
    return { size, digests, metadata }
  }
  return {
    folder,
    async write(
      source,
      { limit, expected = {}, signal, what, mismatch = 'STORE_DAMAGED', tooLarge = 'ARCHIVE_LIMIT_EXCEEDED' },
    ) {
      const measured = hashing()
      const sha384 = expected.sha384 === undefined ? undefined : createHash('sha384')
      async function* checked() {
        for await (const chunk of measured.through(source)) {
          if (measured.size() > limit) throw new Problem(tooLarge, `${what} is larger than ${limit} bytes.`)
          sha384?.update(chunk)
          yield chunk
        }
        const actual: Expected = {
          size: measured.size(),
          ...measured.digests(),
          ...(sha384 && { sha384: sha384.digest('hex') }),
        }
        for (const field of ['size', 'sha1', 'sha256', 'sha384', 'sha512'] as const) {
          if (expected[field] === undefined || expected[field] === actual[field]) continue
          throw new Problem(
            mismatch,
            `${what} is not what was declared: its ${field} is ${actual[field]}, expected ${expected[field]}.`,
            {
              hint: 'Nothing was read from it. Try again, or from another source; if it stays so, somebody changed it.',
              details: { field, expected: expected[field], actual: actual[field] },
            },
          )
        }
      }
      // Where cacache has its own, but without another digest of the same bytes.
      const temporary = join(folder, 'tmp', randomBytes(16).toString('hex'))
      // At once: a source that fails while something else is waited for fails with nobody who listens.
      mkdirSync(dirname(temporary), { recursive: true })
      const written = createWriteStream(temporary, { flags: 'wx' })
      try {
        await pipeline(checked(), written, { signal })
        const file = fileOf(folder, measured.digests().sha512)
        await mkdir(dirname(file), { recursive: true })
        await rename(temporary, file)
      } catch (error) {
        // It may be about to be opened yet, which would make the file after it was removed.
        if (!written.destroy().closed) await new Promise<void>((closed) => written.once('close', closed))
        await rm(temporary, { force: true })
        throw error
      }
      return { size: measured.size(), digests: measured.digests() }
    },
    read: (sha512) => Readable.from(checkedBytes(fileOf(folder, sha512), sha512), { objectMode: false }),
    async has(sha512) {
      return await access(fileOf(folder, sha512)).then(
        () => true,
        () => false,
      )
    },
    async remember(key, content, metadata) {
      await index.insert(folder, key, integrityOf(content.digests.sha512), {
        size: content.size,
        metadata: { size: content.size, digests: content.digests, metadata },
      })
    },
    async recall(key) {
      const known = await lookUp(key)
      return known && (await isIntact(folder, known.digests.sha512)) ? known : undefined
    },
    lookUp,
    async forget(key) {
      await index.delete(folder, key)
    },
    async discard(sha512) {
      await rm(fileOf(folder, sha512), { force: true })
    },
  }
}

/** cacache's own reading stream takes 64 MiB at a time; this one checks the bytes as well, and takes 64 KiB. */
async function* checkedBytes(file: string, sha512: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha512')
  try {
    for await (const chunk of createReadStream(file)) {
      hash.update(chunk)
      yield chunk
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw damaged(sha512, error)
    throw error
  }
  if (hash.digest('hex') === sha512) return
  // So that the next run fetches it anew.
  await rm(file, { force: true })
  throw damaged(sha512)
}

async function isIntact(folder: string, sha512: string): Promise<boolean> {
  try {
    for await (const _ of checkedBytes(fileOf(folder, sha512), sha512));
    return true
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}

function damaged(sha512: string, cause?: unknown): Problem {
  return new Problem('STORE_DAMAGED', `The content store has lost or damaged ${sha512.slice(0, 16)}….`, {
    hint: 'Run the command again: what is damaged is fetched anew.',
    details: { sha512 },
    cause,
  })
}

function fileOf(folder: string, sha512: string): string {
  return contentPath(folder, integrityOf(sha512))
}

function integrityOf(sha512: string): string {
  return `sha512-${Buffer.from(sha512, 'hex').toString('base64')}`
}
