import { Problem } from '../../model/problem.ts'
import { type GitCache, type GitLimits, openGitCache, settingsFor } from './cache.ts'
import { GitFailure, git } from './git.ts'
import type { Remote } from './remote.ts'
import type { Rewrite } from './settings.ts'

/** A branch or tag of the remote. */
export type RemoteRef = {
  /** In full: `refs/tags/v1.2.3`. */
  name: string
  /** The commit it leads to. */
  commit: string
  /** The tag object, where there is one. */
  tagObject?: string
}

export type CommitInfo = {
  commit: string
  tree: string
  /** ISO 8601, UTC. */
  committedAt: string
}

export type Repository = {
  remote: Remote
  cache: GitCache
  refs: RemoteRef[]
  /** The commit that HEAD leads to, where it was asked for. */
  head: string | undefined
  signal: AbortSignal
}

export type RepositoryOptions = {
  remote: Remote
  /** Where caches are kept. */
  folder: string
  rewrites: Rewrite[]
  env: NodeJS.ProcessEnv
  limits: GitLimits
  signal: AbortSignal
}

/** Some repositories on GitHub have 100,000 branches and tags. */
const refListLimit = 64 * 1024 * 1024
const refListTimeout = 60_000

/**
 * Lists what the remote has, and opens the cache for it. Nothing is fetched yet.
 *
 * @throws {Problem} SOURCE_UNREACHABLE for a repository that is gone, private or out of reach (git hosts answer the same
 * for all three), SOURCE_EMPTY for one without any commit
 */
export async function openRepository(options: RepositoryOptions): Promise<Repository> {
  const { remote, folder, signal } = options
  const settings = await settingsFor(remote, options)
  const ask = async (flags: string[], patterns: string[]) => {
    const args = ['ls-remote', ...flags, '--', remote.url, ...patterns]
    const timeout = Math.min(refListTimeout, options.limits.timeout)
    return await git({ args, folder, settings, signal, limit: refListLimit, timeout }).catch((error) => {
      throw error instanceof GitFailure ? unreachable(remote, error) : error
    })
  }
  const refs = parseRefs(await ask(['--heads', '--tags'], []))
  // A folder's HEAD is what its owner has checked out; anywhere else it only says which branch is shown first.
  const asked = remote.folder !== undefined || refs.length === 0 ? await ask([], ['HEAD']) : ''
  const head = /^([0-9a-f]{40,64})\tHEAD$/m.exec(asked)?.[1]
  const some = refs[0]?.commit ?? head
  if (some === undefined) {
    throw new Problem('SOURCE_EMPTY', `The repository ${remote.repository} is empty.`, {
      hint: 'Give another source with --source.',
    })
  }
  const cache = await openGitCache({ ...options, objectFormat: some.length === 64 ? 'sha256' : 'sha1' })
  return { remote, cache, refs, head, signal }
}

/** Lines of `git ls-remote`; a second line `name^{}` says what an annotated tag leads to. */
export function parseRefs(listed: string): RemoteRef[] {
  const refs = new Map<string, RemoteRef>()
  for (const line of listed.split('\n')) {
    const [, id, name, peeled] = /^([0-9a-f]{40}|[0-9a-f]{64})\t(refs\/.+?)(\^\{\})?$/.exec(line) ?? []
    if (id === undefined || name === undefined) continue
    const known = refs.get(name)
    if (peeled !== undefined && known) refs.set(name, { name, commit: id, tagObject: known.commit })
    else refs.set(name, { name, commit: id })
  }
  return [...refs.values()]
}

/**
 * Makes the commit and its trees available, with as little as the server allows: this commit alone without the contents
 * of its files, else by the branch or tag that leads to it, else all history without contents, else everything.
 *
 * @throws {Problem} SOURCE_REF_NOT_FOUND when the repository does not have it, SOURCE_TOO_LARGE, SOURCE_UNREACHABLE
 */
export async function bringCommit(repository: Repository, commit: string, via?: RemoteRef): Promise<CommitInfo> {
  const { cache, refs, signal } = repository
  const known = await commitInfo(repository, commit)
  if (known && (via?.tagObject === undefined || (await has(cache, via.tagObject)))) return known
  return await cache.exclusively(async () => {
    const alone = ['--depth=1', '--filter=blob:none']
    const ref = via ?? refs.find((ref) => ref.commit === commit)
    const ways: { flags: string[]; wanted: string[] }[] = [
      { flags: alone, wanted: [via?.tagObject ?? commit] },
      ...(ref ? [{ flags: alone, wanted: [ref.name] }] : []),
      { flags: ['--filter=blob:none'], wanted: tips(repository) },
      { flags: ['--refetch', '--no-filter'], wanted: tips(repository) },
    ]
    let last: unknown
    for (const { flags, wanted } of ways) {
      try {
        await fetchInto(cache, flags, wanted)
      } catch (error) {
        if (!(error instanceof GitFailure)) throw error
        last = error
      }
      signal.throwIfAborted()
      const info = await commitInfo(repository, commit)
      if (info) return info
    }
    throw new Problem('SOURCE_REF_NOT_FOUND', `The repository ${cache.remote.repository} has no commit ${commit}.`, {
      hint: 'It may have been rewritten since. Name another commit with --source git+<url>#<ref>.',
      cause: last,
    })
  })
}

/** Makes the whole history available: commits and folders, no contents where the server can leave them out. */
export async function bringHistory(repository: Repository): Promise<void> {
  const { cache } = repository
  await cache.exclusively(async () => {
    const shallow = (await cache.run(['rev-parse', '--is-shallow-repository'])).trim() === 'true'
    const flags = ['--filter=blob:none', ...(shallow ? ['--unshallow'] : [])]
    await fetchInto(cache, flags, tips(repository)).catch((error) => {
      throw error instanceof GitFailure ? unreachable(cache.remote, error) : error
    })
  })
}

/** Makes the contents of files available, all with one request. Where that is refused, git asks for each when it is read. */
export async function bringObjects(repository: Repository, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await fetchInto(repository.cache, ['--filter=blob:none'], ids).catch((error) => {
    if (!(error instanceof GitFailure)) throw error
  })
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

async function has(cache: GitCache, id: string): Promise<boolean> {
  return await cache.run(['cat-file', '-e', id]).then(
    () => true,
    (error) => {
      if (error instanceof GitFailure) return false
      throw error
    },
  )
}

/** What the commit says, if it is here. Its folders are then here as well: they come together. */
export async function commitInfo({ cache }: Repository, commit: string): Promise<CommitInfo | undefined> {
  try {
    const format = ['--no-patch', '--no-show-signature', '--format=%H %T %ct']
    const shown = await cache.run(['log', '--max-count=1', ...format, commit, '--'])
    const [id, tree, seconds] = shown.trim().split(' ')
    if (id !== commit || tree === undefined) return undefined
    return { commit, tree, committedAt: isoTime(Number(seconds)) }
  } catch (error) {
    if (error instanceof GitFailure) return undefined
    throw error
  }
}

/** Commits may carry any number; what no calendar has is taken as the beginning. */
function isoTime(seconds: number): string {
  const last = Date.UTC(9999, 11, 31) / 1000
  return new Date(seconds >= 0 && seconds <= last ? seconds * 1000 : 0).toISOString()
}

/** Whether a tag carries a signature: git puts it at the end of the tag's text (gitformat-signature(5)). */
export async function tagKind(repository: Repository, ref: RemoteRef): Promise<'signed' | 'annotated' | 'lightweight'> {
  if (ref.tagObject === undefined) return 'lightweight'
  const text = await repository.cache.run(['cat-file', 'tag', ref.tagObject], { limit: 4 * 1024 * 1024 })
  const signed = /^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----$/m
  return signed.test(text) ? 'signed' : 'annotated'
}

function unreachable(remote: Remote, failure: GitFailure): Problem {
  const what = remote.folder === undefined ? `The repository ${remote.repository}` : 'The folder'
  return new Problem(
    'SOURCE_UNREACHABLE',
    `${what} cannot be read: it is gone, private, out of reach, or no repository.`,
    {
      hint: 'Check the address, or give the source with --source: a local clone, an archive, or a Debian source package.',
      details: { git: failure.said },
      cause: failure,
    },
  )
}
