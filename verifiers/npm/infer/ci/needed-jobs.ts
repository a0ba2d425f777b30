import type { CiJob } from './job.ts'
import { asRecord, asText, asTexts } from './yaml.ts'

/** A job of a GitHub workflow as it is read, and as it is written. */
export type WrittenJob = { job: CiJob; written: Record<string, unknown> }

/** The artifact that an action keeps or brings; `undefined` in the set is one without a name, or whose name is calculated. */
type Artifacts = Set<string | undefined>

/**
 * What a job takes from another one of its workflow, which has built it, begins with what that one runs.
 * https://docs.github.com/en/actions/tutorials/store-and-share-data
 */
export function withNeededJobs(jobs: ReadonlyMap<string, WrittenJob>): CiJob[] {
  return [...jobs.values()].map((one) => {
    const [artifacts, caches] = [artifactsOf(one, 'download-artifact'), cachesOf(one)]
    if (artifacts.size + caches.size === 0) return one.job
    const makers = reachedFrom(one, jobs).filter(
      (maker) =>
        fits(artifactsOf(maker, 'upload-artifact'), artifacts) || cachesOf(maker).intersection(caches).size > 0,
    )
    return makers.reduceRight<CiJob>((job, maker) => begunWith(maker.job, job), one.job)
  })
}

function artifactsOf({ written }: WrittenJob, action: string): Artifacts {
  return new Set(stepsUsing(written, [action]).map((step) => literal(asText(asRecord(step.with).name))))
}

/**
 * Keys of what a job hands on to others of the same run: a cache of one commit is no cache of dependencies.
 * https://github.com/actions/cache#readme
 */
function cachesOf({ written }: WrittenJob): Set<string> {
  const keys = stepsUsing(written, ['cache', 'cache/save', 'cache/restore']).flatMap(
    (step) => asText(asRecord(step.with).key) ?? [],
  )
  return new Set(keys.filter((key) => /\bgithub\.(?:sha|run_id)\b/.test(key)).map((key) => key.replace(/\s+/g, '')))
}

function stepsUsing({ steps }: Record<string, unknown>, actions: readonly string[]): Record<string, unknown>[] {
  const names = actions.map((action) => `actions/${action}`)
  const all = Array.isArray(steps) ? steps.map(asRecord) : []
  return all.filter(({ uses }) => names.includes(asText(uses)?.split('@', 1)[0] ?? ''))
}

function literal(name: string | undefined): string | undefined {
  return name?.includes('$') ? undefined : name
}

function fits(made: Artifacts, taken: Artifacts): boolean {
  if (made.size === 0 || taken.size === 0) return false
  return made.has(undefined) || taken.has(undefined) || [...made].some((name) => taken.has(name))
}

/** The jobs that one waits for, through those that they wait for, each after all that it waits for itself. */
function reachedFrom(one: WrittenJob, jobs: ReadonlyMap<string, WrittenJob>): WrittenJob[] {
  const found = new Set<WrittenJob>()
  const seen = new Set([one])
  const visit = ({ written }: WrittenJob) => {
    const { needs } = written
    for (const name of typeof needs === 'string' ? [needs] : asTexts(needs)) {
      const next = jobs.get(name)
      if (next === undefined || seen.has(next)) continue
      seen.add(next)
      visit(next)
      found.add(next)
    }
  }
  visit(one)
  return [...found]
}

function begunWith(first: CiJob, job: CiJob): CiJob {
  const shift = first.commands.length
  return {
    ...job,
    node: job.node.length > 0 ? job.node : first.node,
    managers: [...(job.managers ?? []), ...(first.managers ?? [])],
    commands: [...first.commands, ...job.commands],
    actions: job.actions.map(({ name, after }) => ({ name, after: after + shift })),
    variables: { ...first.variables, ...job.variables },
  }
}
