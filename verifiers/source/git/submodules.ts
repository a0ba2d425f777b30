import { posix } from 'node:path'
import { Problem } from '../../model/problem.ts'
import type { SourceEvidence } from '../../model/source.ts'
import { parseRepositoryAddress } from '../repository-address.ts'
import { bringCommit } from './bring.ts'
import type { BroughtSubmodule } from './checkout.ts'
import { GitFailure } from './git.ts'
import { type Remote, remoteAt } from './remote.ts'
import { openRepository, type Repository, type RepositoryOptions } from './repository.ts'
import { type GitTree, gitTree } from './tree.ts'

const mostSubmodules = 64
const deepest = 4
const largestGitmodules = 1024 * 1024
/** Longer ones cannot be laid out. */
const longestPath = 4095

export type Submodules = { brought: BroughtSubmodule[]; evidence: SourceEvidence[] }

/**
 * Fetches the commits of all submodules, and of theirs, by the same rules as the repository itself.
 *
 * One that may not be fetched or is out of reach is left out and said so: most hold tests or examples that a release does
 * not need, and a build that does need it fails on its own.
 *
 * @throws {Problem} SOURCE_TOO_LARGE for more than 64 of them or more than 4 levels
 */
export async function bringSubmodules(
  parent: { repository: Repository; commit: string },
  options: Omit<RepositoryOptions, 'remote'>,
): Promise<Submodules> {
  const found: Submodules = { brought: [], evidence: [] }
  const pending = [{ ...parent, prefix: '', depth: 0 }]
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const { repository, commit, prefix, depth } = next
    for (const { path, commit: wanted, address } of await declaredSubmodules(repository, gitTree(repository, commit))) {
      if (found.brought.length >= mostSubmodules || depth >= deepest) throw tooMany()
      const place = posix.join(prefix, path)
      const { submodule, reason, result } = await bringOne({ parent: repository.remote, address, wanted }, options)
      found.evidence.push({
        locator: 'submodule',
        candidate: place.slice(0, 1024),
        result,
        reason: reason.slice(0, 1024),
      })
      if (submodule === undefined) continue
      found.brought.push({ path: place, repository: submodule, commit: wanted })
      pending.push({ repository: submodule, commit: wanted, prefix: place, depth: depth + 1 })
    }
  }
  return found
}

/**
 * The submodules of a commit and the addresses that are meant, whether or not they can be had; none where git cannot read
 * what the commit says of them.
 */
export async function submodulesOf(
  repository: Repository,
  commit: string,
): Promise<{ commit: string; address: string }[]> {
  const declared = await declaredSubmodules(repository, gitTree(repository, commit)).catch((error) => {
    if (error instanceof GitFailure) return []
    throw error
  })
  return declared.slice(0, mostSubmodules).flatMap(({ commit, address }) => {
    const meant = address === undefined ? undefined : meantBy(repository.remote, address)
    return meant === undefined ? [] : [{ commit, address: meant }]
  })
}

type Outcome = { submodule?: Repository; reason: string; result: SourceEvidence['result'] }

async function bringOne(
  { parent, address, wanted }: { parent: Remote; address: string | undefined; wanted: string },
  options: Omit<RepositoryOptions, 'remote'>,
): Promise<Outcome> {
  if (address === undefined) return { result: 'unavailable', reason: '.gitmodules does not say where it comes from.' }
  try {
    const remote = submoduleRemote(parent, address, options)
    const submodule = await openRepository({ ...options, remote })
    await bringCommit(submodule, wanted)
    return { submodule, result: 'accepted', reason: `It is commit ${wanted} of ${remote.repository}.` }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const result = error.code === 'SOURCE_REFUSED' ? 'rejected' : 'unavailable'
    return { result, reason: `It is left out. ${error.message}` }
  }
}

function submoduleRemote(parent: Remote, address: string, { rewrites }: Omit<RepositoryOptions, 'remote'>): Remote {
  return remoteAt(meantBy(parent, address), rewrites)
}

function meantBy(parent: Remote, address: string): string {
  const relative = address.startsWith('./') || address.startsWith('../')
  // A relative address of a local repository would name a folder that the user did not name.
  if (relative && parent.folder === undefined) return resolved(parent.repository, address)
  return parseRepositoryAddress(address)?.url ?? address
}

/** git-submodule(1): relative to the address of the superproject, which counts as a folder. */
function resolved(base: string, relative: string): string {
  return new URL(relative, `${base}/`).href
}

/** The gitlinks of a commit, with what .gitmodules says of each. Read by git itself, from the commit and not from a file. */
async function declaredSubmodules(
  { cache }: Repository,
  tree: GitTree,
): Promise<{ path: string; commit: string; address: string | undefined }[]> {
  const entries = await tree.list()
  const links = entries.filter(({ kind, path }) => kind === 'submodule' && path.length <= longestPath)
  if (links.length === 0) return []
  const file = entries.find(({ path, kind }) => path === '.gitmodules' && kind === 'file')
  const reading = (await tree.readMany(['.gitmodules'], largestGitmodules)).get('.gitmodules')
  const fields =
    file !== undefined && reading !== undefined && reading !== 'too-large'
      ? await cache.run(['config', '--blob', file.id, '-z', '--list'])
      : ''
  const modules = new Map<string, Map<string, string>>()
  for (const field of fields.split('\0')) {
    const [, name, key, value] = /^submodule\.([\s\S]+)\.([a-z]+)\n([\s\S]*)$/.exec(field) ?? []
    if (name === undefined || key === undefined || value === undefined) continue
    modules.set(name, (modules.get(name) ?? new Map()).set(key, value))
  }
  const addresses = new Map([...modules.values()].map((module) => [module.get('path'), module.get('url')]))
  return links.map(({ path, id }) => ({ path, commit: id, address: addresses.get(path) }))
}

function tooMany(): Problem {
  return new Problem(
    'SOURCE_TOO_LARGE',
    `The repository has more than ${mostSubmodules} submodules, or they go deeper than ${deepest}.`,
    {
      hint: 'Give a source without submodules with --source, such as an archive of the release.',
    },
  )
}
