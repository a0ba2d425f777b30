import { Readable } from 'node:stream'
import type { Comparison } from '../model/comparison.ts'
import { Problem } from '../model/problem.ts'
import { byteQueue } from './byte-queue.ts'
import { readContents, readEntry, wholeEntryLimit } from './contents.ts'
import { type Difference, difference } from './difference.ts'
import type { Pair } from './entries.ts'
import { type ArchiveEntry, digestOf } from './entry.ts'
import { compressionOf, containerOf, headSize, promisedBy } from './formats/detect.ts'
import type { ComparedInput } from './input.ts'
import type { ReadOptions } from './unpacked.ts'

type Sides = { published: ComparedInput; rebuilt: ComparedInput }

/** Compares two archives that are entries of others; the differences have paths within them. */
export type CompareNested = (
  sides: Sides,
  options: ReadOptions & { depth: number },
) => Promise<Pick<Comparison, 'verdict' | 'differences'>>

export type NestedResult = { pair: Pair; verdict: Comparison['verdict']; differences: Difference[] }

/** Whether a pair is worth a look inside: both sides are called an archive, so that programs take them for one. */
export function mayBeNested({ published, rebuilt }: Pair): boolean {
  return [published, rebuilt].every(
    ({ type, path, encoding, size }) =>
      type === 'file' && encoding === undefined && size > 0 && promisedBy(path) !== undefined,
  )
}

/**
 * Compares what is in the archives that differ. A pair whose bytes are not what its name promises is left out: something
 * else reads it than an extractor, and its bytes are what counts.
 */
export async function* nestedResults(
  sides: Sides,
  pairs: readonly Pair[],
  options: ReadOptions & { depth: number },
  compare: CompareNested,
): AsyncGenerator<NestedResult> {
  const small = pairs.filter(({ published, rebuilt }) => Math.max(published.size, rebuilt.size) <= wholeEntryLimit)
  for await (const [pair, contents] of readContents(sides, small, options)) {
    if (contents.kind !== 'whole') continue
    const inputs = {
      published: inputOf(pair.published, () => Readable.from([contents.published], { objectMode: false })),
      rebuilt: inputOf(pair.rebuilt, () => Readable.from([contents.rebuilt], { objectMode: false })),
    }
    const result = await resultOf(pair, inputs, options, compare)
    if (result) yield result
  }
  const others = new Set(small)
  for (const pair of pairs.filter((pair) => !others.has(pair))) {
    const stream = (input: ComparedInput, entry: ArchiveEntry) =>
      inputOf(entry, () => Readable.from(readEntry(input, entry, options), { objectMode: false }))
    const inputs = {
      published: stream(sides.published, pair.published),
      rebuilt: stream(sides.rebuilt, pair.rebuilt),
    }
    const result = await resultOf(pair, inputs, options, compare)
    if (result) yield result
  }
}

function inputOf(entry: ArchiveEntry, open: () => Readable): ComparedInput {
  const { path, size } = entry
  const fileName = path.slice(path.lastIndexOf('/') + 1)
  // Only the digest that was taken while the outer archive was read is looked at again.
  return { fileName, size, digests: { sha256: digestOf(entry), sha512: '' }, open }
}

async function resultOf(
  pair: Pair,
  inputs: Sides,
  options: ReadOptions & { depth: number },
  compare: CompareNested,
): Promise<NestedResult | undefined> {
  if (!(await isAsNamed(inputs.published)) || !(await isAsNamed(inputs.rebuilt))) return undefined
  const { path } = pair.published
  try {
    const { verdict, differences } = await compare(inputs, {
      ...options,
      depth: options.depth + 1,
      place: placeWithin(options.place, path),
    })
    const prefixed = differences.map((one) => difference({ ...one, path: pathWithin(path, one.path) }))
    return { pair, verdict, differences: prefixed }
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'ARCHIVE_LIMIT_EXCEEDED')) throw error
    const limit = difference({
      path,
      kind: 'structure',
      cause: 'limit-exceeded',
      severity: 'suspicious',
      summary: error.message,
      evidence: { ...error.details },
    })
    return { pair, verdict: 'different', differences: [limit] }
  }
}

/** Where an entry of an archive is, seen from the outermost one. */
export function placeWithin(place: string | undefined, path: string): string {
  return place === undefined ? path : pathWithin(place, path)
}

/** Archives of whole trees begin every path with `./`. */
function pathWithin(archive: string, path: string): string {
  return path === '' ? archive : `${archive}!/${path.replace(/^\.\//, '')}`
}

/** A name alone makes no archive: a program called `x.tar` whose first bytes also are a header is not entered. */
async function isAsNamed(input: ComparedInput): Promise<boolean> {
  const promised = promisedBy(input.fileName)
  const source = input.open()
  try {
    const head = await byteQueue(source).peek(headSize)
    const compression = compressionOf(head)
    if (promised === undefined || compression !== promised.compression) return false
    if (compression !== undefined) return true
    return promised?.container !== undefined && containerOf(head) === promised.container
  } finally {
    source.destroy()
  }
}
