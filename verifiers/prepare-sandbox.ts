import { join } from 'node:path'
import type { ResolveToolchain } from './changed-recipe.ts'
import { ensureImage, hasImage } from './environment/image.ts'
import { ensureToolchain } from './environment/toolchain.ts'
import type { Environment, Image, Toolchain } from './model/environment.ts'
import { Problem } from './model/problem.ts'
import type { Recipe } from './model/recipe.ts'
import { hostArchitecture } from './npm/infer/environment.ts'
import { toolchainFolders } from './npm/infer/layout.ts'
import type { PlanContext } from './plan.ts'
import { selectEngine } from './sandbox/engines.ts'
import type { EngineName, Mount, SandboxRoot } from './sandbox/options.ts'

export type PreparedSandbox = {
  engine: EngineName
  root: SandboxRoot
  /** For the steps. */
  toolchains: Mount[]
  /** For the recipe's compressor. */
  compressing: Mount[]
}

/**
 * Makes a recipe's environment ready: the image assembled, the toolchains unpacked, an engine that works.
 *
 * @throws {Problem} IMAGE_DIGEST_MISMATCH, TOOLCHAIN_MISMATCH when what can be had here is not what the recipe names;
 * IMAGE_PACKAGE_UNAVAILABLE, TOOLCHAIN_UNAVAILABLE, SANDBOX_UNAVAILABLE, ENGINE_UNAVAILABLE
 */
export async function prepareSandbox(
  { environment, compressor }: Pick<Recipe, 'environment' | 'compressor'>,
  wanted: EngineName | undefined,
  context: PlanContext,
): Promise<PreparedSandbox> {
  const { image } = environment
  const [assembled, extra, ...mounts] = await Promise.all([
    ensureImage({ ...context, ...image, folder: join(context.cacheFolder, 'images') }),
    compressor && mountFor(compressor.toolchain, image, context),
    ...environment.toolchains.map((toolchain) => mountFor(toolchain, image, context)),
    ...environment.toolchains.map((toolchain) => headersFor(toolchain, image, context)),
  ])
  const toolchains = mounts.filter((mount) => mount !== undefined)
  if (assembled.image.digest !== image.digest) {
    throw new Problem(
      'IMAGE_DIGEST_MISMATCH',
      `The recipe names the image ${image.digest}; this version of reproof has ${assembled.image.digest}.`,
      { hint: 'Use the version of reproof that made the recipe, or remove `environment` from it to have it inferred.' },
    )
  }
  const root = { folder: assembled.rootFolder, digest: assembled.image.digest, ociLayout: assembled.ociLayout }
  const engine = await workingEngine(wanted, root, context)
  const compressing = extra ? [...toolchains.filter(({ to }) => to !== extra.to), extra] : toolchains
  return { engine, root, toolchains, compressing }
}

/** Whether an engine works over a root is tried once, however many rebuilds and attempts there are. */
async function workingEngine(
  wanted: EngineName | undefined,
  root: SandboxRoot,
  { engines, signal }: PlanContext,
): Promise<EngineName> {
  const key = `${wanted ?? 'any'} ${root.digest}`
  const known = engines?.get(key)
  if (known) return await known
  const tried = selectEngine({ ...(wanted && { wanted }), root, signal }).then(({ engine }) => engine)
  engines?.set(key, tried)
  try {
    return await tried
  } catch (error) {
    engines?.delete(key)
    throw error
  }
}

/**
 * Tries an engine over the usual image, where that is here already, so that the answer is there when it is asked for. What
 * goes wrong is said then. Disposed of when the trial has ended.
 */
export function tryEngineEarly(wanted: EngineName | undefined, context: PlanContext): AsyncDisposable {
  const folder = join(context.cacheFolder, 'images')
  const image = { folder, variant: 'base', architecture: hostArchitecture() } as const
  const trial = async () => {
    if (context.engines === undefined || !(await hasImage(image))) return
    const { rootFolder, ociLayout, image: assembled } = await ensureImage({ ...context, ...image })
    await workingEngine(wanted, { folder: rootFolder, digest: assembled.digest, ociLayout }, context)
  }
  const tried = trial().catch(() => undefined)
  return { [Symbol.asyncDispose]: () => tried }
}

/** For a recipe that another version of a tool is written into: where it comes from and what its bytes are. */
export function resolveToolchainFor({ image }: Environment, context: PlanContext): ResolveToolchain {
  const folder = join(context.cacheFolder, 'toolchains')
  return async (name, version) =>
    (await ensureToolchain({ ...context, name, version, architecture: image.architecture, folder })).toolchain
}

async function mountFor(expected: Toolchain, image: Image, context: PlanContext): Promise<Mount> {
  return { from: await folderOf(expected, image, context), to: toolchainFolders[expected.name], writable: false }
}

/** What native modules are compiled with, where there is something to compile them with. */
async function headersFor(expected: Toolchain, image: Image, context: PlanContext): Promise<Mount | undefined> {
  if (expected.name !== 'node' || image.variant !== 'build') return undefined
  const folder = await folderOf(expected, image, context, { headers: true })
  return { from: join(folder, 'include'), to: `${toolchainFolders.node}/include`, writable: false }
}

async function folderOf(
  expected: Toolchain,
  { architecture }: Image,
  context: PlanContext,
  part: { headers?: true } = {},
): Promise<string> {
  const { name, version, origin } = expected
  const folder = join(context.cacheFolder, 'toolchains')
  const unpacked = await ensureToolchain({ ...context, ...part, name, version, origin, architecture, folder })
  if (unpacked.toolchain.digests.sha512 !== expected.digests.sha512) {
    throw new Problem('TOOLCHAIN_MISMATCH', `${name} ${version} has other bytes here than the recipe names.`, {
      hint: 'One of the two registries serves something else than was released.',
      details: { expected: expected.digests, actual: unpacked.toolchain.digests },
    })
  }
  return unpacked.folder
}
