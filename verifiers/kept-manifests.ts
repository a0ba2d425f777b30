import { join, posix } from 'node:path'
import { readBounded } from './network/declarations.ts'
import { writeFileAtomically } from './store/atomic.ts'

/** What a source says of its dependencies, as it was when the build began. */
export type KeptManifests = {
  manifest: Buffer
  lockfile: { name: (typeof lockfileNames)[number]; bytes: Buffer }
}

/** npm prefers the first. */
const lockfileNames = ['npm-shrinkwrap.json', 'package-lock.json'] as const
const kept = 'manifests'

/**
 * Keeps the lockfile that the install step uses, and the package.json beside it, in the run's folder, because the work
 * folder goes: the nearest one from `directory` upwards.
 *
 * @throws {Problem} SOURCE_MANIFEST_INVALID when it is no plain file, or larger than 64 MiB.
 */
export async function keepManifests(work: string, directory: string, runFolder: string): Promise<void> {
  for (let folder = directory; ; folder = posix.dirname(folder)) {
    const here = folder === '.' ? '' : folder
    const found = await readManifests(work, here)
    if (found) {
      await writeFileAtomically(join(runFolder, kept, 'package.json'), found.manifest)
      await writeFileAtomically(join(runFolder, kept, found.lockfile.name), found.lockfile.bytes)
      return
    }
    if (here === '') return
  }
}

/** `undefined` where the source had no lockfile of npm. */
export async function readKeptManifests(runFolder: string): Promise<KeptManifests | undefined> {
  return await readManifests(runFolder, kept)
}

/** The manifest and lockfile of one folder. */
export async function readManifests(root: string, folder: string): Promise<KeptManifests | undefined> {
  for (const name of lockfileNames) {
    const bytes = await readBounded(root, join(folder, name))
    const manifest = bytes && (await readBounded(root, join(folder, 'package.json')))
    if (bytes && manifest) return { manifest, lockfile: { name, bytes } }
  }
  return undefined
}
