import type { z } from 'zod'
import type { Progress, Stage } from './model/progress.ts'
import type { Run } from './store/runs.ts'

/** The pipeline's stages as they are gone through: reported, timed, and each noun kept as soon as it exists. */
export type Stages = {
  /** Does `work` as this stage, and reports it. `describe` says in a few words what came out. */
  run<Result>(stage: Stage, work: () => Promise<Result>, describe?: (result: Result) => string): Promise<Result>
  /** The noun that an earlier process kept under this name, or what `make` gives, which is then kept. */
  keep<Schema extends z.ZodType>(
    name: Stage,
    schema: Schema,
    make: () => Promise<z.infer<Schema>>,
    describe?: (noun: z.infer<Schema>) => string,
  ): Promise<z.infer<Schema>>
  /** The noun that an earlier process kept, for a stage that needs more than the noun. */
  kept<Schema extends z.ZodType>(name: Stage, schema: Schema): Promise<z.infer<Schema> | undefined>
  save(name: Stage, noun: unknown): Promise<void>
  /** The one that is running; the innermost, where one is part of another. After an error, the one that failed. */
  current(): Stage
  /** Seconds of each stage that ran here; `attempts` are those of all rebuilds after the first. */
  timings: Record<string, number>
}

/** @param run where nouns are kept; without one nothing is. */
export function stagesOf(run: Pick<Run, 'load' | 'save'> | undefined, progress: Progress): Stages {
  let current: Stage = 'artifact'
  const timings: Record<string, number> = {}
  const stages: Stages = {
    timings,
    current: () => current,
    async run(stage, work, describe) {
      const outer = current
      current = stage
      const started = performance.now()
      progress({ type: 'stage', stage, state: 'started' })
      const result = await work().finally(() => {
        timings[stage] = (performance.now() - started) / 1000
      })
      current = outer
      progress({ type: 'stage', stage, state: 'finished', ...(describe && { detail: describe(result) }) })
      return result
    },
    kept: async (name, schema) => await run?.load(name, schema),
    save: async (name, noun) => await run?.save(name, noun),
    async keep(name, schema, make, describe) {
      const kept = await stages.kept(name, schema)
      if (kept !== undefined) {
        current = name
        progress({ type: 'stage', stage: name, state: 'resumed', ...(describe && { detail: describe(kept) }) })
        return kept
      }
      return await stages.run(
        name,
        async () => {
          const noun = await make()
          await stages.save(name, noun)
          return noun
        },
        describe,
      )
    },
  }
  return stages
}
