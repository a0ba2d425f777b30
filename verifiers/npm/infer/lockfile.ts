import semver from 'semver'
import { z } from 'zod'
import { type BuildManifest, inside } from './manifest.ts'
import type { SourceReader } from './reader.ts'

/** Which package manager a project is installed with, and the npm lockfile where there is one that can be used. */
export type Installation = {
  manager: 'npm' | 'yarn' | 'pnpm' | 'bun'
  /** What says so. */
  from: string
  lockfile?: { path: string; version: number }
  /** Why a lockfile that is there is not used, as a sentence. */
  unusable?: string
}

const lockSchema = z.object({
  lockfileVersion: z.int().min(1).max(3),
  packages: z
    .record(z.string(), z.object({ version: z.string().max(4096).optional().catch(undefined) }).catch({}))
    .optional()
    .catch(undefined),
})

const foreignLocks = { 'yarn.lock': 'yarn', 'pnpm-lock.yaml': 'pnpm', 'bun.lock': 'bun', 'bun.lockb': 'bun' } as const

const npmLocks = ['npm-shrinkwrap.json', 'package-lock.json']

export function isLockfile(path: string): boolean {
  return npmLocks.includes(path.replace(/^.*\//, ''))
}

/** Whether a folder has an npm lockfile. */
export function hasNpmLock(source: SourceReader, directory: string): boolean {
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
  const foreign = Object.entries(foreignLocks).find(([name]) => source.has(inside(directory, name)))
  const declared = /^(npm|yarn|pnpm|bun)@/.exec(manifest.packageManager ?? '')?.[1] as
    | Installation['manager']
    | undefined
  if (declared !== undefined && declared !== 'npm') return { manager: declared, from: 'package.json packageManager' }
  if (foreign && !hasNpmLock(source, directory)) return { manager: foreign[1], from: inside(directory, foreign[0]) }
  const byJob = commands.find(([program, action = 'install']) => isInstall(program, action))?.[0]
  if (foreign && byJob !== undefined && byJob !== 'npm') {
    return { manager: byJob as Installation['manager'], from: 'the job that publishes' }
  }
  return {
    manager: 'npm',
    from: declared ? 'package.json packageManager' : 'no other lockfile',
    ...(await npmLock(source, directory, manifest)),
  }
}

function isInstall(program: string | undefined, action: string): boolean {
  return (
    ['npm', 'yarn', 'pnpm', 'bun'].includes(program ?? '') && ['install', 'i', 'ci', 'clean-install'].includes(action)
  )
}

async function npmLock(
  source: SourceReader,
  directory: string,
  manifest: BuildManifest,
): Promise<Pick<Installation, 'lockfile' | 'unusable'>> {
  const path = npmLocks.map((name) => inside(directory, name)).find((name) => source.has(name))
  if (path === undefined) return {}
  const text = await source.text(path)
  const lock = lockSchema.safeParse(text === undefined ? undefined : parseJson(text))
  if (!lock.success) return { unusable: `${path} is not a lockfile that npm could read.` }
  const stale = staleDependency(manifest, lock.data)
  if (stale !== undefined) return { unusable: `${path} does not fit package.json: ${stale}.` }
  return { lockfile: { path, version: lock.data.lockfileVersion } }
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
