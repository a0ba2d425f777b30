import { readKeptManifests } from '../../verifiers/kept-manifests.ts'
import { Problem } from '../../verifiers/model/problem.ts'
import type { Report } from '../../verifiers/model/report.ts'
import type { ContentStore } from '../../verifiers/store/content.ts'
import { foundations, lostFindings, readImageLock } from './foundations.ts'
import { inspectPackages, scriptsAllowed } from './install-scripts.ts'
import { readDeclaredTree } from './lockfile-tree.ts'
import { mergeDependencies } from './merge.ts'
import type { DependencySet } from './model.ts'
import { observationsOf } from './observed.ts'

export type CollectOptions = {
  report: Report
  /** Where the lockfile of the source was kept. */
  runFolder: string
  /** Has the files that the build fetched. */
  store: ContentStore
  signal: AbortSignal
}

/**
 * Every dependency of a run that rebuilt its package: from the lockfile, from what the proxy saw, from the environment's
 * locks, and from the source.
 *
 * @throws {Problem} RUN_INCOMPLETE when the run did not get that far, LOCK_INVALID, SOURCE_MANIFEST_INVALID.
 */
export async function collectDependencies({
  report,
  runFolder,
  store,
  signal,
}: CollectOptions): Promise<DependencySet> {
  const { recipe, rebuild } = report
  if (!recipe || !rebuild) {
    throw new Problem('RUN_INCOMPLETE', 'The run rebuilt nothing, so there are no dependencies to speak of.', {
      hint: '`reproof show` says how far it got.',
    })
  }
  const manifests = await readKeptManifests(runFolder)
  const observations = observationsOf(rebuild.exchanges)
  const [lock, declared, inspected] = await Promise.all([
    readImageLock(recipe.environment),
    manifests && readDeclaredTree(manifests, recipe.source.directory),
    inspectPackages(observations.observed, { store, signal }),
  ])
  const merged = mergeDependencies({
    foundations: foundations(recipe, lock),
    declared,
    observations,
    inspected,
    scriptsAllowed: scriptsAllowed(recipe),
  })
  return { ...merged, findings: [...lostFindings(recipe.source, rebuild.lost), ...merged.findings] }
}
