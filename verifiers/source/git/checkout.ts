import { appendFile, lstat, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Problem } from '../../model/problem.ts'
import type { Source } from '../../model/source.ts'
import { removeTree } from '../../store/remove.ts'
import { settleLayout } from '../layout.ts'
import { bringObjects, refusedObjects } from './bring.ts'
import { GitFailure, git } from './git.ts'
import type { RemoteRef, Repository } from './repository.ts'
import { type GitSettings, quoted } from './settings.ts'
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
 * @param options.lost told of each file that the server has lost; it is left out, and git takes it for unchanged
 * @throws {Problem} SOURCE_REFUSED when git will not lay the commit out, because a path in it is one of its own;
 * SOURCE_INCOMPLETE when the server lacks files of it, and nobody is told of them, or they are too many
 */
export async function checkoutCommit(options: {
  repository: Repository
  source: GitSource
  tag?: RemoteRef
  submodules: BroughtSubmodule[]
  into: string
  umask: string
  lost?: (path: string) => void
}): Promise<void> {
  const { repository, source, tag, submodules, into, umask, lost } = options
  await mkdir(into, { recursive: true })
  await populate({ repository, commit: source.commit, into, ...(tag && { tag }), ...(lost && { lost }) })
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
  lost?: (path: string) => void
  isAgain?: boolean
}): Promise<void> {
  const { repository, commit, tag, into, lost, isAgain = false } = options
  const { cache, remote } = repository
  const files = (await gitTree(repository, commit).list()).filter(({ kind }) => kind !== 'submodule')
  const mark = wholeMark(repository, commit)
  const wasWhole = await isThere(mark)
  if (!wasWhole) await bringObjects(repository, [...new Set(files.map(({ id }) => id))])
  const format = commit.length === 64 ? 'sha256' : 'sha1'
  await inCheckout(repository, into, ['init', '--quiet', '--template=', `--object-format=${format}`])
  if (remote.folder === undefined)
    await appendFile(join(into, '.git', 'config'), `[remote "origin"]\n\turl = ${quoted(remote.repository)}\n`)
  const wanted = [commit, ...(tag ? [`+${tag.tagObject ?? commit}:${tag.name}`] : [])]
  const flags = ['--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--stdin']
  try {
    await inCheckout(repository, into, ['fetch', ...flags, `file://${cache.folder}`], `${wanted.join('\n')}\n`)
    await inCheckout(repository, into, ['checkout', '--quiet', '--force', '--detach', commit])
    if (!wasWhole) await writeFile(mark, '')
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    if (wasWhole) {
      await Promise.all([rm(mark, { force: true }), removeTree(join(into, '.git'))])
      return await populate(options)
    }
    const refused = new Set(await refusedObjects(repository, [...new Set(files.map(({ id }) => id))]))
    const missing = files.filter(({ id }) => refused.has(id))
    // All of them are here now: another run that was bringing them at the same time had been in the way.
    if (missing.length === 0 && !isAgain) {
      await removeTree(join(into, '.git'))
      return await populate({ ...options, isAgain: true })
    }
    if (lost && missing.length > 0 && missing.length <= mostLost) {
      await populateWithout(missing, options)
      for (const { path } of missing) lost(path)
      return
    }
    if (missing.length > 0) throw incomplete(repository, commit, missing, error)
    throw new Problem('SOURCE_REFUSED', `git could not lay out the commit ${commit} of ${remote.repository}.`, {
      hint: 'What git says of it is in the report; it may be a file whose name it does not allow. Give another source with --source.',
      details: { git: error.said },
      cause: error,
    })
  }
}

/** Says that all files of a commit are here, so that git need not be asked. */
function wholeMark({ cache }: Repository, commit: string): string {
  return join(dirname(cache.folder), `whole-${commit}`)
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  )
}

/** With more of them gone, what is left is hardly that source. */
const mostLost = 100

/**
 * The same without files that nobody has, which git would not fetch and not check out: all other objects are packed by hand,
 * and the index says of these files that they are not wanted here.
 */
async function populateWithout(
  missing: GitEntry[],
  { repository, commit, tag, into }: Parameters<typeof populate>[0],
): Promise<void> {
  const { cache } = repository
  const reachable = ['rev-list', '--objects', '--no-object-names', '--missing=allow-any', '--max-count=1', commit]
  const gone = new Set(missing.map(({ id }) => id))
  const listed = (await cache.run(reachable)).split('\n').filter((id) => id !== '' && !gone.has(id))
  const objects = [...(tag?.tagObject === undefined ? [] : [tag.tagObject]), ...listed]
  const pack = join(into, '.git', 'objects', 'pack', 'pack')
  await cache.run(['pack-objects', '--quiet', pack], { input: `${objects.join('\n')}\n` })
  await writeFile(join(into, '.git', 'shallow'), `${commit}\n`)
  await inCheckout(repository, into, ['update-ref', '--no-deref', 'HEAD', commit])
  if (tag) await inCheckout(repository, into, ['update-ref', tag.name, tag.tagObject ?? commit])
  await inCheckout(repository, into, ['read-tree', commit])
  const paths = missing.map(({ path }) => `${path}\0`).join('')
  await inCheckout(repository, into, ['update-index', '-z', '--skip-worktree', '--stdin'], paths)
  await inCheckout(repository, into, ['checkout-index', '--all', '--force', '--quiet'])
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
