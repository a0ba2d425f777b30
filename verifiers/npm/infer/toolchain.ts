import semver from 'semver'
import type { Declaration } from '../../network/declarations.ts'
import type { VersionRequest } from './ci/job.ts'
import type { ManagerName, Releases } from './managers.ts'
import type { NodeRelease } from './node-lines.ts'
import { currentLine, longTermLine, nodeRange } from './releases.ts'

/** A version that was decided on, and why. */
export type Choice = { version: string; from: string; says: string }

/** What can be had, asked for when it is needed. */
export type ToolCatalogue = {
  /** Versions of Node. */
  nodeVersions(): Promise<string[]>
  /**
   * Releases of one line, newest first, of which some may not be had here.
   *
   * @param until a version, or a moment in milliseconds: later ones may be missing
   */
  nodeLine(major: number, until: string | number): Promise<NodeRelease[]>
  /** Versions of npm, newest first, with the time of each at the latest. */
  npmReleases(): Promise<Releases>
  /** The same of another package manager. */
  managerReleases(name: ManagerName): Promise<Releases>
  /** Which of the packages that a lockfile pins cannot be had any more, as `name@version`. */
  missing(declarations: readonly Declaration[]): Promise<string[]>
  /** What the program of a release of yarn hashes to, in hexadecimal, where it can be had. */
  yarnProgram(version: string): Promise<string | undefined>
}

export type ToolQuery = {
  /** Exact versions that the registry's metadata claims. */
  claimed: { node?: string | undefined; npm?: string | undefined }
  /** Versions, ranges and names that the source asks for, in the order in which they are believed. */
  node: VersionRequest[]
  npm: VersionRequest[]
  /** `engines.node`: only a floor, for when nothing else is said. */
  engines?: string | undefined
  /** What the tarball's bytes say of npm's version, the surest first. */
  fingerprints: { versions: string; says: string }[]
  publishedAt: number
}

type NodeChoice = Choice & { npm?: string | undefined }

/**
 * Decides on Node and npm. The registry's claim comes first, then what the source asks for, then the calendar; but the
 * tarball's own bytes outweigh all of them where they show which npm it was.
 */
export async function chooseTools(query: ToolQuery, catalogue: ToolCatalogue): Promise<{ node: Choice; npm: Choice }> {
  const allowed = combinedRange(query.fingerprints)
  const npm = await statedNpm(query, catalogue)
  const stated = npm !== undefined && semver.satisfies(npm.version, allowed) ? npm : undefined
  let first: NodeChoice | undefined
  for await (const node of nodeChoices(query, catalogue)) {
    first ??= node
    if (stated) return { node, npm: stated }
    if (node.npm === undefined || !semver.satisfies(node.npm, allowed)) continue
    return { node, npm: shipped(node, node.npm, query) }
  }
  if (first === undefined) return { node: noChoice, npm: noChoice }
  const could = (await catalogue.npmReleases()).filter(({ version }) => semver.satisfies(version, allowed))
  const running = could.filter((release) => runsOn(first.version, release.node))
  if (running.length === 0) {
    // What developers are asked to use is not what packed it.
    const none = `The source names Node ${first.version}, on which no npm runs that could have packed this`
    for await (const node of calendarChoices(query, new Set(await catalogue.nodeVersions()), catalogue, none)) {
      if (node.npm !== undefined && semver.satisfies(node.npm, allowed)) {
        return { node, npm: shipped(node, node.npm, query) }
      }
    }
  }
  return { node: first, npm: stated ?? fittingNpm(first, running.length > 0 ? running : could, query.publishedAt) }
}

const noChoice: Choice = { version: '', from: '', says: '' }

/** The range in which all hold; one that contradicts those before it is left out. */
export function combinedRange(fingerprints: { versions: string }[]): string {
  let range = '*'
  for (const { versions } of fingerprints) {
    const both = versions
      .split('||')
      .flatMap((a) => range.split('||').map((b) => `${a.trim()} ${b.trim()}`))
      .filter(isPossible)
    if (both.length > 0) range = both.join(' || ')
  }
  return range
}

function isPossible(range: string): boolean {
  const minimum = semver.minVersion(range)
  return minimum !== null && semver.satisfies(minimum, range)
}

function shipped(node: Choice, npm: string, query: ToolQuery): Choice {
  return {
    version: npm,
    from: `Node ${node.version}`,
    says: `Node ${node.version} shipped with npm ${npm}${agreement(query)}.`,
  }
}

function agreement({ fingerprints }: ToolQuery): string {
  return fingerprints.length === 0 ? '' : ', with which the bytes of the tarball agree'
}

/** Versions of Node in the order in which they are believed. Only the first that anything asks for is looked into. */
async function* nodeChoices(query: ToolQuery, catalogue: ToolCatalogue): AsyncGenerator<NodeChoice> {
  const available = new Set(await catalogue.nodeVersions())
  const exact = query.claimed.node === undefined ? null : semver.clean(query.claimed.node)
  const requests: VersionRequest[] = [
    ...(exact === null ? [] : [{ kind: 'version' as const, spec: exact, from: 'registry _nodeVersion' }]),
    ...query.node,
  ]
  for (const { spec, from } of requests) {
    const range = nodeRange(spec, query.publishedAt)
    if (range === undefined) continue
    let some = false
    for await (const { version, npm, known } of versionsInRange(range, query.publishedAt, available, catalogue)) {
      some = true
      yield { version, npm, from, says: `It asks for Node "${spec}"; ${known}.` }
    }
    if (some) return
  }
  yield* calendarChoices(query, available, catalogue)
}

type Dated = { version: string; npm: string | undefined; known: string }

const mostLines = 3

/** Versions of a range that were there at a time, newest first; of an exact one the nearest that can be had. */
async function* versionsInRange(
  range: string,
  at: number,
  available: ReadonlySet<string>,
  catalogue: ToolCatalogue,
): AsyncGenerator<Dated> {
  const pinned = semver.valid(range)
  const wanted = pinned === null ? range : available.has(pinned) ? pinned : `${semver.major(pinned)}.x`
  const satisfying = [...available].filter((version) => semver.satisfies(version, wanted))
  const lines = [...new Set(satisfying.map((version) => semver.major(version)))].sort((a, b) => b - a)
  // Lines that had not begun by then are only for a range that asks for nothing else.
  const begun = lines.filter((major) => major <= currentLine(at))
  for (const major of (begun.length > 0 ? begun : lines).slice(0, mostLines)) {
    const releases = await catalogue.nodeLine(major, wanted === pinned ? wanted : at)
    yield* datedVersions(
      satisfying.filter((version) => semver.major(version) === major),
      releases,
      at,
      pinned,
    )
  }
}

function* datedVersions(
  versions: string[],
  releases: NodeRelease[],
  at: number,
  pinned: string | null,
): Generator<Dated> {
  const known = new Map(releases.map((release) => [release.version, release]))
  const day = new Date(at).toISOString().slice(0, 10)
  const sorted = pinned === null ? versions.toSorted(semver.rcompare) : byNearness(versions, pinned)
  const released = sorted.filter((version) => (known.get(version)?.releasedAt ?? Number.POSITIVE_INFINITY) <= at)
  const chosen = pinned !== null || released.length === 0 ? sorted : released
  for (const version of chosen) {
    const npm = known.get(version)?.npm
    if (version === pinned) yield { version, npm, known: 'that is one version' }
    else if (pinned !== null) yield { version, npm, known: `${version} is the nearest that can be had` }
    else if (released.length > 0) yield { version, npm, known: `${version} was out by ${day}` }
    else yield { version, npm, known: `when it was released is not known, ${version} is the newest that fits` }
  }
}

/** The next later ones first, then the earlier ones. */
function byNearness(versions: string[], to: string): string[] {
  const later = versions.filter((version) => semver.gte(version, to)).sort(semver.compare)
  const earlier = versions.filter((version) => semver.lt(version, to)).sort(semver.rcompare)
  return [...later, ...earlier]
}

/** Nothing says it: the long-term line of that day that `engines` allows, and where npm does not fit, those before it. */
async function* calendarChoices(
  { engines, publishedAt }: ToolQuery,
  available: ReadonlySet<string>,
  catalogue: ToolCatalogue,
  named = 'Nothing in the source names a Node',
): AsyncGenerator<NodeChoice> {
  const line = longTermLine(publishedAt)
  const floor = engines === undefined ? null : semver.validRange(engines)
  const suits = (major: number) =>
    floor === null ||
    [...available].some((version) => semver.major(version) === major && semver.satisfies(version, floor))
  const earlier = Array.from({ length: 2 * mostLines }, (_, index) => line - 2 * index).filter((major) => major >= 4)
  const later = Array.from({ length: mostLines }, (_, index) => line + 1 + index)
  const suited = [...earlier, ...later].filter(suits)
  for (const major of suited.length > 0 ? suited : earlier) {
    const why = major === line ? '' : `, but does not fit, and ${major} does`
    for await (const { version, npm, known } of versionsInRange(`${major}.x`, publishedAt, available, catalogue)) {
      if (suited.length > 0 && floor !== null && !semver.satisfies(version, floor)) continue
      const says = `${named}; ${line} was the long-term line${why}; ${known}.`
      yield { version, npm, from: 'publish time and the schedule of Node', says }
    }
  }
}

/** The npm that something names: the registry, the publishing job, or the source. */
async function statedNpm(query: ToolQuery, catalogue: ToolCatalogue): Promise<Choice | undefined> {
  const exact = query.claimed.npm === undefined ? null : semver.clean(query.claimed.npm)
  if (exact !== null)
    return { version: exact, from: 'registry _npmVersion', says: `It was published with npm ${exact}.` }
  for (const { spec, from } of query.npm) {
    const pinned = semver.valid(spec)
    if (pinned !== null) return { version: pinned, from, says: `It asks for npm ${pinned}.` }
    const range = npmRange(spec)
    if (range === undefined) continue
    const newest = (await catalogue.npmReleases()).find(
      ({ version, releasedAt }) =>
        semver.satisfies(version, range) && releasedAt !== undefined && releasedAt <= query.publishedAt,
    )
    if (newest === undefined) continue
    const day = new Date(query.publishedAt).toISOString().slice(0, 10)
    return { version: newest.version, from, says: `It asks for npm "${spec}"; ${newest.version} was out by ${day}.` }
  }
  return undefined
}

/** npm's own tags: `latest`, `next-10`, `latest-9`; anything else is a range. */
function npmRange(spec: string): string | undefined {
  if (spec === 'latest') return '*'
  const line = /^(?:next|latest)-(\d+)$/.exec(spec)?.[1]
  return line === undefined ? (semver.validRange(spec) ?? undefined) : `^${line}.0.0`
}

function runsOn(node: string, engines: string | undefined): boolean {
  return engines === undefined || semver.validRange(engines) === null || semver.satisfies(node, engines)
}

/** The newest npm that is not newer than the one that came with Node; where all that could are newer, the newest of the lowest line. */
function fittingNpm({ version: nodeVersion, npm }: NodeChoice, could: Releases, publishedAt: number): Choice {
  const out = could.filter(({ releasedAt }) => releasedAt === undefined || releasedAt <= publishedAt)
  const fitting = (out.length > 0 ? out : could).map(({ version }) => version)
  const lowest = fitting.at(-1)
  const version =
    fitting.find((one) => npm === undefined || semver.lte(one, npm)) ??
    fitting.find((one) => lowest !== undefined && semver.major(one) === semver.major(lowest)) ??
    npm ??
    ''
  const known =
    npm === undefined ? 'which npm it shipped with is not known' : `it shipped with npm ${npm}, which did not pack this`
  return { version, from: 'published tarball', says: `Of Node ${nodeVersion}, ${known}; npm ${version} could have.` }
}
