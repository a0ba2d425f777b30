import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { Parser, type ReadEntry } from 'tar'
import { Problem } from '../../model/problem.ts'
import { compressionOf, decompressed } from '../decompress.ts'
import { type SourceWriter, sourceWriter, type WriterLimits } from './writer.ts'

export type UnpackLimits = WriterLimits & {
  /** Of the archive without compression, in bytes. */
  unpacked: number
}

export const defaultUnpackLimits: UnpackLimits = {
  entries: 300_000,
  names: 64 * 1024 * 1024,
  unpacked: 8 * 1024 ** 3,
}

/**
 * Unpacks a tar archive, compressed by gzip, bzip2, xz or zstd or not at all, without its single top folder. Owners, times and all
 * permissions but the executable bit are left behind, as in a git tree.
 *
 * @param options.into a folder that does not exist yet; it is not cleaned up on failure
 * @returns the newest modification time inside
 * @throws {Problem} ARCHIVE_INVALID, ARCHIVE_UNSAFE_PATH, ARCHIVE_LIMIT_EXCEEDED, ARCHIVE_FORMAT_UNSUPPORTED
 */
export async function unpackArchive(options: {
  source: AsyncIterable<Uint8Array>
  into: string
  /** Names it in messages. */
  what: string
  limits?: UnpackLimits
  signal: AbortSignal
}): Promise<Date> {
  const { source, into, what, limits = defaultUnpackLimits, signal } = options
  const writer = sourceWriter({ into, what, limits })
  const { head, whole } = await peek(source)
  const compression = compressionOf(head)
  if (compression === 'zip') {
    throw new Problem('ARCHIVE_FORMAT_UNSUPPORTED', `${what} is a zip file, which cannot be read as a source here.`, {
      hint: 'Give a tar archive, compressed or not.',
    })
  }
  const tar = await peek(decompressed(whole, { compression, limit: limits.unpacked, what }))
  // The parser would undo a second compression by itself, and without this limit.
  if (compressionOf(tar.head) !== 'none') throw invalid(undefined, what)
  const newest = await writeEntries(tar.whole, writer, what, signal)
  await writer.finish({ strip: true })
  return newest
}

async function writeEntries(
  tar: AsyncIterable<Uint8Array>,
  writer: SourceWriter,
  what: string,
  signal: AbortSignal,
): Promise<Date> {
  let newest = 0
  let entries = 0
  // One after the other, in the archive's order: a second name comes after the file that it names.
  let written = Promise.resolve()
  let failure: unknown
  const fail = (error: unknown) => {
    failure ??= error
  }
  const take = (entry: ReadEntry) => {
    entries++
    const { mtime } = entry
    if (mtime && mtime.getTime() > newest) newest = mtime.getTime()
    written = written
      .then(() => (failure === undefined ? writeEntry(entry, writer, what) : discard(entry)))
      .catch((error) => {
        fail(error)
        return discard(entry)
      })
  }
  const parser = new Parser({
    strict: true,
    onReadEntry: take,
    maxDecompressionRatio: Number.POSITIVE_INFINITY,
    brotli: false,
    zstd: false,
  })
  parser.on('ignoredEntry', (entry: ReadEntry) => fail(unsupported(entry, what)))
  parser.on('error', (error: unknown) => fail(invalid(error, what)))
  for await (const chunk of tar) {
    signal.throwIfAborted()
    if (failure !== undefined) throw failure
    if (!parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) {
      await new Promise<void>((resolve) => parser.once('drain', resolve))
    }
  }
  await new Promise<void>((resolve) =>
    parser
      .once('end', resolve)
      .once('error', () => resolve())
      .end(),
  )
  await written
  if (failure !== undefined) throw failure
  if (entries === 0) throw invalid(undefined, what)
  return new Date(Math.min(newest, Date.UTC(9999, 11, 31)))
}

/** Up to this size a file is collected first, which is faster than a stream for each. */
const small = 1024 * 1024

async function writeEntry(entry: ReadEntry, writer: SourceWriter, what: string): Promise<void> {
  switch (entry.type) {
    case 'File':
    case 'OldFile':
    case 'ContiguousFile': {
      const executable = ((entry.mode ?? 0) & 0o100) !== 0
      const stream = entry as unknown as AsyncIterable<Uint8Array>
      const bytes = entry.size > small ? stream : Readable.from([await buffer(stream)])
      return await writer.file(entry.path, { executable, bytes })
    }
    case 'Directory':
    case 'GNUDumpDir':
      writer.folder(entry.path)
      return await discard(entry)
    case 'SymbolicLink':
      await writer.link(entry.path, entry.linkpath ?? '')
      return await discard(entry)
    case 'Link':
      await writer.copy(entry.path, entry.linkpath ?? '')
      return await discard(entry)
    default:
      throw unsupported(entry, what)
  }
}

async function discard(entry: ReadEntry): Promise<void> {
  entry.resume()
}

/** The first bytes, and all of them from the start. */
async function peek(
  source: AsyncIterable<Uint8Array>,
): Promise<{ head: Uint8Array; whole: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]()
  const seen: Uint8Array[] = []
  let length = 0
  while (length < 8) {
    const next = await iterator.next()
    if (next.done) break
    seen.push(next.value)
    length += next.value.length
  }
  async function* whole() {
    yield* seen
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return { head: Buffer.concat(seen), whole: whole() }
}

function unsupported({ path, type }: ReadEntry, what: string): Problem {
  const shown = JSON.stringify(path.slice(0, 100))
  return new Problem(
    'ARCHIVE_UNSAFE_PATH',
    `${what} cannot be unpacked: ${shown} is a ${type}, not a file, folder or link.`,
    {
      hint: 'An honest source has no such entry. Nothing of it was kept.',
    },
  )
}

function invalid(error: unknown, what: string): Problem {
  if (error instanceof Problem) return error
  return new Problem('ARCHIVE_INVALID', `${what} is damaged or no tar archive.`, {
    hint: 'Fetch it again, or from another place.',
    cause: error,
  })
}
