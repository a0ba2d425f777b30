import { join } from 'node:path'
import { ensureImage } from '../../environment/image.ts'
import { ensureToolchain } from '../../environment/toolchain.ts'
import type { Architecture, Environment, Image } from '../../model/environment.ts'
import { Problem } from '../../model/problem.ts'
import type { Progress } from '../../model/progress.ts'
import type { ContentStore } from '../../store/content.ts'
import type { InFlight } from '../../store/in-flight.ts'
import type { RegistryOptions } from '../configuration.ts'
import type { ManagerName } from './managers.ts'

export type EnvironmentRequest = {
  node: string
  npm: string
  variant: Image['variant']
  /** Package managers besides npm. */
  managers?: { name: ManagerName; version: string }[]
}

export type EnvironmentContext = {
  architecture: Architecture
  store: ContentStore
  registry: RegistryOptions
  mirrors: string[]
  cacheFolder: string
  progress: Progress
  signal: AbortSignal
  inFlight?: InFlight
}

/**
 * Turns versions into the environment that a recipe names, with the digest of each part. The parts are kept, so that
 * the rebuild finds them.
 *
 * @throws {Problem} TOOLCHAIN_UNAVAILABLE, IMAGE_… and REGISTRY_…
 */
export async function resolveEnvironment(
  { node, npm, variant, managers = [] }: EnvironmentRequest,
  { cacheFolder, ...context }: EnvironmentContext,
): Promise<Environment> {
  const folder = join(cacheFolder, 'toolchains')
  const [{ image }, ...toolchains] = await Promise.all([
    ensureImage({ ...context, variant, folder: join(cacheFolder, 'images') }),
    ensureToolchain({ ...context, name: 'node', version: node, folder }),
    ensureToolchain({ ...context, name: 'npm', version: npm, folder }),
    ...managers.map(({ name, version }) => ensureToolchain({ ...context, name, version, folder })),
  ])
  return { image, toolchains: toolchains.map(({ toolchain }) => toolchain) }
}

/** The architecture that things are built for: this machine's. */
export function hostArchitecture(): Architecture {
  if (process.arch === 'x64') return 'amd64'
  if (process.arch === 'arm64') return 'arm64'
  throw new Problem(
    'ARCHITECTURE_UNSUPPORTED',
    `Nothing can be rebuilt on a machine of architecture ${process.arch}.`,
    {
      hint: 'Use one with an x64 or arm64 processor.',
    },
  )
}
