import type { Artifact } from '../../model/artifact.ts'
import { Problem } from '../../model/problem.ts'
import type { Progress } from '../../model/progress.ts'
import type { SourceEvidence } from '../../model/source.ts'
import { bringCommit } from '../../source/git/bring.ts'
import type { CommitInfo, Repository } from '../../source/git/repository.ts'
import { gitTree } from '../../source/git/tree.ts'
import type { Published } from '../infer/published.ts'
import { findPackageFolder, type PackageFolder } from '../package-folder.ts'
import { tagAt } from '../tags.ts'
import { type Candidate, candidates, type SearchOptions } from './candidates.ts'
import { changedFiles, describeLikeness, isComplete, isUnlike, type Likeness, likenessOf, listed } from './likeness.ts'
import { type Neighbours, neighbouringCommits } from './neighbours.ts'

export type Accepted = {
  candidate: Candidate
  info: CommitInfo
  folder: PackageFolder
  likeness?: Likeness
  /** Its package.json has another version, and only what was published says why. */
  excused: boolean
}

export type BestOptions = SearchOptions & { artifact: Artifact; progress: Progress }

/**
 * The commit with the most of what was published, of those that something names and that have this package with this
 * version; of the same the one that the stronger locator names, or that asks for more of the same dependencies. What became of each is added to `evidence`.
 */
export async function bestCommit(
  repository: Repository,
  options: BestOptions,
  evidence: SourceEvidence[],
): Promise<Accepted | undefined> {
  const algorithm = repository.refs[0]?.commit.length === 64 ? 'sha256' : 'sha1'
  const published = await options.published?.(algorithm)
  const context: CheckContext = { repository, options, published, algorithm, seen: new Map() }
  let best: { accepted: Accepted; told: SourceEvidence } | undefined
  const consider = async (candidate: Candidate): Promise<void> => {
    const checked = await check(candidate, context)
    if ('rejected' in checked) {
      evidence.push(told(candidate, checked.result, checked.rejected))
    } else if (best === undefined) {
      best = { accepted: checked, told: told(candidate, 'accepted', acceptedReason(checked)) }
      evidence.push(best.told)
    } else if (candidate.commit === best.accepted.candidate.commit) {
      evidence.push(told(candidate, 'agrees', `${candidate.because}.`))
    } else if (isNearer(checked, best.accepted)) {
      Object.assign(best.told, disagreement(best.accepted, checked))
      best = { accepted: checked, told: told(candidate, 'accepted', acceptedReason(checked)) }
      evidence.push(best.told)
    } else {
      evidence.push({ ...told(candidate, 'disagrees', ''), ...disagreement(checked, best.accepted) })
    }
  }
  const progress = {
    done: () => best !== undefined && !isDoubtful(best.accepted),
    settled: () => !best?.accepted.likeness?.otherDependencies,
  }
  for await (const candidate of candidates(repository, { ...options, published }, progress)) {
    await consider(candidate)
  }
  if (best && published && mayBeElsewhere(best.accepted)) {
    const look = { ...options, published, nearest: best.accepted }
    let found = await neighbouringCommits(repository, look)
    for (const candidate of found.candidates) await consider(candidate)
    if (isChanged(best.accepted)) {
      found = await neighbouringCommits(repository, { ...look, nearest: best.accepted, far: true })
      for (const candidate of found.candidates) await consider(candidate)
    }
    const after = searched(best.accepted, found)
    if (after) evidence.push(after)
  }
  return best?.accepted
}

type CheckContext = {
  repository: Repository
  options: BestOptions
  published: Published | undefined
  algorithm: 'sha1' | 'sha256'
  /** Several locators name the same commit. */
  seen: Map<string, Accepted>
}

type Rejected = { rejected: string; result: 'rejected' | 'unavailable' }

async function check(candidate: Candidate, context: CheckContext): Promise<Accepted | Rejected> {
  const { repository, options, published, algorithm } = context
  const { commit, ref, strict = false, insisted = false } = candidate
  const known = context.seen.get(commit)
  if (known) return { ...known, candidate }
  options.progress({ type: 'activity', stage: 'source', text: `looking at ${commit.slice(0, 12)}` })
  let info: CommitInfo
  try {
    info = await bringCommit(
      repository,
      commit,
      ref ?? tagAt(commit, repository.refs, { ...options.artifact, directory: options.directory }),
    )
  } catch (error) {
    const missing = error instanceof Problem && error.code === 'SOURCE_REF_NOT_FOUND' && !insisted
    if (!missing) throw error
    return { result: 'unavailable', rejected: `${candidate.because}, but the repository does not have it.` }
  }
  const tree = gitTree(repository, commit)
  const likenesses = new Map<string, Promise<Likeness>>()
  const likeness = (directory: string) => {
    const kept = published && (likenesses.get(directory) ?? likenessOf({ published, tree, directory, algorithm }))
    if (kept) likenesses.set(directory, kept)
    return kept
  }
  const { name, version } = options.artifact
  let excused = false
  const folder = await findPackageFolder(tree, {
    name,
    version,
    directory: options.directory,
    strict,
    insisted,
    closeness: async (directory) => (await likeness(directory))?.match.same ?? 0,
    excuse: async (directory, said) => {
      const excuse = excuseOf(await likeness(directory), said, strict)
      excused = excuse !== undefined
      return excuse
    },
  })
  if ('rejected' in folder) {
    const near = await likeness(folder.directory ?? options.directory ?? '')
    const said = near ? `; ${describeLikeness(near)}` : ''
    return { result: 'rejected', rejected: `${candidate.because}, but ${folder.rejected}${said}.` }
  }
  const found = await likeness(folder.directory)
  if (found && !insisted && isUnlike(found)) {
    const reason = 'nothing that was published is there, not one file and not its package.json but for the name'
    return { result: 'rejected', rejected: `${candidate.because}, but ${reason}.` }
  }
  const accepted: Accepted = { candidate, info, folder, excused, ...(found && { likeness: found }) }
  context.seen.set(commit, accepted)
  return accepted
}

/** Why a package.json with another version is good enough: what was published says that only the version was written. */
function excuseOf(likeness: Likeness | undefined, said: string, strict: boolean): string | undefined {
  if (likeness?.manifest !== 'version' || (strict && !isComplete(likeness))) return undefined
  return `package.json has ${said}; the published one is the same but for the version, which was written to publish it`
}

/** Of commits that only a search has found what package.json asks for decides between those with as many files. */
function isNearer(one: Accepted, other: Accepted): boolean {
  const [more, least] = [sameFiles(one), sameFiles(other)]
  if (more !== least || !one.candidate.searched || !other.candidate.searched) return more > least
  return (one.likeness?.otherDependencies ?? 0) < (other.likeness?.otherDependencies ?? 0)
}

function sameFiles({ likeness }: Accepted): number {
  return likeness?.match.same ?? 0
}

/** What the source has with other bytes than were published may be right in a commit before or after it. */
function mayBeElsewhere({ candidate, likeness, excused }: Accepted): boolean {
  if (likeness === undefined || candidate.insisted || candidate.searched) return false
  return isChanged({ likeness }) || excused
}

/** The tag may be of another package of the repository, whose version came by earlier. */
function isDoubtful(accepted: Accepted): boolean {
  return accepted.excused && isChanged(accepted)
}

function isChanged({ likeness }: Pick<Accepted, 'likeness'>): boolean {
  return likeness !== undefined && changedFiles(likeness).length > 0
}

function acceptedReason({ candidate, folder, likeness }: Accepted): string {
  const said = folder.manifest.exception ?? 'package.json there has this name and version'
  return `${candidate.because}; ${said}${likeness ? `; ${describeLikeness(likeness)}` : ''}.`
}

/** What is said of a valid commit that is not the one taken. */
function disagreement(other: Accepted, taken: Accepted): Pick<SourceEvidence, 'result' | 'reason'> {
  const { candidate, likeness } = other
  const isTag = candidate.ref?.name.startsWith('refs/tags/') ?? false
  const more = sameFiles(taken) > sameFiles(other)
  const moved = isTag && more ? ', so that the tag was moved, or set on another commit than was published' : ''
  const score = likeness ? `; ${describeLikeness(likeness)}` : ''
  const apart = likeness?.otherDependencies ?? 0
  const isApart = !more && isNearer(taken, other)
  const asks = `it asks for ${apart} of its dependencies in other ranges than the published package.json`
  const than = more
    ? `${taken.info.commit} has more of them`
    : isApart
      ? asks
      : 'it is another commit than the one taken'
  return { result: 'disagrees', reason: `${candidate.because}${score}; ${than}${moved}.`.slice(0, 1024) }
}

function searched({ likeness, info }: Accepted, found: Neighbours): SourceEvidence | undefined {
  const left = likeness === undefined ? [] : changedFiles(likeness)
  const about = (result: SourceEvidence['result'], reason: string): SourceEvidence => ({
    locator: 'published-files',
    candidate: info.commit,
    result,
    reason: reason.slice(0, 1024),
  })
  if (found.problem !== undefined)
    return about('unavailable', `The commits around it were not searched: ${found.problem}`)
  if (left.length === 0) return undefined
  const none = `None of ${found.walked} commits around it has more of the published files`
  return about('unavailable', `${none}; ${listed(left)} ${left.length === 1 ? 'has' : 'have'} other bytes in it.`)
}

function told({ locator, commit, ref }: Candidate, result: SourceEvidence['result'], reason: string): SourceEvidence {
  const candidate = ref === undefined ? commit : `${ref.name} = ${commit}`
  return { locator, candidate: candidate.slice(0, 1024), result, reason: reason.slice(0, 1024) }
}
