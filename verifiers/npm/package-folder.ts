import type { SourceTree } from '../source/source-tree.ts'
import { type ManifestReading, readSourceManifests, type SourceManifest } from './manifest.ts'
import { versionException } from './version-exception.ts'

/** Where a package is in a source, and how its package.json there compares with what was published. */
export type PackageFolder = {
  directory: string
  manifest: { name?: string; version?: string; exception?: string }
  /** How the folder was found, one sentence. */
  found: string
}

export type PackageQuery = {
  name: string
  version: string
  /** What the registry's metadata says of the folder; a claim. */
  directory?: string | undefined
  /** Set when the user named this very commit: another version in it is then accepted. */
  insisted?: boolean
  /** Set where what led here is too weak for any other version to be excused. */
  strict?: boolean
  /** How much of what was published is in a folder: decides where several have the name and the version. */
  closeness?: (directory: string) => Promise<number>
  /** Why another version may be there all the same, as far as what was published says so. */
  excuse?: (directory: string, said: string) => Promise<string | undefined>
}

/** Why none was found; the folder that came nearest, where one has the name. */
export type NoPackageFolder = { rejected: string; directory?: string }

/** Manifests that are looked at; larger monorepos have some 2,000. */
const mostManifests = 5000
/** Longer ones cannot be laid out. */
const longestPath = 4095

/**
 * Finds the folder whose package.json has this name and version: where the metadata says, at the root, or anywhere else.
 *
 * A manifest with this name and another version is accepted only when it is known why, and only when no other folder has
 * the version: a monorepo's root may have the name of its main package, and the version 0.0.0.
 */
export async function findPackageFolder(
  tree: SourceTree,
  query: PackageQuery,
): Promise<PackageFolder | NoPackageFolder> {
  const { name, version } = query
  const claimed = query.directory === undefined ? undefined : cleanDirectory(query.directory)
  const direct = [...new Set([...(claimed === undefined ? [] : [claimed]), ''])]
  const readings = await readSourceManifests(tree, direct)
  const exactDirect = direct.find((directory) => isExact(readings.get(directory), query))
  if (exactDirect !== undefined) return accepted(exactDirect, name, version, how(exactDirect, claimed))

  const others = (await manifestFolders(tree)).filter((directory) => !readings.has(directory))
  for (const [directory, reading] of await readSourceManifests(tree, others)) readings.set(directory, reading)
  const exact = others.filter((directory) => isExact(readings.get(directory), query))
  const nearest = await nearestOf(exact, query)
  if (nearest !== undefined) return accepted(nearest, name, version, foundAmong(exact))
  return await byNameAlone(tree, query, readings, claimed)
}

/** A copy in an example may have the same name and version. */
const mostCompared = 8

/** The folder with the most of what was published; the likeliest by its path where that is the same or unknown. */
async function nearestOf(folders: string[], { closeness }: PackageQuery): Promise<string | undefined> {
  if (folders.length < 2 || closeness === undefined) return folders[0]
  const scored: { directory: string; score: number }[] = []
  for (const directory of folders.slice(0, mostCompared)) scored.push({ directory, score: await closeness(directory) })
  return scored.reduce((best, one) => (one.score > best.score ? one : best)).directory
}

function foundAmong(folders: string[]): string {
  const found = 'its package.json was found by name and version'
  return folders.length === 1 ? found : `${found}, as in ${folders.length - 1} other folders`
}

async function byNameAlone(
  tree: SourceTree,
  query: PackageQuery,
  readings: Map<string, ManifestReading>,
  claimed: string | undefined,
): Promise<PackageFolder | NoPackageFolder> {
  const named = [...readings].flatMap(([directory, reading]) =>
    'manifest' in reading && reading.manifest.name === query.name ? [{ directory, manifest: reading.manifest }] : [],
  )
  const best =
    named.find(({ directory }) => directory === claimed) ?? named.find(({ manifest }) => !manifest.private) ?? named[0]
  if (best === undefined) return { rejected: whyNone(readings, query, claimed) }
  const { directory, manifest } = best
  const said = manifest.version === undefined ? 'no version' : `version ${manifest.version}`
  const exception = query.insisted
    ? `package.json has ${said}; the commit was named by the user`
    : ((query.strict ? undefined : await versionException(tree, manifest)) ?? (await query.excuse?.(directory, said)))
  if (exception === undefined) return { rejected: `${placeOf(directory)} has this name and ${said}`, directory }
  return {
    directory,
    manifest: { name: query.name, ...(manifest.version !== undefined && { version: manifest.version }), exception },
    found: how(directory, claimed),
  }
}

/** Folders with a package.json, likely ones first: not below node_modules, short paths before long ones, no tests. */
async function manifestFolders(tree: SourceTree): Promise<string[]> {
  const folders = (await tree.list())
    .filter(({ path, kind }) => (kind === 'file' || kind === 'executable' ? path.endsWith('/package.json') : false))
    .map(({ path }) => path.slice(0, -'/package.json'.length))
    .filter((directory) => directory.length <= longestPath && !directory.split('/').includes('node_modules'))
  const weight = (directory: string) => (unlikely.test(directory) ? 1000 : 0) + directory.split('/').length
  return folders.sort((a, b) => weight(a) - weight(b) || (a < b ? -1 : 1)).slice(0, mostManifests)
}

const unlikely = /(?:^|\/)(?:__\w+__|tests?|fixtures?|examples?|e2e|benchmarks?|templates?|website|docs)(?:\/|$)/i

function isExact(reading: ManifestReading | undefined, { name, version }: PackageQuery): boolean {
  if (reading === undefined || !('manifest' in reading)) return false
  return reading.manifest.name === name && sameVersion(reading.manifest.version, version)
}

/** npm takes a `v` off and leaves build metadata out of what it publishes. */
function sameVersion(written: SourceManifest['version'], published: string): boolean {
  return (
    written !== undefined &&
    written
      .trim()
      .replace(/^[v=]+/, '')
      .replace(/\+.*/s, '') === published.replace(/\+.*/s, '')
  )
}

/** The metadata's folder as a path below the root; `undefined` where it would lead out of it. */
function cleanDirectory(directory: string): string | undefined {
  const parts = directory.split(/[\\/]+/).filter((part) => part !== '' && part !== '.')
  return parts.some((part) => part === '..' || part === '.git') ? undefined : parts.join('/')
}

function accepted(directory: string, name: string, version: string, found: string): PackageFolder {
  return { directory, manifest: { name, version }, found }
}

function how(directory: string, claimed: string | undefined): string {
  if (directory === claimed) return 'its folder is the one that the metadata names'
  return directory === '' ? 'it is at the root' : 'its package.json was found by name'
}

function whyNone(readings: Map<string, ManifestReading>, { name }: PackageQuery, claimed: string | undefined): string {
  const directory = claimed !== undefined && claimed !== '' ? claimed : ''
  const reading = readings.get(directory)
  if (reading && 'unreadable' in reading && readings.size <= 2) return `${placeOf(directory)} ${reading.unreadable}`
  if (readings.size === 1 && reading && 'manifest' in reading) {
    return `${placeOf(directory)} is of ${JSON.stringify(reading.manifest.name ?? '')}`
  }
  return `none of its ${readings.size} package.json files has the name ${name}`
}

function placeOf(directory: string): string {
  return directory === '' ? 'package.json' : `${directory}/package.json`
}
