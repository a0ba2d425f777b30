import { join } from 'node:path'
import { Problem } from '../../model/problem.ts'
import { temporaryFolder } from '../../store/temporary.ts'
import { bringObjects } from './bring.ts'
import { GitFailure, git } from './git.ts'
import type { Repository } from './repository.ts'
import { gitTree } from './tree.ts'

/** What a work tree has otherwise than a commit, ignored files apart. */
export type WorkingChanges = {
  /** Files and links with other content, or that the commit does not have. */
  present: string[]
  /** Those that only the commit has. */
  gone: string[]
}

/**
 * Compares a work tree with a commit that was brought into the cache. The repository's own configuration has no part in
 * it: git looks at the files with an index of its own, and runs no filter, hook or monitor.
 *
 * @param root of the work tree
 * @throws {Problem} SOURCE_REFUSED where git cannot do it; SOURCE_TOO_LARGE, SOURCE_UNREACHABLE past the time
 */
export async function workingChanges(repository: Repository, commit: string, root: string): Promise<WorkingChanges> {
  // What line ends a file has in the commit decides how git looks at it in the folder.
  const files = (await gitTree(repository, commit).list()).filter(({ kind }) => kind !== 'submodule')
  await bringObjects(repository, [...new Set(files.map(({ id }) => id))])
  try {
    return await compare(repository, commit, root)
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    throw new Problem('SOURCE_REFUSED', 'git cannot compare the folder with the commit that is checked out.', {
      hint: 'See what git said in the details; `git status` in the folder may say more.',
      details: { git: error.said },
      cause: error,
    })
  }
}

async function compare(repository: Repository, commit: string, root: string): Promise<WorkingChanges> {
  const { cache, signal } = repository
  await using temporary = await temporaryFolder('reproof-index-')
  const environment = {
    ...cache.settings.environment,
    GIT_WORK_TREE: root,
    GIT_INDEX_FILE: join(temporary.path, 'index'),
  }
  const settings = { ...cache.settings, environment }
  const run = (...args: string[]) => git({ args, folder: root, settings, protocols: [], signal })
  await run('read-tree', commit)
  await run('update-index', '-q', '--refresh')
  const changed = (await run('diff-files', '--name-status', '-z', '--ignore-submodules=all')).split('\0')
  const others = (await run('ls-files', '--others', '--exclude-standard', '-z')).split('\0')
  const changes: WorkingChanges = { present: [], gone: [] }
  for (let index = 0; index + 1 < changed.length; index += 2) {
    const [status, path = ''] = [changed[index], changed[index + 1]]
    changes[status === 'D' ? 'gone' : 'present'].push(path)
  }
  // A folder stands for a repository of its own; what was installed is installed anew.
  changes.present.push(
    ...others.filter((path) => path !== '' && !path.endsWith('/') && !path.split('/').includes('node_modules')),
  )
  return changes
}
