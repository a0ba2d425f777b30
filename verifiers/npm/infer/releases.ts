import semver from 'semver'

/** Node's lines before 27 begin in April (even) or October (odd); from 27 on one a year, in April. */
function beginOf(major: number): number {
  if (major >= 27) return Date.UTC(2000 + major, 3)
  return major % 2 === 0 ? Date.UTC(2013 + major / 2, 3) : Date.UTC(2013 + (major - 1) / 2, 9)
}

/** When a line becomes a long-term one: the October after its beginning, of even ones only before 27. */
function longTermFrom(major: number): number {
  if (major < 27 && major % 2 === 1) return Number.POSITIVE_INFINITY
  return Date.UTC(new Date(beginOf(major)).getUTCFullYear(), 9)
}

/** Newest long-term line of Node at a time, by its schedule. https://github.com/nodejs/release#release-schedule */
export function longTermLine(at: number): number {
  return newestLine(at, longTermFrom)
}

/** Newest line of Node at a time, by its schedule. */
export function currentLine(at: number): number {
  return newestLine(at, beginOf)
}

function newestLine(at: number, from: (major: number) => number): number {
  let newest = 4
  for (let major = 4; major < 1000 && beginOf(major) <= at; major++) if (from(major) <= at) newest = major
  return newest
}

/** Long-term lines carry the names of elements, the first letter counting up from argon, 4. */
function namedLine(name: string): number | undefined {
  const letter = name.toLowerCase().charCodeAt(0) - 'a'.charCodeAt(0)
  return letter >= 0 && letter < 26 ? 4 + 2 * letter : undefined
}

/**
 * What somebody wrote where a Node version goes, as a semver range; `undefined` where it is none.
 * https://github.com/actions/setup-node#supported-version-syntax, https://github.com/nvm-sh/nvm#usage
 */
export function nodeRange(spec: string, at: number): string | undefined {
  const text = spec
    .trim()
    .replace(/^["']|["']$/g, '')
    .toLowerCase()
  if (['latest', 'node', 'current', 'stable', '*'].includes(text)) return `${currentLine(at)}.x`
  const longTerm = /^lts(?:[/-]([\w*]+|-\d+))?$/.exec(text)
  if (longTerm) {
    const name = longTerm[1] ?? '*'
    if (/^-\d+$/.test(name)) return `${longTermLine(at) + 2 * Number(name)}.x`
    const line = name === '*' || name === 'latest' ? longTermLine(at) : namedLine(name)
    return line === undefined ? undefined : `${line}.x`
  }
  return semver.validRange(text.replace(/^v(?=\d)/, '')) ?? undefined
}
