import semver from 'semver'
import type { Tracer } from './tracer.ts'

/** Suggests an npm that packs the documents which the rebuild has not; see `npm-file-list.ts`. */
export const packingNpm: Tracer = {
  id: 'npm-file-list',
  async trace(difference, { artifact, recipe, npmReleases }) {
    const { npmRange } = difference.evidence
    if (difference.cause !== 'npm-file-list' || typeof npmRange !== 'string') return undefined
    const index = recipe.environment.toolchains.findIndex(({ name }) => name === 'npm')
    const current = recipe.environment.toolchains[index]?.version
    if (current === undefined || semver.satisfies(current, npmRange)) return undefined
    const version = nearestNpm(await npmReleases(), npmRange, current, Date.parse(artifact.claims.publishedAt ?? ''))
    if (version === undefined) return undefined
    return {
      ...difference,
      suggestion: {
        lines: [{ line: `/environment/toolchains/${index}/version`, value: version }],
        reason: `npm ${current} leaves such documents out; npm ${version} was there when this was published and packs them.`,
      },
    }
  },
}

/** The newest of that time in the range; of the recipe's own major version where there is one. */
export function nearestNpm(
  releases: readonly { version: string; releasedAt?: number | undefined }[],
  range: string,
  current: string,
  publishedAt: number,
): string | undefined {
  const fitting = releases.filter(
    ({ version, releasedAt }) =>
      semver.satisfies(version, range) &&
      (Number.isNaN(publishedAt) || releasedAt === undefined || releasedAt <= publishedAt),
  )
  const major = semver.major(current)
  return (fitting.find(({ version }) => semver.major(version) === major) ?? fitting[0])?.version
}
