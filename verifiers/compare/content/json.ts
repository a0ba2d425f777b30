import { tokenizeJavaScript } from './javascript-tokens.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export type JsonChange = { pointer: string; published: Json | undefined; rebuilt: Json | undefined }

const deepest = 64

/** The value of a JSON text, or `undefined` when it is none, or nested as deeply as none that people write. */
export function parseJson(text: string): Json | undefined {
  if (depthOf(text) > deepest) return undefined
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    // Not an error of ours: the caller looks at the text instead.
    return undefined
  }
}

function depthOf(text: string): number {
  let depth = 0
  let most = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (inString) {
      if (code === 0x5c) index++
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x5b || code === 0x7b) most = Math.max(most, ++depth)
    else if (code === 0x5d || code === 0x7d) depth--
  }
  return most
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
  const visit = (pointer: string, a: Json | undefined, b: Json | undefined) => {
    if (isObject(a) && isObject(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        visit(`${pointer}/${escapePointer(key)}`, own(a, key), own(b, key))
      }
    } else if (Array.isArray(a) && Array.isArray(b) && a.length === b.length && !isPermutation(a, b)) {
      a.forEach((item, index) => void visit(`${pointer}/${index}`, item, b[index]))
    } else if (a === undefined || b === undefined || JSON.stringify(a) !== JSON.stringify(b)) {
      changes.push({ pointer, published: a, rebuilt: b })
    }
  }
  visit('', published, rebuilt)
  return changes
}

/** Whether both lists have the same members, in another order. */
export function isPermutation(a: Json[], b: Json[]): boolean {
  const texts = (list: Json[]) => list.map((item) => JSON.stringify(item))
  const [left, right] = [texts(a), texts(b)]
  return left.join() !== right.join() && left.sort().join() === right.sort().join()
}

/** Objects in which keys that both sides have stand in another order, by their pointers; `exports` for example is read so. */
export function movedKeys(published: Json, rebuilt: Json): { pointer: string; keys: string[] }[] {
  const moved: { pointer: string; keys: string[] }[] = []
  const visit = (pointer: string, a: Json | undefined, b: Json | undefined) => {
    if (Array.isArray(a) && Array.isArray(b))
      a.forEach((item, index) => void visit(`${pointer}/${index}`, item, b[index]))
    if (!isObject(a) || !isObject(b)) return
    const keys = Object.keys(a).filter((key) => Object.hasOwn(b, key))
    if (
      keys.join('\n') !==
      Object.keys(b)
        .filter((key) => Object.hasOwn(a, key))
        .join('\n')
    )
      moved.push({ pointer, keys })
    for (const key of keys) visit(`${pointer}/${escapePointer(key)}`, own(a, key), own(b, key))
  }
  visit('', published, rebuilt)
  return moved
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

/** The text without the white space outside of strings. */
export function withoutSpace(text: string): string {
  return text.replace(/("[^"\\]*(?:\\.[^"\\]*)*"?)|[ \t\r\n]+/g, (_, string: string | undefined) => string ?? '')
}
