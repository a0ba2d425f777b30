import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { type RecipeChange, releasesLine, releasesText } from './changed-recipe.ts'
import type { Comparison, Difference } from './model/comparison.ts'
import type { Rebuild } from './model/rebuild.ts'
import type { Recipe } from './model/recipe.ts'
import { codeWriters } from './releases/code-writers.ts'
import { fetchedPackages, fetchedVersions } from './releases/fetched-packages.ts'
import type { RegistryReleases } from './releases/registry-releases.ts'
import { nearbyReleases, oneOfEachLine, possibleReleases } from './releases/release-rounds.ts'
import { readTexts } from './releases/texts.ts'
import { rangesOfSource } from './releases/with-other-releases.ts'
import type { SourceTree } from './source/source-tree.ts'
import type { TriedRelease } from './try-releases.ts'

export type FindReleaseContext = {
  openPublished: () => Readable
  readFetched: (sha512: string) => Readable
  registry: RegistryReleases
  tree: Pick<SourceTree, 'readMany'>
  directory: string
  /** When the artifact was published, in milliseconds. */
  publishedAt?: number | undefined
  /** Packs with each of these releases; those with which nothing could be packed are left out. */
  pack: (releases: readonly TriedRelease[]) => Promise<{ release: TriedRelease; path: string }[]>
  signal: AbortSignal
}

/** Files that are looked at, programs that are exchanged, and builds in each of the two rounds. */
const mostFiles = 32
const mostPrograms = 4
const mostBuilds = 20
/** A build that takes longer is not done so often, in seconds. */
const longestBuild = 100

/**
 * Where all that differs is code, which another release of a compiler or minifier may have written: builds with other releases of those
 * that the build fetched, and says with which one more of the published files come out byte for byte. What a whole rebuild with
 * it gives, and whether that is the published file, is for the next attempt to show.
 *
 * @throws {Problem} as `pack`
 */
export async function findRelease(
  { comparison, rebuild, recipe }: { comparison: Comparison; rebuild: Rebuild; recipe: Recipe },
  context: FindReleaseContext,
): Promise<RecipeChange | undefined> {
  const paths = new Set(wantedPaths(comparison))
  if (paths.size === 0 || secondsOf(rebuild) > longestBuild) return undefined
  const programs = await programsIn(rebuild, context)
  if (programs.length === 0) return undefined
  const published = await readTexts(context.openPublished(), paths, context.signal)
  const each = Math.max(1, Math.floor(mostBuilds / programs.length))
  const first = programs.flatMap(({ name, built, sorted }) =>
    oneOfEachLine(sorted, built, each).map((version) => ({ name, built, version })),
  )
  const tried = await packAll(first, published, context)
  const near = bestOf(tried)
  const program = programs.find(({ name }) => name === near?.release.name)
  if (near === undefined || program === undefined || near.same === published.size) return changeTo(near, recipe)
  const known = new Set([program.built, ...first.filter(({ name }) => name === program.name).map((it) => it.version)])
  const { name, built, sorted } = program
  const more = nearbyReleases(sorted, near.release.version, { tried: known, most: mostBuilds })
  const again = await packAll(
    more.map((version) => ({ name, built, version })),
    published,
    context,
  )
  return changeTo(bestOf([near, ...again]), recipe)
}

/** Of what is built anew with each release, in seconds. */
function secondsOf({ steps }: Rebuild): number {
  return steps.reduce((sum, { phase, seconds }) => sum + (phase === 'install' ? 0 : seconds), 0)
}

/** Of an attempt whose only differences are in files that programs write. */
function wantedPaths({ differences, verdict }: Comparison): string[] {
  if (verdict !== 'different') return []
  const left = differences.filter(({ severity }) => severity !== 'benign')
  return left.every(isWritten) ? left.slice(0, mostFiles).map(({ path }) => path) : []
}

function isWritten({ kind, path }: Difference): boolean {
  return kind === 'changed' && /\.(?:[cm]?js|d\.[cm]?ts|map|css)$/.test(path) && !path.includes('!/')
}

type Program = { name: string; built: string; sorted: string[] }

async function programsIn({ exchanges }: Rebuild, context: FindReleaseContext): Promise<Program[]> {
  const fetched = [...fetchedVersions(exchanges)].filter(([name]) => codeWriters.has(name))
  if (fetched.length === 0) return []
  const { ranges } = await fetchedPackages(new Set(), exchanges, context)
  const found: Program[] = []
  for (const [name, versions] of fetched) {
    for (const built of versions) {
      const asked = [...(await rangesOfSource(name, context)), ...(ranges.get(name) ?? [])]
      const { publishedAt: until } = context
      const sorted = possibleReleases(await context.registry.published(name), { built, asked, until })
      if (sorted.some((version) => version !== built)) found.push({ name, built, sorted })
    }
  }
  return found.slice(0, mostPrograms)
}

type Packed = { release: TriedRelease; same: number; likeness: number }

async function packAll(
  releases: readonly TriedRelease[],
  published: ReadonlyMap<string, string>,
  { pack, signal }: FindReleaseContext,
): Promise<Packed[]> {
  if (releases.length === 0) return []
  const packed = await pack(releases)
  const found: Packed[] = []
  for (const { release, path } of packed) {
    const texts = await readTexts(createReadStream(path), new Set(published.keys()), signal)
    const pairs = [...published].map(([path, text]) => [text, texts.get(path) ?? ''] as const)
    const same = pairs.filter(([one, other]) => one === other).length
    const likeness = pairs.reduce((sum, [one, other]) => sum + likenessOf(one, other), 0)
    found.push({ release, same, likeness })
  }
  return found
}

function bestOf(packed: readonly Packed[]): Packed | undefined {
  return [...packed].sort((a, b) => b.same - a.same || b.likeness - a.likeness)[0]
}

/** Which share of their words and signs two texts have in common, wherever they stand. */
function likenessOf(one: string, other: string): number {
  const [a, b] = [countsOf(one), countsOf(other)]
  let [common, all] = [0, 0]
  for (const token of new Set([...a.keys(), ...b.keys()])) {
    const [here, there] = [a.get(token) ?? 0, b.get(token) ?? 0]
    common += Math.min(here, there)
    all += Math.max(here, there)
  }
  return all === 0 ? 1 : common / all
}

function countsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [token] of text.matchAll(/[\w$]+|[^\w$\s]/g)) counts.set(token, (counts.get(token) ?? 0) + 1)
  return counts
}

function changeTo(found: Packed | undefined, recipe: Recipe): RecipeChange | undefined {
  if (found === undefined || found.same === 0) return undefined
  const { releases } = recipe.network
  const { name, version, built } = found.release
  const reason = `With ${name} ${version} in place of ${built} ${found.same === 1 ? 'one more file is' : `${found.same} more files are`} as published.`
  const to = releasesText({ ...releases, [name]: version })
  return { line: releasesLine, ...(releases && { from: releasesText(releases) }), to, reason }
}
