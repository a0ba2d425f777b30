import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../store/remove.ts'

const prefix = '.making-'
/** In milliseconds; longer than any folder takes to make: what is older was left by a process that was killed. */
const abandonedAfter = 3_600_000

export type PlaceOptions = {
  parent: string
  /** Fills the temporary folder and says what it is to be called. */
  make(temporary: string): Promise<string>
}

/**
 * Makes a folder so that it is there whole or not at all: it is filled under another name beside its place. Two processes
 * that make the same one do not disturb each other; the first to finish wins.
 *
 * @returns the folder's path
 */
export async function placeFolder({ parent, make }: PlaceOptions): Promise<string> {
  await mkdir(parent, { recursive: true })
  await removeAbandoned(parent)
  const temporary = join(parent, `${prefix}${process.pid}-${randomBytes(6).toString('hex')}`)
  try {
    await mkdir(temporary)
    const place = join(parent, await make(temporary))
    try {
      await rename(temporary, place)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
    }
    return place
  } finally {
    await removeTree(temporary)
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue
    const path = join(parent, name)
    const changed = await changedAt(path)
    if (changed !== undefined && Date.now() - changed > abandonedAfter) await removeTree(path)
  }
}

/** Its time of modification is that of an archive by the time it is finished, which can be decades ago. */
async function changedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ctimeMs
  } catch (error) {
    // Whoever was making it has finished in the meantime.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
