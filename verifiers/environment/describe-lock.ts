import { imageFolder, isAssembled } from './image.ts'
import { type Lock, type LockChoice, lockName, parseLock, readLockFile } from './lock.ts'

export type LockDescription = Omit<Lock, 'schema'> & {
  /** sha256 of the lock file. */
  lock: string
  /** Of the packages, in bytes. */
  downloadSize: number
  /** Of the image; absent when it was never recorded for these bytes of the lock. */
  digest?: string
  /** Where the root file system is, when it is assembled. */
  rootFolder?: string
}

/**
 * What a lock says, and whether its image is there.
 *
 * @param folder where assembled images are kept
 * @throws {Problem} LOCK_INVALID
 */
export async function describeLock(choice: LockChoice & { folder: string }): Promise<LockDescription> {
  const { bytes, sha256, digest } = await readLockFile(choice)
  const { schema: _, ...lock } = parseLock(bytes, `The lock ${lockName(choice)}`)
  const downloadSize = lock.packages.reduce((sum, { size }) => sum + size, 0)
  const assembled = digest !== undefined && (await isAssembled(choice.folder, digest))
  return {
    ...lock,
    lock: sha256,
    downloadSize,
    ...(digest !== undefined && { digest }),
    ...(assembled && { rootFolder: imageFolder(choice.folder, digest).root }),
  }
}
