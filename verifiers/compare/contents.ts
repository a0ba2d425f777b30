import { inflateRawSync } from 'node:zlib'
import { byteQueue } from './byte-queue.ts'
import type { Pair } from './entries.ts'
import type { ArchiveEntry } from './entry.ts'
import { inflate, isZlibError } from './formats/inflate.ts'
import type { ComparedInput } from './input.ts'
import { type ReadOptions, readUnpacked } from './unpacked.ts'

/** Entries up to this size are looked at as a whole, larger ones only where they first differ. In bytes. */
export const wholeEntryLimit = 4 * 1024 * 1024
/** Of a program both sides are read up to this size, and the part that differs is looked at. In bytes. */
const wholeProgramLimit = 24 * 1024 * 1024
const program = /\.[cm]?js$/
const batchLimit = 16 * 1024 * 1024
/** Unpacked again for evidence, on each side. In bytes. */
const rereadLimit = 4 * 1024 ** 3

export type Contents =
  | { kind: 'whole'; published: Buffer; rebuilt: Buffer }
  | { kind: 'window'; offset: number; published: Buffer; rebuilt: Buffer }
  /** The archive is too large to be read again for this one. */
  | { kind: 'unread' }

type Sides = { published: ComparedInput; rebuilt: ComparedInput }

/**
 * The bytes of pairs that differ, some megabytes at a time, by reading both archives again. How much is read again is
 * bounded; past that only the digests are known, and `unread` says so.
 */
export async function* readContents<Wanted extends Pair>(
  sides: Sides,
  pairs: readonly Wanted[],
  options: ReadOptions,
): AsyncGenerator<[Wanted, Contents]> {
  const sorted = pairs.toSorted((a, b) => a.published.dataOffset - b.published.dataOffset)
  const isLarge = ({ published, rebuilt }: Pair) =>
    Math.max(published.size, rebuilt.size) > (program.test(published.path) ? wholeProgramLimit : wholeEntryLimit)
  let budget = rereadLimit
  for (const batch of batches(sorted.filter((pair) => !isLarge(pair)))) {
    const cost = Math.max(...batch.flatMap(({ published, rebuilt }) => [endOf(published), endOf(rebuilt)]))
    budget -= cost
    if (budget < 0) {
      for (const pair of batch) yield [pair, { kind: 'unread' }]
      continue
    }
    const [published, rebuilt] = await Promise.all([
      readEntries(
        sides.published,
        batch.map((pair) => pair.published),
        options,
      ),
      readEntries(
        sides.rebuilt,
        batch.map((pair) => pair.rebuilt),
        options,
      ),
    ])
    for (const pair of batch) {
      const contents = { published: published.get(pair.published), rebuilt: rebuilt.get(pair.rebuilt) }
      if (contents.published === undefined || contents.rebuilt === undefined) yield [pair, { kind: 'unread' }]
      else yield [pair, { kind: 'whole', published: contents.published, rebuilt: contents.rebuilt }]
    }
  }
  for (const pair of sorted.filter(isLarge)) {
    budget -= Math.max(endOf(pair.published), endOf(pair.rebuilt))
    yield [pair, budget < 0 ? { kind: 'unread' } : await windowOrUnread(sides, pair, options)]
  }
}

/** Behind the data as it stands in the unpacked archive. */
function endOf({ dataOffset, size, packed }: ArchiveEntry): number {
  return dataOffset + (packed?.size ?? size)
}

function batches<Wanted extends Pair>(pairs: Wanted[]): Wanted[][] {
  const all: Wanted[][] = []
  let room = 0
  for (const pair of pairs) {
    const size = Math.max(pair.published.size, pair.rebuilt.size)
    const current = all.at(-1)
    if (current && size <= room) {
      current.push(pair)
      room -= size
    } else {
      all.push([pair])
      room = batchLimit - size
    }
  }
  return all
}

/** The bytes of the given entries, which must fit into memory together; without those that are damaged. */
export async function readEntries(
  input: ComparedInput,
  entries: readonly ArchiveEntry[],
  options: ReadOptions,
): Promise<Map<ArchiveEntry, Buffer>> {
  const wanted = entries.toSorted((a, b) => a.dataOffset - b.dataOffset)
  const parts = new Map<ArchiveEntry, Buffer[]>(wanted.map((entry) => [entry, []]))
  let next = 0
  let position = 0
  for await (const chunk of readUnpacked(input, options)) {
    const end = position + chunk.length
    for (let index = next; index < wanted.length; index++) {
      const entry = wanted[index]
      if (entry === undefined || entry.dataOffset >= end) break
      const from = Math.max(entry.dataOffset, position)
      const to = Math.min(endOf(entry), end)
      // A copy, so that one small entry does not hold its whole chunk.
      if (from < to) parts.get(entry)?.push(Buffer.from(chunk.subarray(from - position, to - position)))
      if (index === next && endOf(entry) <= end) next++
    }
    position = end
    if (next >= wanted.length) break
  }
  const contents = new Map<ArchiveEntry, Buffer>()
  for (const [entry, chunks] of parts) {
    const bytes = decoded(entry, Buffer.concat(chunks))
    if (bytes !== undefined) contents.set(entry, bytes)
  }
  return contents
}

/** `undefined` where the data is damaged, which is a finding of its own. */
function decoded({ packed, size }: ArchiveEntry, bytes: Buffer): Buffer | undefined {
  if (!packed) return bytes
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(size, 1) })
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
}

/** Node's error where more comes out than the entry says to hold is a RangeError. */
function isDamage(error: unknown): boolean {
  return isZlibError(error) || (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
}

const windowBefore = 64
const windowAfter = 192

async function windowOrUnread(sides: Sides, pair: Pair, options: ReadOptions): Promise<Contents> {
  try {
    return await firstWindow(sides, pair, options)
  } catch (error) {
    if (isDamage(error)) return { kind: 'unread' }
    throw error
  }
}

/** Where two large entries first differ, by reading both side by side. */
async function firstWindow(sides: Sides, pair: Pair, options: ReadOptions): Promise<Contents> {
  const left = readEntry(sides.published, pair.published, options)
  const right = readEntry(sides.rebuilt, pair.rebuilt, options)
  try {
    let [a, b] = [Buffer.alloc(0), Buffer.alloc(0)] as [Buffer, Buffer]
    let before: Buffer = Buffer.alloc(0)
    let offset = 0
    for (;;) {
      if (a.length === 0) a = await nextOf(left)
      if (b.length === 0) b = await nextOf(right)
      const length = Math.min(a.length, b.length)
      const at = firstDifference(a.subarray(0, length), b.subarray(0, length))
      if (at >= 0 || length === 0) {
        const start = Math.max(at, 0)
        const known = Buffer.concat([before, a.subarray(0, start)]).subarray(-windowBefore)
        const show = (bytes: Buffer) => Buffer.concat([known, bytes.subarray(start, start + windowAfter)])
        return { kind: 'window', offset: offset + start - known.length, published: show(a), rebuilt: show(b) }
      }
      before = Buffer.from(
        Buffer.concat([before, a.subarray(Math.max(0, length - windowBefore), length)]).subarray(-windowBefore),
      )
      offset += length
      a = a.subarray(length)
      b = b.subarray(length)
    }
  } finally {
    await Promise.all([left.return(undefined), right.return(undefined)])
  }
}

async function nextOf(chunks: AsyncGenerator<Buffer>): Promise<Buffer> {
  const step = await chunks.next()
  return step.done ? Buffer.alloc(0) : step.value
}

/** The content of one entry. */
export async function* readEntry(
  input: ComparedInput,
  entry: ArchiveEntry,
  options: ReadOptions,
): AsyncGenerator<Buffer> {
  if (entry.packed) yield* inflate(byteQueue(stored(input, entry, options)))
  else yield* stored(input, entry, options)
}

/** As it stands in the unpacked archive. */
async function* stored(input: ComparedInput, entry: ArchiveEntry, options: ReadOptions): AsyncGenerator<Buffer> {
  let position = 0
  for await (const chunk of readUnpacked(input, options)) {
    const part = chunk.subarray(Math.max(0, entry.dataOffset - position), Math.max(0, endOf(entry) - position))
    position += chunk.length
    if (part.length > 0) yield part
    if (position >= endOf(entry)) return
  }
}

/** Index of the first byte that differs; the length of the shorter where one begins with the other; -1 where equal. */
export function firstDifference(a: Buffer, b: Buffer): number {
  if (a.equals(b)) return -1
  const length = Math.min(a.length, b.length)
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (a.compare(b, low, middle, low, middle) === 0) low = middle
    else high = middle - 1
  }
  return low
}
