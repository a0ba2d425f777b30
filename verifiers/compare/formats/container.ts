import { createHash } from 'node:crypto'
import type { ArchiveEntry } from '../entry.ts'
import type { Finding } from '../findings.ts'

/** What a reader of archives tells while it reads. */
export type ContainerEvents = {
  entry(entry: ArchiveEntry): void
  found(finding: Finding): void
  /** Bytes that came out of a compression inside of the archive; throws where they are too many. */
  unpacked(size: number): void
}

/** Something that the archive says about itself and that no unpacked file shows. */
type ContainerNote = { cause: string; summary: string; value: unknown }

/** What an archive is beside its entries. */
export type ContainerSummary = {
  /** Bytes that belong to no entry and have no meaning: how many, and a digest of them and of where they stand. */
  stray: { size: number; sha256: string }
  notes: ContainerNote[]
  /** False when some of it could not be read. */
  complete: boolean
}

/** Collects bytes that belong to nothing, so that two archives with other such bytes are never the same. */
export function collectStray() {
  const total = createHash('sha256')
  let size = 0
  return {
    /** `place` says where they stand in a way that does not depend on compression. */
    region(place: string) {
      const hash = createHash('sha256')
      let length = 0
      let start: Buffer = Buffer.alloc(0)
      total.update(`${place}\n`)
      return {
        add(bytes: Buffer) {
          if (start.length < 32) start = Buffer.concat([start, bytes.subarray(0, 32 - start.length)])
          total.update(bytes)
          hash.update(bytes)
          length += bytes.length
          size += bytes.length
        },
        end: () => ({ size: length, sha256: hash.digest('hex'), start: start.toString('hex') }),
      }
    },
    summary: () => ({ size, sha256: total.digest('hex') }),
  }
}
