import { createHash } from 'node:crypto'
import { Problem } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import { asBuffer, type ByteQueue, byteQueue } from './byte-queue.ts'
import type { Finding } from './findings.ts'
import type { CompressionReport, Decompression } from './formats/compression.ts'
import { type Compression, compressionOf, headSize } from './formats/detect.ts'
import { readGzip } from './formats/gzip.ts'
import type { Inflated } from './formats/inflate-at-once.ts'
import { tailSize } from './formats/zip-tail.ts'
import type { ComparedInput } from './input.ts'
import type { CompareLimits } from './limits.ts'
import type { HiddenDifference } from './passes/hidden-difference.ts'
import type { Within } from './passes/within.ts'

export type ReadOptions = {
  limits: CompareLimits
  signal: AbortSignal
  progress?: Progress | undefined
  /** What may still come out of all compressions of a comparison, nested archives included; in bytes. */
  budget: { left: number }
  /** What was unpacked once and is small enough to be kept for a second look, and how many bytes still may be. */
  kept?: { left: number; streams: Map<ComparedInput, Buffer[]> }
  /** The archives whose entries are compared, or are nested archives. */
  within?: Within
  /** Where these are in the outermost archive, `''` for itself. */
  place?: string
  /** What users said to look away from. */
  hidden?: readonly HiddenDifference[]
  /** How the content of a file is called that is no archive, or compressed and none. */
  name?: string
}

/** A file whose outer compression is undone while it is read. */
export type OpenedInput = {
  compression: Compression | undefined
  bytes: AsyncGenerator<Buffer, CompressionReport | undefined>
  /** Of the file as it is, as far as it was read: its last bytes, and how many they were in all. */
  tail(): Buffer
  size(): number
  close(): void
}

const ignore = () => undefined

/** Opens a file and looks at its first bytes. Must be closed, whether its bytes were read or not. */
export async function openUnpacked(
  input: ComparedInput,
  options: ReadOptions,
  found: (finding: Finding) => void = ignore,
): Promise<OpenedInput> {
  const { signal } = options
  signal.throwIfAborted()
  const source = input.open()
  const stop = () => source.destroy(signal.reason)
  signal.addEventListener('abort', stop)
  const close = () => {
    signal.removeEventListener('abort', stop)
    source.destroy()
  }
  try {
    const ring = lastBytes()
    const bytes = input.held ? watched(source, input, options) : checked(source, input, options)
    const queue = byteQueue(ring.through(bytes))
    const compression = compressionOf(await queue.peek(headSize))
    const unpacked = keeping(
      unpack(queue, compression, input.inflated, found),
      input,
      compression === undefined ? undefined : options.kept,
    )
    return { compression, bytes: unpacked, tail: ring.tail, size: ring.size, close }
  } catch (error) {
    close()
    throw error
  }
}

/** The bytes without the outer compression: what the offsets of an entry count in. */
export async function* readUnpacked(input: ComparedInput, options: ReadOptions): AsyncGenerator<Buffer> {
  const kept = options.kept?.streams.get(input)
  if (kept) {
    yield* kept
    return
  }
  const opened = await openUnpacked(input, options)
  try {
    yield* opened.bytes
  } finally {
    opened.close()
  }
}

/** Larger files are unpacked again; in bytes. */
const keptInput = 32 * 1024 * 1024
/** Of all that is kept of a comparison: both sides of a package of 20 MB. */
export const mostKept = 160 * 1024 * 1024

async function* keeping(
  bytes: OpenedInput['bytes'],
  input: ComparedInput,
  kept: ReadOptions['kept'],
): OpenedInput['bytes'] {
  if (kept === undefined || input.size > keptInput) return yield* bytes
  // Both sides are read at once.
  const room = Math.min(kept.left, mostKept / 2)
  const chunks: Buffer[] = []
  let size = 0
  try {
    for (;;) {
      const step = await bytes.next()
      if (step.done) {
        if (size <= room && size <= kept.left) {
          kept.left -= size
          kept.streams.set(input, chunks)
        }
        return step.value
      }
      size += step.value.length
      if (size <= room) chunks.push(step.value)
      else chunks.length = 0
      yield step.value
    }
  } finally {
    await bytes.return(undefined)
  }
}

async function* unpack(
  queue: ByteQueue,
  compression: Compression | undefined,
  inflated: ComparedInput['inflated'],
  found: (finding: Finding) => void,
): OpenedInput['bytes'] {
  const rest = drain(queue)
  if (compression === undefined) {
    yield* rest
    return undefined
  }
  if (compression === 'gzip') return yield* gunzip(rest, found, await inflated)
  return yield* (await decompressions[compression]())(rest, found)
}

/** Loaded when they are needed: an npm package needs none of them. */
const decompressions: Record<Exclude<Compression, 'gzip'>, () => Promise<Decompression>> = {
  xz: async () => (await import('./formats/xz.ts')).readXz,
  zstd: async () => (await import('./formats/zstd.ts')).readZstd,
  bzip2: async () => (await import('./formats/bzip2.ts')).readBzip2,
}

async function* gunzip(
  source: AsyncIterable<Uint8Array>,
  found: (finding: Finding) => void,
  inflated: Inflated | undefined,
): AsyncGenerator<Buffer, CompressionReport> {
  const { members, complete } = yield* readGzip(source, found, inflated)
  const [first] = members
  const header = first ? { header: first.fixed, mtime: first.mtime, xfl: first.xfl, os: first.os } : {}
  return { kind: 'gzip', header, gzip: members, complete }
}

async function* drain(queue: ByteQueue): AsyncGenerator<Buffer> {
  for (let chunk = await queue.next(); chunk !== undefined; chunk = await queue.next()) yield chunk
}

function lastBytes() {
  let chunks: Buffer[] = []
  let [held, size] = [0, 0]
  return {
    size: () => size,
    tail: () => Buffer.concat(chunks).subarray(-tailSize),
    async *through(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of source) {
        size += chunk.length
        held += chunk.length
        chunks.push(chunk)
        // Dropped by halves, so that many small chunks are not moved again and again.
        if (held > 4 * tailSize && chunks.length > 1) {
          let keep = chunks.length
          let kept = 0
          while (keep > 0 && kept < tailSize) kept += chunks[--keep]?.length ?? 0
          chunks = chunks.slice(keep)
          held = kept
        }
        yield chunk
      }
    },
  }
}

/** The file is read again after it was hashed; that these are the same bytes is checked, not assumed. */
async function* checked(source: AsyncIterable<Uint8Array>, input: ComparedInput, options: ReadOptions) {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of watched(source, input, options)) {
    size += chunk.length
    hash.update(chunk)
    yield chunk
  }
  if (size === input.size && hash.digest('hex') === input.digests.sha256) return
  throw new Problem(
    'ARTIFACT_INTEGRITY_MISMATCH',
    `${input.fileName} is not the file any more that was hashed before.`,
    { hint: 'Something changed it while it was compared. Compare it again.' },
  )
}

/** Says how far the reading is, and ends it when nobody waits any more. */
async function* watched(source: AsyncIterable<Uint8Array>, input: ComparedInput, options: ReadOptions) {
  let size = 0
  let reported = 0
  for await (const chunk of source) {
    options.signal.throwIfAborted()
    size += chunk.length
    if (size - reported > 16 * 1024 * 1024) {
      reported = size
      options.progress?.({ type: 'activity', stage: 'comparison', text: input.fileName, done: size, total: input.size })
    }
    yield asBuffer(chunk)
  }
}
