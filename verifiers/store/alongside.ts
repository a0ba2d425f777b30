import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'

/**
 * Gives bytes to a second reader while the first one reads them. What the second makes of them counts for nothing until
 * the first, which checks them, is content with all of them.
 *
 * @throws what `first` throws, and where that throws nothing, what `second` throws; both have ended by then
 */
export async function alongside<Result>(
  source: AsyncIterable<Uint8Array>,
  first: (source: AsyncIterable<Uint8Array>) => Promise<Result>,
  second: (bytes: Readable) => Promise<void>,
): Promise<Result> {
  const copy = new PassThrough()
  const reading = second(copy).then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  // Who has had enough is not waited for.
  void reading.then(() => copy.destroy())
  async function* both() {
    for await (const chunk of source) {
      if (!copy.destroyed && !copy.write(chunk)) await Promise.race([once(copy, 'drain'), reading])
      yield chunk
    }
    copy.end()
  }
  try {
    const result = await first(both())
    const failed = await reading
    if (failed) throw failed.error
    return result
  } finally {
    copy.destroy()
    await reading
  }
}
