import { join } from 'node:path'
import type { BatchReport } from '../verifiers/model/batch.ts'
import { exitCodeOf } from '../verifiers/model/problem.ts'
import { type ManyRequest, rebuildMany } from '../verifiers/rebuild-many.ts'
import type { CliContext } from './context.ts'
import { openContext } from './open-context.ts'
import { renderBatch, resultLine } from './render/batch.ts'
import { renderJson } from './render/json.ts'
import { severalProgress } from './render/several-progress.ts'
import { writeReport } from './report-formats.ts'

/**
 * Rebuilds several: a line for each as it is done, then a summary. Standard output has nothing but the report with
 * `--json`.
 *
 * @throws {Problem} as `rebuildMany` does
 */
export async function rebuildSeveral(
  request: ManyRequest,
  options: { json?: boolean; html?: string },
  context: CliContext,
): Promise<void> {
  const progress = severalProgress(process.stderr, context.environment, request.specs.length)
  const { progress: _, ...opened } = await openContext(context)
  try {
    const report = await rebuildMany(request, {
      ...opened,
      batchesFolder: join(context.stateFolder, 'batches'),
      onStart: progress.start,
      onProgress: progress.report,
      onResult(result, from) {
        progress.finish(result, from)
        if (!options.json) context.write(resultLine(result, from, context))
      },
    })
    progress.end()
    if (options.html !== undefined) {
      const { renderBatchPage } = await import('./render/html/batch-page.ts')
      await writeReport(options.html, renderBatchPage(report), context)
    }
    context.write(options.json ? renderJson(report) : renderBatch(report, context))
    context.setExitCode(exitCodeFor(report))
  } finally {
    progress.end()
  }
}

/** 0 all meet what was asked; else 1 where one does not, else what could not be decided. */
function exitCodeFor({ results }: BatchReport): number {
  const unmet = results.filter(({ met }) => !met)
  if (unmet.some(({ problem }) => !problem)) return 1
  return Math.max(0, ...unmet.map(({ problem }) => (problem ? exitCodeOf(problem.code) : 1)))
}
