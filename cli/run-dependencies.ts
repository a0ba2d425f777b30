import { join } from 'node:path'
import { collectDependencies } from '../attestations/dependencies/collect.ts'
import type { DependencySet } from '../attestations/dependencies/model.ts'
import type { Report } from '../verifiers/model/report.ts'
import { openContentStore } from '../verifiers/store/content.ts'
import type { CliContext } from './context.ts'

/** Everything that took part in the run, of what this machine keeps of it. */
export async function dependenciesOfRun(
  report: Report,
  runFolder: string,
  { cacheFolder, signal }: Pick<CliContext, 'cacheFolder' | 'signal'>,
): Promise<DependencySet> {
  return await collectDependencies({ report, runFolder, store: openContentStore(join(cacheFolder, 'content')), signal })
}
