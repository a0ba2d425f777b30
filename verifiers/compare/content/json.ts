import { tokenizeJavaScript } from './javascript-tokens.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export type JsonChange = { pointer: string; published: Json | undefined; rebuilt: Json | undefined }

const deepest = 200

/** The value of a JSON text, or `undefined` when it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    // Not an error of ours: the caller looks at the text instead.
    return undefined
  }
}

/** Keys that one object has twice: some parsers take the first, JSON.parse and most others the last (RFC 8259, 4). */
export function repeatedKeys(text: string): string[] {
  const open: { keys: Set<string>; isObject: boolean }[] = []
  const repeated = new Set<string>()
  const tokens = tokenizeJavaScript(text)
  for (const [index, { kind, start, end }] of tokens.entries()) {
    const word = text.slice(start, end)
    if (word === '{' || word === '[') open.push({ keys: new Set(), isObject: word === '{' })
    else if (word === '}' || word === ']') open.pop()
    const next = tokens[index + 1]
    const isKey = kind === 'string' && next !== undefined && text.slice(next.start, next.end) === ':'
    const keys = open.at(-1)?.keys
    if (!isKey || keys === undefined) continue
    const key = unquoted(word)
    if (keys.has(key)) repeated.add(key)
    keys.add(key)
  }
  return [...repeated]
}

function unquoted(word: string): string {
  const value = parseJson(word)
  return typeof value === 'string' ? value : word
}

/** Where two values differ, as JSON pointers (RFC 6901); the order of keys is not looked at. */
export function diffJson(published: Json, rebuilt: Json): JsonChange[] {
  const changes: JsonChange[] = []
  const visit = (pointer: string, a: Json | undefined, b: Json | undefined, depth: number) => {
    if (isObject(a) && isObject(b) && depth < deepest) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        visit(`${pointer}/${escapePointer(key)}`, own(a, key), own(b, key), depth + 1)
      }
    } else if (Array.isArray(a) && Array.isArray(b) && a.length === b.length && depth < deepest) {
      a.forEach((item, index) => void visit(`${pointer}/${index}`, item, b[index], depth + 1))
    } else if (a === undefined || b === undefined || JSON.stringify(a) !== JSON.stringify(b)) {
      changes.push({ pointer, published: a, rebuilt: b })
    }
  }
  visit('', published, rebuilt, 0)
  return changes
}

/** Whether all objects have their keys in the same order, which matters in `exports`. */
export function sameKeyOrder(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

export function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(object: { [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
