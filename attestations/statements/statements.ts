import { sourceUri } from '../dependencies/foundations.ts'
import type { DependencySet } from '../dependencies/model.ts'
import { type FinishedReport, finishedRun } from './finished.ts'
import { provenanceStatement, rebuiltSubject } from './provenance.ts'
import { rebuildResultStatement } from './rebuild-result.ts'
import { sbomStatement } from './sbom.ts'
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
    const { artifact, rebuild, recipe } = finishedRun(report)
    const subject = rebuiltSubject(report)
    const isSame = subject.uri === artifact.purl
    const component = {
      name: artifact.name,
      version: artifact.version,
      fileName: rebuild.output.fileName,
      digests: subject.digest,
      ...(isSame && { purl: artifact.purl }),
    }
    const source = sourceUri(recipe.source)
    statements.set('provenance', provenanceStatement({ ...options, dependencies }))
    statements.set(
      'sbom',
      sbomStatement(subject, { ...options, component, dependencies, source, timestamp: rebuild.finishedAt }),
    )
  }
  statements.set('rebuild-result', rebuildResultStatement(options))
  return statements
}
