import type { Repository } from './repository.ts'
import { gitTree } from './tree.ts'

/** A commit that brought some of the wanted files, and how many of them its tree has. */
export type ScoredCommit = {
  commit: string
  /** Seconds since 1970. */
  committedAt: number
  score: number
}

export type HistoryQuery = {
  /** Commits whose ancestors are looked at. */
  tips: string[]
  /** Seconds since 1970: nothing older is looked at. */
  since?: number
  /** Paths and the blob ids that they should have. */
  wanted: Map<string, string>
  /** Other ids that would do for some of those paths. */
  also?: ReadonlyMap<string, string>
  /** Where those paths start; without it they count below any folder. */
  folder?: string
}

export type History = {
  /** The ones with the most first, of the same the earliest. */
  commits: ScoredCommit[]
  /** How many commits were looked at. */
  walked: number
  /** Of each wanted path that a commit changed into what is wanted the last such commit. */
  found: Map<string, string>
}

/** Of what git prints, in bytes: a line for each file that a commit changes. */
const printedLimit = 256 * 1024 * 1024
const searchTimeout = 2 * 60_000
/** The whole history of nearly every repository. */
const mostCommits = 100_000
/** Commits whose parents are not looked at are read whole; there are few but in histories made for it. */
const mostWhole = 32

/**
 * Says of each commit that changed one of the wanted files into what is wanted how many of all of them its tree has. It needs commits and folders only, no contents: what a commit has is what its
 * first parent has, and the ids that it changes.
 *
 * @throws {Problem} SOURCE_TOO_LARGE, SOURCE_UNREACHABLE past the time
 */
export async function scoreHistory(repository: Repository, query: HistoryQuery): Promise<History> {
  const { tips, since } = query
  const flags = ['--stdin', '--ignore-missing', '--no-show-signature', '--topo-order', '--reverse', '-z', '--raw']
  const detail = ['--no-abbrev', '--no-renames', '--diff-merges=first-parent', '--root', '--format=%x01%H %ct %P']
  const bounds = [`--max-count=${mostCommits}`, ...(since === undefined ? [] : [`--since=${isoTime(since)}`])]
  const printed = await repository.cache.run(['log', ...flags, ...detail, ...bounds], {
    input: `${[...new Set(tips)].join('\n')}\n`,
    limit: printedLimit,
    timeout: searchTimeout,
  })
  const scores = new Map<string, number>()
  const commits: ScoredCommit[] = []
  const found = new Map<string, string>()
  let whole = 0
  for (const { commit, committedAt, parent, changes } of readLog(printed)) {
    let gain = 0
    for (const { before, after, path } of changes) {
      const [gained, lost] = [wantedPath(path, after, query), wantedPath(path, before, query)]
      gain += (gained === undefined ? 0 : 1) - (lost === undefined ? 0 : 1)
      if (gained !== undefined) found.set(gained, commit)
    }
    const before = parent === undefined ? 0 : scores.get(parent)
    const isWhole = before === undefined && ++whole <= mostWhole
    const score = isWhole ? await scoreOf(repository, commit, query) : (before ?? 0) + gain
    scores.set(commit, score)
    if (gain > 0 || isWhole) commits.push({ commit, committedAt, score })
  }
  commits.sort((a, b) => b.score - a.score || a.committedAt - b.committedAt)
  return { commits, walked: scores.size, found }
}

type Change = { before: string; after: string; path: string }
type LoggedCommit = { commit: string; committedAt: number; parent: string | undefined; changes: Change[] }

/** With -z each line ends in a zero byte; ours about a commit begin with a byte that git writes nowhere else. */
function* readLog(printed: string): Generator<LoggedCommit> {
  let current: LoggedCommit | undefined
  let change: Omit<Change, 'path'> | undefined
  for (const token of tokens(printed)) {
    if (change) {
      current?.changes.push({ ...change, path: token })
      change = undefined
      continue
    }
    const line = token.replace(/^\n+/, '')
    if (line.startsWith('\x01')) {
      if (current) yield current
      const [commit = '', seconds, parent] = line.slice(1).trim().split(' ')
      current = { commit, committedAt: Number(seconds), parent, changes: [] }
    } else if (line.startsWith(':')) {
      const [, , before = '', after = ''] = line.split(' ')
      change = { before, after }
    }
  }
  if (current) yield current
}

function* tokens(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\0', start)
    yield text.slice(start, end < 0 ? text.length : end)
    start = end < 0 ? text.length : end + 1
  }
}

/** The path as it is wanted, where it has the id that it should have. */
function wantedPath(path: string, id: string, { wanted, also, folder }: HistoryQuery): string | undefined {
  const isWanted = (inside: string) => wanted.get(inside) === id || also?.get(inside) === id
  if (folder !== undefined) {
    if (folder !== '' && !path.startsWith(`${folder}/`)) return undefined
    const inside = path.slice(prefixLength(folder))
    return isWanted(inside) ? inside : undefined
  }
  for (let start = 0; ; ) {
    const inside = path.slice(start)
    if (isWanted(inside)) return inside
    const slash = path.indexOf('/', start)
    if (slash < 0) return undefined
    start = slash + 1
  }
}

function prefixLength(folder: string): number {
  return folder === '' ? 0 : folder.length + 1
}

async function scoreOf(repository: Repository, commit: string, query: HistoryQuery): Promise<number> {
  const entries = await gitTree(repository, commit).list()
  return entries.filter(({ path, id }) => wantedPath(path, id, query) !== undefined).length
}

function isoTime(seconds: number): string {
  return new Date(Math.max(0, seconds) * 1000).toISOString()
}
