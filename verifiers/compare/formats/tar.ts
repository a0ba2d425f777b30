import { createHash, type Hash, hash as hashAtOnce } from 'node:crypto'
import { type ByteQueue, isZero } from '../byte-queue.ts'
import type { ArchiveEntry, EntryType } from '../entry.ts'
import type { Finding } from '../findings.ts'
import { type CompareLimits, limitExceeded } from '../limits.ts'
import type { ContainerEvents, ContainerSummary } from './container.ts'
import { createExtensions, type Extensions, isExtension } from './tar-extensions.ts'
import { parseTarHeader, type TarHeader } from './tar-header.ts'

const blockSize = 512

type TarSummary = {
  /** Zero bytes after the last entry. */
  endPadding: number
  stray: ContainerSummary['stray']
  /** False when the archive ends inside an entry. */
  complete: boolean
}

type TarReader = { write(chunk: Buffer): void; end(): TarSummary }

type Data =
  | { kind: 'entry'; entry: ArchiveEntry; hash: Hash | undefined }
  | { kind: 'extension'; header: TarHeader; chunks: Buffer[] }
  | { kind: 'sparse-map'; entry: ArchiveEntry; hash: Hash; size: number; chunks: Buffer[] }

type State = {
  offset: number
  /** Bytes of a block that is not complete yet. */
  partial: Buffer
  data: Data | undefined
  /** Bytes of the data, then of the padding behind it, that are still to come. */
  remaining: number
  padding: number
  paddedPath: string
  zeroBlocks: number
  ended: boolean
  entries: number
  stray: Stray
  extensions: Extensions
}

type Stray = {
  total: Hash
  size: number
  region: { offset: number; size: number; hash: Hash; start: Buffer } | undefined
}

/** `inMemory`: that what is read stays in memory as it is, so that an entry can point into it. */
type TarOptions = { limits: CompareLimits; inMemory: boolean }
type TarEvents = { entry(entry: ArchiveEntry): void; found(finding: Finding): void }

/** Reads a tar archive to the last byte of the stream. */
export async function readTar(
  queue: ByteQueue,
  options: TarOptions,
  events: ContainerEvents,
): Promise<ContainerSummary> {
  const reader = createTarReader(options, events)
  for (let chunk = await queue.next(); chunk !== undefined; chunk = await queue.next()) reader.write(chunk)
  const { endPadding, stray, complete } = reader.end()
  const summary = 'The archives end with another number of zero blocks.'
  return { stray, complete, notes: [{ cause: 'end-padding', summary, value: endPadding }] }
}

/**
 * Reads a tar archive as strictly as it can be read, whatever tolerant programs make of it. It goes on where node-tar
 * (npm) goes on: behind blocks that are no header, and behind the end of the archive, so that what npm would unpack is
 * among the entries; everything that another program could see differently is a finding.
 */
function createTarReader({ limits, inMemory }: TarOptions, events: TarEvents): TarReader {
  const state: State = {
    offset: 0,
    partial: Buffer.alloc(0),
    data: undefined,
    remaining: 0,
    padding: 0,
    paddedPath: '',
    zeroBlocks: 0,
    ended: false,
    entries: 0,
    stray: { total: createHash('sha256'), size: 0, region: undefined },
    extensions: createExtensions(limits, events.found),
  }
  return {
    write(chunk) {
      let rest = chunk
      while (rest.length > 0) {
        if (state.remaining > 0) rest = takeData(state, rest, inMemory, events)
        else if (state.padding > 0) rest = takePadding(state, rest, events)
        else rest = takeBlock(state, rest, limits, events)
      }
    },
    end: () => finish(state, events),
  }
}

function takeBlock(state: State, chunk: Buffer, limits: CompareLimits, events: TarEvents): Buffer {
  const missing = blockSize - state.partial.length
  if (chunk.length < missing) {
    state.partial = Buffer.concat([state.partial, chunk])
    return chunk.subarray(chunk.length)
  }
  const block =
    state.partial.length === 0
      ? chunk.subarray(0, blockSize)
      : Buffer.concat([state.partial, chunk.subarray(0, missing)])
  state.partial = Buffer.alloc(0)
  readBlock(state, block, limits, events)
  state.offset += blockSize
  return chunk.subarray(missing)
}

function readBlock(state: State, block: Buffer, limits: CompareLimits, events: TarEvents): void {
  if (block[0] === 0 && isZero(block)) {
    endStray(state, events)
    state.zeroBlocks++
    if (state.zeroBlocks === 2) state.ended = true
    return
  }
  const header = parseTarHeader(block)
  if (header === undefined) {
    addStray(state, block)
    return
  }
  endStray(state, events)
  state.entries++
  if (state.entries > limits.entries) throw limitExceeded(`more than ${limits.entries} entries`, limits.entries)
  if (isExtension(header)) {
    state.data = { kind: 'extension', header, chunks: [] }
    if (header.size > limits.extensionSize) {
      throw limitExceeded(`an extension header of ${header.size} bytes`, limits.extensionSize)
    }
    expectData(state, header.size, header.name)
    if (header.size === 0) finishData(state, events)
    return
  }
  startEntry(state, header, events)
}

function startEntry(state: State, header: TarHeader, events: TarEvents): void {
  const entry = state.extensions.entryFrom(header, state.offset)
  const report = (code: Finding['code'], summary: string, evidence: Finding['evidence']) =>
    events.found({ code, path: entry.path, summary, evidence, offset: state.offset })
  if (state.ended) {
    report(
      'entry-after-end',
      'The entry stands behind the end of the archive; npm unpacks it, other programs do not.',
      {
        size: entry.size,
      },
    )
  } else if (state.zeroBlocks > 0) {
    report('tar-lone-zero-block', 'A single zero block stands before the entry; some programs stop there.', {})
  }
  state.zeroBlocks = 0
  const data = dataSizeOf(entry.type, entry.size)
  if (entry.size > 0 && !holdsData(entry.type)) {
    report(
      'unexpected-data',
      `The ${entry.type} has ${entry.size} bytes of data; programs disagree whether to skip them.`,
      {
        type: entry.type,
        size: entry.size,
      },
    )
  }
  if (entry.type === 'sparse') {
    state.data = { kind: 'sparse-map', entry, hash: createHash('sha256'), size: data, chunks: [] }
    if (header.sparseExtended) {
      expectData(state, blockSize, entry.path)
      return
    }
  }
  startEntryData(state, entry, data, events)
}

function startEntryData(state: State, entry: ArchiveEntry, size: number, events: TarEvents): void {
  state.data = { kind: 'entry', entry, hash: undefined }
  expectData(state, size, entry.path)
  if (size === 0) finishData(state, events)
}

function expectData(state: State, size: number, path: string): void {
  state.remaining = size
  state.padding = (blockSize - (size % blockSize)) % blockSize
  state.paddedPath = path
}

function takeData(state: State, chunk: Buffer, inMemory: boolean, events: TarEvents): Buffer {
  const { data } = state
  const whole = state.remaining <= chunk.length
  const part = whole ? chunk.subarray(0, state.remaining) : chunk
  if (data?.kind === 'entry') {
    // Most entries lie within one chunk; hashing those at once saves an object for each.
    if (whole && data.hash === undefined)
      data.entry.content = inMemory ? { bytes: part } : { sha256: hashAtOnce('sha256', part) }
    else data.hash = (data.hash ?? createHash('sha256')).update(part)
  } else if (data) {
    data.chunks.push(Buffer.from(part))
  }
  state.remaining -= part.length
  state.offset += part.length
  if (state.remaining === 0) finishData(state, events)
  return chunk.subarray(part.length)
}

function finishData(state: State, events: TarEvents): void {
  const { data } = state
  state.data = undefined
  if (data === undefined) return
  if (data.kind === 'extension') {
    state.extensions.add(data.header, Buffer.concat(data.chunks), state.offset)
    return
  }
  if (data.kind === 'sparse-map') {
    const block = Buffer.concat(data.chunks)
    data.entry.sparseMap = data.hash.update(block).copy().digest('hex')
    // A further block follows while the flag behind its 21 records is set (GNU tar, struct sparse_header).
    if (block[504] === 1) {
      state.data = { ...data, chunks: [] }
      expectData(state, blockSize, data.entry.path)
    } else startEntryData(state, data.entry, data.size, events)
    return
  }
  const { entry, hash } = data
  if (hash) entry.content = { sha256: hash.digest('hex') }
  events.entry(entry)
}

function takePadding(state: State, chunk: Buffer, events: TarEvents): Buffer {
  const part = chunk.subarray(0, state.padding)
  if (!isZero(part)) {
    events.found({
      code: 'padding-bytes',
      path: state.paddedPath,
      summary: 'The padding behind the entry is not zero.',
      evidence: { hex: part.toString('hex') },
      offset: state.offset,
    })
  }
  state.padding -= part.length
  state.offset += part.length
  return chunk.subarray(part.length)
}

function addStray(state: State, bytes: Buffer): void {
  const { stray } = state
  if (stray.region === undefined) {
    stray.total.update(`after ${state.entries} headers${state.ended ? ' and the end' : ''}\n`)
    const start = Buffer.from(bytes.subarray(0, 32))
    stray.region = { offset: state.offset, size: 0, hash: createHash('sha256'), start }
  }
  stray.total.update(bytes)
  stray.size += bytes.length
  stray.region.hash.update(bytes)
  stray.region.size += bytes.length
}

function endStray(state: State, events: TarEvents): void {
  const { region } = state.stray
  if (region === undefined) return
  state.stray.region = undefined
  const code = state.entries === 0 ? 'not-a-tar' : state.ended ? 'tar-trailing-bytes' : 'tar-stray-blocks'
  const summaries = {
    'not-a-tar': 'The archive does not begin as a tar archive does.',
    'tar-trailing-bytes': `${region.size} bytes that are not an entry follow the end of the archive.`,
    'tar-stray-blocks': `${region.size} bytes between entries belong to none: not a header, or one with a wrong checksum.`,
  }
  const evidence = { size: region.size, sha256: region.hash.digest('hex'), start: region.start.toString('hex') }
  events.found({ code, path: '', summary: summaries[code], evidence, offset: region.offset })
}

function finish(state: State, events: TarEvents): TarSummary {
  const complete = state.remaining === 0 && state.padding === 0
  const report = (code: Finding['code'], summary: string) =>
    events.found({ code, path: '', summary, evidence: {}, offset: state.offset })
  if (!complete) report('tar-truncated', 'The archive ends inside an entry.')
  if (state.partial.length > 0 && isZero(state.partial)) {
    report('tar-partial-block', 'The archive does not end at the end of a block.')
  } else if (state.partial.length > 0) addStray(state, state.partial)
  endStray(state, events)
  state.extensions.end(state.offset)
  if (complete && !state.ended && state.entries > 0)
    report('tar-no-end', 'The archive has no end mark of two zero blocks.')
  return {
    endPadding: state.zeroBlocks * blockSize,
    stray: { size: state.stray.size, sha256: state.stray.total.digest('hex') },
    complete,
  }
}

function holdsData(type: EntryType): boolean {
  return type === 'file' || type === 'sparse' || type === 'unknown' || type === 'contiguous'
}

/** node-tar takes no data of a directory, whatever its size says; what follows it is read as headers. */
function dataSizeOf(type: EntryType, size: number): number {
  return type === 'directory' ? 0 : size
}
