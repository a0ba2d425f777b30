import { once } from 'node:events'
import type { Transform } from 'node:stream'
import type { ByteQueue } from '../byte-queue.ts'
import type { Finding } from '../findings.ts'
import type { GzipMember } from './gzip.ts'

/** What undoing a compression showed of it, beside the bytes. */
export type CompressionReport = {
  kind: 'gzip' | 'xz' | 'zstd' | 'bzip2'
  /** What its header says of how it was made. */
  header: Record<string, string | number>
  /** Members of a gzip file, the first ones. */
  gzip?: GzipMember[]
  /** False when not everything could be unpacked; a finding says why. */
  complete: boolean
}

/** Undoes a compression: yields the bytes, reports what is odd about how they were packed. */
export type Decompression = (
  source: AsyncIterable<Uint8Array>,
  found: (finding: Finding) => void,
) => AsyncGenerator<Buffer, CompressionReport>

/** What a transform makes of bytes; an error of the source comes out as it is. */
export async function* through(engine: Transform, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const closed = once(engine, 'close').catch(() => undefined)
  let sourceError: unknown
  const feed = async () => {
    for await (const chunk of source) {
      await Promise.race([new Promise<void>((resolve) => engine.write(chunk, () => resolve())), closed])
      if (engine.destroyed) return
    }
    engine.end()
  }
  const feeding = feed().catch((error: unknown) => {
    sourceError = error
    engine.destroy(error instanceof Error ? error : new Error(String(error)))
  })
  try {
    for await (const chunk of engine) yield chunk as Buffer
  } catch (error) {
    throw sourceError ?? error
  } finally {
    engine.destroy()
    await feeding
  }
}

/** A finding about a layer of compression, which has no path. */
export function aboutLayer(
  code: Finding['code'],
  summary: string,
  evidence: Finding['evidence'],
  offset?: number,
): Finding {
  return { code, path: '', summary, evidence, ...(offset !== undefined && { offset }) }
}

/** Compressed data that is larger than its content carries something else. */
export function isInflated({ packedSize, unpackedSize }: { packedSize: number; unpackedSize: number }): boolean {
  return packedSize > unpackedSize * 1.01 + 1024
}

/** Takes what follows the end of the compressed data and says what it was. */
export async function trailingBytes(queue: ByteQueue, code: Finding['code']): Promise<Finding> {
  const offset = queue.position()
  const { size, sha256, start, onlyZeros } = await queue.digestRest()
  const summary = `${size} bytes follow the end of the compressed data${onlyZeros ? '; all of them are zero' : ''}.`
  return aboutLayer(code, summary, { size, sha256, start: start.toString('hex') }, offset)
}

/** What is wrong with compressed data; becomes a finding, since damage is evidence like everything else. */
export class Damage extends Error {
  readonly isDamage = true
}

/** @throws {Damage} where the bytes end too early. */
export async function takeExactly(queue: ByteQueue, size: number): Promise<Buffer> {
  const bytes = await queue.take(size)
  if (bytes.length < size) throw new Damage('it ends too early')
  return bytes
}
