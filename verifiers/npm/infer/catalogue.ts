import { createHash } from 'node:crypto'
import semver from 'semver'
import { z } from 'zod'
import { nodePackage, toolchainPackage } from '../../environment/toolchain.ts'
import { problemFrom } from '../../model/problem.ts'
import type { Progress } from '../../model/progress.ts'
import { defaultFetchLimits } from '../resolve/fetch.ts'
import { fetchPackument } from '../resolve/packument.ts'
import { resolveArtifact } from '../resolve.ts'
import { readTarball } from '../tarball.ts'
import { missingFrom } from './availability.ts'
import type { Releases as ToolReleases } from './managers.ts'
import { indexedLine, type NodeIndex, readNodeIndex } from './node-index.ts'
import { type NodeLineOptions, readNodeLine } from './node-lines.ts'
import type { ToolCatalogue } from './toolchain.ts'

type Releases = {
  /** Stable ones, newest first; `releasedAt` is a time by which it was released, in milliseconds. */
  releases: ToolReleases
  /** Whether the times are those of the releases, not of a mirror's copies. */
  exact: boolean
}

export type RegistryCatalogue = ToolCatalogue & {
  /** Whether the registry's times are those of its copies, and it has no history of the time before them. */
  isMirror(): Promise<boolean>
}

/**
 * The versions of Node and npm that the registry has; each thing is asked for once, and only if it is needed.
 *
 * @param index in place of the one that reproof carries
 */
export function registryCatalogue(options: NodeLineOptions, index?: NodeIndex): RegistryCatalogue {
  const once = new Map<string, Promise<unknown>>()
  const remembered = <T>(key: string, make: () => Promise<T>): Promise<T> => {
    if (!once.has(key)) once.set(key, make())
    return once.get(key) as Promise<T>
  }
  const releasesOf = (name: string) => remembered(name, () => fetchReleases(name, options))
  const node = () => releasesOf(nodePackage(options.architecture))
  return {
    nodeVersions: async () => (await node()).releases.map(({ version }) => version),
    async nodeLine(major, until) {
      const known = await node()
      const indexed = index ?? (await remembered('index', readNodeIndex))
      const newest = known.releases.find(({ version }) => semver.major(version) === major)?.version
      const line = indexedLine(indexed, { major, until, newest })
      if (line) return line
      const version = knowing(known, major, until)
      return version === undefined ? [] : await remembered(`line ${version}`, () => readNodeLine(version, options))
    },
    npmReleases: async () => (await releasesOf('npm')).releases,
    async managerReleases(name) {
      // Yarn 2 and later are another package than yarn 1.
      const versions = name === 'yarn' ? ['2.0.0', '1.0.0'] : ['1.0.0']
      const packages = versions.map((version) => toolchainPackage({ ...options, name, version }))
      // A registry may have one of them only.
      const found = await Promise.all(packages.map((one) => releasesOf(one).catch(noReleases)))
      return found.flatMap(({ releases }) => releases)
    },
    missing: (declarations) => missingFrom(options.registry, declarations, options.signal),
    isMirror: async () => !(await releasesOf('npm')).exact,
    yarnProgram: (version) => remembered(`yarn ${version}`, () => hashYarn(version, options)),
  }
}

function noReleases(error: unknown): Pick<Releases, 'releases'> {
  if (problemFrom(error).code === 'PACKAGE_NOT_FOUND') return { releases: [] }
  throw error
}

async function hashYarn(version: string, options: NodeLineOptions): Promise<string | undefined> {
  const { architecture, signal } = options
  const spec = `${toolchainPackage({ name: 'yarn', version, architecture })}@${version}`
  try {
    const progress: Progress = (event) => options.progress({ ...event, stage: 'recipe' })
    const { artifact, open } = await resolveArtifact({ ...options, progress, spec })
    const hash = createHash('sha512')
    let found = false
    await readTarball({
      source: open(),
      what: artifact.fileName,
      signal,
      onEntry({ path }) {
        // Of yarn 1 the whole program is another file than the one that starts it.
        if (!(semver.major(version) >= 2 ? /^[^/]+\/bin\/yarn\.js$/ : /^[^/]+\/lib\/cli\.js$/).test(path))
          return undefined
        found = true
        return { data: (chunk) => void hash.update(chunk), end() {} }
      },
    })
    return found ? hash.digest('hex') : undefined
  } catch (error) {
    const { code } = problemFrom(error)
    if (code === 'VERSION_NOT_FOUND' || code === 'PACKAGE_NOT_FOUND') return undefined
    throw error
  }
}

/**
 * The version whose change log tells enough: the wanted one itself, or the newest of that moment; where only a mirror
 * says when that was, the newest of the line.
 */
function knowing({ releases, exact }: Releases, major: number, until: string | number): string | undefined {
  if (typeof until === 'string') return until
  const line = releases.filter(({ version }) => semver.major(version) === major)
  const then = exact ? line.find(({ releasedAt }) => releasedAt !== undefined && releasedAt <= until) : undefined
  return (then ?? line[0])?.version
}

const enginesSchema = z
  .object({ engines: z.object({ node: z.string().max(256).optional() }).catch({}) })
  .catch({ engines: {} })

/** A mirror's time is never before the release, and a version is at least as old as every later one of its line. */
async function fetchReleases(name: string, { registry, signal }: NodeLineOptions): Promise<Releases> {
  const limits = defaultFetchLimits
  const { versions, time } = await fetchPackument({ name, escapedName: name, registry, limits, signal })
  const bounds = new Map<number, number>()
  const releases = Object.keys(versions)
    .filter((version) => semver.valid(version) !== null && semver.prerelease(version) === null)
    .sort(semver.rcompare)
    .map((version) => {
      const line = semver.major(version)
      const stated = Object.hasOwn(time, version) ? Date.parse(String(time[version])) : Number.NaN
      const own = Number.isNaN(stated) ? Number.POSITIVE_INFINITY : stated
      const bound = Math.min(own, bounds.get(line) ?? Number.POSITIVE_INFINITY)
      bounds.set(line, bound)
      const { engines } = enginesSchema.parse(versions[version])
      return { version, releasedAt: bound === Number.POSITIVE_INFINITY ? undefined : bound, node: engines.node }
    })
  return { releases, exact: Object.hasOwn(time, 'created') }
}
