import type { Artifact } from '../../model/artifact.ts'
import { Problem } from '../../model/problem.ts'
import type { Progress } from '../../model/progress.ts'
import { bringBack, bringSince } from '../../source/git/bring.ts'
import { type History, type HistoryQuery, scoreHistory } from '../../source/git/history.ts'
import type { RemoteRef, Repository } from '../../source/git/repository.ts'
import { type Published, unixBlobs } from '../infer/published.ts'
import { laterTags } from '../tags.ts'
import type { Accepted } from './best-commit.ts'
import type { Candidate } from './candidates.ts'

export type Neighbours = {
  /** Commits that have more of what was published, the most first. */
  candidates: Candidate[]
  /** How many commits were looked at. */
  walked: number
  /** Why none were, where the repository did not let us. */
  problem?: string
}

/** Before the commit that is named: a tag that was set late, or moved. */
const daysBefore = 30
/** Where nothing that is so near has all of the source's files: a tag that was set when the release was long out. */
const farBack = { days: 730, steps: 1000 }
/** Each is validated, which costs a request. */
const mostNeighbours = 4
const mostBranches = 4

type NeighbourOptions = { artifact: Artifact; published: Published; nearest: Accepted; progress: Progress }

/** Looks around a commit for those that have more of the published files; `far`, as far back as that is worth it. */
export async function neighbouringCommits(
  repository: Repository,
  options: NeighbourOptions & { far?: boolean },
): Promise<Neighbours> {
  const { artifact, published, nearest, progress, far = false } = options
  const { commit, committedAt } = nearest.info
  const text = `looking ${far ? 'far back from' : 'around'} ${commit.slice(0, 12)}`
  progress({ type: 'activity', stage: 'source', text })
  const center = { commit, committedAt, ref: nearest.candidate.ref?.name, version: artifact.version }
  const wanted = new Map(published.files.map(({ path, blob }) => [path, blob]))
  try {
    const query = { wanted, also: unixBlobs(published), folder: nearest.folder.directory }
    const { commits, walked } = await historyAround(repository, center, query, far)
    const before = nearest.likeness?.match.same ?? 0
    const better = commits.filter(({ score }) => score > before).slice(0, mostNeighbours)
    return {
      walked,
      candidates: better.map(({ commit }) => ({
        locator: 'published-files',
        commit,
        because: 'more of the published files are in it',
        strict: nearest.folder.manifest.exception === undefined,
      })),
    }
  } catch (error) {
    if (!(error instanceof Problem) || !error.code.startsWith('SOURCE_')) throw error
    return { candidates: [], walked: 0, problem: error.message }
  }
}

/**
 * What was committed before and after a commit, as far as the next releases; before it shortly, or `far` back.
 *
 * @throws {Problem} SOURCE_TOO_LARGE, SOURCE_UNREACHABLE
 */
export async function historyAround(
  repository: Repository,
  center: { commit: string; committedAt: string; ref?: string | undefined; version?: string | undefined },
  wanted: Pick<HistoryQuery, 'wanted' | 'also' | 'folder'>,
  far = false,
): Promise<History> {
  const { commit, committedAt, ref = '', version = '' } = center
  const tagged = laterTags(repository.refs, ref, version)
  const later = tagged.length > 0 ? tagged : mainBranches(repository.refs)
  const tips = [commit, ...later.map(({ commit }) => commit)]
  const near = secondsBefore(committedAt, daysBefore)
  await bringSince(repository, tips, near)
  if (far) await bringBack(repository, commit, farBack.steps)
  const since = far ? secondsBefore(committedAt, farBack.days) : near
  return await scoreHistory(repository, { ...wanted, tips, since })
}

function secondsBefore(moment: string, days: number): number {
  return Math.max(0, Math.floor(Date.parse(moment) / 1000) - days * 86_400)
}

const usual = /^refs\/heads\/(?:main|master|trunk|develop(?:ment)?|dev|next|latest|stable|v?\d+(?:\.x)*|release.*)$/

function mainBranches(refs: RemoteRef[]): RemoteRef[] {
  const branches = refs.filter(({ name }) => name.startsWith('refs/heads/'))
  const likely = branches.filter(({ name }) => usual.test(name))
  return (likely.length > 0 ? likely : branches).slice(0, mostBranches)
}
