import type { Artifact } from '../../model/artifact.ts'
import { bringHistory, bringObjects } from '../../source/git/bring.ts'
import { scoreHistory } from '../../source/git/history.ts'
import type { Repository } from '../../source/git/repository.ts'
import { type Published, unixBlobs } from '../infer/published.ts'
import { manifestPath } from '../manifest.ts'

/** Every one of them is validated, which costs a request. */
const mostCommits = 16
const mostByFiles = 8
const historyLimit = 256 * 1024 * 1024
const searchTimeout = 2 * 60_000

/**
 * Searches the whole history: first for the commits that brought the most of the published files, which takes no contents;
 * then for those that touched this version in a package.json, where the package is known to be and after that anywhere,
 * the newest first.
 */
export async function* releaseCommits(
  repository: Repository,
  options: { artifact: Artifact; directory?: string | undefined; published: Published | undefined },
): AsyncGenerator<{ commit: string; because: string }> {
  const { artifact, directory, published } = options
  const { version, claims } = artifact
  await bringHistory(repository)
  if (published) {
    const wanted = new Map(published.files.map(({ path, blob }) => [path, blob]))
    const { commits } = await scoreHistory(repository, { tips: tipsOf(repository), wanted, also: unixBlobs(published) })
    for (const { commit } of commits.slice(0, mostByFiles)) yield { commit, because: 'the published files lead to it' }
  }
  const known = [...new Set([directory ?? '', ''])].map((folder) => `:(top,literal)${manifestPath(folder)}`)
  for (const paths of [known, [':(top,glob)**/package.json']]) {
    await bringManifests(repository, paths)
    const commits = await touching(repository, version, paths)
    // What was committed after the publication cannot have been published; clocks and time zones may be a day off.
    const latest =
      claims.publishedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(claims.publishedAt) / 1000 + 86_400
    const before = commits.filter(({ committedAt }) => committedAt <= latest)
    const ordered = [...before, ...commits.filter((commit) => !before.includes(commit))].slice(0, mostCommits)
    for (const { commit } of ordered) yield { commit, because: `it touches ${version} in a package.json` }
  }
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

/** `committedAt` in seconds since 1970. */
type TouchingCommit = { commit: string; committedAt: number }

async function touching(repository: Repository, version: string, paths: string[]): Promise<TouchingCommit[]> {
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

function tipsOf({ refs, head }: Repository): string[] {
  return [...new Set([...(head ? [head] : []), ...refs.map(({ commit }) => commit)])]
}

async function log(repository: Repository, args: string[]): Promise<string> {
  const options = { input: `${tipsOf(repository).join('\n')}\n`, limit: historyLimit, timeout: searchTimeout }
  return await repository.cache.run(['log', '--stdin', '--ignore-missing', '--no-show-signature', ...args], options)
}
