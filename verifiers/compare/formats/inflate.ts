import { once } from 'node:events'
import { createInflateRaw } from 'node:zlib'
import type { ByteQueue } from '../byte-queue.ts'

/**
 * Inflates one deflate stream from where the queue stands and leaves the queue at the first byte behind it: zlib's
 * `bytesWritten` counts what the engine took, which ends at the end of the stream even in the middle of a chunk.
 */
export async function* inflate(queue: ByteQueue): AsyncGenerator<Buffer> {
  const engine = createInflateRaw({ chunkSize: 256 * 1024 })
  const closed = once(engine, 'close').catch(() => undefined)
  let sourceError: unknown
  const feed = async () => {
    let fed = 0
    for (;;) {
      const chunk = await queue.next()
      if (chunk === undefined) {
        engine.end()
        return
      }
      fed += chunk.length
      // Resolves when the engine is done with the chunk; `closed` where it failed on it.
      await Promise.race([new Promise<void>((resolve) => engine.write(chunk, () => resolve())), closed])
      const unused = fed - engine.bytesWritten
      if (unused > 0 || engine.destroyed) {
        queue.putBack(chunk.subarray(chunk.length - unused))
        return
      }
    }
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

export function isZlibError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z')
}
