import { readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Problem } from '../../model/problem.ts'
import { removeTree } from '../../store/remove.ts'
import type { GitCache } from './cache.ts'
import { GitFailure } from './git.ts'

/**
 * Does `work`. Where it fails, and what is kept of the repository here turns out to be damaged, that is thrown away, and
 * the damage is said instead of blaming the repository.
 *
 * @throws {Problem} STORE_DAMAGED, and whatever `work` throws
 */
export async function blamingDamage<Result>(cache: GitCache, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    cache.signal.throwIfAborted()
    if (!(await isDamaged(cache))) throw error
    await discard(cache)
    throw new Problem('STORE_DAMAGED', `What was kept here of ${cache.remote.repository} was damaged.`, {
      hint: 'It was thrown away. Run the command again: it is fetched anew.',
      cause: error,
    })
  }
}

/** Does `work` again when what was kept turned out to be damaged; twice in a row, the disk does not keep what it is given. */
export async function fetchingAnew<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'STORE_DAMAGED') throw error
    return await work()
  }
}

/**
 * A repository that git cannot open or that no longer knows its server, a pack that is not what its index says, or a
 * boundary of commits that are gone.
 */
async function isDamaged(cache: GitCache): Promise<boolean> {
  const packs = join(cache.folder, 'objects', 'pack')
  try {
    await cache.run(['rev-parse', '--is-bare-repository'])
    const knows = await cache.run(['config', '--local', '--get', 'remote.origin.url'])
    if (knows.trim() !== cache.remote.url) return true
    const names = (await readdir(packs)).filter((name) => name.endsWith('.pack'))
    for (const name of names) await cache.run(['verify-pack', join(packs, name.replace(/pack$/, 'idx'))])
    const shallow = await readFile(join(cache.folder, 'shallow'), 'utf8').catch(() => '')
    // git would wait for what it is to look up.
    if (shallow === '') return false
    const found = await cache.run(['cat-file', '--batch-check=%(objecttype)'], { input: shallow })
    return found.split('\n').some((type) => type !== '' && type !== 'commit')
  } catch (error) {
    if (error instanceof GitFailure || (error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
}

async function discard(cache: GitCache): Promise<void> {
  await cache.exclusively(async () => {
    // Without the mark, whoever comes next begins from nothing.
    await rm(join(dirname(cache.folder), 'ready'), { force: true })
    await removeTree(cache.folder)
  })
}
