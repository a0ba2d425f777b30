import type { Fault } from './model.ts'

/** Of one document. A statement with 50,000 dependencies is 9 MB, its bundle 12 MB, and nests eight deep. */
export const limits = { bytes: 64 * 1024 * 1024, depth: 64 }

export type Parsed = { value: unknown } | { fault: Fault }

/**
 * Bytes of an outside document as text.
 * @returns a fault when they are more than the limit or not UTF-8.
 */
export function decodeText(bytes: Uint8Array): { text: string } | { fault: Fault } {
  if (bytes.length > limits.bytes) return { fault: tooLarge }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { fault: { code: 'FORMAT_NOT_UTF8', detail: 'It is not text in UTF-8.' } }
  }
}

const tooLarge: Fault = {
  code: 'FORMAT_TOO_LARGE',
  detail: `It has more than the ${limits.bytes} bytes that are read.`,
}

/**
 * JSON of a stranger. Two readers may differ on what a repeated key means (RFC 8259 section 4), so a document that has
 * one says different things to different tools, and is refused.
 */
export function parseJson(text: string): Parsed {
  const fault = structureFault(text)
  if (fault?.code === 'FORMAT_TOO_DEEP') return { fault }
  try {
    const value: unknown = JSON.parse(text)
    return fault ? { fault } : { value }
  } catch {
    const detail = text.trim() === '' ? 'It is empty.' : 'It is not JSON, or it is cut off.'
    return { fault: { code: 'FORMAT_NOT_JSON', detail } }
  }
}

/** The value of an outside document whose faults nobody asks about: nothing when there is one. */
export function jsonFrom(bytes: Uint8Array): unknown {
  const decoded = decodeText(bytes)
  const parsed = 'text' in decoded ? parseJson(decoded.text) : decoded
  return 'value' in parsed ? parsed.value : undefined
}

const quote = 34
const comma = 44
const bracketOpen = 91
const backslash = 92
const bracketClose = 93
const braceOpen = 123
const braceClose = 125

/** Finds what JSON.parse lets pass: nesting without end, and repeated keys. In text that is not JSON it finds anything. */
function structureFault(text: string): Fault | undefined {
  // One entry for each open bracket: the keys so far of an object, nothing for an array.
  const open: (Set<string> | undefined)[] = []
  let expectsKey = false
  let fault: Fault | undefined
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      const end = endOfString(text, at)
      if (expectsKey) {
        const key = keyFrom(text.slice(at, end + 1))
        const keys = open.at(-1)
        if (keys?.has(key)) {
          fault ??= {
            code: 'FORMAT_DUPLICATE_KEY',
            detail: `The key ${JSON.stringify(key)} stands twice in one object.`,
          }
        }
        keys?.add(key)
        expectsKey = false
      }
      at = end
    } else if (code === braceOpen || code === bracketOpen) {
      expectsKey = code === braceOpen
      open.push(expectsKey ? new Set() : undefined)
      if (open.length > limits.depth) {
        return { code: 'FORMAT_TOO_DEEP', detail: `It nests deeper than ${limits.depth} levels.` }
      }
    } else if (code === braceClose || code === bracketClose) {
      open.pop()
      expectsKey = false
    } else if (code === comma) {
      expectsKey = open.at(-1) !== undefined
    }
  }
  return fault
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++
    if (slashes % 2 === 0) return end
  }
  return text.length
}

/** `"\u0061"` is the same key as `"a"`. */
function keyFrom(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1)
  try {
    return String(JSON.parse(literal))
  } catch {
    return literal
  }
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/
const base64Url = /^[A-Za-z0-9_-]*={0,2}$/

/** Bytes of a base64 field, in either alphabet as DSSE allows; nothing when it is not base64. */
export function bytesFrom(value: unknown): Buffer<ArrayBuffer> | undefined {
  if (typeof value !== 'string') return undefined
  // Most is written as everybody writes it, and encoding it again is far faster than looking at each character.
  const bytes = Buffer.from(value, 'base64')
  if (bytes.toString('base64') === value || base64.test(value)) return bytes
  return base64Url.test(value) ? Buffer.from(value, 'base64url') : undefined
}
