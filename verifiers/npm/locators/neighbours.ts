import type { Artifact } from '../../model/artifact.ts'
import { Problem } from '../../model/problem.ts'
import type { Progress } from '../../model/progress.ts'
import { bringSince } from '../../source/git/bring.ts'
import { scoreHistory } from '../../source/git/history.ts'
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

/**
 * Looks through what was committed shortly before and after a commit, as far as the next releases, for those that have
 * more of the published files.
 */
export async function neighbouringCommits(
  repository: Repository,
  options: { artifact: Artifact; published: Published; nearest: Accepted; progress: Progress },
): Promise<Neighbours> {
  const { artifact, published, nearest, progress } = options
  const { commit, committedAt } = nearest.info
  progress({ type: 'activity', stage: 'source', text: `looking around ${commit.slice(0, 12)}` })
  const tips = [commit, ...laterCommits(repository, nearest, artifact.version)]
  const since = Math.max(0, Math.floor(Date.parse(committedAt) / 1000) - daysBefore * 86_400)
  try {
    await bringSince(repository, tips, since)
    const wanted = new Map(published.files.map(({ path, blob }) => [path, blob]))
    const { commits, walked } = await scoreHistory(repository, {
      tips,
      since,
      wanted,
      folder: nearest.folder.directory,
    })
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

function laterCommits({ refs }: Repository, { candidate }: Accepted, version: string): string[] {
  const tagged = candidate.ref === undefined ? [] : laterTags(refs, candidate.ref.name, version)
  const later = tagged.length > 0 ? tagged : mainBranches(refs)
  return later.map(({ commit }) => commit)
}

const usual = /^refs\/heads\/(?:main|master|trunk|develop(?:ment)?|dev|next|latest|stable|v?\d+(?:\.x)*|release.*)$/

function mainBranches(refs: RemoteRef[]): RemoteRef[] {
  const branches = refs.filter(({ name }) => name.startsWith('refs/heads/'))
  const likely = branches.filter(({ name }) => usual.test(name))
  return (likely.length > 0 ? likely : branches).slice(0, mostBranches)
}
