import type { Readable } from 'node:stream'
import { PackageURL } from 'packageurl-js'
import type { Rebuild } from '../model/rebuild.ts'
import { askedFor } from './candidates.ts'
import { type Release, type ReleaseManifest, readRelease } from './release-files.ts'

/** Packages that are read through for one comparison's sake, how large their files are, and for how long. Bytes, milliseconds. */
const mostPackages = 800
const largestTarball = 1024 * 1024
const longest = 4000
/** Packages that are looked at closely. */
const mostOwners = 4

export type Owner = Release & { purl: string }

export type Fetched = {
  /** Packages that the words are from, the one first that has most of what no other has. */
  owners: Owner[]
  /** What each package asks for, by the name of the package that is asked for. */
  ranges: ReadonlyMap<string, readonly string[]>
  /** Whether all packages were looked at. */
  isWhole: boolean
}

/**
 * Reads through the packages that a build fetched, the small ones first.
 *
 * @param words what stands where the programs differ
 * @throws {Problem} ARCHIVE_INVALID, STORE_…
 */
export async function fetchedPackages(
  words: ReadonlySet<string>,
  exchanges: Rebuild['exchanges'],
  { readFetched, signal }: { readFetched: (sha512: string) => Readable; signal: AbortSignal },
): Promise<Fetched> {
  const files = new Map(
    exchanges.flatMap(({ purl, sha512, status, size }) =>
      purl?.startsWith('pkg:npm/') && sha512 && status === 200 ? [[purl, { purl, sha512, size }] as const] : [],
    ),
  )
  const sorted = [...files.values()].filter(({ size }) => size <= largestTarball).sort((a, b) => a.size - b.size)
  const deadline = performance.now() + longest
  const ranges = new Map<string, string[]>()
  const found: { owner: Owner; files: Found[] }[] = []
  let looked = 0
  for (const { purl, sha512 } of sorted.slice(0, mostPackages)) {
    signal.throwIfAborted()
    if (performance.now() > deadline) break
    looked++
    const release = await readRelease(readFetched(sha512), purl, signal)
    if (release === undefined) continue
    addRanges(release.manifest, ranges)
    const own = wordsIn(release, words)
    if (own.length > 0) found.push({ owner: { ...release, purl }, files: own })
  }
  const shares = new Map<string, number>()
  for (const { files } of found) {
    for (const word of new Set(files.flatMap((one) => [...one.words]))) shares.set(word, (shares.get(word) ?? 0) + 1)
  }
  const weight = ({ words, density }: Found) =>
    density * [...words].reduce((sum, word) => sum + 1 / (shares.get(word) ?? 1), 0)
  const owners = found
    .map(({ owner, files }) => ({ owner, weight: Math.max(...files.map(weight)) }))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, mostOwners)
    .map(({ owner }) => owner)
  return { owners, ranges, isWhole: looked === files.size }
}

/** Versions of each package of npm's that a build fetched, by its name. */
export function fetchedVersions(exchanges: Rebuild['exchanges']): Map<string, Set<string>> {
  const versions = new Map<string, Set<string>>()
  for (const { purl, status } of exchanges) {
    if (purl === undefined || status !== 200 || !purl.startsWith('pkg:npm/')) continue
    const { namespace, name, version } = PackageURL.fromString(purl)
    if (!version) continue
    const whole = namespace ? `${namespace}/${name}` : name
    versions.set(whole, (versions.get(whole) ?? new Set()).add(version))
  }
  return versions
}

/**
 * Which of the words a file has, and how much of it these are. What has bundled the same code itself has all of them, among
 * many more.
 */
type Found = { words: ReadonlySet<string>; density: number }

function wordsIn({ files }: Release, words: ReadonlySet<string>): Found[] {
  return [...files.values()].flatMap((text) => {
    const all = new Set(wordsOf(text))
    const own = all.intersection(words)
    return own.size > 0 ? [{ words: own, density: own.size / Math.max(all.size, fewWords) }] : []
  })
}

/** A file of fewer words is no more likely for having the same ones. */
const fewWords = 20

/** Shorter ones are everywhere. */
const wordPattern = /[A-Za-z_$][\w$]{5,60}/g

/** Words by which a text may be known again. */
export function wordsOf(text: string): string[] {
  return text.match(wordPattern) ?? []
}

/** Adds what a package asks for. */
export function addRanges(
  manifest: Partial<Pick<ReleaseManifest, 'dependencies' | 'optionalDependencies' | 'peerDependencies'>>,
  ranges: Map<string, string[]>,
): void {
  for (const kind of [manifest.dependencies, manifest.optionalDependencies, manifest.peerDependencies]) {
    for (const [name, range] of Object.entries(kind ?? {})) {
      const asked = askedFor(name, range)
      if (asked) ranges.set(asked.name, [...(ranges.get(asked.name) ?? []), asked.range])
    }
  }
}
