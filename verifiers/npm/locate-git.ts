import type { Artifact, Release } from '../model/artifact.ts'
import { Problem } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import type { Source, SourceEvidence } from '../model/source.ts'
import { bringCommit } from '../source/git/bring.ts'
import { type BroughtSubmodule, checkoutCommit } from '../source/git/checkout.ts'
import { blamingDamage, fetchingAnew } from '../source/git/damage.ts'
import type { Remote } from '../source/git/remote.ts'
import {
  openRepository,
  type RemoteRef,
  type Repository,
  type RepositoryOptions,
  tagKind,
} from '../source/git/repository.ts'
import { bringSubmodules } from '../source/git/submodules.ts'
import { gitTree } from '../source/git/tree.ts'
import { type WorkingChanges, workingChanges } from '../source/git/working-changes.ts'
import { type LocatedSource, locatedSource } from '../source/located.ts'
import { type Accepted, bestCommit } from './locators/best-commit.ts'
import type { SearchOptions } from './locators/candidates.ts'
import { historyAround } from './locators/neighbours.ts'
import { versionBefore } from './locators/version-before.ts'
import { rankTags, tagAt } from './tags.ts'

export type GitSource = Extract<Source, { kind: 'git' }>

export type GitOptions = Omit<RepositoryOptions, 'remote'> & { artifact: Artifact; progress: Progress }

type SearchInRepository = GitOptions & SearchOptions & { remote: Remote }

/**
 * Finds the commit of one repository that the artifact was published from.
 *
 * @throws {Problem} SOURCE_REF_NOT_FOUND, SOURCE_TAG_MISMATCH when tags of the version are there and none of them is of this
 * package, SOURCE_VERSION_NOT_FOUND; `details.evidence` has what was tried
 */
export async function locateInRepository(options: SearchInRepository): Promise<LocatedSource> {
  return await fetchingAnew(() => search(options))
}

async function search(options: SearchInRepository): Promise<LocatedSource> {
  const { remote, progress } = options
  progress({ type: 'activity', stage: 'source', text: `listing ${remote.repository}` })
  const repository = await openRepository(options)
  const evidence: SourceEvidence[] = []
  return await blamingDamage(repository.cache, async () => {
    const accepted = await bestCommit(repository, options, evidence).catch((error) => {
      throw error instanceof Problem ? withEvidence(error, evidence) : error
    })
    if (accepted === undefined) throw notFound(repository, options, evidence)
    return await located(repository, accepted, evidence, options)
  })
}

/** Lays out, without any search, the commit that a recipe names. */
export async function restoreCommit(source: RecordedSource, options: RestoreOptions): Promise<LocatedSource> {
  return await fetchingAnew(async () => {
    const repository = await openRepository(options)
    return await blamingDamage(repository.cache, () => restore(repository, source, options))
  })
}

type RecordedSource = Omit<GitSource, 'evidence' | 'manifest'> & Partial<Pick<GitSource, 'evidence' | 'manifest'>>
type RestoreOptions = Omit<GitOptions, 'artifact'> & { remote: Remote; remoteOf: (address: string) => Remote }

async function restore(
  repository: Repository,
  source: RecordedSource,
  options: RestoreOptions,
): Promise<LocatedSource> {
  const tag =
    source.tag === 'none' || source.ref === undefined ? undefined : restoredTag(repository, source.ref, source.commit)
  const info = await bringCommit(repository, source.commit, tag)
  if (info.tree !== source.tree) {
    throw new Problem(
      'SOURCE_DIGEST_MISMATCH',
      `The commit ${source.commit} has the tree ${info.tree}, not ${source.tree}.`,
      {
        hint: 'The recipe does not belong to this repository.',
      },
    )
  }
  const submodules: BroughtSubmodule[] = []
  for (const { path, repository: address, commit } of source.submodules) {
    const submodule = await openRepository({ ...options, remote: options.remoteOf(address) })
    await bringCommit(submodule, commit)
    submodules.push({ path, repository: submodule, commit })
  }
  const whole: GitSource = { ...source, evidence: source.evidence ?? [], manifest: source.manifest ?? {} }
  return locatedCommit(repository, whole, tag, submodules)
}

/** A tag that is gone or was moved since is made anew, as a lightweight one: the commit is what was recorded. */
function restoredTag({ refs }: Repository, name: string, commit: string): RemoteRef {
  return refs.find((ref) => ref.name === name && ref.commit === commit) ?? { name, commit }
}

/** A commit that a folder's owner has checked out, and what the folder has otherwise. */
export type CheckedOut = { located: LocatedSource; changes: WorkingChanges }

/**
 * The commit that is checked out in a folder; the package's own folder in it is known.
 *
 * @throws {Problem} SOURCE_EMPTY for a repository without any commit
 */
export async function locateCheckedOut(options: CheckedOutOptions): Promise<CheckedOut> {
  return await fetchingAnew(async () => {
    const { remote, directory, artifact } = options
    const repository = await openRepository(options)
    const { head } = repository
    if (head === undefined || remote.folder === undefined) throw noCommit()
    const { folder: root } = remote
    return await blamingDamage(repository.cache, async () => {
      const info = await bringCommit(repository, head)
      const folder = { directory, manifest: { name: artifact.name, version: artifact.version }, found: 'it was named' }
      const candidate = { locator: 'argument', commit: head, because: 'It is checked out' }
      return {
        located: await located(repository, { candidate, info, folder }, [], options),
        changes: await workingChanges(repository, head, root),
      }
    })
  })
}

type CheckedOutOptions = Omit<GitOptions, 'artifact'> & { artifact: Release; remote: Remote; directory: string }

function noCommit(): Problem {
  return new Problem('SOURCE_EMPTY', 'The repository has no commit yet.', { hint: 'Make the first one.' })
}

async function located(
  repository: Repository,
  { candidate, info, folder }: Pick<Accepted, 'candidate' | 'info' | 'folder'>,
  evidence: SourceEvidence[],
  options: Omit<GitOptions, 'artifact'> & { artifact: Release },
): Promise<LocatedSource> {
  const { ref } = candidate
  const isTag = ref?.name.startsWith('refs/tags/') ?? false
  // The tag is part of what git describe and release scripts see, however the commit was found.
  const agreeing = isTag
    ? ref
    : tagAt(info.commit, repository.refs, { ...options.artifact, directory: folder.directory })
  if (agreeing) await bringCommit(repository, info.commit, agreeing)
  const { brought, evidence: ofSubmodules } = await bringSubmodules({ repository, commit: info.commit }, options)
  const place = folder.directory === '' ? '.' : folder.directory
  const source: GitSource = {
    kind: 'git',
    repository: repository.remote.repository,
    commit: info.commit,
    ...((agreeing ?? ref) && { ref: (agreeing ?? ref)?.name ?? '' }),
    committedAt: info.committedAt,
    tag: agreeing ? await tagKind(repository, agreeing) : 'none',
    submodules: brought.map(({ path, repository, commit }) => ({
      path,
      repository: repository.remote.repository,
      commit,
    })),
    directory: folder.directory,
    tree: info.tree,
    manifest: folder.manifest,
    evidence: [
      ...evidence,
      {
        locator: 'directory',
        candidate: place.slice(0, 1024),
        result: 'accepted' as const,
        reason: `${folder.found}.`,
      },
      ...ofSubmodules,
    ].slice(0, 256),
  }
  return locatedCommit(repository, source, agreeing, brought)
}

function locatedCommit(
  repository: Repository,
  source: GitSource,
  tag: RemoteRef | undefined,
  submodules: BroughtSubmodule[],
): LocatedSource {
  const located = locatedSource(source, gitTree(repository, source.commit), (into, options) =>
    blamingDamage(repository.cache, () =>
      checkoutCommit({ repository, source, ...(tag && { tag }), submodules, into, ...options }),
    ),
  )
  const center = { ...source, version: source.manifest.version }
  let before: Promise<string | undefined> | undefined
  return {
    ...located,
    findInHistory: (wanted) => historyAround(repository, center, { wanted, folder: source.directory }),
    // Asked for with each value that could be it.
    versionBefore: () => (before ??= versionBefore(repository, source)),
  }
}

function notFound(
  { refs }: Repository,
  { artifact: { name, version }, directory, remote }: SearchInRepository,
  evidence: SourceEvidence[],
): Problem {
  // A tag that only has the version in it is rather another package's.
  const tagged = rankTags(refs, { name, version, directory }).some(({ precise }) => precise)
  const named = evidence.some(({ locator }) => locator === 'argument')
  const details = { evidence }
  const where = remote.folder === undefined ? remote.repository : 'The folder'
  if (named || tagged) {
    const last = evidence.find(({ locator }) => locator === (named ? 'argument' : 'tag'))
    return new Problem('SOURCE_TAG_MISMATCH', `${where} has no commit of ${name}@${version}: ${last?.reason ?? ''}`, {
      hint: 'Name the right commit with --source git+<url>#<ref>.',
      details,
    })
  }
  return new Problem('SOURCE_VERSION_NOT_FOUND', `${where} has no tag and no commit of ${name}@${version}.`, {
    hint: 'Name the commit with --source git+<url>#<ref>, or give another source.',
    details,
  })
}

/** The same problem, with what was tried before it in its details. */
export function withEvidence(problem: Problem, earlier: SourceEvidence[]): Problem {
  const { code, message, hint, details } = problem
  const evidence = [...earlier, ...evidenceOf(problem)]
  return new Problem(code, message, { ...(hint && { hint }), details: { ...details, evidence }, cause: problem.cause })
}

export function evidenceOf({ details }: Problem): SourceEvidence[] {
  const { evidence } = details as { evidence?: SourceEvidence[] }
  return evidence ?? []
}
