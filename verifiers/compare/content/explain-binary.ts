import { crc32 } from 'node:zlib'
import { readElf } from './binary/elf.ts'
import { readGif, readJpeg, readPng } from './binary/image.ts'
import type { BinaryPart, BinaryStructure } from './binary/parts.ts'
import { readWasm } from './binary/wasm.ts'
import type { Explanation } from './explanation.ts'
import type { FileContent } from './file-kind.ts'

type Binary = { kind: FileContent['kind']; bytes: Buffer }
type PartDifference = {
  name: string
  published?: { offset: number; size: number }
  rebuilt?: { offset: number; size: number }
}

const shownParts = 40

/**
 * Why two binary files differ: in which parts, in which texts, at which offsets. Nobody reads what is inside, so that a
 * difference is `suspicious` but for the few parts that are known to hold nothing that runs or is shown.
 */
export function explainBinary(published: Binary, rebuilt: Binary): Explanation {
  const [a, b] = [structureOf(published.bytes), structureOf(rebuilt.bytes)]
  const program = published.kind === 'executable' || rebuilt.kind === 'executable'
  const evidence: Record<string, unknown> = {
    kinds: { published: published.kind, rebuilt: rebuilt.kind },
    ranges: rangesOf(published.bytes, rebuilt.bytes),
    strings: stringsOnlyIn(published.bytes, rebuilt.bytes),
  }
  const what = program ? 'The published machine code' : 'The published file is binary, and'
  if (a === undefined || b === undefined || a.format !== b.format) {
    return {
      cause: program ? 'machine-code' : 'binary-content',
      severity: 'suspicious',
      summary: `${what} is not what the rebuild gives.`,
      evidence,
    }
  }
  const parts = partDifferences(a, published.bytes, b, rebuilt.bytes)
  Object.assign(evidence, {
    format: a.format,
    parts: parts.slice(0, shownParts),
    facts: factsThatDiffer(a, b),
    ...((a.problem ?? b.problem) && { problems: { published: a.problem, rebuilt: b.problem } }),
  })
  const quiet = quietCause(a, published.bytes, b, rebuilt.bytes, parts)
  const names = [...new Set(parts.map(({ name }) => name))]
  return {
    cause:
      quiet ?? (a.facts.machine !== b.facts.machine ? 'architecture' : program ? 'machine-code' : 'binary-content'),
    severity: quiet === undefined ? 'suspicious' : 'unexplained',
    summary: `The ${a.format} ${program ? 'code' : 'file'} is not what the rebuild gives: it differs in ${names.slice(0, 6).join(', ') || 'what stands between its parts'}${names.length > 6 ? ' and more' : ''}.`,
    evidence,
  }
}

function structureOf(bytes: Buffer): BinaryStructure | undefined {
  return readElf(bytes) ?? readWasm(bytes) ?? readPng(bytes) ?? readJpeg(bytes) ?? readGif(bytes)
}

/** Parts by their name and how often it came before. */
function partDifferences(a: BinaryStructure, published: Buffer, b: BinaryStructure, rebuilt: Buffer): PartDifference[] {
  const [left, right] = [numbered(a.parts), numbered(b.parts)]
  const differences: PartDifference[] = []
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [one, other] = [left.get(key), right.get(key)]
    const same = one && other && published.subarray(one.start, one.end).equals(rebuilt.subarray(other.start, other.end))
    if (same) continue
    differences.push({
      name: one?.name ?? other?.name ?? '',
      ...(one && { published: { offset: one.start, size: one.end - one.start } }),
      ...(other && { rebuilt: { offset: other.start, size: other.end - other.start } }),
    })
  }
  return differences
}

function numbered(parts: readonly BinaryPart[]): Map<string, BinaryPart> {
  const counts = new Map<string, number>()
  return new Map(
    parts.map((part) => {
      const count = (counts.get(part.name) ?? 0) + 1
      counts.set(part.name, count)
      return [`${part.name} ${count}`, part]
    }),
  )
}

function factsThatDiffer(a: BinaryStructure, b: BinaryStructure): Record<string, unknown> {
  const differing: Record<string, unknown> = {}
  for (const name of new Set([...Object.keys(a.facts), ...Object.keys(b.facts)])) {
    const [published, rebuilt] = [a.facts[name], b.facts[name]]
    if (JSON.stringify(published) !== JSON.stringify(rebuilt)) differing[name] = { published, rebuilt }
  }
  return differing
}

/** Parts that hold no code, no data of a program, and no pixel. */
const quietParts: Record<string, { parts: ReadonlySet<string>; cause: string }> = {
  ELF: { parts: new Set(['.note.gnu.build-id', '.comment']), cause: 'build-id' },
  PNG: { parts: new Set(['tIME']), cause: 'image-metadata' },
}

/** Only where every byte that differs lies in such a part, at the same place and of the same size. */
function quietCause(
  a: BinaryStructure,
  published: Buffer,
  b: BinaryStructure,
  rebuilt: Buffer,
  parts: PartDifference[],
): string | undefined {
  const quiet = quietParts[a.format]
  if (quiet === undefined || parts.length === 0 || a.problem || b.problem) return undefined
  if (published.length !== rebuilt.length || !parts.every(({ name }) => quiet.parts.has(name))) return undefined
  const [masked, other] = [Buffer.from(published), Buffer.from(rebuilt)]
  for (const part of parts) {
    if (part.published?.offset !== part.rebuilt?.offset || part.published?.size !== part.rebuilt?.size) return undefined
    const start = part.published?.offset ?? 0
    const end = start + (part.published?.size ?? 0)
    const bytes = published.subarray(start, end)
    if (a.format === 'PNG' && !hasRightSum(bytes)) return undefined
    if (part.name === '.comment' && !namesCompilers(bytes)) return undefined
    if (part.name === '.note.gnu.build-id' && bytes.length > longestBuildId) return undefined
    masked.fill(0, start, end)
    other.fill(0, start, end)
  }
  return masked.equals(other) ? quiet.cause : undefined
}

/** A header of 16 bytes and a digest, sha1 as a rule. */
const longestBuildId = 16 + 32

/** As compilers and linkers write it: texts that begin with their names. */
function namesCompilers(bytes: Buffer): boolean {
  const texts = bytes.toString('latin1').split('\0')
  return texts.every(
    (text) =>
      text === '' ||
      /^(?:GCC: \(|[\w ]{0,16}clang version |rustc version |Linker: LLD )[\w .,:()~+/-]{1,100}$/.test(text),
  )
}

function hasRightSum(chunk: Buffer): boolean {
  return chunk.length >= 12 && crc32(chunk.subarray(4, -4)) === chunk.readUInt32BE(chunk.length - 4)
}

const shownRanges = 20
/** Equal bytes that a range may span, so that a number that differs is one range. */
const gap = 8

/** Where two files of one size differ; else only from where on. Offsets from the beginning, half-open. */
function rangesOf(published: Buffer, rebuilt: Buffer): { offset: number; size: number }[] {
  const ranges: { offset: number; size: number }[] = []
  const length = Math.min(published.length, rebuilt.length)
  for (let at = 0; at < length; at++) {
    if (published[at] === rebuilt[at]) continue
    const last = ranges.at(-1)
    if (last && at - (last.offset + last.size) < gap) last.size = at + 1 - last.offset
    else if (ranges.length < shownRanges) ranges.push({ offset: at, size: 1 })
    else break
  }
  if (published.length > length) ranges.push({ offset: length, size: published.length - length })
  return ranges
}

const shownStrings = 40
const mostStrings = 200_000

/** Texts that only the published file has, with their offsets. */
function stringsOnlyIn(published: Buffer, rebuilt: Buffer): { offset: number; text: string }[] {
  const pattern = /[\x20-\x7e]{6,}/g
  const known = new Set<string>()
  for (const [text] of rebuilt.toString('latin1').matchAll(pattern)) {
    if (known.size >= mostStrings) break
    known.add(text)
  }
  const only: { offset: number; text: string }[] = []
  for (const { 0: text, index } of published.toString('latin1').matchAll(pattern)) {
    if (only.length >= shownStrings) break
    if (!known.has(text)) only.push({ offset: index, text: text.slice(0, 200) })
  }
  return only
}
