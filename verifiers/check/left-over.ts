import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { listRuns, lockFolder, type Run } from '../store/runs.ts'

/** Takes trees out of the way, and removes them when there is time. */
export type Discard = (paths: string[]) => Promise<void>

/** What every build begins with, in the run's folder: `work` and `home`. */
const sharedFolder = 'shared'

export const sharedIn = ({ folder }: Pick<Run, 'folder'>) => join(folder, sharedFolder)

/** Removes what was installed, so that half of it is never taken for the whole. */
export async function removeShared(run: Pick<Run, 'folder'>, discard: Discard): Promise<void> {
  const gone = `${sharedIn(run)}.gone`
  await discard([gone])
  await rename(sharedIn(run), gone).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await discard([gone])
}

/**
 * Removes the copies that checks left which were killed, and that no living process holds: each is as large as all that was
 * installed. What they had found out stays, so that they can go on.
 *
 * @param checksFolder where runs of `reproof check` are kept
 * @param own id of the run that is about to go on
 */
export async function removeLeftOver(checksFolder: string, own: string, discard: Discard): Promise<void> {
  for (const { id, finishedAt } of await listRuns(checksFolder)) {
    if (id === own || finishedAt !== undefined) continue
    const folder = join(checksFolder, id)
    const release = await lockFolder(folder)
    if (!release) continue
    try {
      await removeShared({ folder }, discard)
      const builds = join(folder, 'builds')
      for (const name of await readdir(builds).catch(() => [])) await discard([join(builds, name, 'tree')])
    } finally {
      await release()
    }
  }
}
