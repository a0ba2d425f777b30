import { createHash } from 'node:crypto'
import { Problem } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import { asBuffer, byteQueue } from './byte-queue.ts'
import type { ArchiveEntry } from './entry.ts'
import { collectFindings, type Finding, type Findings } from './findings.ts'
import { type GzipMember, type GzipReport, readGzip } from './formats/gzip.ts'
import { createTarReader, type TarSummary } from './formats/tar.ts'
import type { ComparedInput } from './input.ts'
import { type CompareLimits, limitExceeded, ratioApplies } from './limits.ts'
import { checkStructure } from './structure.ts'

/** All that is known of one archive after reading it once; its content is in no memory. */
export type ArchiveIndex = {
  format: 'tar.gz' | 'tar'
  gzip: GzipMember[]
  /** The bytes once the outer compression is undone. */
  stream: { size: number; sha256: string }
  entries: ArchiveEntry[]
  tar: TarSummary
  findings: Findings
  /** False when some of it could not be read; such an archive is equal to nothing but its own bytes. */
  complete: boolean
}

export type ReadOptions = { limits: CompareLimits; signal: AbortSignal; progress?: Progress | undefined }

/**
 * Reads every byte of an archive once: its bytes are checked against the digest that was taken before, unpacked, hashed,
 * and indexed by entry.
 * @throws {Problem} ARTIFACT_INTEGRITY_MISMATCH when the bytes are not those that were hashed, ARCHIVE_LIMIT_EXCEEDED.
 */
export async function indexArchive(input: ComparedInput, options: ReadOptions): Promise<ArchiveIndex> {
  const { limits } = options
  const findings = collectFindings(limits.findings)
  const entries: ArchiveEntry[] = []
  const stream = createHash('sha256')
  const tar = createTarReader(limits, { entry: (entry) => entries.push(entry), found: findings.add })
  const unpacked = readUnpacked(input, options, findings.add)
  let size = 0
  let step = await unpacked.next()
  for (; !step.done; step = await unpacked.next()) {
    size += step.value.length
    boundUnpacked(size, input.size, limits)
    stream.update(step.value)
    tar.write(step.value)
  }
  const { format, gzip } = step.value
  const summary = tar.end()
  checkStructure(entries, findings.add)
  return {
    format,
    gzip: gzip?.members ?? [],
    stream: { size, sha256: stream.digest('hex') },
    entries,
    tar: summary,
    findings,
    complete: summary.complete && (gzip?.complete ?? true),
  }
}

type Unpacked = AsyncGenerator<Buffer, { format: ArchiveIndex['format']; gzip: GzipReport | undefined }>

/** The bytes of the tar inside: what `dataOffset` of an entry counts in. */
export async function* readUnpacked(
  input: ComparedInput,
  options: ReadOptions,
  found: (finding: Finding) => void = () => undefined,
): Unpacked {
  const source = input.open()
  const stop = () => source.destroy(options.signal.reason)
  options.signal.addEventListener('abort', stop)
  try {
    options.signal.throwIfAborted()
    const queue = byteQueue(checked(source, input, options))
    const magic = await queue.peek(2)
    const rest = drain(queue)
    if (magic[0] === 0x1f && magic[1] === 0x8b) return { format: 'tar.gz', gzip: yield* readGzip(rest, found) }
    yield* rest
    return { format: 'tar', gzip: undefined }
  } finally {
    options.signal.removeEventListener('abort', stop)
    source.destroy()
  }
}

async function* drain(queue: ReturnType<typeof byteQueue>): AsyncGenerator<Buffer> {
  for (let chunk = await queue.next(); chunk !== undefined; chunk = await queue.next()) yield chunk
}

/** The file is read again after it was hashed; that these are the same bytes is checked, not assumed. */
async function* checked(source: AsyncIterable<Uint8Array>, input: ComparedInput, options: ReadOptions) {
  const hash = createHash('sha256')
  let size = 0
  let reported = 0
  for await (const chunk of source) {
    options.signal.throwIfAborted()
    size += chunk.length
    hash.update(chunk)
    if (size - reported > 16 * 1024 * 1024) {
      reported = size
      options.progress?.({ type: 'activity', stage: 'comparison', text: input.fileName, done: size, total: input.size })
    }
    yield asBuffer(chunk)
  }
  if (size === input.size && hash.digest('hex') === input.digests.sha256) return
  throw new Problem(
    'ARTIFACT_INTEGRITY_MISMATCH',
    `${input.fileName} is not the file any more that was hashed before.`,
    {
      hint: 'Something changed it while it was compared. Compare it again.',
    },
  )
}

function boundUnpacked(size: number, packed: number, limits: CompareLimits): void {
  if (size > limits.unpackedSize)
    throw limitExceeded(`more than ${limits.unpackedSize} unpacked bytes`, limits.unpackedSize)
  if (size > ratioApplies && size > packed * limits.ratio) {
    throw limitExceeded(`more than ${limits.ratio} unpacked bytes for each packed one`, limits.ratio)
  }
}
