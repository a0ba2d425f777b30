import { readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Problem } from '../../model/problem.ts'
import { writeFileAtomically } from '../../store/atomic.ts'
import type { GitCache } from './cache.ts'
import { GitFailure } from './git.ts'
import { type CommitInfo, commitInfo, type RemoteRef, type Repository, unreachable } from './repository.ts'

/**
 * Makes the commit and its folders available, with as little as the server allows: this commit alone without the contents
 * of its files, else by the branch or tag that leads to it, else all history without contents.
 *
 * @param via a tag whose object is wanted too
 * @throws {Problem} SOURCE_REF_NOT_FOUND when the repository does not have it, SOURCE_TOO_LARGE, SOURCE_UNREACHABLE
 */
export async function bringCommit(repository: Repository, commit: string, via?: RemoteRef): Promise<CommitInfo> {
  const { cache, refs } = repository
  const tag = via?.tagObject
  const present = async () => {
    const info = await commitInfo(repository, commit)
    return info && (tag === undefined || (await has(cache, tag))) ? info : undefined
  }
  const known = await present()
  if (known) return known
  return await cache.exclusively(async () => {
    const ref = via ?? refs.find((ref) => ref.commit === commit)
    const wanted = [[tag ?? commit], ...(ref ? [[ref.name]] : [])]
    for (const one of wanted) {
      await fetchAlone(cache, one)
      const info = await present()
      if (info) return info
    }
    await fetchHistory(repository, tag === undefined ? [] : [tag])
    const info = await present()
    if (info) return info
    throw new Problem('SOURCE_REF_NOT_FOUND', `The repository ${cache.remote.repository} has no commit ${commit}.`, {
      hint: 'It may have been rewritten since. Name another commit with --source git+<url>#<ref>.',
    })
  })
}

/**
 * Makes the whole history available: commits and folders, no contents where the server can leave them out.
 *
 * @throws {Problem} SOURCE_TOO_LARGE, SOURCE_UNREACHABLE
 */
export async function bringHistory(repository: Repository): Promise<void> {
  await repository.cache.exclusively(() => fetchHistory(repository))
}

/**
 * Makes what leads to some commits available back to a time: commits and folders, no contents where the server can leave
 * them out.
 *
 * @param since seconds since 1970
 * @throws {Problem} SOURCE_TOO_LARGE, SOURCE_UNREACHABLE
 */
export async function bringSince(repository: Repository, tips: string[], since: number): Promise<void> {
  await bringCut(repository, tips, `--shallow-since=${new Date(since * 1000).toISOString()}`)
}

/**
 * Makes what leads to a commit available as far as a number of steps: commits and folders, no contents where the server can
 * leave them out. A history that is cut at a time ends at every merge of which one side is older; this one does not.
 *
 * @throws {Problem} SOURCE_TOO_LARGE, SOURCE_UNREACHABLE
 */
export async function bringBack(repository: Repository, tip: string, steps: number): Promise<void> {
  await bringCut(repository, [tip], `--depth=${steps}`)
}

/** Makes the contents of files available, all with one request. What the server refuses shows when it is read. */
export async function bringObjects({ cache }: Repository, ids: string[]): Promise<void> {
  if (ids.length > 0) await succeeded(fetchInto(cache, ['--filter=blob:none'], ids))
}

/** One request each. */
const mostRequests = 160

/**
 * Which of some objects the server does not have, found by halves: for one that it lacks it refuses all that are asked for
 * together. Those that it has are here afterwards, as far as the number of requests goes.
 */
export async function refusedObjects({ cache }: Repository, ids: string[]): Promise<string[]> {
  let requests = 0
  const refusedOf = async (some: string[]): Promise<string[]> => {
    if (some.length === 0 || ++requests > mostRequests) return []
    if (await succeeded(fetchInto(cache, ['--filter=blob:none'], some))) return []
    const half = some.length >> 1
    return half === 0 ? some : [...(await refusedOf(some.slice(0, half))), ...(await refusedOf(some.slice(half)))]
  }
  return await refusedOf(ids)
}

async function fetchAlone(cache: GitCache, wanted: string[]): Promise<boolean> {
  const done = await succeeded(fetchInto(cache, ['--depth=1', '--filter=blob:none'], wanted))
  if (done) await writeFileAtomically(smartMark(cache), '')
  return done
}

async function bringCut(repository: Repository, tips: string[], cut: string): Promise<void> {
  const { cache } = repository
  await cache.exclusively(async () => {
    if (!(await isShallow(cache)) && (await everyOne(tips, (tip) => has(cache, tip)))) return
    await requireSmart(repository)
    await forgetUnsent(cache)
    await fetchInto(cache, ['--filter=blob:none', cut], tips).catch((error) => {
      throw error instanceof GitFailure ? unreachable(cache.remote, error) : error
    })
  })
}

/**
 * A server that cuts a history also names ends of it that it does not send, those behind a merge that is an end itself.
 * Where the history is made longer, git looks for them here, and fails.
 */
async function forgetUnsent(cache: GitCache): Promise<void> {
  const file = join(cache.folder, 'shallow')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const ends = text.split('\n').filter((line) => line !== '')
  if (ends.length === 0) return
  const input = `${ends.join('\n')}\n`
  const types = (await cache.run(['cat-file', '--batch-check=%(objecttype)'], { input })).split('\n')
  const sent = ends.filter((_, index) => types[index] === 'commit')
  if (sent.length === ends.length) return
  if (sent.length === 0) await rm(file)
  else await writeFileAtomically(file, `${sent.join('\n')}\n`)
}

async function fetchHistory(repository: Repository, more: string[] = []): Promise<void> {
  const { cache } = repository
  await requireSmart(repository)
  await forgetUnsent(cache)
  const flags = ['--filter=blob:none', ...((await isShallow(cache)) ? ['--unshallow'] : [])]
  await fetchInto(cache, flags, [...tips(repository), ...more]).catch((error) => {
    throw error instanceof GitFailure ? unreachable(cache.remote, error) : error
  })
}

/**
 * A server that only offers its files (git's dumb protocol) knows neither depth nor filters, and asked for a filter, git
 * would start itself again for every object that is missing, without end. One that has once answered for a single commit
 * is another.
 */
async function requireSmart({ cache, refs, head }: Repository): Promise<void> {
  const known = await stat(smartMark(cache)).then(
    () => true,
    () => false,
  )
  const some = refs[0]?.commit ?? head
  if (known || (some !== undefined && (await fetchAlone(cache, [some])))) return
  throw new Problem('SOURCE_UNREACHABLE', `The server of ${cache.remote.repository} cannot give a single commit.`, {
    hint: 'It may speak an old protocol only. Clone it, and give the clone with --source.',
  })
}

function smartMark({ folder }: GitCache): string {
  return join(dirname(folder), 'smart')
}

/** Every commit that something points to. Wanted by id: names of a remote never become names here. */
function tips({ refs, head }: Repository): string[] {
  return [...new Set([...(head ? [head] : []), ...refs.map((ref) => ref.commit)])]
}

async function fetchInto(cache: GitCache, flags: string[], wanted: string[]): Promise<void> {
  const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance']
  const args = ['-c', 'fetch.negotiationAlgorithm=noop', 'fetch', ...quiet, ...flags, '--stdin', 'origin']
  await cache.fetch(args, { input: `${wanted.join('\n')}\n` })
}

async function isShallow(cache: GitCache): Promise<boolean> {
  return (await cache.run(['rev-parse', '--is-shallow-repository'])).trim() === 'true'
}

async function everyOne<T>(values: T[], holds: (value: T) => Promise<boolean>): Promise<boolean> {
  for (const value of values) if (!(await holds(value))) return false
  return true
}

async function has(cache: GitCache, id: string): Promise<boolean> {
  return await succeeded(cache.run(['cat-file', '-e', id]))
}

/** Whether git did it; every other failure than git's own goes on. */
async function succeeded(command: Promise<unknown>): Promise<boolean> {
  try {
    await command
    return true
  } catch (error) {
    if (error instanceof GitFailure) return false
    throw error
  }
}
