/** A binary file taken apart, as far as its format says how. */
export type BinaryStructure = {
  format: string
  /** Without gaps where the format leaves none; each byte range with a name. */
  parts: BinaryPart[]
  /** What its headers say: machine, entry point, imports, width and height. */
  facts: Record<string, string | number | readonly string[]>
  /** Why the rest was not taken apart: damaged, or more than a file of its kind has. */
  problem?: string
}

/** `start` and `end` in bytes from the beginning of the file, half-open. */
export type BinaryPart = { name: string; start: number; end: number }

/** No file of people's has more; past it the rest is one part. */
export const mostParts = 4096

/** The text of a name in a file, with what cannot be printed shown as dots; at most 200 characters. */
export function printable(bytes: Buffer): string {
  return bytes.toString('latin1', 0, Math.min(bytes.length, 200)).replace(/[^\x20-\x7e]/g, '.')
}
