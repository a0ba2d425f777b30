import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Problem, problemFrom } from '../verifiers/model/problem.ts'
import { readNpmConfiguration } from '../verifiers/npm/configuration.ts'
import type { RebuildContext } from '../verifiers/rebuild.ts'
import { openContentStore } from '../verifiers/store/content.ts'
import type { CliContext } from './context.ts'

/**
 * What the pipeline gets of the world: folders, the user's npm configuration, the clock.
 *
 * @throws {Problem} CONFIGURATION_INVALID when npm's configuration or a folder that reproof needs cannot be used
 */
export async function openContext(context: CliContext): Promise<RebuildContext> {
  const { cacheFolder, stateFolder, environment, progress, signal } = context
  await requireWritable(cacheFolder, 'REPROOF_CACHE')
  await requireWritable(stateFolder, 'REPROOF_STATE')
  await requireWritable(tmpdir(), 'TMPDIR')
  // npm's own client and git read these variables by themselves; Node's fetch, for source archives, has to be told.
  // Node 22 does not have it.
  http.setGlobalProxyFromEnv?.(environment)
  return {
    store: openContentStore(join(cacheFolder, 'content')),
    registry: await readNpmConfiguration({ env: environment }),
    mirrors: environment.REPROOF_DEBIAN_MIRRORS?.split(/\s+/).filter((mirror) => mirror !== '') ?? [],
    cacheFolder,
    env: environment,
    runsFolder: join(stateFolder, 'runs'),
    now: () => new Date(),
    engines: new Map(),
    inFlight: new Map(),
    progress,
    signal,
  }
}

/** Said before anything is begun, rather than in the middle of it. */
async function requireWritable(folder: string, variable: string): Promise<void> {
  try {
    if (variable !== 'TMPDIR') await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    const problem = problemFrom(error)
    if (problem.code === 'DISK_FULL') throw problem
    const reason = error instanceof Error ? error.message : String(error)
    throw new Problem('CONFIGURATION_INVALID', `The folder ${folder} cannot be used: ${reason}.`, {
      hint: `Name a folder that you may write to in ${variable}.`,
      cause: error,
    })
  }
}
