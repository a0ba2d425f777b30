import { type BinaryPart, type BinaryStructure, mostParts } from './parts.ts'

const png = Buffer.from('89504e470d0a1a0a', 'hex')

/** https://www.w3.org/TR/png-3/#5Chunk-layout */
export function readPng(bytes: Buffer): BinaryStructure | undefined {
  if (!bytes.subarray(0, 8).equals(png)) return undefined
  const parts: BinaryPart[] = [{ name: 'signature', start: 0, end: 8 }]
  const facts: BinaryStructure['facts'] = {}
  let at = 8
  let ended = false
  while (at + 12 <= bytes.length && parts.length < mostParts && !ended) {
    const end = at + 12 + bytes.readUInt32BE(at)
    if (end > bytes.length) break
    const name = bytes.toString('latin1', at + 4, at + 8).replace(/[^A-Za-z]/g, '.')
    if (name === 'IHDR' && end - at >= 20) {
      facts.width = bytes.readUInt32BE(at + 8)
      facts.height = bytes.readUInt32BE(at + 12)
    }
    parts.push({ name, start: at, end })
    at = end
    ended = name === 'IEND'
  }
  return withRest('PNG', parts, facts, at, bytes)
}

/** ITU-T T.81, annex B: markers, each with its length, up to the scan. */
export function readJpeg(bytes: Buffer): BinaryStructure | undefined {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== 0xd8 || bytes[2] !== 0xff) return undefined
  const parts: BinaryPart[] = [{ name: 'start', start: 0, end: 2 }]
  const facts: BinaryStructure['facts'] = {}
  let at = 2
  while (at + 4 <= bytes.length && bytes[at] === 0xff && parts.length < mostParts) {
    const marker = bytes[at + 1] ?? 0
    const end = at + 2 + bytes.readUInt16BE(at + 2)
    if (end > bytes.length) break
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker) && end - at >= 9) {
      facts.height = bytes.readUInt16BE(at + 5)
      facts.width = bytes.readUInt16BE(at + 7)
    }
    parts.push({ name: jpegName(marker), start: at, end })
    at = end
    if (marker !== 0xda) continue
    const last = bytes.lastIndexOf(Buffer.from([0xff, 0xd9]))
    const scanEnd = last < at ? bytes.length : last + 2
    parts.push({ name: 'scan', start: at, end: scanEnd })
    at = scanEnd
    break
  }
  return withRest('JPEG', parts, facts, at, bytes)
}

function jpegName(marker: number): string {
  if (marker >= 0xe0 && marker <= 0xef) return `APP${marker - 0xe0}`
  return { 196: 'DHT', 218: 'SOS', 219: 'DQT', 221: 'DRI', 254: 'COM' }[marker] ?? `marker ${marker.toString(16)}`
}

/** https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
export function readGif(bytes: Buffer): BinaryStructure | undefined {
  if (!/^GIF8[79]a/.test(bytes.toString('latin1', 0, 6)) || bytes.length < 13) return undefined
  const colours = (flags: number) => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1))
  const facts = { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
  let at = 13 + colours(bytes[10] ?? 0)
  const parts: BinaryPart[] = [{ name: 'header', start: 0, end: Math.min(at, bytes.length) }]
  while (at < bytes.length && parts.length < mostParts) {
    const start = at
    const kind = bytes[at]
    if (kind === 0x3b) {
      parts.push({ name: 'trailer', start, end: ++at })
      break
    }
    if (kind === 0x21) at = behindBlocks(bytes, at + 2)
    else if (kind === 0x2c) at = behindBlocks(bytes, at + 11 + colours(bytes[at + 9] ?? 0))
    else break
    const extension = { 249: 'graphic control', 254: 'comment', 255: 'application', 1: 'text' }[bytes[start + 1] ?? 0]
    parts.push({ name: kind === 0x21 ? (extension ?? 'extension') : 'image', start, end: at })
  }
  return withRest('GIF', parts, facts, at, bytes)
}

function behindBlocks(bytes: Buffer, start: number): number {
  let at = start
  for (let size = bytes[at]; size !== undefined && size !== 0; size = bytes[at]) at += size + 1
  return Math.min(at + 1, bytes.length)
}

function withRest(
  format: string,
  parts: BinaryPart[],
  facts: BinaryStructure['facts'],
  at: number,
  bytes: Buffer,
): BinaryStructure {
  if (at >= bytes.length) return { format, parts, facts }
  const rest = { name: 'bytes behind the image', start: at, end: bytes.length }
  return {
    format,
    parts: [...parts, rest],
    facts,
    problem: `${bytes.length - at} bytes belong to no part of the image`,
  }
}
