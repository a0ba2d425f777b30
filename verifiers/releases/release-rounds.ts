import semver from 'semver'
import type { Published } from './candidates.ts'

/**
 * Which releases to try of a program, of which one may have written what was published: first the last one of each minor
 * version, evenly spread where there are too many; then all near the one that came nearest.
 *
 * @param asked ranges of those who ask for it and got the one that was built with
 * @param until when the artifact was published, in milliseconds
 */
export function possibleReleases(
  published: readonly Published[],
  { built, asked, until }: { built: string; asked: readonly string[]; until?: number | undefined },
): string[] {
  const isThere = ({ publishedAt, isDeprecated }: Published) =>
    !isDeprecated && (until === undefined || publishedAt === undefined || publishedAt <= until)
  const stable = published.filter(({ version }) => semver.valid(version) && semver.prerelease(version) === null)
  const held = asked.filter((range) => semver.satisfies(built, range))
  if (held.length === 0) return []
  const fits = ({ version }: Published) => held.every((range) => semver.satisfies(version, range))
  return semver.sort(stable.filter((one) => isThere(one) && fits(one)).map(({ version }) => version))
}

/** The last of each minor version but of the one that was built with, evenly spread. */
export function oneOfEachLine(sorted: readonly string[], built: string, most: number): string[] {
  const lines = new Map(sorted.map((version) => [lineOf(version), version]))
  const last = [...lines.values()].filter((version) => version !== built)
  if (last.length <= most) return last
  return Array.from({ length: most }, (_, index) => last[Math.floor(((index + 0.5) * last.length) / most)] as string)
}

/** Those that were not tried, the nearest to the given one first. */
export function nearbyReleases(
  sorted: readonly string[],
  near: string,
  { tried, most }: { tried: ReadonlySet<string>; most: number },
): string[] {
  const place = sorted.indexOf(near)
  return sorted
    .map((version, at) => ({ version, far: Math.abs(at - place) }))
    .filter(({ version }) => !tried.has(version))
    .sort((a, b) => a.far - b.far)
    .slice(0, most)
    .map(({ version }) => version)
}

function lineOf(version: string): string {
  return `${semver.major(version)}.${semver.minor(version)}`
}
