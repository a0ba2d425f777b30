import semver from 'semver'
import { nodePackage } from '../../environment/toolchain.ts'
import { defaultFetchLimits } from '../resolve/fetch.ts'
import { fetchPackument } from '../resolve/packument.ts'
import { type NodeLineOptions, readNodeLine } from './node-lines.ts'
import type { ToolCatalogue } from './toolchain.ts'

/** The versions of Node and npm that the registry has; each thing is asked for once, and only if it is needed. */
export function registryCatalogue(options: NodeLineOptions): ToolCatalogue {
  const once = new Map<string, Promise<unknown>>()
  const remembered = <T>(key: string, make: () => Promise<T>): Promise<T> => {
    if (!once.has(key)) once.set(key, make())
    return once.get(key) as Promise<T>
  }
  const nodeVersions = () =>
    remembered('node', async () =>
      (await releasesOf(nodePackage(options.architecture), options)).map(({ version }) => version),
    )
  return {
    nodeVersions,
    nodeLine: (major) =>
      remembered(`line ${major}`, async () => {
        const newest = (await nodeVersions()).find((version) => semver.major(version) === major)
        return newest === undefined ? [] : await readNodeLine(newest, options)
      }),
    npmReleases: () => remembered('npm', () => releasesOf('npm', options)),
  }
}

/**
 * Stable versions of a package, newest first. A mirror gives the time at which it took a version in, which is never
 * before the release; so each time is only a bound, and a version is at least as old as every later one of its line.
 */
async function releasesOf(name: string, { registry, signal }: NodeLineOptions) {
  const { versions, time } = await fetchPackument({
    name,
    escapedName: name,
    registry,
    limits: defaultFetchLimits,
    signal,
  })
  const bounds = new Map<number, number>()
  return Object.keys(versions)
    .filter((version) => semver.valid(version) !== null && semver.prerelease(version) === null)
    .sort(semver.rcompare)
    .map((version) => {
      const line = semver.major(version)
      const stated = Object.hasOwn(time, version) ? Date.parse(String(time[version])) : Number.NaN
      const bound = Math.min(
        Number.isNaN(stated) ? Number.POSITIVE_INFINITY : stated,
        bounds.get(line) ?? Number.POSITIVE_INFINITY,
      )
      bounds.set(line, bound)
      return { version, releasedAt: bound === Number.POSITIVE_INFINITY ? undefined : bound }
    })
}
