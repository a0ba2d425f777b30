import { createRequire } from 'node:module'
import { deflateRawSync } from 'node:zlib'
import type { ComparedInput } from './input.ts'
import { type ReadOptions, readUnpacked } from './unpacked.ts'

/** A program that makes of the rebuilt archive, without its compression, the published bytes. */
export type IdentifiedCompressor = {
  engine: 'zlib of Node' | 'pako'
  version: string
  level: number
}

/** Larger archives are not compressed again; in unpacked bytes. */
const encodeLimit = 64 * 1024 * 1024

/** RFC 1952, section 2.3: ten bytes before the data where no flag is set, eight after it. */
const headerSize = 10
const trailerSize = 8

/** npm from 7.7 on, and what all others take. */
const levels = [9, 6] as const

/**
 * Finds the compressor of a published gzip file by trying: Node's own zlib, which has changes of Chromium, and pako, which
 * gives the bytes of zlib as its authors release it, as it is on many publishers' machines.
 *
 * @param size of the archive without its compression, in bytes
 */
export async function identifyCompressor(
  sides: { published: ComparedInput; rebuilt: ComparedInput },
  size: number,
  options: ReadOptions,
): Promise<IdentifiedCompressor | undefined> {
  // Compressed data that small needs no more than this many bytes, and more is none of it.
  if (size > encodeLimit || sides.published.size > size + size / 1000 + 1024) return undefined
  const tar = await whole(readUnpacked(sides.rebuilt, options))
  const published = (await whole(sides.published.open())).subarray(headerSize, -trailerSize)
  const zlib = levelOf((bytes, level) => deflateRawSync(bytes, { level }), tar, published)
  if (zlib !== undefined) return { engine: 'zlib of Node', version: process.versions.node, level: zlib }
  options.signal.throwIfAborted()
  const { default: pako } = await import('pako')
  const level = levelOf((bytes, level) => pako.deflateRaw(bytes, { level }), tar, published)
  return level === undefined ? undefined : { engine: 'pako', version: pakoVersion(), level }
}

type Deflate = (bytes: Buffer, level: 6 | 9) => Uint8Array

/** The beginning decides for most: what a compressor has written by then does not depend on what comes after it. */
function levelOf(deflate: Deflate, tar: Buffer, published: Buffer): number | undefined {
  const beginning = tar.subarray(0, 1 << 20)
  return levels.find((level) => {
    const first = Buffer.from(deflate(beginning, level))
    if (beginning.length === tar.length) return first.equals(published)
    const sure = Math.min(4096, first.length >> 1)
    return first.subarray(0, sure).equals(published.subarray(0, sure)) && published.equals(deflate(tar, level))
  })
}

function pakoVersion(): string {
  return (createRequire(import.meta.url)('pako/package.json') as { version: string }).version
}

async function whole(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
