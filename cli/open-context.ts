import { join } from 'node:path'
import { readNpmConfiguration } from '../verifiers/npm/configuration.ts'
import type { RebuildContext } from '../verifiers/rebuild.ts'
import { openContentStore } from '../verifiers/store/content.ts'
import type { CliContext } from './context.ts'

/** What the pipeline gets of the world: folders, the user's npm configuration, the clock. */
export async function openContext(context: CliContext): Promise<RebuildContext> {
  const { cacheFolder, stateFolder, environment, progress, signal } = context
  return {
    store: openContentStore(join(cacheFolder, 'content')),
    registry: await readNpmConfiguration({ env: environment }),
    mirrors: environment.REPROOF_DEBIAN_MIRRORS?.split(/\s+/).filter((mirror) => mirror !== '') ?? [],
    cacheFolder,
    env: environment,
    runsFolder: join(stateFolder, 'runs'),
    now: () => new Date(),
    progress,
    signal,
  }
}
