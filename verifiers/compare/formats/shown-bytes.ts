import { hash } from 'node:crypto'

/** As much of them as people are shown. */
const shown = 256

/**
 * Bytes as evidence. They are equal on both sides only where all of the bytes are, however few are shown: what stands
 * behind a cut would be called the same.
 */
export function shownBytes(bytes: Buffer): { size: number; sha256: string; hex: string } {
  return { size: bytes.length, sha256: hash('sha256', bytes), hex: bytes.toString('hex', 0, shown) }
}
