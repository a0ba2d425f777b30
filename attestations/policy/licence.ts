/**
 * Whether somebody may use a package under licences of a list, given its SPDX expression: of `OR` one side is enough, of
 * `AND` both are needed. What is no expression has to be in the list as it is.
 * https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/
 */
export function isLicensed(expression: string, allowed: ReadonlySet<string>): boolean {
  if (allowed.has(expression)) return true
  const words = expression.slice(0, 4096).match(/[()]|[^\s()]+/g) ?? []
  const parsed = either(words, 0, allowed, 0)
  return parsed !== undefined && parsed.at === words.length && parsed.holds
}

type Parsed = { holds: boolean; at: number } | undefined

const deepest = 64

function either(words: string[], start: number, allowed: ReadonlySet<string>, depth: number): Parsed {
  let left = both(words, start, allowed, depth)
  while (left && words[left.at] === 'OR') {
    const right = both(words, left.at + 1, allowed, depth)
    left = right && { holds: left.holds || right.holds, at: right.at }
  }
  return left
}

function both(words: string[], start: number, allowed: ReadonlySet<string>, depth: number): Parsed {
  let left = one(words, start, allowed, depth)
  while (left && words[left.at] === 'AND') {
    const right = one(words, left.at + 1, allowed, depth)
    left = right && { holds: left.holds && right.holds, at: right.at }
  }
  return left
}

function one(words: string[], at: number, allowed: ReadonlySet<string>, depth: number): Parsed {
  const word = words[at]
  if (word === undefined || depth > deepest || /^(?:AND|OR|WITH|\))$/.test(word)) return undefined
  if (word === '(') {
    const inner = either(words, at + 1, allowed, depth + 1)
    return inner && words[inner.at] === ')' ? { holds: inner.holds, at: inner.at + 1 } : undefined
  }
  // An exception only adds permissions; a list that allows the licence allows it with one.
  const end = words[at + 1] === 'WITH' && words[at + 2] !== undefined ? at + 3 : at + 1
  const whole = words.slice(at, end).join(' ')
  return { holds: allowed.has(word) || allowed.has(whole), at: end }
}
