import type { Artifact } from '../../model/artifact.ts'
import { Problem } from '../../model/problem.ts'
import type { Progress } from '../../model/progress.ts'
import { bringSince } from '../../source/git/bring.ts'
import { type History, type HistoryQuery, scoreHistory } from '../../source/git/history.ts'
import type { RemoteRef, Repository } from '../../source/git/repository.ts'
import type { Published } from '../infer/published.ts'
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
/** Each is validated, which costs a request. */
const mostNeighbours = 4
const mostBranches = 4

/** Looks around a commit for those that have more of the published files. */
export async function neighbouringCommits(
  repository: Repository,
  options: { artifact: Artifact; published: Published; nearest: Accepted; progress: Progress },
): Promise<Neighbours> {
  const { artifact, published, nearest, progress } = options
  const { commit, committedAt } = nearest.info
  progress({ type: 'activity', stage: 'source', text: `looking around ${commit.slice(0, 12)}` })
  const center = { commit, committedAt, ref: nearest.candidate.ref?.name, version: artifact.version }
  const wanted = new Map(published.files.map(({ path, blob }) => [path, blob]))
  try {
    const { commits, walked } = await historyAround(repository, center, { wanted, folder: nearest.folder.directory })
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
 * What was committed shortly before and after a commit, as far as the next releases.
 *
 * @throws {Problem} SOURCE_TOO_LARGE, SOURCE_UNREACHABLE
 */
export async function historyAround(
  repository: Repository,
  center: { commit: string; committedAt: string; ref?: string | undefined; version?: string | undefined },
  wanted: Pick<HistoryQuery, 'wanted' | 'folder'>,
): Promise<History> {
  const { commit, committedAt, ref = '', version = '' } = center
  const tagged = laterTags(repository.refs, ref, version)
  const later = tagged.length > 0 ? tagged : mainBranches(repository.refs)
  const tips = [commit, ...later.map(({ commit }) => commit)]
  const since = Math.max(0, Math.floor(Date.parse(committedAt) / 1000) - daysBefore * 86_400)
  await bringSince(repository, tips, since)
  return await scoreHistory(repository, { ...wanted, tips, since })
}

const usual = /^refs\/heads\/(?:main|master|trunk|develop(?:ment)?|dev|next|latest|stable|v?\d+(?:\.x)*|release.*)$/

function mainBranches(refs: RemoteRef[]): RemoteRef[] {
  const branches = refs.filter(({ name }) => name.startsWith('refs/heads/'))
  const likely = branches.filter(({ name }) => usual.test(name))
  return (likely.length > 0 ? likely : branches).slice(0, mostBranches)
}
