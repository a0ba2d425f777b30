import { isObject, type Json } from './json.ts'

const digits = new Map(
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((sign, index) => [sign, index]),
)

/** A name in a program, or what a debugger shows for one; nothing that could be data or code. */
const name = /^[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]{0,79}$|^[\p{ID_Continue}$_#.[\]"'-]{1,80}$/u

/** Names that are none in any language, of which some programs have a few as keys; each is looked for in all sources. */
const mostOdd = 256

/**
 * Whether the names and positions of a source map are what they should be (ECMA-426, 4 and 5): names are names, or stand
 * in the rebuilt map or its sources, and each position is one in a source that there is. Text that only fills the field
 * is hardly ever such a list.
 */
export function hasRealPositions(
  { names = [], mappings, sources }: { [key: string]: Json },
  rebuilt: { [key: string]: Json },
): boolean {
  if (typeof mappings !== 'string' || !Array.isArray(sources) || !Array.isArray(names)) return false
  const known = new Set(Array.isArray(rebuilt.names) ? rebuilt.names : [])
  const odd = names.filter((one) => !known.has(one) && !isName(one))
  const texts = Array.isArray(rebuilt.sourcesContent) ? rebuilt.sourcesContent : []
  const isInSource = (one: string) => texts.some((text) => typeof text === 'string' && text.includes(one))
  if (odd.length > mostOdd || !odd.every((one) => typeof one === 'string' && isInSource(one))) return false
  // Source, line, column and name each begin where the segment before left them; the column anew in each line.
  const at = [0, 0, 0, 0, 0]
  for (const line of mappings.split(';')) {
    at[0] = 0
    if (line === '') continue
    for (const segment of line.split(',')) {
      const fields = numbersIn(segment)
      if (fields === undefined || ![1, 4, 5].includes(fields.length)) return false
      for (const [index, change] of fields.entries()) at[index] = (at[index] ?? 0) + change
      const [column = 0, source = 0, row = 0, place = 0, word = 0] = at
      if (column < 0 || source < 0 || source >= Math.max(1, sources.length) || row < 0 || place < 0) return false
      if (fields.length === 5 && (word < 0 || word >= names.length)) return false
    }
  }
  return true
}

function isName(one: Json): boolean {
  return typeof one === 'string' && name.test(one) && !/[0-9A-Za-z+/_-]{40}/.test(one)
}

/** Base 64 VLQ; `undefined` where it is none. */
function numbersIn(segment: string): number[] | undefined {
  const numbers: number[] = []
  let [value, shift] = [0, 0]
  for (const sign of segment) {
    const digit = digits.get(sign)
    if (digit === undefined || shift > 30) return undefined
    value += (digit & 31) * 2 ** shift
    shift += 5
    if (digit & 32) continue
    numbers.push(value % 2 === 1 ? -Math.floor(value / 2) : value / 2)
    ;[value, shift] = [0, 0]
  }
  return shift === 0 ? numbers : undefined
}

/** Fields that say where something in the map is, and none of which says what the program is. */
const known = new Set([
  'version',
  'file',
  'sourceRoot',
  'sources',
  'sourcesContent',
  'names',
  'mappings',
  'debugId',
  'debug_id',
  'x_google_ignoreList',
  'ignoreList',
])

export function hasOnlyKnownFields(map: Json): boolean {
  return isObject(map) && Object.keys(map).every((key) => known.has(key))
}
