import semver from 'semver'
import { z } from 'zod'
import { foreignLockIn, foreignLocks, readForeignLock } from './foreign-lock.ts'
import { isManager, type ManagerName } from './managers.ts'
import { type BuildManifest, inside } from './manifest.ts'
import type { SourceReader } from './reader.ts'

/** Which package manager a project is installed with, and the lockfile where there is one that can be used. */
export type Installation = {
  manager: 'npm' | ManagerName
  /** What says so. */
  from: string
  lockfile?: { path: string; version: number }
  /** Versions of another manager than npm that write such a lockfile, and the file. */
  format?: { range: string; from: string }
  /** Why a lockfile that is there is not used, as a sentence. */
  unusable?: string
  /** Why a lockfile that is used cannot be followed to the letter, as the end of a sentence about it. */
  stale?: string
  /** The webpack that is installed: its version, or the range that is asked for. */
  webpack?: string
}

const lockSchema = z.object({
  lockfileVersion: z.int().min(1).max(3),
  packages: z
    .record(z.string(), z.object({ version: z.string().max(4096).optional().catch(undefined) }).catch({}))
    .optional()
    .catch(undefined),
})

const npmLocks = ['npm-shrinkwrap.json', 'package-lock.json']

export function isLockfile(path: string): boolean {
  const name = path.replace(/^.*\//, '')
  return npmLocks.includes(name) || Object.hasOwn(foreignLocks, name)
}

/** Whether a folder has a lockfile, whichever. */
export function hasLock(source: SourceReader, directory: string): boolean {
  return hasNpmLock(source, directory) || foreignLockIn(source, directory) !== undefined
}

function hasNpmLock(source: SourceReader, directory: string): boolean {
  return npmLocks.some((name) => source.has(inside(directory, name)))
}

/**
 * @param directory where the project is installed
 * @param manifest its package.json
 * @param commands words of what the publishing job runs
 */
export async function readInstallation(
  source: SourceReader,
  directory: string,
  manifest: BuildManifest,
  commands: string[][],
): Promise<Installation> {
  const { manager, from } = managerOf(source, directory, manifest, commands)
  const webpack = manifest.devDependencies?.webpack ?? manifest.dependencies?.webpack
  const asked = { manager, from, ...(webpack !== undefined && { webpack }) }
  if (manager === 'npm') return { ...asked, ...(await readNpmLock(source, directory, manifest)) }
  return { ...asked, ...(await readForeignLock(source, directory, { manager, manifest })) }
}

function managerOf(
  source: SourceReader,
  directory: string,
  manifest: BuildManifest,
  commands: string[][],
): Pick<Installation, 'manager' | 'from'> {
  const declared = managerNamed(/^\w+(?=@)/.exec(manifest.packageManager ?? '')?.[0])
  if (declared !== undefined) return { manager: declared, from: 'package.json packageManager' }
  const foreign = foreignLockIn(source, directory)
  const workspace = inside(directory, 'pnpm-workspace.yaml')
  if (foreign === undefined && !hasNpmLock(source, directory) && source.has(workspace)) {
    // Members ask for each other as npm cannot: https://pnpm.io/workspaces#workspace-protocol-workspace
    return { manager: 'pnpm', from: workspace }
  }
  if (foreign === undefined) return { manager: 'npm', from: 'no lockfile of another' }
  if (!hasNpmLock(source, directory)) return { manager: foreign.manager, from: foreign.path }
  const byJob = managerNamed(commands.find(([program, action = 'install']) => isInstall(program, action))?.[0])
  return byJob === undefined
    ? { manager: 'npm', from: 'its lockfile' }
    : { manager: byJob, from: 'the job that publishes' }
}

function managerNamed(name: string | undefined): Installation['manager'] | undefined {
  return name === 'npm' || isManager(name) ? name : undefined
}

function isInstall(program: string | undefined, action: string): boolean {
  return managerNamed(program) !== undefined && ['install', 'i', 'ci', 'clean-install'].includes(action)
}

async function readNpmLock(
  source: SourceReader,
  directory: string,
  manifest: BuildManifest,
): Promise<Pick<Installation, 'lockfile' | 'unusable' | 'stale' | 'webpack'>> {
  const path = npmLocks.map((name) => inside(directory, name)).find((name) => source.has(name))
  if (path === undefined) return {}
  const text = await source.text(path)
  const lock = lockSchema.safeParse(text === undefined ? undefined : parseJson(text))
  if (!lock.success) return { unusable: `${path} is not a lockfile that npm could read.` }
  const stale = staleDependency(manifest, lock.data)
  const webpack = lock.data.packages?.['node_modules/webpack']?.version
  return {
    lockfile: { path, version: lock.data.lockfileVersion },
    ...(stale !== undefined && { stale }),
    ...(webpack !== undefined && { webpack }),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `npm ci` refuses a lockfile whose versions do not satisfy package.json. Version 1 has no copy to compare with. */
function staleDependency(manifest: BuildManifest, { packages }: z.infer<typeof lockSchema>): string | undefined {
  if (packages === undefined) return undefined
  const wanted = { ...manifest.dependencies, ...manifest.devDependencies }
  for (const [name, range] of Object.entries(wanted)) {
    const key = `node_modules/${name}`
    if (!Object.hasOwn(packages, key)) return `${name} is not in it`
    const version = packages[key]?.version
    // Anything but a range is a URL, a path or an alias, which a version says nothing about.
    if (version === undefined || semver.validRange(range) === null || semver.valid(version) === null) continue
    if (!semver.satisfies(version, range)) return `${name} is ${version} in it, and ${range} is asked for`
  }
  return undefined
}

/**
 * Whether the build hashes with MD4, as webpack before 5.61 does: OpenSSL 3, in Node since 17, has that only on request.
 */
export function needsMd4({ webpack }: Installation): boolean {
  const range = webpack === undefined ? null : semver.validRange(webpack)
  return range !== null && !semver.intersects(range, '>=5.61.0')
}
