import { sourceUri } from '../dependencies/foundations.ts'
import type { DependencySet } from '../dependencies/model.ts'
import { type FinishedReport, finishedRun } from './finished.ts'
import { provenanceStatement, rebuiltSubject } from './provenance.ts'
import { rebuildResultStatement } from './rebuild-result.ts'
import { type SbomOptions, sbomStatement } from './sbom.ts'
import type { Builder, Statement } from './statement.ts'

export type StatementName = 'provenance' | 'rebuild-result' | 'sbom'

export type StatementsOptions = {
  report: FinishedReport
  /** Absent where nothing was rebuilt: then there is only a result. */
  dependencies?: DependencySet
  builder: Builder
  invocation?: string
  /** Of reproof. */
  version: string
  creator?: string
}

/**
 * All that can be said of a run, each thing in a statement of its own. Two runs of one recipe give the same bytes, but for
 * their times.
 *
 * @throws {Problem} RUN_INCOMPLETE
 */
export function statementsOf(options: StatementsOptions): Map<StatementName, Statement<unknown>> {
  const { report, dependencies } = options
  const statements = new Map<StatementName, Statement<unknown>>()
  if (dependencies) {
    statements.set('provenance', provenanceStatement({ ...options, dependencies }))
    statements.set('sbom', sbomStatement(rebuiltSubject(report), { ...options, ...aboutReport(report, dependencies) }))
  }
  statements.set('rebuild-result', rebuildResultStatement(options))
  return statements
}

/**
 * What the bill of materials of a run is of: the rebuilt file.
 *
 * @throws {Problem} RUN_INCOMPLETE
 */
export function aboutReport(
  report: FinishedReport,
  dependencies: DependencySet,
): Required<Pick<SbomOptions, 'component' | 'dependencies' | 'source' | 'timestamp'>> {
  const { artifact, rebuild, recipe } = finishedRun(report)
  const { digest, uri } = rebuiltSubject(report)
  const { name, version } = artifact
  const { fileName } = rebuild.output
  return {
    // Under the published package's URL only where it is the same file.
    component: { name, version, fileName, digests: digest, ...(uri !== undefined && { purl: uri }) },
    dependencies,
    source: sourceUri(recipe.source),
    timestamp: rebuild.finishedAt,
  }
}
