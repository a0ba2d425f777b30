import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Problem } from '../../model/problem.ts'
import { bringCommit, bringObjects } from './bring.ts'
import { GitFailure, git } from './git.ts'
import type { Repository } from './repository.ts'
import { gitTree } from './tree.ts'

/**
 * Writes the files of a commit as a tar archive, below a folder of the given name, as hosts of code pack them: without what
 * its `.gitattributes` leave out of exports.
 *
 * @throws {Problem} SOURCE_REF_NOT_FOUND, SOURCE_INCOMPLETE, SOURCE_TOO_LARGE, SOURCE_UNREACHABLE
 */
export async function archiveCommit(
  repository: Repository,
  commit: string,
  { prefix, into }: { prefix: string; into: string },
): Promise<void> {
  await bringWhole(repository, commit)
  const args = ['archive', '--format=tar', `--prefix=${prefix}/`, `--output=${into}`, commit]
  await repository.cache.run(args).catch((error) => {
    throw error instanceof GitFailure ? incomplete(repository, commit, error) : error
  })
}

/** Some commits of a repository, each without what came before it, for git's clients to fetch. */
export type Offer = {
  /** What git-upload-pack(1) says to one request of gitprotocol-http(5). */
  answer(request: { advertise: boolean; protocol: string | undefined; body: Buffer; signal: AbortSignal }): Readable
}

/**
 * @param folder a new one, with a repository that has nothing of its own but where objects are
 * @throws {Problem} as archiveCommit does
 */
export async function offerCommits(repository: Repository, commits: string[], folder: string): Promise<Offer> {
  const { cache, signal } = repository
  for (const commit of commits) await bringWhole(repository, commit)
  await mkdir(folder, { recursive: true })
  const settings = { environment: { ...cache.outside.environment, GIT_DIR: folder }, protocols: [] }
  const run = (args: string[]) => git({ args, folder, settings, signal })
  const format = commits[0]?.length === 64 ? 'sha256' : 'sha1'
  await run(['init', '--quiet', '--bare', '--template=', '--initial-branch=pinned-0', `--object-format=${format}`])
  await mkdir(join(folder, 'objects', 'info'), { recursive: true })
  await writeFile(join(folder, 'objects', 'info', 'alternates'), `${join(cache.folder, 'objects')}\n`)
  await writeFile(join(folder, 'shallow'), commits.map((commit) => `${commit}\n`).join(''))
  for (const [index, commit] of commits.entries()) await run(['update-ref', `refs/heads/pinned-${index}`, commit])
  const { GIT_DIR: _, ...environment } = settings.environment
  return {
    answer({ advertise, protocol, body, signal }) {
      const args = ['upload-pack', '--strict', '--stateless-rpc', ...(advertise ? ['--advertise-refs'] : []), folder]
      const env = {
        ...environment,
        GIT_ALLOW_PROTOCOL: 'none',
        ...(protocol !== undefined && /^version=[012]$/.test(protocol) && { GIT_PROTOCOL: protocol }),
      }
      const child = spawn('git', args, { cwd: folder, env, signal, stdio: ['pipe', 'pipe', 'ignore'] })
      child.once('error', (error) => child.stdout.destroy(error))
      // It may end before it has read all that it was told.
      child.stdin.on('error', () => {}).end(body)
      return child.stdout
    },
  }
}

async function bringWhole(repository: Repository, commit: string): Promise<void> {
  await bringCommit(repository, commit)
  const files = (await gitTree(repository, commit).list()).filter(({ kind }) => kind !== 'submodule')
  const ids = [...new Set(files.map(({ id }) => id))]
  if (await allHere(repository, ids)) return
  await bringObjects(repository, ids)
  if (!(await allHere(repository, ids))) throw incomplete(repository, commit)
}

async function allHere({ cache }: Repository, ids: string[]): Promise<boolean> {
  if (ids.length === 0) return true
  const args = ['cat-file', '--batch-check=%(objecttype)']
  const said = await cache.run(args, { input: `${ids.join('\n')}\n` }).catch((error) => {
    // What an older git says of an object that it would have to fetch.
    if (error instanceof GitFailure) return ''
    throw error
  })
  return said.split('\n').filter((type) => type === 'blob').length === ids.length
}

function incomplete({ remote }: Repository, commit: string, cause?: GitFailure): Problem {
  return new Problem(
    'SOURCE_INCOMPLETE',
    `The server of ${remote.repository} does not have all files of the commit ${commit}.`,
    { hint: 'The build depends on it; without these files it cannot be installed.', ...(cause && { cause }) },
  )
}
