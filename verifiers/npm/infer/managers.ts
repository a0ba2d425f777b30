import { hash } from 'node:crypto'
import semver from 'semver'
import type { ManagerRequest } from './ci/job.ts'
import { type BuildManifest, inside, withParents } from './manifest.ts'
import type { SourceReader } from './reader.ts'
import type { Choice } from './toolchain.ts'

/** Package managers that are toolchains of their own; npm is always there. */
export type ManagerName = 'pnpm' | 'yarn' | 'bun'

export const managerNames: readonly ManagerName[] = ['pnpm', 'yarn', 'bun']

export function isManager(name: string | undefined): name is ManagerName {
  return managerNames.some((manager) => manager === name)
}

/** Versions that can be had, newest first, with the time of each at the latest. */
export type Releases = {
  version: string
  releasedAt?: number | undefined
  /** Versions of Node that it says it runs with, as a range. */
  node?: string | undefined
}[]

/** A release of yarn that is in the source, for yarn to run in its own place. */
export type CommittedYarn = { path: string; version: string; sha512: string }

export type ManagerQuery = {
  name: ManagerName
  /** In the order in which they are believed. */
  requests: ManagerRequest[]
  /** What wrote the lockfile, as a range, and its evidence. */
  lockfile?: { range: string; from: string } | undefined
  publishedAt: number
}

/**
 * Decides on the version of a package manager: what the source or the publishing job asks for, else what writes such a
 * lockfile and was there at the time. Of a version that cannot be had the nearest one takes the place.
 */
export function chooseManager(query: ManagerQuery, releases: Releases): Choice | undefined {
  const asked = query.requests.filter(({ manager }) => manager === query.name)
  for (const { spec, from } of asked) {
    const found = versionFor(spec, query, releases)
    if (found) return { version: found.version, from, says: `It asks for ${query.name} "${spec}"${found.but}.` }
  }
  // Whoever says only yarn means the first, which stays what is installed by that name.
  const usual = query.name === 'yarn' ? '^1.0.0' : '*'
  const { range, from } = query.lockfile ?? { range: usual, from: 'publish time' }
  const version = datedVersion(range, query.publishedAt, releases) ?? datedVersion('*', query.publishedAt, releases)
  const day = new Date(query.publishedAt).toISOString().slice(0, 10)
  if (version === undefined) return undefined
  const what = query.lockfile ? `Its format is that of ${query.name} ${range}` : `Nothing names a version`
  return { version, from, says: `${what}; of those that can be had, ${version} suits ${day}.` }
}

function versionFor(spec: string, { publishedAt }: ManagerQuery, releases: Releases) {
  const pinned = semver.valid(spec)
  if (pinned !== null) {
    if (releases.some(({ version }) => version === pinned)) return { version: pinned, but: '' }
    const nearest = nearestTo(pinned, releases)
    return nearest === undefined ? undefined : { version: nearest, but: `; ${nearest} is the nearest that can be had` }
  }
  const range = spec === 'latest' || spec === 'canary' ? '*' : (semver.validRange(spec.replace(/^latest-/, '')) ?? '')
  if (range === '') return undefined
  const version = datedVersion(range, publishedAt, releases)
  return version === undefined ? undefined : { version, but: `; of those that fit and can be had it is ${version}` }
}

/** The newest that was out by a moment; where all are known to be younger, the newest of the oldest line. */
function datedVersion(range: string, at: number, releases: Releases): string | undefined {
  const fitting = releases.filter(({ version }) => semver.satisfies(version, range))
  const then = fitting.find(({ releasedAt }) => releasedAt !== undefined && releasedAt <= at)
  const lowest = fitting.at(-1)?.version
  const line = fitting.find(({ version }) => lowest !== undefined && semver.major(version) === semver.major(lowest))
  return (then ?? line)?.version
}

function nearestTo(version: string, releases: Releases): string | undefined {
  const line = releases
    .map((release) => release.version)
    .filter((candidate) => semver.major(candidate) === semver.major(version))
  return line.findLast((candidate) => semver.gt(candidate, version)) ?? line[0]
}

/** What manifests ask of package managers: corepack's field, volta's, `devEngines`; `engines` sets only a floor. */
export function managerHints(manifests: { path: string; manifest: BuildManifest }[]): ManagerRequest[] {
  const exact: ManagerRequest[] = []
  const floors: ManagerRequest[] = []
  for (const { path, manifest } of manifests) {
    const [, field, version] = /^(\w+)@([^+]+)/.exec(manifest.packageManager ?? '') ?? []
    if (isManager(field) && version !== undefined) exact.push(request(field, version, `${path} packageManager`))
    for (const manager of managerNames) {
      const pinned = manifest.volta[manager]
      if (pinned !== undefined) exact.push(request(manager, pinned, `${path} volta.${manager}`))
      const declared = manifest.devEngines.packageManager.find(({ name }) => name === manager)?.version
      if (declared !== undefined) exact.push(request(manager, declared, `${path} devEngines.packageManager`))
      const floor = manifest.engines[manager]
      if (floor !== undefined) floors.push(request(manager, floor, `${path} engines.${manager}`))
    }
  }
  return [...exact, ...floors]
}

export function request(manager: ManagerName, spec: string, from: string): ManagerRequest {
  return { kind: 'version', manager, spec: spec.slice(0, 64), from }
}

/** `yarn-4.9.2.cjs` of `.yarn/releases`, which the configuration beside it names as what yarn is. */
export async function committedYarn(source: SourceReader, directory: string): Promise<CommittedYarn | undefined> {
  for (const folder of withParents(directory)) {
    const texts = await Promise.all(['.yarnrc.yml', '.yarnrc'].map((name) => source.text(inside(folder, name))))
    for (const text of texts) {
      const named = /^(?:yarnPath:|yarn-path)\s+["']?([^"'\s]+)["']?\s*$/m.exec(text ?? '')?.[1]
      const path = named === undefined ? undefined : inside(folder, named.replace(/^\.\//, ''))
      const version = /yarn-(\d+\.\d+\.\d+(?:-[\w.]+)?)\.c?js$/.exec(path ?? '')?.[1]
      if (path === undefined || version === undefined) continue
      const program = await source.text(path)
      if (program !== undefined) return { path, version, sha512: hash('sha512', program) }
    }
  }
  return undefined
}

/** What a command puts in place of the package manager that is there: `corepack prepare pnpm@9.1.0 --activate`. */
export function managersInstalledBy(words: string[], from: string): ManagerRequest[] {
  const [program, action] = words
  const isCorepack = program === 'corepack' && ['prepare', 'use', 'install'].includes(action ?? '')
  const isGlobal = program === 'npm' && words.some((word) => word === '-g' || word === '--global')
  const isYarnSet = program === 'yarn' && action === 'set' && words[2] === 'version' && words[3] !== undefined
  if (isYarnSet) return [request('yarn', words[3] ?? '', from)]
  if (!isCorepack && !isGlobal) return []
  return words.slice(2).flatMap((word) => {
    const [, name, version = 'latest'] = /^(pnpm|yarn|bun)(?:@(.+))?$/.exec(word) ?? []
    return isManager(name) ? [request(name, version, from)] : []
  })
}
