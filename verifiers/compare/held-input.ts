import { hash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { inflateAtOnce } from './formats/inflate-at-once.ts'
import { type ComparedInput, hashFile } from './input.ts'

/** Larger files are read twice, from the disk. In bytes. */
const mostHeld = 32 * 1024 * 1024
/** Of what a held file is unpacked to while the rest of the program is loaded; more is unpacked piece by piece. In bytes. */
const mostInflated = 64 * 1024 * 1024
const chunkSize = 256 * 1024

type Sides<Of> = { published: Of; rebuilt: Of }

/**
 * Hashes every byte of two files that will be compared. Small ones are read once and held: what is parsed later is what was
 * hashed, and needs no second hash. A thread unpacks them meanwhile.
 *
 * @throws {Problem} FILE_UNREADABLE when one is not a file that can be read.
 */
export async function holdFiles(
  paths: Sides<string>,
  options: { signal?: AbortSignal } = {},
): Promise<Sides<ComparedInput>> {
  // What cannot be read is said by what reads large files, too.
  const none = () => undefined
  const [published, rebuilt] = await Promise.all([
    readSmall(paths.published).catch(none),
    readSmall(paths.rebuilt).catch(none),
  ])
  options.signal?.throwIfAborted()
  const same = published !== undefined && rebuilt !== undefined && published.equals(rebuilt)
  const inflated = [published, same ? undefined : rebuilt].map((bytes) => bytes && inflateAtOnce(bytes, mostInflated))
  return {
    published: published ? held(paths.published, published, inflated[0]) : await hashFile(paths.published, options),
    rebuilt: rebuilt ? held(paths.rebuilt, rebuilt, inflated[1]) : await hashFile(paths.rebuilt, options),
  }
}

function held(path: string, bytes: Buffer, inflated: ComparedInput['inflated']): ComparedInput {
  return {
    fileName: basename(path),
    open: () => Readable.from(chunksOf(bytes), { objectMode: false, highWaterMark: chunkSize }),
    held: true,
    ...(inflated && { inflated }),
    digests: { sha256: hash('sha256', bytes), sha512: hash('sha512', bytes) },
    size: bytes.length,
  }
}

/** @returns nothing for what is too large, no file, or longer than it says. */
async function readSmall(path: string): Promise<Buffer | undefined> {
  // A fifo would be waited for, and a device has no end.
  await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const stats = await handle.stat()
  if (!stats.isFile() || stats.size > mostHeld) return undefined
  const room = Buffer.allocUnsafeSlow(stats.size + 1)
  let size = 0
  while (size < room.length) {
    const { bytesRead } = await handle.read(room, size, room.length - size, size)
    if (bytesRead === 0) return room.subarray(0, size)
    size += bytesRead
  }
  return undefined
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize)
}
