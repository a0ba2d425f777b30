import type { Readable } from 'node:stream'
import { Parser, type ReadEntry } from 'tar'
import { readGzip } from '../compare/formats/gzip.ts'
import { defaultLimits, ratioApplies } from '../compare/limits.ts'
import { Problem } from '../model/problem.ts'

export type TarballLimits = {
  /** Of all entries together, unpacked, in bytes. */
  unpacked: number
  entries: number
  /** Length of one path, in characters. */
  path: number
}

/** The same as in a comparison, where nothing would be said of such an archive either. */
const { ratio } = defaultLimits

export const defaultTarballLimits: TarballLimits = { unpacked: 8 * 1024 ** 3, entries: 250_000, path: 65_536 }

export type TarballEntry = {
  /** As it is in the archive. */
  path: string
  type: string
  size: number
  mode: number
  uid: number | undefined
  gid: number | undefined
  /** When it was written, in seconds since 1970, where that is said. */
  seconds: number | undefined
}

/** First bytes of the two layers, which tell the packer: the gzip header, and the header block of the first entry. */
export type TarballHeaders = { gzip: Buffer | undefined; tar: Buffer }

export type ReadTarballOptions = {
  source: Readable
  /** Named in messages. */
  what: string
  limits?: TarballLimits
  signal: AbortSignal
  /** Called for each entry in turn; what it returns gets the content, and `end` when it is over. */
  onEntry(entry: TarballEntry): { data(chunk: Uint8Array): void; end(): void } | undefined
}

/**
 * Reads a tarball as npm does, gzip or plain, without keeping or writing anything. What is odd in it is for the
 * comparison to report; here only what cannot be read, or is too much, is a problem.
 *
 * @throws {Problem} ARCHIVE_INVALID, ARCHIVE_LIMIT_EXCEEDED
 */
export async function readTarball(options: ReadTarballOptions): Promise<TarballHeaders> {
  const { source, what, limits = defaultTarballLimits, signal } = options
  const stop = (): void => void source.destroy(signal.reason instanceof Error ? signal.reason : undefined)
  signal.addEventListener('abort', stop, { once: true })
  try {
    const { gzip, tar } = await unpack(source, what, limits.unpacked)
    const parser = entryReader(options, limits)
    let first = Buffer.alloc(0)
    for await (const chunk of tar) {
      if (first.length < 512) first = Buffer.concat([first, chunk.subarray(0, 512 - first.length)])
      parser.write(chunk)
    }
    parser.end()
    return { gzip, tar: first }
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    source.destroy()
  }
}

function entryReader({ onEntry, what }: ReadTarballOptions, limits: TarballLimits) {
  let entries = 0
  // Nested compression would escape the limit on unpacked bytes; the parser would undo it by itself.
  const parser = new Parser({ strict: false, brotli: false, zstd: false, maxMetaEntrySize: 2 * limits.path })
  let broken: Problem | undefined
  parser.on('entry', (entry: ReadEntry) => {
    entries += 1
    if (entries > limits.entries) broken ??= tooMuch(what, `more than ${limits.entries} entries`)
    if (entry.path.length > limits.path) broken ??= tooMuch(what, `a path of more than ${limits.path} characters`)
    const sink = broken ? undefined : onEntry(entryOf(entry))
    if (sink === undefined) return void entry.resume()
    entry.on('data', (chunk: Buffer) => sink.data(chunk))
    entry.on('end', () => sink.end())
  })
  parser.on('warn', (code: string, message: string | Error) => {
    if (code !== 'TAR_BAD_ARCHIVE' && code !== 'TAR_ABORT') return
    broken ??= invalid(what, message instanceof Error ? message.message : message, message)
  })
  const check = () => {
    if (broken) throw broken
  }
  return {
    // Entries are consumed as they come, so that a write never has to wait.
    write(chunk: Buffer) {
      parser.write(chunk)
      check()
    },
    end() {
      parser.end()
      check()
    },
  }
}

function entryOf(entry: ReadEntry): TarballEntry {
  const seconds = entry.mtime === undefined ? undefined : Math.floor(entry.mtime.getTime() / 1000)
  return {
    path: entry.path,
    type: entry.type,
    size: entry.size,
    mode: entry.mode ?? 0,
    uid: entry.uid,
    gid: entry.gid,
    seconds,
  }
}

async function unpack(source: Readable, what: string, limit: number) {
  const compressed = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let head = Buffer.alloc(0)
  while (head.length < 10) {
    const next = await compressed.next()
    if (next.done) throw invalid(what, 'it is shorter than any archive')
    head = Buffer.concat([head, next.value])
  }
  let packed = head.length
  async function* whole() {
    yield head
    for (;;) {
      const next = await compressed.next()
      if (next.done) return
      packed += next.value.length
      yield next.value
    }
  }
  const check = (size: number) => {
    if (size > limit) throw tooMuch(what, `more than ${limit} bytes when it is unpacked`)
    if (size > ratioApplies && size > packed * ratio) {
      throw tooMuch(what, `more than ${ratio} unpacked bytes for each packed one`)
    }
  }
  const isGzip = head[0] === 0x1f && head[1] === 0x8b
  return {
    gzip: isGzip ? head.subarray(0, 10) : undefined,
    tar: bounded(isGzip ? gunzip(whole(), what) : whole(), what, check),
  }
}

/** All members, one after the other; what comes behind them is for the comparison to report. */
async function* gunzip(compressed: AsyncGenerator<Buffer>, what: string): AsyncGenerator<Buffer> {
  let damage = 'its compression is damaged'
  const { complete } = yield* readGzip(compressed, ({ code, summary }) => {
    if (code === 'gzip-damaged') damage = summary.replace(/\.$/, '')
  })
  if (!complete) throw invalid(what, damage)
}

async function* bounded(
  tar: AsyncGenerator<Buffer>,
  what: string,
  check: (size: number) => void,
): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of tar) {
    if (size === 0 && chunk[0] === 0x1f && chunk[1] === 0x8b) throw invalid(what, 'it is compressed twice')
    size += chunk.length
    check(size)
    yield chunk
  }
}

function invalid(what: string, why: string, cause?: unknown): Problem {
  return new Problem('ARCHIVE_INVALID', `${what} is not a package tarball: ${why}.`, {
    hint: 'Nothing can be said of it; fetch it again, or name another file.',
    ...(cause !== undefined && { cause }),
  })
}

function tooMuch(what: string, has: string): Problem {
  return new Problem('ARCHIVE_LIMIT_EXCEEDED', `${what} has ${has}.`, {
    hint: 'It is made to exhaust whoever unpacks it, or far larger than packages are.',
  })
}
