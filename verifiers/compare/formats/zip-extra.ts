import { crc32 } from 'node:zlib'
import type { Finding } from '../findings.ts'
import { decodeName } from '../names.ts'
import { shownBytes } from './shown-bytes.ts'
import { type CentralHeader, type LocalHeader, parseExtra } from './zip-headers.ts'

type Report = (code: Finding['code'], summary: string, evidence?: Finding['evidence']) => void

/**
 * Records that say nothing but times, owners, sizes and alignment, and how long they can be; APPNOTE.TXT 4.5 and
 * Info-ZIP's proginfo/extrafld.txt. Anything else could be a place to hide something in.
 */
const plain: Record<number, { shortest: number; longest: number }> = {
  1: { shortest: 0, longest: 28 },
  10: { shortest: 32, longest: 32 },
  21589: { shortest: 1, longest: 13 },
  22613: { shortest: 8, longest: 12 },
  30805: { shortest: 0, longest: 4 },
  30837: { shortest: 3, longest: 19 },
  51966: { shortest: 0, longest: 0 },
}
const alignment = 0xd935
const unicodePath = 0x7075
const zip64 = 0x0001

export type ExtraFacts = { mtime: string | undefined; owner: string }

/** What the extra field of a header says, and what is odd about it. */
export function checkExtra(header: LocalHeader | CentralHeader, report: Report): ExtraFacts {
  const facts: ExtraFacts = { mtime: undefined, owner: '' }
  if (header.extra.length === 0) return facts
  const records = parseExtra(header.extra)
  if (records === undefined) {
    report('zip-extra', 'The extra field of the entry is not a list of records.', shownBytes(header.extra))
    return facts
  }
  const seen = new Set<number>()
  for (const { id, data } of records) {
    const name = id.toString(16).padStart(4, '0')
    const odd = (summary: string) => report('zip-extra', summary, { id: name, ...shownBytes(data) })
    const known = plain[id]
    if (seen.has(id)) odd(`The extra field of the entry has the record ${name} twice.`)
    seen.add(id)
    if (id === unicodePath) checkUnicodePath(header, data, report)
    else if (id === alignment) {
      if (data.subarray(2).some((byte) => byte !== 0)) odd('The padding of the entry is not zero.')
    } else if (known === undefined || data.length < known.shortest || data.length > known.longest) {
      odd(`The extra field carries the record ${name}, which is not known or not as it should be.`)
    }
    if (id === zip64) checkZip64(header, data, report)
    if (id === 0x5455 && data.length >= 5 && (data.readUInt8(0) & 1) === 1) facts.mtime = String(data.readInt32LE(1))
    if (id === 0x7875) facts.owner = ownerFrom(data, odd)
  }
  return facts
}

/** Some programs take the name from here (unzip), others from the header (Python before 3.13, Java). */
function checkUnicodePath(header: LocalHeader | CentralHeader, data: Buffer, report: Report): void {
  const name = data.toString('latin1', 5)
  const valid = data.length > 5 && data[0] === 1 && data.readUInt32LE(1) === crc32(Buffer.from(header.name, 'latin1'))
  if (valid && name === header.name) return
  report('zip-two-names', `The entry has another name in its extra field, ${decodeName(name)}.`, {
    header: decodeName(header.name),
    extra: decodeName(name),
    valid,
    ...shownBytes(data),
  })
}

/**
 * Sizes of 64 bits belong here where the header's own fields are saturated. Elsewhere programs differ in which of the
 * two they take, so that all that stands here must be what the header says, or zero.
 */
function checkZip64(header: LocalHeader | CentralHeader, data: Buffer, report: Report): void {
  const { size, packedSize } = header
  const said = new Set([0, size, packedSize, ...('localOffset' in header ? [header.localOffset] : [])])
  const values: number[] = []
  for (let at = 0; at + 8 <= data.length; at += 8) values.push(Number(data.readBigUInt64LE(at)))
  if (values.every((value) => said.has(value)) && (data.length % 8 === 0 || data.length === 28)) return
  report('zip-zip64', 'The entry has two pairs of sizes, of 32 and of 64 bits, that disagree.', {
    sizes: [size, packedSize],
    large: values,
    ...shownBytes(data),
  })
}

/** Info-ZIP's third Unix record: version, then user and group, each with the length of its number. */
function ownerFrom(data: Buffer, odd: (summary: string) => void): string {
  const numbers: string[] = []
  let at = 1
  while (at < data.length && numbers.length < 2) {
    const length = data.readUInt8(at)
    const bytes = data.subarray(at + 1, at + 1 + length)
    numbers.push(String(bytes.reduceRight((sum, byte) => sum * 256 + byte, 0)))
    at += 1 + length
  }
  if (data[0] !== 1 || numbers.length !== 2 || at !== data.length) {
    odd('The owner in the extra field is not as it should be.')
  }
  return numbers.join(':')
}
