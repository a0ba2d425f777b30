/** White space at the end of lines, or of both kinds in front of them, that one side may have more of. In characters. */
const mostMore = 32

/**
 * Whether a text has much more white space than the other where nobody sees it and no formatter writes it, or a carriage
 * return by itself, behind which a terminal writes over what stands before it.
 */
export function hidesInSpace(published: string, rebuilt: string): boolean {
  const returns = (text: string) => text.match(/\r(?!\n)/g)?.length ?? 0
  return unseenSpace(published) - unseenSpace(rebuilt) > mostMore || returns(published) > returns(rebuilt)
}

function unseenSpace(text: string): number {
  let count = 0
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start)
    const end = found < 0 ? text.length : found
    count += unseenIn(text, start, text[end - 1] === '\r' ? end - 1 : end)
    start = end + 1
  }
  return count
}

function unseenIn(text: string, start: number, end: number): number {
  let last = end
  while (last > start && isBlank(text, last - 1)) last--
  let first = start
  let mixed = false
  while (first < last && isBlank(text, first)) {
    if (text[first] === '\t' && text[first - 1] === ' ' && first > start) mixed = true
    first++
  }
  return end - last + (mixed ? first - start : 0)
}

function isBlank(text: string, index: number): boolean {
  return text[index] === ' ' || text[index] === '\t'
}

/**
 * Whether a JSON text has only such white space as programs write that format it: none or one space between tokens, or a
 * line end and the same indentation for each level. Whatever else stands between them could be data.
 */
export function isPlainlySpaced(json: string): boolean {
  let depth = 0
  let unit: string | undefined
  let index = 0
  if (/\r\n/.test(json) && /[^\r]\n/.test(json)) return false
  while (index < json.length) {
    const start = index
    while (/[ \t\r\n]/.test(json[index] ?? '')) index++
    const space = json.slice(start, index)
    const next = json[index]
    const level = next === ']' || next === '}' ? depth - 1 : depth
    if (next === undefined) return /^(?:\r?\n)?$/.test(space)
    const line = /^\r?\n([ \t]*)$/.exec(space)?.[1]
    if (line !== undefined) {
      if (level === 1) unit ??= line
      if (line !== (unit ?? '').repeat(Math.max(0, level)) || !/^(?: {0,8}|\t)$/.test(unit ?? '')) return false
    } else if (space !== '' && (space !== ' ' || start === 0)) return false
    if (next === '[' || next === '{') depth++
    else if (next === ']' || next === '}') depth--
    index = next === '"' ? stringEnd(json, index) : index + 1
  }
  return true
}

function stringEnd(json: string, start: number): number {
  for (let index = start + 1; index < json.length; index++) {
    if (json[index] === '\\') index++
    else if (json[index] === '"') return index + 1
  }
  return json.length
}
