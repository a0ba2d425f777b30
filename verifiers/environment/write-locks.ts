import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from '../store/atomic.ts'
import { assembleImage } from './image.ts'
import { type Lock, lockName, locksFolder, parseLock, readImages } from './lock.ts'
import { type RefreshLockOptions, resolveLocks } from './refresh-lock.ts'

export type WriteLocksOptions = RefreshLockOptions & {
  /** Where assembled images are kept. */
  folder: string
}

/** A package that another lock had in another version, or not at all. */
type LockChange = { name: string; from?: string; to?: string }

export type WrittenLock = { lock: Lock; file: string; sha256: string; digest: string; changes: LockChange[] }

/**
 * Makes the locks of one architecture anew, assembles their images, and records which digest each gives.
 *
 * @throws {Problem} as `resolveLocks` and `assembleImage`; no file is written unless all of it went well
 */
export async function writeLocks(options: WriteLocksOptions): Promise<WrittenLock[]> {
  const { locks = locksFolder } = options
  const images = await readImages(locks)
  const written: WrittenLock[] = []
  for (const lock of await resolveLocks(options)) {
    const file = join(locks, `${lockName(lock)}.json`)
    const { digest } = await assembleImage({ ...options, lock })
    const sha256 = createHash('sha256').update(textOf(lock)).digest('hex')
    written.push({ lock, file, sha256, digest, changes: changesBetween(await previous(file), lock) })
    images[lockName(lock)] = { lock: sha256, digest }
  }
  for (const { lock, file } of written) await writeFileAtomically(file, textOf(lock))
  const sorted = Object.fromEntries(Object.entries(images).sort(([a], [b]) => (a < b ? -1 : 1)))
  await writeFileAtomically(join(locks, 'images.json'), textOf(sorted))
  return written
}

function changesBetween(before: Lock | undefined, after: Lock): LockChange[] {
  const versions = (lock: Lock | undefined) => new Map(lock?.packages.map(({ name, version }) => [name, version]))
  const [old, now] = [versions(before), versions(after)]
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name) => {
    const [from, to] = [old.get(name), now.get(name)]
    return from === to ? [] : [{ name, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }]
  })
}

async function previous(file: string): Promise<Lock | undefined> {
  try {
    return parseLock(await readFile(file), file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function textOf(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
