import { Problem } from '../model/problem.ts'
import type { ContentStore } from '../store/content.ts'

/**
 * Runs `work`, and again when bytes of the store turned out to be damaged: each time they are thrown away first, so that
 * they are fetched anew.
 *
 * @throws {Problem} STORE_DAMAGED when the same bytes are damaged twice: the disk does not keep what is written to it
 */
export async function refetching<Value>(
  store: ContentStore,
  work: () => Promise<Value>,
  discarded: ReadonlySet<string> = new Set(),
): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'STORE_DAMAGED') throw error
    const { sha512 } = error.details
    if (typeof sha512 !== 'string' || discarded.has(sha512)) throw error
    await store.discard(sha512)
    return refetching(store, work, new Set([...discarded, sha512]))
  }
}
