/**
 * Compares two Debian versions: negative when `a` is older.
 *
 * Debian Policy 5.6.12: epoch, then upstream version, then revision; in each, alternating runs of non-digits (letters
 * before everything else, `~` before the end) and of digits (by value).
 */
export function compareVersions(a: string, b: string): number {
  const left = splitVersion(a)
  const right = splitVersion(b)
  return (
    compareNumbers(left.epoch, right.epoch) ||
    comparePart(left.upstream, right.upstream) ||
    comparePart(left.revision, right.revision)
  )
}

function splitVersion(version: string): { epoch: string; upstream: string; revision: string } {
  const colon = version.indexOf(':')
  const rest = version.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: colon < 0 ? '0' : version.slice(0, colon),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  }
}

function comparePart(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = order(a, i) - order(b, j)
      if (difference !== 0) return difference
      i++
      j++
    }
    const left = digitsAt(a, i)
    const right = digitsAt(b, j)
    const difference = compareNumbers(left, right)
    if (difference !== 0) return difference
    i += left.length
    j += right.length
  }
  return 0
}

/** A digit and the end of the string weigh the same, so that `1.0` and `1.0a` differ at the letter. */
function order(text: string, index: number): number {
  if (index >= text.length || isDigit(text, index)) return 0
  const character = text.charAt(index)
  if (character === '~') return -1
  return /[A-Za-z]/.test(character) ? text.charCodeAt(index) : text.charCodeAt(index) + 256
}

/** Decimal numbers of any length, without losing precision. */
function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, '')
  const right = b.replace(/^0+/, '')
  if (left.length !== right.length) return left.length - right.length
  return left < right ? -1 : left > right ? 1 : 0
}

function digitsAt(text: string, index: number): string {
  let end = index
  while (end < text.length && isDigit(text, end)) end++
  return text.slice(index, end)
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code >= 48 && code <= 57
}
