import { signatures } from './zip-headers.ts'

const endSize = 22

/** The end record and the longest comment that can follow it: where programs look for a zip archive. In bytes. */
export const tailSize = endSize + 0xffff

/**
 * The end of a zip archive in the last bytes of a file, where it reaches to the last byte: how many bytes were put before
 * the archive without telling it.
 */
export function findZipEnd(tail: Buffer, fileSize: number): { prefix: number } | undefined {
  for (let at = tail.length - endSize; at >= 0; at--) {
    if (tail[at] !== 0x50 || tail.readUInt32LE(at) !== signatures.end) continue
    if (at + endSize + tail.readUInt16LE(at + 20) !== tail.length) continue
    const size = tail.readUInt32LE(at + 12)
    const offset = tail.readUInt32LE(at + 16)
    const position = fileSize - tail.length + at
    if (offset === 0xffffffff) return { prefix: 0 }
    if (size + offset <= position) return { prefix: position - size - offset }
  }
  return undefined
}
