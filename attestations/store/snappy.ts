/**
 * Undoes Snappy's block format, in which GitHub keeps bundles.
 * https://github.com/google/snappy/blob/main/format_description.txt
 *
 * @returns nothing for bytes that are no such block, or that would give more than `most`.
 */
export function unsnap(block: Buffer, most: number): Buffer | undefined {
  const head = varint(block)
  if (!head || head.value > most) return undefined
  const output = Buffer.alloc(head.value)
  let from = head.length
  let to = 0
  while (from < block.length) {
    const step = block[from] === undefined ? undefined : elementAt(block, from)
    if (!step) return undefined
    const { length, start, offset, next } = step
    if (to + length > output.length) return undefined
    if (start !== undefined) {
      if (start + length > block.length) return undefined
      block.copy(output, to, start, start + length)
    } else {
      if (offset === 0 || offset > to) return undefined
      // Byte by byte: a copy may reach into what it is just writing.
      for (let index = 0; index < length; index++) output[to + index] = output[to + index - offset] ?? 0
    }
    to += length
    from = next
  }
  return to === output.length ? output : undefined
}

type Element = { length: number; next: number } & (
  | { start: number; offset?: never }
  | { start?: never; offset: number }
)

function elementAt(block: Buffer, at: number): Element | undefined {
  const tag = block[at] ?? 0
  const kind = tag & 3
  if (kind === 0) return literalAt(block, at, tag >> 2)
  const extra = kind === 1 ? 1 : kind === 2 ? 2 : 4
  if (at + 1 + extra > block.length) return undefined
  const next = at + 1 + extra
  if (kind === 1) return { length: ((tag >> 2) & 7) + 4, offset: ((tag >> 5) << 8) | (block[at + 1] ?? 0), next }
  return { length: (tag >> 2) + 1, offset: block.readUIntLE(at + 1, extra), next }
}

function literalAt(block: Buffer, at: number, size: number): Element | undefined {
  const extra = size < 60 ? 0 : size - 59
  const start = at + 1 + extra
  if (start > block.length) return undefined
  const length = (extra === 0 ? size : block.readUIntLE(at + 1, extra)) + 1
  return { length, start, next: start + length }
}

/** Little-endian, seven bits a byte, at most 32 of them. */
function varint(block: Buffer): { value: number; length: number } | undefined {
  let value = 0
  for (let index = 0; index < 5; index++) {
    const byte = block[index]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return value < 2 ** 32 ? { value, length: index + 1 } : undefined
  }
  return undefined
}
