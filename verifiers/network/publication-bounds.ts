import semver from 'semver'
import type { Packument, PackumentVersion } from './packument.ts'
import { typescriptBefore, typescriptReleased } from './typescript-releases.ts'

/** Between which moments a version was published, in milliseconds, as far as anything tells. */
export type Bounds = { after: number; by: number }

/**
 * What the manifests of a package's versions tell of when they were published, where the registry's times do not: whoever
 * names a TypeScript was published after that. Of TypeScript itself the first release of each line is known to the day.
 */
export function publicationBounds({ name, versions }: Pick<Packument, 'name' | 'versions'>): Map<string, Bounds> {
  const entries = [...versions]
  if (name === 'typescript') return ofTypescript(entries.map(([version]) => version))
  return new Map(
    entries.flatMap(([version, entry]) => {
      const after = name.startsWith('@types/') ? typesAfter(entry) : namedAfter(entry)
      return after === undefined ? [] : [[version, { after, by: Number.POSITIVE_INFINITY }]]
    }),
  )
}

function ofTypescript(versions: string[]): Map<string, Bounds> {
  const stable = versions.filter((version) => semver.valid(version) && semver.prerelease(version) === null)
  const seen = new Set<string>()
  const bounds = new Map<string, Bounds>()
  for (const version of stable.sort(semver.compare)) {
    const line = lineOf(version)
    const after = typescriptReleased(line)
    if (after !== undefined) bounds.set(version, { after, by: seen.has(line) ? Number.POSITIVE_INFINITY : after })
    seen.add(line)
  }
  return bounds
}

const twoYears = 2 * 365 * 86_400_000

/** Before this one authors wrote any version there. */
const firstOfWindow = '3.0.0'

/**
 * Types of DefinitelyTyped name the oldest TypeScript of the last two years, so that the one before was older than that
 * then. https://github.com/DefinitelyTyped/DefinitelyTyped#support-window
 */
function typesAfter({ typeScriptVersion }: PackumentVersion): number | undefined {
  if (typeof typeScriptVersion !== 'string' || !/^\d+\.\d+$/.test(typeScriptVersion)) return undefined
  if (semver.lt(`${typeScriptVersion}.0`, firstOfWindow)) return undefined
  const before = typescriptBefore(typeScriptVersion)
  const released = before === undefined ? undefined : typescriptReleased(before)
  return released === undefined ? undefined : released + twoYears
}

function namedAfter({ dependencies, devDependencies }: PackumentVersion): number | undefined {
  const named = [dependencies, devDependencies].flatMap((ranges) => rangeOf(ranges, 'typescript') ?? [])
  const times = named.flatMap((range) => {
    const lowest = semver.validRange(range) === null ? null : semver.minVersion(range)
    return (lowest && thereSince(lowest)) ?? []
  })
  return times.length > 0 ? Math.max(...times) : undefined
}

/** A preview of each day has that in its name; any other came before its line, and after the one before that. */
function thereSince(version: semver.SemVer): number | undefined {
  const [kind, day] = version.prerelease
  const [, year, month, date] = /^(20\d\d)([01]\d)([0-3]\d)$/.exec(String(day)) ?? []
  if (kind === 'dev' && year !== undefined) return Date.UTC(Number(year), Number(month) - 1, Number(date))
  const line = lineOf(version.version)
  const released = kind === undefined ? line : typescriptBefore(line)
  return released === undefined ? undefined : typescriptReleased(released)
}

function rangeOf(ranges: unknown, name: string): string | undefined {
  if (typeof ranges !== 'object' || ranges === null || !Object.hasOwn(ranges, name)) return undefined
  const range = (ranges as Record<string, unknown>)[name]
  return typeof range === 'string' && range.length < 256 ? range : undefined
}

function lineOf(version: string): string {
  return `${semver.major(version)}.${semver.minor(version)}`
}
