import { PackageURL } from 'packageurl-js'
import semver from 'semver'
import { z } from 'zod'
import { releasesLine, releasesText } from '../changed-recipe.ts'
import type { Comparison, Difference } from '../model/comparison.ts'
import { Problem } from '../model/problem.ts'
import type { Recipe } from '../model/recipe.ts'
import { isLocked } from './exchanged-releases.ts'
import { fetchedVersions } from './fetched-packages.ts'
import { readTexts } from './texts.ts'
import type { ReleaseContext } from './with-other-releases.ts'

export type NamedContext = Pick<ReleaseContext, 'openPublished' | 'openRebuilt' | 'exchanges' | 'signal'> & {
  recipe: Recipe
}

/** Files that are read through, and releases that a recipe is to have. */
const mostFiles = 16
const mostReleases = 64
/** In characters, as a line of a suggestion may be. */
const longestValue = 4096

/**
 * Suggests to rebuild with the releases that what differs shows to have been there: that it is code of theirs, or that the
 * published files name them, as lists of licences, paths and banners do, and the rebuilt ones name others. Only of packages
 * that the build fetched, and only where no lockfile decides. Whether it was so is for the rebuild to show.
 *
 * @throws {Problem} INTERRUPTED
 */
export async function withNamedReleases(comparison: Comparison, context: NamedContext): Promise<Comparison> {
  const { recipe, signal } = context
  const texts = comparison.differences.filter(mayName).slice(0, mostFiles)
  if (texts.length === 0 || isLocked(recipe)) return comparison
  const paths = new Set(texts.map(({ path }) => path))
  const named = await namesThatDiffer(paths, context).catch((error) => {
    signal.throwIfAborted()
    if (error instanceof Problem) return new Map<string, string>()
    throw error
  })
  const shown = comparison.differences.flatMap(releasesIn)
  const known = recipe.network.releases ?? {}
  const releases = Object.fromEntries([...Object.entries(known), ...named, ...shown].slice(0, mostReleases))
  const value = releasesText(releases)
  if (value === releasesText(known) || value.length > longestValue) return comparison
  const first = comparison.differences.find((one) => texts.includes(one) && one.suggestion === undefined)
  const reason = 'What differs is of other releases of these packages, or names them; the publisher may have had those.'
  const suggestion = { lines: [{ line: releasesLine, value }], reason }
  return {
    ...comparison,
    differences: comparison.differences.map((one) => (one === first ? { ...one, suggestion } : one)),
  }
}

function mayName({ kind, path }: Difference): boolean {
  const isText = /\.(?:[cm]?js|map|md|txt)$|(?:^|\/)[A-Z_-]+$/.test(path) && !path.includes('!/')
  return kind === 'changed' && isText
}

const dependenciesSchema = z.array(z.object({ name: z.string(), published: z.string() })).catch([])
const likelySchema = z.array(z.object({ name: z.string(), version: z.string() })).catch([])

function releasesIn({ evidence }: Difference): [string, string][] {
  const explained = dependenciesSchema.parse(evidence.dependencies ?? [])
  const likely = likelySchema.parse(evidence.likely ?? [])
  return [
    ...likely.map(({ name, version }): [string, string] => [name, version]),
    ...explained.map(({ name, published }): [string, string] => [name, PackageURL.fromString(published).version ?? '']),
  ]
}

/** Of packages that were fetched, the releases that only the published texts name, and in place of which others were. */
async function namesThatDiffer(
  paths: ReadonlySet<string>,
  { openPublished, openRebuilt, exchanges, signal }: NamedContext,
): Promise<Map<string, string>> {
  const [here, there] = [
    namedIn([...(await readTexts(openPublished(), paths, signal)).values()]),
    namedIn([...(await readTexts(openRebuilt(), paths, signal)).values()]),
  ]
  const fetched = fetchedVersions(exchanges)
  const found = new Map<string, string>()
  for (const [name, versions] of here) {
    const built = [...(fetched.get(name) ?? [])]
    const own = [...versions].filter(
      (version) =>
        !there.get(name)?.has(version) &&
        !built.includes(version) &&
        built.some((one) => semver.satisfies(version, `^${one}`) || semver.satisfies(one, `^${version}`)),
    )
    const [only, ...others] = own
    // Of two of them one line of the registry cannot give both.
    if (only !== undefined && others.length === 0) found.set(name, only)
  }
  return found
}

const patterns = [
  /(?<![\w.+@-])(?<name>@?[a-z0-9][\w.+/-]{0,120}?)@v?(?<version>\d{1,6}\.\d{1,6}\.\d{1,6}(?:-[\w.]{1,32})?)/gi,
  /\bname: (?<name>@?[a-z0-9][\w./-]{0,120})\s{1,8}version: v?(?<version>\d{1,6}\.\d{1,6}\.\d{1,6}(?:-[\w.]{1,32})?)/gi,
  /[*!/] ?(?<name>@?[a-z0-9][\w./-]{0,120}) v(?<version>\d{1,6}\.\d{1,6}\.\d{1,6}(?:-[\w.]{1,32})?)/gi,
]
const mostNames = 4000

/** Releases of packages that texts name: in paths of pnpm's folder, in lists of licences, in banners. */
export function namedIn(texts: readonly string[]): Map<string, Set<string>> {
  const named = new Map<string, Set<string>>()
  const add = (name: string, version: string) => named.set(name, (named.get(name) ?? new Set()).add(version))
  for (const text of texts) {
    for (const pattern of patterns) {
      let count = 0
      for (const { groups } of text.matchAll(pattern)) {
        if (++count > mostNames) break
        const { name = '', version = '' } = groups ?? {}
        add(name, version)
        // A path ends with the name; pnpm writes a scope with a plus.
        const last = name.split('/').at(-1) ?? name
        add(last.replace('+', '/'), version)
      }
    }
  }
  return named
}
