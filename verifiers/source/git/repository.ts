import { Problem } from '../../model/problem.ts'
import { type GitCache, type GitLimits, openGitCache, settingsFor } from './cache.ts'
import { GitFailure, git } from './git.ts'
import type { Remote } from './remote.ts'
import type { Rewrite } from './settings.ts'
import type { GitEntry } from './tree.ts'

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
  /** What was read of commits, which never change: starting git takes longer than what it does here. */
  known: KnownCommits
  signal: AbortSignal
}

export type KnownCommits = { infos: Map<string, CommitInfo>; listings: Map<string, Promise<Map<string, GitEntry>>> }

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
  return { remote, cache, refs, head, known: { infos: new Map(), listings: new Map() }, signal }
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

/** What the commit says, if it is here. Its folders are then here as well: they come together. */
export async function commitInfo({ cache, known }: Repository, commit: string): Promise<CommitInfo | undefined> {
  const before = known.infos.get(commit)
  if (before) return before
  try {
    const format = ['--no-patch', '--no-show-signature', '--format=%H %T %ct']
    const shown = await cache.run(['log', '--max-count=1', ...format, commit, '--'])
    const [id, tree, seconds] = shown.trim().split(' ')
    if (id !== commit || tree === undefined) return undefined
    const info = { commit, tree, committedAt: isoTime(Number(seconds)) }
    known.infos.set(commit, info)
    return info
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

export function unreachable(remote: Remote, failure: GitFailure): Problem {
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
