export type StyleToken = { kind: 'space' | 'comment' | 'string' | 'url' | 'name' | 'sign'; text: string }

/**
 * The tokens of a style sheet as browsers read them (CSS Syntax Level 3, 4.3), numbers among the names. An address without
 * quotes is one token, in which no sign begins a comment or a string.
 */
export function tokenizeStyle(written: string): StyleToken[] {
  // CSS Syntax, 3.3: every line end is one sign.
  const css = written.replace(/\r\n?|\f/g, '\n')
  const found: StyleToken[] = []
  for (let at = 0; at < css.length; ) {
    const isAddress = css[at] === '(' && beginsAddress(css, at, found)
    const { kind, end } = isAddress ? { kind: 'url' as const, end: addressEnd(css, at + 1) } : readToken(css, at)
    const text = css.slice(at, end)
    found.push({ kind, text: kind === 'name' ? withoutEscapes(text) : text })
    at = end
  }
  return found
}

function readToken(css: string, at: number): { kind: StyleToken['kind']; end: number } {
  const sign = css.charAt(at)
  if (sign === '/' && css[at + 1] === '*') {
    const end = css.indexOf('*/', at + 2)
    return { kind: 'comment', end: end < 0 ? css.length : end + 2 }
  }
  if (sign === '"' || sign === "'") return { kind: 'string', end: stringEnd(css, at, sign) }
  const spaceEnd = matchEnd(space, css, at)
  if (spaceEnd !== undefined) return { kind: 'space', end: spaceEnd }
  const markEnd = matchEnd(mark, css, at)
  if (markEnd !== undefined) return { kind: 'sign', end: markEnd }
  const nameEnd = matchEnd(name, css, at)
  return nameEnd === undefined ? { kind: 'sign', end: at + 1 } : { kind: 'name', end: nameEnd }
}

const space = /[ \t\n]+/y
/** What hid style sheets in HTML (CSS Syntax, 4.3.1). */
const mark = /<!--|-->/y
const name = /(?:[\w-]|[^\0-\x7f]|\\(?:[0-9a-fA-F]{1,6}[ \t\n]?|[^\n0-9a-fA-F]))+/y
const quote = /[ \t\n]*["']/y

function matchEnd(pattern: RegExp, css: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(css) ? pattern.lastIndex : undefined
}

/** Behind `url`, which is the name of something else behind `#` or `@`, and where no string follows (4.3.4). */
function beginsAddress(css: string, at: number, found: readonly StyleToken[]): boolean {
  const [before, last] = [found.at(-2), found.at(-1)]
  const isNamed = last?.kind === 'name' && last.text.toLowerCase() === 'url'
  return isNamed && before?.text !== '#' && before?.text !== '@' && matchEnd(quote, css, at + 1) === undefined
}

/** Where an address ends, be it a valid one or not (4.3.6 and 4.3.14). */
function addressEnd(css: string, from: number): number {
  for (let at = from; at < css.length; at++) {
    if (css[at] === '\\' && css[at + 1] !== '\n') at++
    else if (css[at] === ')') return at + 1
  }
  return css.length
}

/** Where a string ends; a line end ends it, and is no part of it (4.3.5). */
function stringEnd(css: string, start: number, quote: string): number {
  for (let at = start + 1; at < css.length; at++) {
    if (css[at] === '\\') at++
    else if (css[at] === '\n') return at
    else if (css[at] === quote) return at + 1
  }
  return css.length
}

/** A letter behind a backslash is itself; signs, and a digit that begins a name, would mean something else without. */
function withoutEscapes(name: string): string {
  if (!name.includes('\\')) return name
  return name.replace(/\\(?:([0-9a-fA-F]{1,6})[ \t\n]?|[\s\S])/g, (written, hex: string | undefined, at: number) => {
    const point = hex === undefined ? (written.codePointAt(1) ?? 0) : Number.parseInt(hex, 16)
    const letter = point > 0x10ffff ? '' : String.fromCodePoint(point)
    return /^[A-Za-z_-]$/.test(letter) || (at > 0 && /^\d$/.test(letter)) ? letter : written
  })
}
