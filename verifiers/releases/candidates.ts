import semver from 'semver'

export type Published = {
  version: string
  /** In milliseconds, where the registry's times are those of the releases. */
  publishedAt?: number | undefined
  isDeprecated: boolean
}

/** Releases of one package that are looked at. */
const mostReleases = 8

/**
 * Releases that may have taken the place of the one that was built with, the likeliest first: those that the published files
 * name, then the nearest. Everybody who asks for the package, and got that one, must take the other one as well: a release
 * outside of what is asked for is none that an installation gives.
 *
 * @param built the version that was built with
 * @param ranges of all who ask for the package
 * @param until when the artifact was published, in milliseconds
 * @param named versions that the published files name
 */
export function candidatesFor(
  published: readonly Published[],
  {
    built,
    ranges,
    until,
    named,
  }: { built: string; ranges: readonly string[]; until?: number | undefined; named: ReadonlySet<string> },
): string[] {
  const asked = [...new Set(ranges)].filter((range) => semver.satisfies(built, range))
  if (asked.length === 0) return []
  const isThere = ({ publishedAt, isDeprecated }: Published) =>
    !isDeprecated && (until === undefined || publishedAt === undefined || publishedAt <= until)
  const others = published.filter((one) => one.version !== built && semver.valid(one.version) !== null && isThere(one))
  const sorted = semver.sort([...others.map(({ version }) => version), built])
  const place = sorted.indexOf(built)
  const nearest = sorted
    .map((version, at) => ({ version, distance: Math.abs(at - place) - (named.has(version) ? sorted.length : 0) }))
    .sort((a, b) => a.distance - b.distance)
  const found: string[] = []
  // A registry may have very many; most are not looked at.
  for (const { version } of nearest) {
    if (found.length === mostReleases) break
    if (version !== built && asked.every((range) => semver.satisfies(version, range))) found.push(version)
  }
  return found
}

/** `npm:other@^1` asks for another package (https://docs.npmjs.com/cli/using-npm/package-spec#aliases). */
export function askedFor(name: string, range: string): { name: string; range: string } | undefined {
  const [, alias, wanted] = /^npm:(.+)@([^@]*)$/.exec(range) ?? []
  const asked = alias === undefined ? { name, range } : { name: alias, range: wanted ?? '' }
  return semver.validRange(asked.range) === null ? undefined : asked
}
