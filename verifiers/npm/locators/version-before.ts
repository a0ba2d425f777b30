import { bringSince } from '../../source/git/bring.ts'
import type { Repository } from '../../source/git/repository.ts'
import { gitTree } from '../../source/git/tree.ts'
import { readSourceManifests } from '../manifest.ts'

/** A release commit comes seconds after what it releases, but a branch may have waited. In seconds. */
const daysBefore = 60 * 86_400

/**
 * The version that package.json of a folder had in the commit before this one.
 *
 * @throws {Problem} SOURCE_TOO_LARGE, SOURCE_UNREACHABLE
 */
export async function versionBefore(
  repository: Repository,
  { commit, committedAt, directory }: { commit: string; committedAt: string; directory: string },
): Promise<string | undefined> {
  await bringSince(repository, [commit], Math.max(0, Math.floor(Date.parse(committedAt) / 1000) - daysBefore))
  const listed = await repository.cache.run(['rev-list', '--max-count=1', '--parents', commit])
  const [, parent] = listed.trim().split(' ')
  if (parent === undefined) return undefined
  const reading = (await readSourceManifests(gitTree(repository, parent), [directory])).get(directory)
  return reading && 'manifest' in reading ? reading.manifest.version : undefined
}
