import { lstat, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../model/problem.ts'
import type { Source } from '../../model/source.ts'
import { settleLayout } from '../layout.ts'
import { bringObjects, refusedObjects } from './bring.ts'
import { GitFailure, git } from './git.ts'
import type { RemoteRef, Repository } from './repository.ts'
import type { GitSettings } from './settings.ts'
import { type GitEntry, gitTree } from './tree.ts'

type GitSource = Extract<Source, { kind: 'git' }>

/** A submodule that was found and can be laid out. */
export type BroughtSubmodule = { path: string; repository: Repository; commit: string }

/**
 * Lays a commit out as a fresh clone of depth 1 would: a repository of its own with this commit, detached, and its tag, so
 * that `git describe` works in it; and nothing of the host's configuration in it.
 *
 * @param options.into a folder that is empty or does not exist yet
 * @param options.umask octal; the modes are those of this umask, whatever the process's own is
 * @throws {Problem} SOURCE_REFUSED when git will not lay the commit out, because a path in it is one of its own;
 * SOURCE_INCOMPLETE when the server lacks files of it
 */
export async function checkoutCommit(options: {
  repository: Repository
  source: GitSource
  tag?: RemoteRef
  submodules: BroughtSubmodule[]
  into: string
  umask: string
}): Promise<void> {
  const { repository, source, tag, submodules, into, umask } = options
  await mkdir(into, { recursive: true })
  await populate({ repository, commit: source.commit, into, ...(tag && { tag }) })
  for (const submodule of submodules) {
    const place = join(into, submodule.path)
    // git has made an empty folder for it; anything else is not what the commit says.
    if (!(await lstat(place)).isDirectory()) continue
    await populate({ repository: submodule.repository, commit: submodule.commit, into: place })
  }
  await settleLayout(into, { umask, time: new Date(source.committedAt), except: '.git' })
  // The index remembers times and modes, which have just been changed.
  await inCheckout(repository, into, ['update-index', '-q', '--refresh'])
}

async function populate(options: {
  repository: Repository
  commit: string
  tag?: RemoteRef
  into: string
}): Promise<void> {
  const { repository, commit, tag, into } = options
  const { cache, remote } = repository
  const files = (await gitTree(repository, commit).list()).filter(({ kind }) => kind !== 'submodule')
  await bringObjects(repository, [...new Set(files.map(({ id }) => id))])
  const format = commit.length === 64 ? 'sha256' : 'sha1'
  await inCheckout(repository, into, ['init', '--quiet', '--template=', `--object-format=${format}`])
  if (remote.folder === undefined)
    await inCheckout(repository, into, ['config', 'remote.origin.url', remote.repository])
  const wanted = [commit, ...(tag ? [`+${tag.tagObject ?? commit}:${tag.name}`] : [])]
  const flags = ['--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--stdin']
  try {
    await inCheckout(repository, into, ['fetch', ...flags, `file://${cache.folder}`], `${wanted.join('\n')}\n`)
    await inCheckout(repository, into, ['checkout', '--quiet', '--force', '--detach', commit])
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    const refused = new Set(await refusedObjects(repository, [...new Set(files.map(({ id }) => id))]))
    if (refused.size > 0)
      throw incomplete(
        repository,
        commit,
        files.filter(({ id }) => refused.has(id)),
        error,
      )
    throw new Problem('SOURCE_REFUSED', `git could not lay out the commit ${commit} of ${remote.repository}.`, {
      hint: 'A file of it has a name that git does not allow. Give another source with --source.',
      details: { git: error.said },
      cause: error,
    })
  }
}

function incomplete({ remote }: Repository, commit: string, missing: GitEntry[], cause: GitFailure): Problem {
  const shown = missing.slice(0, 3).map(({ path }) => path.slice(0, 200))
  const paths =
    missing.length > shown.length ? `${shown.join(', ')} and ${missing.length - shown.length} more` : shown.join(', ')
  return new Problem(
    'SOURCE_INCOMPLETE',
    `The server of ${remote.repository} does not have all files of the commit ${commit}: ${paths}.`,
    {
      hint: 'Give the same commit from a server that has all of it, or an archive of it, with --source.',
      details: { git: cause.said },
      cause,
    },
  )
}

async function inCheckout({ cache, signal }: Repository, into: string, args: string[], input?: string): Promise<void> {
  const environment = { ...cache.outside.environment, GIT_DIR: join(into, '.git'), GIT_WORK_TREE: into }
  const settings: GitSettings = { environment, protocols: ['file'] }
  await git({ args, folder: into, settings, signal, input })
}
