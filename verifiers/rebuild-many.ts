import { appendFile, readFile, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type BatchReport, type BatchResult, batchResultSchema, batchSchemaUri } from './model/batch.ts'
import { Problem, type ProblemCode, problemFrom } from './model/problem.ts'
import type { ProgressEvent } from './model/progress.ts'
import type { Report } from './model/report.ts'
import { verdicts } from './model/verdict.ts'
import { parseArtifactSpec } from './npm/resolve/spec.ts'
import { type RebuildContext, type RebuildRequest, rebuildArtifact } from './rebuild.ts'
import { openRun } from './store/runs.ts'

export type ManyRequest = Pick<RebuildRequest, 'engine' | 'required' | 'keep' | 'attempts'> & {
  specs: readonly string[]
  /** How many at once; what the machine allows when it is absent. */
  jobs?: number
}

export type ManyContext = Omit<RebuildContext, 'progress'> & {
  /** Where the results of several are kept while not all are there. */
  batchesFolder: string
  onStart(spec: string): void
  onProgress(spec: string, event: ProgressEvent): void
  onResult(result: BatchResult, from: 'now' | 'before'): void
}

/** More would only be a file that somebody gave by mistake. */
const mostSpecs = 100_000

/** What one build may take, so that several do not push each other out; in bytes. */
const memoryOfOne = 2 * 1024 ** 3

/**
 * Rebuilds several artifacts, each in a run of its own. One that fails does not stop the others; called again with the
 * same request after it was stopped, it goes on with those that have no result yet.
 *
 * @throws {Problem} USAGE; and what would end all of the others as well: INTERRUPTED, DISK_FULL, SANDBOX_UNAVAILABLE,
 * ENGINE_UNAVAILABLE
 */
export async function rebuildMany(request: ManyRequest, context: ManyContext): Promise<BatchReport> {
  const specs = [...new Set(request.specs)]
  const { required, engine, attempts, jobs = reasonableJobs() } = request
  if (specs.length > mostSpecs) {
    throw new Problem('USAGE', `${specs.length} artifacts are more than the ${mostSpecs} that are done in one go.`)
  }
  const run = await openRun({
    folder: context.batchesFolder,
    label: `batch-of-${specs.length}`,
    request: { specs, required, engine, attempts },
    now: context.now,
  })
  const file = join(run.folder, 'results.jsonl')
  try {
    const results = await readResults(file)
    // What was cut off must not become one line with what comes next.
    await appendFile(file, '\n')
    for (const result of results.values()) context.onResult(result, 'before')
    const waiting = specs.filter((spec) => !results.has(spec))
    const next = waiting.values()
    let stopped = false
    const worker = async () => {
      // One iterator for all of them, so that each spec is taken once.
      for (const spec of next) {
        if (stopped) return
        const result = await rebuildOne(spec, request, context)
        results.set(spec, result)
        await appendFile(file, `${JSON.stringify(result)}\n`)
        context.onResult(result, 'now')
      }
    }
    const stopping = (error: unknown) => {
      stopped = true
      throw error
    }
    const workers = Array.from({ length: Math.min(jobs, waiting.length) }, () => worker().catch(stopping))
    const ended = await Promise.allSettled(workers)
    for (const end of ended) if (end.status === 'rejected') throw end.reason
    await run.finish()
    return reportOn(specs, results, required)
  } finally {
    await run.release()
  }
}

/** One for each processor, as long as there is memory for each; both as the container that this runs in allows. */
function reasonableJobs(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(process.availableMemory() / memoryOfOne)))
}

/** These would happen to all that come after as well. */
const endsAll = new Set<ProblemCode>(['INTERRUPTED', 'DISK_FULL', 'SANDBOX_UNAVAILABLE', 'ENGINE_UNAVAILABLE'])

async function rebuildOne(spec: string, request: ManyRequest, context: ManyContext): Promise<BatchResult> {
  const { specs: _specs, jobs: _jobs, ...each } = request
  const { onStart, onProgress, onResult: _, batchesFolder: __, ...rest } = context
  context.signal.throwIfAborted()
  onStart(spec)
  const started = performance.now()
  const seconds = () => Math.round(performance.now() - started) / 1000
  try {
    // A file that somebody gave by mistake has a hundred thousand lines that are nothing, and a run of each would be opened.
    parseArtifactSpec(spec, { cwd: process.cwd() })
    const report = await rebuildArtifact({ ...each, spec }, { ...rest, progress: (event) => onProgress(spec, event) })
    const { problem } = report
    if (problem && endsAll.has(problem.code))
      throw new Problem(problem.code, problem.message, { hint: problem.hint ?? '', details: problem.details })
    return { ...resultOf(spec, report), seconds: seconds() }
  } catch (error) {
    const { code, message } = problemFrom(error)
    if (endsAll.has(code)) throw error
    const problem = { code, stage: 'artifact', message: message.slice(0, 8192) }
    const nothing = { met: false, assisted: false, attempts: 0, causes: {}, suspicious: 0 }
    return { spec, subject: spec, ...nothing, problem, seconds: seconds() }
  }
}

function resultOf(spec: string, report: Report): Omit<BatchResult, 'seconds'> {
  const { subject, verdict, met, assisted, problem, attempts, differences, rebuild, run } = report
  const causes: Record<string, number> = {}
  for (const { cause } of differences) causes[cause] = (causes[cause] ?? 0) + 1
  return {
    spec,
    subject: subject.slice(0, 8192),
    ...(verdict && { verdict }),
    met,
    assisted,
    ...(problem && {
      problem: { code: problem.code, stage: problem.stage, message: problem.message.slice(0, 8192) },
    }),
    attempts: attempts?.length ?? (rebuild ? 1 : 0),
    causes,
    suspicious: differences.filter(({ severity }) => severity === 'suspicious').length,
    ...(run && { run }),
  }
}

const largestFile = 256 * 1024 * 1024

/** A last line that was cut off when the process was killed is one that is not there. */
async function readResults(file: string): Promise<Map<string, BatchResult>> {
  const size = await stat(file).then(
    (stats) => stats.size,
    () => 0,
  )
  const text = size === 0 || size > largestFile ? '' : await readFile(file, 'utf8')
  const results = new Map<string, BatchResult>()
  for (const line of text.split('\n')) {
    const result = batchResultSchema.safeParse(parsed(line))
    if (result.success) results.set(result.data.spec, result.data)
  }
  return results
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function reportOn(
  specs: readonly string[],
  found: ReadonlyMap<string, BatchResult>,
  required: BatchReport['required'],
): BatchReport {
  const results = specs.flatMap((spec) => found.get(spec) ?? [])
  const order = [...verdicts, 'undecided']
  const count = (name: string) => results.filter(({ verdict = 'undecided' }) => verdict === name).length
  const counts = Object.fromEntries(
    order.map((name) => [name, count(name)] as const).filter(([, number]) => number > 0),
  )
  return { schema: batchSchemaUri, required, met: results.every(({ met }) => met), counts, results }
}
