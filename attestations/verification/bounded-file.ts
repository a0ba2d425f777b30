import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { Problem } from '../../verifiers/model/problem.ts'
import { limits } from './json.ts'

/**
 * The bytes of a small file; of a larger one the first so many, and one more.
 * @throws {Problem} FILE_UNREADABLE when it is not a file that can be read.
 */
export async function readBounded(path: string, most = limits.bytes): Promise<Buffer<ArrayBuffer>> {
  try {
    // Without waiting for somebody who writes into a fifo.
    await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = await handle.stat()
    // A terminal would be waited for; a device has no end.
    if (!stat.isFile()) throw new Problem('FILE_UNREADABLE', `${path} is not a file.`)
    const room = Buffer.alloc(Math.min(stat.size, most + 1))
    let length = 0
    while (length < room.length) {
      const { bytesRead } = await handle.read(room, length, room.length - length, length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return room.subarray(0, length)
  } catch (error) {
    if (error instanceof Problem) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new Problem('FILE_UNREADABLE', `${path} cannot be read (${code}).`, {
      hint: 'Give the path of a file that exists and that you may read.',
      cause: error,
    })
  }
}
