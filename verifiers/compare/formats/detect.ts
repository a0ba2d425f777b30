import { isZero } from '../byte-queue.ts'
import { parseTarHeader } from './tar-header.ts'

export type Compression = 'gzip' | 'xz' | 'zstd' | 'bzip2'
export type Container = 'tar' | 'zip' | 'ar'

/** As much of a file as is looked at to tell what it is, in bytes. */
export const headSize = 4096

const block = 512

/** The compression whose magic bytes a file begins with. */
export function compressionOf(head: Buffer): Compression | undefined {
  const starts = (hex: string) => head.toString('hex', 0, hex.length / 2) === hex
  if (starts('1f8b')) return 'gzip'
  if (starts('fd377a585a00')) return 'xz'
  // RFC 8878: a frame, or one of the sixteen that decoders skip.
  if (starts('28b52ffd') || /^5[0-9a-f]2a4d18$/.test(head.toString('hex', 0, 4))) return 'zstd'
  // The magic of a block, or of the end where there is none.
  return /^425a683[1-9](?:314159265359|177245385090)/.test(head.toString('hex', 0, 10)) ? 'bzip2' : undefined
}

/**
 * The container that the bytes are, whatever they are called. A tar has no magic bytes that all of them share: it is one
 * where a header with a true checksum stands in one of the first blocks, or where it begins with the end mark.
 */
export function containerOf(head: Buffer): Container | undefined {
  const start = head.toString('latin1', 0, 8)
  // A local header, the end of an empty archive, and the marker of one that was to be split (APPNOTE.TXT, 8.5.4).
  if (/^PK(?:\x03\x04|\x05\x06|00PK|\x07\x08PK)/.test(start)) return 'zip'
  if (start === '!<arch>\n') return 'ar'
  for (let at = 0; at + block <= head.length; at += block) if (beginsAsTar(head.subarray(at))) return 'tar'
  return head.length >= 2 * block && isZero(head.subarray(0, 2 * block)) ? 'tar' : undefined
}

export function beginsAsTar(head: Buffer): boolean {
  const header = head.subarray(0, block)
  return header.length === block && !isZero(header) && parseTarHeader(header) !== undefined
}

type Named = { compression?: Compression; container?: Container }

const suffixes: [RegExp, Named][] = [
  [/\.(?:tar\.gz|tgz|crate)$/i, { compression: 'gzip', container: 'tar' }],
  [/\.(?:tar\.xz|txz)$/i, { compression: 'xz', container: 'tar' }],
  [/\.(?:tar\.zst|tzst)$/i, { compression: 'zstd', container: 'tar' }],
  [/\.(?:tar\.bz2|tbz2?)$/i, { compression: 'bzip2', container: 'tar' }],
  [/\.(?:tar|gem)$/i, { container: 'tar' }],
  [/\.gz$/i, { compression: 'gzip' }],
  [/\.xz$/i, { compression: 'xz' }],
  [/\.zst$/i, { compression: 'zstd' }],
  [/\.bz2$/i, { compression: 'bzip2' }],
  [/\.(?:zip|jar|war|ear|aar|apk|whl|egg|nupkg|vsix|xpi)$/i, { container: 'zip' }],
  [/\.(?:deb|udeb|a)$/i, { container: 'ar' }],
]

/** What a name promises; `undefined` where it promises no archive. */
export function promisedBy(name: string): Named | undefined {
  return suffixes.find(([suffix]) => suffix.test(name))?.[1]
}

/** `data.tar.xz` is `data.tar` once it is unpacked. */
export function withoutCompression(name: string): string {
  return name.replace(/\.(?:gz|xz|zst|bz2)$/i, '').replace(/\.(?:tgz|txz|tzst|tbz2?)$/i, '.tar')
}
