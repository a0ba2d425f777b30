import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../../model/problem.ts'
import { writeFileAtomically } from '../../store/atomic.ts'
import { lockFolder } from '../../store/runs.ts'
import { type GitCall, git } from './git.ts'
import type { Remote } from './remote.ts'
import { type GitSettings, gitSettings, type Rewrite } from './settings.ts'

/** A bare repository that holds what was fetched from one remote so far, shared by all runs. */
export type GitCache = {
  remote: Remote
  folder: string
  /** For commands in it that `run` does not do. */
  settings: GitSettings
  /** For commands elsewhere. */
  outside: GitSettings
  signal: AbortSignal
  /** git in this repository, talking to nobody unless `protocols` says otherwise. */
  run(args: string[], options?: Partial<Pick<GitCall, 'input' | 'limit' | 'timeout' | 'protocols'>>): Promise<string>
  /** git in this repository, allowed to fetch, ended when the repository grows past the limit. */
  fetch(args: string[], options?: { input?: string }): Promise<void>
  /** One process at a time for what changes the boundary of a shallow repository. */
  exclusively<T>(job: () => Promise<T>): Promise<T>
}

export type GitLimits = {
  /** Of the objects of one repository, in bytes. */
  size: number
  /** Of one conversation with a server, in milliseconds. */
  timeout: number
}

export const defaultGitLimits: GitLimits = { size: 4 * 1024 ** 3, timeout: 10 * 60_000 }

export async function openGitCache(options: {
  remote: Remote
  /** Where the caches of all remotes are. */
  folder: string
  rewrites: Rewrite[]
  env: NodeJS.ProcessEnv
  limits: GitLimits
  objectFormat: 'sha1' | 'sha256'
  signal: AbortSignal
}): Promise<GitCache> {
  const { remote, limits, objectFormat, signal } = options
  const settings = await settingsFor(remote, options)
  const key = createHash('sha256')
    .update(`${objectFormat}\n${remote.url}\n${remote.effective}`)
    .digest('hex')
    .slice(0, 32)
  const place = join(options.folder, key)
  const folder = join(place, 'objects.git')
  const own: GitSettings = { ...settings, environment: { ...settings.environment, GIT_DIR: folder } }
  const cache: GitCache = {
    remote,
    folder,
    settings: own,
    outside: settings,
    signal,
    run: (args, more = {}) => git({ args, folder, settings: own, protocols: [], signal, ...more }),
    async fetch(args, { input } = {}) {
      const watch = (abort: (reason: Problem) => void) => watchSize(folder, limits.size, abort)
      await git({ args, folder, settings: own, signal, input, timeout: limits.timeout, watch })
    },
    exclusively: (job) => exclusively(place, folder, signal, job),
  }
  await mkdir(place, { recursive: true })
  const ready = join(place, 'ready')
  if (!(await exists(ready)) || !(await exists(folder)))
    await cache.exclusively(() => prepare(cache, objectFormat, ready))
  return cache
}

/** The surroundings for talking to one remote. */
export async function settingsFor(
  remote: Remote,
  { folder, rewrites, env }: { folder: string; rewrites: Rewrite[]; env: NodeJS.ProcessEnv },
): Promise<GitSettings> {
  const local = remote.effective.replace(/^file:\/\//, '')
  return await gitSettings({
    folder,
    protocols: remote.protocols,
    rewrites,
    env,
    ...(local.startsWith('/') && { trusted: local }),
  })
}

/** Only the mark at the end says that it was done whole; doing it twice does no harm. */
async function prepare(cache: GitCache, objectFormat: string, mark: string): Promise<void> {
  await mkdir(cache.folder, { recursive: true })
  await cache.run(['init', '--quiet', '--bare', '--template=', `--object-format=${objectFormat}`])
  // A named remote is what lets git fetch the files of a commit later, when they are needed.
  await cache.run(['config', 'remote.origin.url', cache.remote.url])
  await writeFileAtomically(mark, '')
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

const lockPatience = 15 * 60_000

async function exclusively<T>(
  place: string,
  repository: string,
  signal: AbortSignal,
  job: () => Promise<T>,
): Promise<T> {
  const until = Date.now() + lockPatience
  for (;;) {
    const release = await lockFolder(place)
    if (release) {
      try {
        await removeLeftovers(repository)
        return await job()
      } finally {
        await release()
      }
    }
    if (Date.now() > until) {
      throw new Problem('SOURCE_UNREACHABLE', 'Another run has been fetching the same repository for 15 minutes.', {
        hint: 'Wait for it or end it, then start this one again.',
      })
    }
    await sleep(100, undefined, { signal })
  }
}

/** What a git that was killed left: its locks would stop the next one, its unfinished packs only take space. */
async function removeLeftovers(repository: string): Promise<void> {
  const packs = join(repository, 'objects', 'pack')
  const unfinished = (await readdir(packs).catch(() => [])).filter((name) => name.startsWith('tmp_'))
  const stale = [
    ...['shallow.lock', 'config.lock', 'HEAD.lock'].map((name) => join(repository, name)),
    ...unfinished.map((name) => join(packs, name)),
  ]
  for (const file of stale) await rm(file, { force: true })
}

function watchSize(repository: string, limit: number, abort: (reason: Problem) => void): () => void {
  let busy = false
  const timer = setInterval(async () => {
    if (busy) return
    busy = true
    const size = await packedSize(join(repository, 'objects', 'pack'))
    busy = false
    if (size > limit) abort(tooLarge(limit))
  }, 200)
  return () => clearInterval(timer)
}

async function packedSize(packs: string): Promise<number> {
  const names = await readdir(packs).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(packs, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

function tooLarge(limit: number): Problem {
  return new Problem('SOURCE_TOO_LARGE', `The repository has more than ${limit} bytes of objects.`, {
    hint: 'Give a smaller source with --source, such as an archive of the release or a local clone.',
  })
}
