import { join, posix } from 'node:path'
import { readBounded } from './network/declarations.ts'
import { writeFileAtomically } from './store/atomic.ts'

/** What a source says of its dependencies, as it was when the build began. */
export type KeptManifests = {
  manifest: Buffer
  lockfile: { name: LockfileName; bytes: Buffer }
  /** Manifest of the package that was built, where it is not the one beside the lockfile. */
  member?: Buffer
}

export type LockfileName = (typeof lockfileNames)[number]

/** npm prefers the first, and reads none of the last two but for hints. */
const lockfileNames = ['npm-shrinkwrap.json', 'package-lock.json', 'pnpm-lock.yaml', 'yarn.lock'] as const
export const keptFolder = 'manifests'
const member = 'member.json'

export type KeepOptions = {
  /** Where packages are installed, relative to the source's root. */
  directory: string
  /** Folder of the package that is built. */
  built: string
  /** Command of the install step: its package manager's own lockfile comes first. */
  command: string
}

/**
 * Keeps the lockfile that the install step uses, and the package.json beside it, in the run's folder, because the work
 * folder goes: the nearest one from `directory` upwards.
 *
 * @throws {Problem} SOURCE_MANIFEST_INVALID when it is no plain file, or larger than 64 MiB.
 */
export async function keepManifests(
  work: string,
  { directory, built, command }: KeepOptions,
  runFolder: string,
): Promise<void> {
  for (let folder = directory; ; folder = posix.dirname(folder)) {
    const here = folder === '.' ? '' : folder
    const found = await readManifests(work, here, preferred(command))
    if (found) {
      await writeFileAtomically(join(runFolder, keptFolder, 'package.json'), found.manifest)
      await writeFileAtomically(join(runFolder, keptFolder, found.lockfile.name), found.lockfile.bytes)
      const own = built === here ? undefined : await readBounded(work, join(built, 'package.json'))
      if (own) await writeFileAtomically(join(runFolder, keptFolder, member), own)
      return
    }
    if (here === '') return
  }
}

function preferred(command: string): readonly LockfileName[] {
  const own = /\bpnpm\b/.test(command) ? 'pnpm-lock.yaml' : /\byarn\b/.test(command) ? 'yarn.lock' : undefined
  return own === undefined ? lockfileNames : [own, ...lockfileNames.filter((name) => name !== own)]
}

/** `undefined` where the source had no lockfile. */
export async function readKeptManifests(runFolder: string): Promise<KeptManifests | undefined> {
  const found = await readManifests(runFolder, keptFolder)
  const own = found && (await readBounded(runFolder, join(keptFolder, member)))
  return found && { ...found, ...(own && { member: own }) }
}

/** The manifest and lockfile of one folder. */
export async function readManifests(
  root: string,
  folder: string,
  names: readonly LockfileName[] = lockfileNames,
): Promise<KeptManifests | undefined> {
  for (const name of names) {
    const bytes = await readBounded(root, join(folder, name))
    const manifest = bytes && (await readBounded(root, join(folder, 'package.json')))
    if (bytes && manifest) return { manifest, lockfile: { name, bytes } }
  }
  return undefined
}
