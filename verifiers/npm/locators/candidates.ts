import type { Artifact } from '../../model/artifact.ts'
import { Problem } from '../../model/problem.ts'
import type { Progress } from '../../model/progress.ts'
import type { RemoteRef, Repository } from '../../source/git/repository.ts'
import type { Published } from '../infer/published.ts'
import { rankTags } from '../tags.ts'
import { releaseCommits } from './release-commits.ts'

/** A commit that something named. */
export type Candidate = {
  locator: string
  commit: string
  ref?: RemoteRef
  /** What led to it, one sentence. */
  because: string
  strict?: boolean
  insisted?: boolean
  /** Whether all of the history was searched for it. */
  searched?: boolean
}

export type SearchOptions = {
  artifact: Artifact
  /** The commit that the registry's provenance names, where it names this repository. */
  provenance?: string | undefined
  /** The package's folder, as the metadata has it. */
  directory?: string | undefined
  /** What the user named: then only that is looked at. */
  ref?: string | undefined
  /** What was published, by the hashes of such a repository; without it commits are judged by their package.json alone. */
  published?: ((algorithm: 'sha1' | 'sha256') => Promise<Published | undefined>) | undefined
  progress: Progress
}

/** Release commits that are still looked at when one of them is accepted that asks for other dependencies than was published. */
const mostReleaseCommits = 4

/**
 * From the strongest to the weakest. Once one is accepted, only those that cost little are still compared with it.
 *
 * @param done whether one is accepted, and has what it would have
 * @param settled whether nothing speaks against that one
 */
export async function* candidates(
  repository: Repository,
  options: Omit<SearchOptions, 'published'> & { published: Published | undefined },
  { done, settled }: { done: () => boolean; settled: () => boolean },
): AsyncGenerator<Candidate> {
  const { artifact, directory, provenance, ref } = options
  const { remote } = repository
  const { name, version, claims } = artifact
  if (ref !== undefined) {
    const named = resolveRef(repository, ref)
    yield { locator: 'argument', ...named, because: `${JSON.stringify(ref)} was named by the user`, insisted: true }
    // Nothing else may take the place of what the user asked for.
    if (!done()) return
  }
  if (provenance !== undefined) {
    yield { locator: 'provenance', commit: provenance, because: "the registry's provenance names it" }
  }
  if (isCommit(claims.gitHead)) {
    yield { locator: 'git-head', commit: claims.gitHead, because: "the registry's gitHead names it" }
  }
  const packed = gitHeadIn(options.published?.manifest)
  if (packed !== undefined) {
    yield { locator: 'packed-git-head', commit: packed, because: 'gitHead in the published package.json names it' }
  }
  let extra = 0
  for (const { ref: tag, because, precise } of rankTags(repository.refs, { name, version, directory })) {
    if (done() && (!precise || ++extra > 3)) break
    const shown = JSON.stringify(tag.name.slice('refs/tags/'.length))
    yield {
      locator: 'tag',
      commit: tag.commit,
      ref: tag,
      because: `the tag ${shown} leads to it: ${because}`,
      strict: !precise,
    }
  }
  if (done() || ref !== undefined) return
  if (remote.folder !== undefined && repository.head !== undefined) {
    yield { locator: 'head', commit: repository.head, because: 'it is checked out in the folder', strict: true }
    if (done()) return
  }
  options.progress({ type: 'activity', stage: 'source', text: `searching the history of ${remote.repository}` })
  let more = 0
  for await (const found of releaseCommits(repository, options)) {
    if (done() && (settled() || ++more > mostReleaseCommits)) return
    yield { locator: 'release-commit', ...found, strict: true, searched: true }
  }
}

/** lerna writes it there: https://github.com/lerna/lerna/blob/main/libs/commands/publish/README.md */
function gitHeadIn(manifest: string | undefined): string | undefined {
  try {
    const { gitHead } = JSON.parse(manifest ?? '{}')
    return isCommit(gitHead) ? gitHead : undefined
  } catch {
    return undefined
  }
}

function isCommit(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text)
}

/** A tag before a branch of the same name, as git does it; else a commit's id. */
function resolveRef({ refs, cache }: Repository, name: string): { commit: string; ref?: RemoteRef } {
  for (const full of [name, `refs/${name}`, `refs/tags/${name}`, `refs/heads/${name}`]) {
    const ref = refs.find((ref) => ref.name === full)
    if (ref) return { commit: ref.commit, ref }
  }
  if (isCommit(name)) return { commit: name }
  throw new Problem(
    'SOURCE_REF_NOT_FOUND',
    `${cache.remote.repository} has no tag or branch ${JSON.stringify(name)}.`,
    {
      hint: 'A commit is named by its full id.',
    },
  )
}
