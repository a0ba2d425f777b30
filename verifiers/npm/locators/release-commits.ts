import { bringHistory, bringObjects } from '../../source/git/bring.ts'
import type { Repository } from '../../source/git/repository.ts'
import { manifestPath } from '../manifest.ts'

/** A commit that wrote the version into a package.json, or took it out. */
export type ReleaseCommit = {
  commit: string
  /** Seconds since 1970. */
  committedAt: number
}

/** Every one of them is validated, which costs a request. */
const mostCommits = 16
const historyLimit = 256 * 1024 * 1024
const searchTimeout = 10 * 60_000

/**
 * Searches the history for the commits that touched this version in a package.json, the newest first: first in the places
 * where the package is known to be, then in all.
 */
export async function releaseCommits(
  repository: Repository,
  { version, directories, publishedAt }: { version: string; directories: string[]; publishedAt?: string | undefined },
): Promise<ReleaseCommit[]> {
  await bringHistory(repository)
  const known = directories.map((directory) => `:(top,literal)${manifestPath(directory)}`)
  for (const paths of [known, [':(top,glob)**/package.json']]) {
    await bringManifests(repository, paths)
    const commits = await touching(repository, version, paths)
    // What was committed after the publication cannot have been published; clocks and time zones may be a day off.
    const latest = publishedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(publishedAt) / 1000 + 86_400
    const before = commits.filter(({ committedAt }) => committedAt <= latest)
    if (commits.length > 0)
      return [...before, ...commits.filter((commit) => !before.includes(commit))].slice(0, mostCommits)
  }
  return []
}

/** The contents that the search will look at, in one request where the history came without them. */
async function bringManifests(repository: Repository, paths: string[]): Promise<void> {
  const flags = ['--format=', '--raw', '--no-abbrev', '--no-renames', '-z']
  const listed = await log(repository, [...flags, '--', ...paths])
  const ids = listed.match(/(?<=^|[\s:])[0-9a-f]{40,64}(?=\s)/g) ?? []
  await bringObjects(
    repository,
    [...new Set(ids)].filter((id) => !/^0+$/.test(id)),
  )
}

async function touching(repository: Repository, version: string, paths: string[]): Promise<ReleaseCommit[]> {
  const line = `"version"[[:space:]]*:[[:space:]]*"${version.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}"`
  const flags = ['--format=%H %ct', '--no-renames', '--no-textconv', '--no-ext-diff', `-G${line}`]
  const found = await log(repository, [...flags, '--', ...paths])
  return found
    .split('\n')
    .flatMap((line) => {
      const [, commit, seconds] = /^([0-9a-f]{40,64}) (\d+)$/.exec(line) ?? []
      return commit === undefined ? [] : [{ commit, committedAt: Number(seconds) }]
    })
    .sort((a, b) => b.committedAt - a.committedAt)
}

async function log({ cache, refs, head }: Repository, args: string[]): Promise<string> {
  const tips = [...new Set([...(head ? [head] : []), ...refs.map(({ commit }) => commit)])]
  const options = { input: `${tips.join('\n')}\n`, limit: historyLimit, timeout: searchTimeout }
  return await cache.run(['log', '--stdin', '--ignore-missing', '--no-show-signature', ...args], options)
}
