/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }

/**
 * The one text of a value: keys in the order of their UTF-16 code units, no white space, `undefined` left out.
 * https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: unknown): string {
  const ordered = inOrder(value)
  // In one piece, without the text of each part of a statement with 50,000 dependencies in between.
  return ordered === unorderable ? written(value) : JSON.stringify(ordered)
}

const unorderable = Symbol('unorderable')

/** JavaScript puts keys that look like the index of an array first, and one key is no ordinary one. */
const special = /^(?:0|[1-9]\d*|__proto__)$/

/** A copy whose keys are in order, or nothing where a copy cannot have them so. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const copy = value.map((item) => inOrder(item ?? null))
    return copy.includes(unorderable) ? unorderable : copy
  }
  const object = value as Record<string, unknown>
  const copy: Record<string, unknown> = {}
  // By UTF-16 code units, as `sort` does where nobody says how.
  for (const key of Object.keys(object).sort()) {
    const member = inOrder(object[key])
    if (member === unorderable || special.test(key)) return unorderable
    copy[key] = member
  }
  return copy
}

function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => written(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members: string[] = []
  const object = value as Record<string, unknown>
  for (const key of Object.keys(object).sort()) {
    const member = object[key]
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${written(member)}`)
  }
  return `{${members.join(',')}}`
}
