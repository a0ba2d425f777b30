/** What the pages of `reproof inspect` call the attestations that they carry. Text of others can never contain it: there `<` is written as `&lt;`. */
export const pageMarker =
  '<a id="attestations" download="attestations.intoto.jsonl" href="data:application/jsonl;base64,'

/**
 * The attestations that a page carries, one a line.
 * @returns nothing when it is no such page; what cannot be read as attestations when it carries several, or damaged ones.
 */
export function attestationsInPage(page: Buffer): Buffer | undefined {
  if (!isPage(page)) return undefined
  const start = page.indexOf(pageMarker)
  if (start === -1) return undefined
  const from = start + pageMarker.length
  const end = page.indexOf('"', from)
  // Two would let a reader see one and a program the other.
  if (end === -1 || page.indexOf(pageMarker, end) !== -1) return Buffer.alloc(0)
  return Buffer.from(page.toString('latin1', from, end), 'base64')
}

function isPage(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 64).trimStart().toLowerCase().startsWith('<!doctype html')
}
