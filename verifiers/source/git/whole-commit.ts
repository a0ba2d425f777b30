import { Problem } from '../../model/problem.ts'
import { bringHistory } from './bring.ts'
import { GitFailure } from './git.ts'
import type { Repository } from './repository.ts'

/**
 * The one commit of a repository's history that begins so. No name of the remote is one here, so that no branch can stand in
 * for it.
 *
 * @param start hexadecimal digits
 * @throws {Problem} SOURCE_REF_NOT_FOUND where there is none, or more than one; SOURCE_TOO_LARGE, SOURCE_UNREACHABLE
 */
export async function wholeCommit(repository: Repository, start: string): Promise<string> {
  await bringHistory(repository)
  const { cache } = repository
  const said = await cache.run(['rev-parse', '--verify', '--quiet', `${start}^{commit}`]).catch((error) => {
    if (error instanceof GitFailure) return ''
    throw error
  })
  const commit = said.trim()
  if (commit.startsWith(start)) return commit
  throw new Problem(
    'SOURCE_REF_NOT_FOUND',
    `${cache.remote.repository} has not one commit that begins with ${start}.`,
    {
      hint: 'The lockfile names it by these characters only; it may be gone, or there may be others by now.',
    },
  )
}
