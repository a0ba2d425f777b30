import type { Readable } from 'node:stream'
import { z } from 'zod'
import { diffSequences } from '../compare/content/sequence-diff.ts'
import type { Comparison, Difference } from '../model/comparison.ts'
import { Problem, problemFrom } from '../model/problem.ts'
import type { Rebuild } from '../model/rebuild.ts'
import type { SourceTree } from '../source/source-tree.ts'
import { candidatesFor } from './candidates.ts'
import { addRanges, type Fetched, fetchedPackages, type Owner, wordsOf } from './fetched-packages.ts'
import { namedIn } from './named-releases.ts'
import type { FetchedRelease, RegistryReleases } from './registry-releases.ts'
import { leadToTheSame } from './release-files.ts'
import { readTexts } from './texts.ts'

export type ReleaseContext = {
  openPublished: () => Readable
  openRebuilt: () => Readable
  /** Where the package is in the source, `''` for its root. */
  directory: string
  tree: Pick<SourceTree, 'readMany'>
  exchanges: Rebuild['exchanges']
  readFetched: (sha512: string) => Readable
  registry: RegistryReleases
  /** When the artifact was published, in milliseconds. */
  publishedAt?: number | undefined
  signal: AbortSignal
}

/** Programs that are looked at; a bundler writes few. */
const mostPrograms = 16
/** No look at the registry begins after this, in milliseconds. */
const longest = 8000

/**
 * Looks in the registry for what only published programs have: where all of it is what another release of a dependency
 * that was bundled has, in the place where the rebuilt program has the release that was built with, that is the cause, and
 * nothing is hidden in it. It stays `unexplained`: which release somebody took is a choice, and the release says what it does.
 *
 * Nothing is read or asked where no program is suspicious. What cannot be found out is said, and changes nothing.
 *
 * @throws {Problem} INTERRUPTED
 */
export async function withOtherReleases(comparison: Comparison, context: ReleaseContext): Promise<Comparison> {
  const suspicious = comparison.differences.filter(mayBeOfRelease).slice(0, mostPrograms)
  if (suspicious.length === 0) return comparison
  try {
    const found = await explained(suspicious, context)
    return { ...comparison, differences: comparison.differences.map((one) => found.get(one) ?? one) }
  } catch (error) {
    context.signal.throwIfAborted()
    const { code, message } = problemFrom(error)
    if (!(error instanceof Problem)) throw error
    const told = (one: Difference): Difference =>
      suspicious.includes(one)
        ? { ...one, evidence: { ...one.evidence, untraced: { by: 'dependency-version', code, message } } }
        : one
    return { ...comparison, differences: comparison.differences.map(told) }
  }
}

function mayBeOfRelease({ kind, severity, path, cause }: Difference): boolean {
  const isProgram = /\.[cm]?js$/.test(path) && !path.includes('!/')
  return kind === 'changed' && severity === 'suspicious' && isProgram && ofPrograms.has(cause)
}

const ofPrograms = new Set(['another-compiler', 'code', 'content', 'dependency-version', 'kept-comment'])

async function explained(suspicious: Difference[], context: ReleaseContext): Promise<Map<Difference, Difference>> {
  const { programsOfReleases } = await import('../compare/content/releases/programs-of-releases.ts')
  const paths = new Set(suspicious.map(({ path }) => path))
  const [published, rebuilt] = [
    await readTexts(context.openPublished(), paths, context.signal),
    await readTexts(context.openRebuilt(), paths, context.signal),
  ]
  const programs = suspicious.flatMap((difference) => {
    const [one, other] = [published.get(difference.path), rebuilt.get(difference.path)]
    const pair = one === undefined || other === undefined ? undefined : programsOfReleases(one, other)
    return pair ? [{ difference, pair }] : []
  })
  const found = new Map<Difference, Difference>()
  if (programs.length === 0) return found
  const words = programs.flatMap(({ pair: { texts } }) => differingWords(texts.published, texts.rebuilt))
  const fetched = await fetchedPackages(new Set(words), context.exchanges, context)
  const named = namedIn([...published.values()])
  const chosen: Chosen[] = []
  const deadline = performance.now() + longest
  for (const owner of fetched.owners) {
    if (performance.now() > deadline) break
    const best = await bestRelease(owner, { programs, fetched, named, deadline }, context)
    if (best) chosen.push(best)
  }
  for (const { difference, pair } of programs) {
    // Each by itself says most; of several together each is needed.
    const sets = [...chosen.map((one) => [one]), chosen]
    for (const set of sets) {
      const files = set.length === 0 ? undefined : pair.filesOf(set.map(swapOf))
      if (files === undefined) continue
      const used = set.filter(({ owner }) => files.some((file) => file.startsWith(`${owner.name}/`)))
      found.set(difference, ofRelease(difference, used, files))
      break
    }
    const likely = chosen.map(({ owner, release }) => ({ name: owner.name, version: release.version }))
    if (!found.has(difference) && likely.length > 0)
      found.set(difference, { ...difference, evidence: { ...difference.evidence, likely } })
  }
  return found
}

type Chosen = { owner: Owner; release: FetchedRelease; score: number }

const swapOf = ({ owner, release }: Chosen) => ({ before: owner.files, after: release.files })

type Search = {
  programs: readonly { pair: import('../compare/content/releases/programs-of-releases.ts').ProgramPair }[]
  fetched: Fetched
  named: ReadonlyMap<string, ReadonlySet<string>>
  deadline: number
}

/** The release of a package that accounts for most of what differs; one for all programs, as an installation has it. */
async function bestRelease(
  owner: Owner,
  { programs, fetched, named, deadline }: Search,
  context: ReleaseContext,
): Promise<Chosen | undefined> {
  const { name, version } = owner
  const ranges = [...(fetched.ranges.get(name) ?? []), ...(await rangesOfSource(name, context))]
  const versions = candidatesFor(await context.registry.published(name), {
    ...{ built: version, ranges, until: context.publishedAt, named: named.get(name) ?? new Set() },
  })
  let best: Chosen | undefined
  for (const candidate of versions) {
    if (performance.now() > deadline) break
    const release = await context.registry.release(name, candidate)
    if (release?.name !== name || release.version !== candidate) continue
    if (!leadToTheSame(owner.manifest, release.manifest)) continue
    const swap = { before: owner.files, after: release.files }
    const score = programs.reduce((sum, { pair }) => sum + pair.score(swap), 0)
    if (score > (best?.score ?? 0)) best = { owner, release, score }
    if (score > 0 && programs.every(({ pair }) => pair.filesOf([swap]) !== undefined)) return { owner, release, score }
  }
  return best
}

function ofRelease(difference: Difference, used: readonly Chosen[], files: readonly string[]): Difference {
  const dependencies = used.map(({ owner, release }) => ({
    ...{ name: owner.name, rebuilt: owner.purl, published: release.purl, integrity: release.integrity },
    files: files.filter((file) => file.startsWith(`${owner.name}/`)).slice(0, 64),
  }))
  const told = dependencies.map(({ published, rebuilt }) => `${published} in place of ${rebuilt}`)
  const { severity: _, ...rest } = difference
  return {
    ...rest,
    cause: 'dependency-version',
    severity: 'unexplained',
    summary: `All that differs is code of another release of what is bundled: ${told.join(', ')}.`.slice(0, 4096),
    evidence: { ...difference.evidence, dependencies },
  }
}

/** Tokens around what differs whose words count, too. */
const around = 60
const mostWords = 400

function differingWords(published: string, rebuilt: string): string[] {
  const tokens = (text: string): string[] => text.match(/[\w$]+|[^\w$\s]/g) ?? []
  const b = tokens(rebuilt)
  const words = diffSequences(tokens(published), b).flatMap((hunk) => {
    const [from, to] = hunk.rebuilt
    return wordsOf(b.slice(Math.max(0, from - around), to + around).join(' '))
  })
  return [...new Set(words)].slice(0, mostWords)
}

const sourceManifest = z.record(z.string(), z.unknown()).catch({})
const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']
const manifestLimit = 1024 * 1024

/** What the source asks for, in its own package.json and in that of its root. */
export async function rangesOfSource(
  name: string,
  { tree, directory }: Pick<ReleaseContext, 'tree' | 'directory'>,
): Promise<string[]> {
  const paths = [...new Set(['package.json', directory === '' ? 'package.json' : `${directory}/package.json`])]
  const readings = await tree.readMany(paths, manifestLimit)
  const ranges = new Map<string, string[]>()
  for (const reading of readings.values()) {
    if (reading === 'too-large') continue
    const manifest = sourceManifest.parse(parsed(reading.toString('utf8')))
    for (const kind of kinds) {
      const asked = z.record(z.string(), z.string()).safeParse(manifest[kind]).data
      if (asked) addRanges({ dependencies: asked }, ranges)
    }
  }
  return ranges.get(name) ?? []
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
