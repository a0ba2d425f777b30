import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import type { Image } from '../model/environment.ts'
import { Problem } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import type { ContentStore } from '../store/content.ts'
import { type InFlight, sharing } from '../store/in-flight.ts'
import { type Lock, type LockChoice, lockName, parseLock, readLockFile } from './lock.ts'
import { describeImage, type OciImage, writeOciLayout } from './oci.ts'
import { type Archives, fetchPackages } from './packages.ts'
import { placeFolder } from './place.ts'
import { refetching } from './refetching.ts'
import { assembleRoot } from './root/assemble.ts'

export type EnsureImageOptions = LockChoice & {
  store: ContentStore
  /** Where assembled images are kept, one folder each; shared by all runs on the machine. */
  folder: string
  /** Debian archives from the user's configuration; the host's own apt comes before them. */
  mirrors: string[]
  archives?: Archives
  progress: Progress
  signal: AbortSignal
  inFlight?: InFlight
}

export type AssembledImage = {
  image: Image
  /** The root file system; only to be read. */
  rootFolder: string
  /** A folder with the image as an OCI layout, made when first asked for. */
  ociLayout(): Promise<string>
  /**
   * Writes an OCI layout into a folder that is empty or not there yet, and returns its absolute path.
   *
   * @throws {Problem} OUTPUT_NOT_EMPTY
   */
  exportTo(folder: string): Promise<string>
}

/** What is written beside a root that is complete. */
const descriptionSchema = z.object({
  digest: z.string(),
  manifest: z.string(),
  config: z.string(),
  layer: z.object({ digest: z.string(), size: z.int() }),
})

/**
 * The image that the lock of this variant and architecture describes, assembled unless it already is.
 *
 * @throws {Problem} LOCK_INVALID, IMAGE_PACKAGE_UNAVAILABLE, IMAGE_DIGEST_MISMATCH when what was assembled is not what
 * the lock's author got
 */
export async function ensureImage(options: EnsureImageOptions): Promise<AssembledImage> {
  const { folder, variant, architecture } = options
  const { bytes, sha256, digest } = await readLockFile(options)
  const openLock = () => {
    const lock = parseLock(bytes, `The lock ${lockName(options)}`)
    if (lockName(lock) === lockName(options)) return lock
    throw new Problem('LOCK_INVALID', `The lock ${lockName(options)} is one for ${lockName(lock)}.`)
  }
  const kept = digest === undefined ? undefined : await readDescription(imageFolder(folder, digest).home)
  const assemble = () => assembleImage({ ...options, lock: openLock(), ...(digest && { expected: digest }) })
  const oci = kept ?? (await sharing(options.inFlight, `image ${sha256} ${folder}`, assemble))
  const { home, root } = imageFolder(folder, oci.digest)
  const layoutAt = (place: string) =>
    placeFolder({
      parent: dirname(place),
      async make(into) {
        await writeOciLayout({ lock: openLock(), image: oci, rootFolder: root, into, signal: options.signal })
        return basename(place)
      },
    })
  return {
    image: { variant, architecture, digest: oci.digest, lock: sha256 },
    rootFolder: root,
    async ociLayout() {
      const layout = join(home, 'oci')
      return existsSync(layout) ? layout : layoutAt(layout)
    },
    async exportTo(target) {
      await refuseUnlessEmpty(target)
      return layoutAt(resolve(target))
    },
  }
}

/** Whether the image of a lock of ours is here. */
export async function hasImage(
  options: Pick<EnsureImageOptions, 'folder' | 'variant' | 'architecture'>,
): Promise<boolean> {
  const { digest } = await readLockFile(options)
  return digest !== undefined && (await readDescription(imageFolder(options.folder, digest).home)) !== undefined
}

/** Fetches and assembles a lock's image, whatever is recorded of it. */
export function assembleImage(options: AssembleImageOptions): Promise<OciImage> {
  return refetching(options.store, () => assembleOnce(options))
}

type AssembleImageOptions = Omit<EnsureImageOptions, 'variant' | 'architecture'> & { lock: Lock; expected?: string }

async function assembleOnce(options: AssembleImageOptions): Promise<OciImage> {
  const { lock, expected, store, folder, progress, signal } = options
  const contents = await fetchPackages(options)
  const made = await placeFolder({
    parent: folder,
    async make(temporary) {
      const rootFolder = join(temporary, 'root')
      await assembleRoot({ lock, contents, store, rootFolder, progress, signal })
      const description = await describeImage({ lock, rootFolder, signal })
      if (expected && description.digest !== expected) throw notAsRecorded(lock, expected, description.digest)
      await writeFile(join(temporary, descriptionFile), JSON.stringify(description))
      return basename(imageFolder(folder, description.digest).home)
    },
  })
  const description = await readDescription(made)
  if (description) return description
  throw new Problem('STORE_DAMAGED', `The image in ${made} is not complete.`, {
    hint: 'Delete that folder; it is made anew the next time.',
  })
}

const descriptionFile = 'image.json'

/** Where an image is kept. A colon would end the path where the root's own loader is told its library folders. */
export function imageFolder(folder: string, digest: string): { home: string; root: string } {
  const home = join(folder, digest.replace(':', '-'))
  return { home, root: join(home, 'root') }
}

export async function isAssembled(folder: string, digest: string): Promise<boolean> {
  return (await readDescription(imageFolder(folder, digest).home)) !== undefined
}

/** `undefined` where there is no complete image. */
async function readDescription(home: string): Promise<OciImage | undefined> {
  try {
    const result = descriptionSchema.safeParse(JSON.parse(await readFile(join(home, descriptionFile), 'utf8')))
    return result.success && result.data.digest.replace(':', '-') === basename(home) ? result.data : undefined
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function refuseUnlessEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new Problem('OUTPUT_NOT_EMPTY', `${folder} cannot be written to as a folder (${error.code}).`, {
      cause: error,
    })
  })
  if (entries.length === 0) return
  throw new Problem('OUTPUT_NOT_EMPTY', `${folder} is not empty.`, { hint: 'Name a folder that is not there yet.' })
}

function notAsRecorded(lock: Lock, expected: string, actual: string): Problem {
  return new Problem(
    'IMAGE_DIGEST_MISMATCH',
    `The ${lockName(lock)} image assembled here is ${actual}, but its lock was recorded with ${expected}.`,
    {
      hint: 'The cache must be on a file system that keeps executable bits and tells cases apart. If it is, report this.',
      details: { expected, actual },
    },
  )
}
