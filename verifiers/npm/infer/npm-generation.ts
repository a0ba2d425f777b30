import { matchesGlob, posix } from 'node:path'
import type { BuildManifest } from './manifest.ts'
import type { Published } from './published.ts'

/** What the list of packed files says of npm's version. */
export type Generation = { versions: string; says: string }

const alwaysPacked = /^(?:readme|licen[cs]e|copying)(?:\.[^/]*)?$/i
const packedByNpm6 = /^(?:changelog|history|changes|notice)(?:\.[^/]*)?$/i

/**
 * Which files npm packs although `files` does not name them has changed twice, and the tarball shows which rule held:
 * - npm up to 7.11 takes CHANGELOG, HISTORY, CHANGES and NOTICE at the root; npm 7.12 and later do not.
 * - README and LICENSE of folders that are looked into are taken by npm up to 6, 9.0.0 to 9.9.2 and 10.0.0 to 10.2.4,
 *   and not by 7, 8, from 9.9.3 and from 10.2.5 on (ignore-walk 6.0.4).
 *
 * @param sourcePaths files of the package's folder in the source, relative to it
 */
export function npmGenerations(
  published: Pick<Published, 'files'>,
  manifest: BuildManifest,
  sourcePaths: string[],
): Generation[] {
  const patterns = manifest.files
  if (patterns === undefined) return []
  const packed = new Set(published.files.map(({ path }) => path))
  const isForced = (path: string) => mayBeForced(path) && !isNamed(path, patterns)
  const forced = [...packed].filter(isForced)
  const left = sourcePaths.filter((path) => mayBeForced(path) && !packed.has(path)).filter(isForced)
  return [...changelogRule(forced, left), ...nestedRule(packed, forced, left)]
}

function mayBeForced(path: string): boolean {
  return packedByNpm6.test(path) || isNested(path)
}

function isNested(path: string): boolean {
  return path.includes('/') && alwaysPacked.test(posix.basename(path))
}

function changelogRule(forced: string[], left: string[]): Generation[] {
  const packed = forced.find((path) => packedByNpm6.test(path))
  if (packed !== undefined) {
    return [{ versions: '<7.12.0', says: `${packed} is packed although files does not name it: npm before 7.12` }]
  }
  const unpacked = left.find((path) => packedByNpm6.test(path))
  if (unpacked === undefined) return []
  return [{ versions: '>=7.12.0', says: `${unpacked} is not packed, as files does not name it: npm 7.12 or later` }]
}

const nestedIncluded = '<7.0.0 || >=9.0.0 <9.9.3 || >=10.0.0 <10.2.5'
const nestedLeft = '>=7.0.0 <9.0.0 || >=9.9.3 <10.0.0-0 || >=10.2.5'

function nestedRule(packed: ReadonlySet<string>, forced: string[], left: string[]): Generation[] {
  const nested = forced.find(isNested)
  if (nested !== undefined) {
    const says = `${nested} is packed although files does not name it: npm 6, 9.0 to 9.9.2, or 10.0 to 10.2.4`
    return [{ versions: nestedIncluded, says }]
  }
  // Only a folder that something else was taken from is known to have been looked into.
  const folders = new Set([...packed].map((path) => posix.dirname(path)))
  const unpacked = left.find((path) => isNested(path) && folders.has(posix.dirname(path)))
  if (unpacked === undefined) return []
  const says = `${unpacked} is not packed, as files does not name it: neither npm 6, 9.0 to 9.9.2, nor 10.0 to 10.2.4`
  return [{ versions: nestedLeft, says }]
}

/** What is longer, or has more wildcards, is not matched: a pattern can be made to take for ever. */
const globLimits = { length: 256, wildcards: 8 }

/** Whether an entry of `files` names a path or a folder above it; entries follow .gitignore's rules, turned around. */
function isNamed(path: string, patterns: string[]): boolean {
  let named = false
  for (const pattern of patterns.slice(0, 1000)) {
    const negated = pattern.startsWith('!')
    const bare = pattern
      .replace(/^!/, '')
      .replace(/^\.?\/+/, '')
      .replace(/\/+$/, '')
    if (bare === '' || bare === '.' || bare === '*' || bare === '**') {
      named = !negated
      continue
    }
    const anywhere = bare.includes('/') ? [] : [`**/${bare}`]
    if (bare.length > globLimits.length || path.length > 2 * globLimits.length) continue
    if (bare.split(/[*?{[(]/).length > globLimits.wildcards) continue
    const globs = [bare, `${bare}/**`, ...anywhere]
    if (globs.some((glob) => matchesGlob(path, glob))) named = !negated
  }
  return named
}
