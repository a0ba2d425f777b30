import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type CliContext, foldersFrom, oneLine } from '../cli/context.ts'
import type { ProgressEvent } from '../verifiers/model/progress.ts'
import type { GitHub } from './github.ts'
import type { Inputs } from './inputs.ts'
import type { Job } from './job.ts'
import type { Runner } from './runner.ts'

/** What a mode gets of the world. */
export type World = {
  inputs: Inputs
  job: Job
  runner: Runner
  context: CliContext
  github: GitHub
}

/** As a mode ended: what the step’s exit code is to be. */
export type Ended = { code: number }

export function openWorld(
  { inputs, job, runner }: Pick<World, 'inputs' | 'job' | 'runner'>,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): World {
  const variables = { ...environment, ...checkoutInstead(job, environment) }
  const context: CliContext = {
    environment: variables,
    ...foldersFrom(variables),
    write: runner.log,
    say: runner.log,
    progress: (event) => tell(event, runner),
    signal,
    color: false,
    width: 100,
    setExitCode: () => undefined,
  }
  const { api, repository } = job
  const github = { api, repository, token: inputs['github-token'], environment, signal }
  return { inputs, job, runner, context, github }
}

/**
 * What the job checked out has the commit already, also of a private repository. git still answers for every object by its
 * digest, so that it does not matter what else was done to the folder.
 */
function checkoutInstead({ server, repository, workspace }: Job, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (!existsSync(join(workspace, '.git'))) return {}
  const known = Number(environment.GIT_CONFIG_COUNT ?? 0)
  const at = Number.isSafeInteger(known) && known >= 0 ? known : 0
  return {
    GIT_CONFIG_COUNT: String(at + 1),
    [`GIT_CONFIG_KEY_${at}`]: `url.${workspace}.insteadOf`,
    [`GIT_CONFIG_VALUE_${at}`]: `${server}/${repository}`,
  }
}

function tell(event: ProgressEvent, { log }: Runner): void {
  if (event.type === 'notice') log(`${event.stage}: ${oneLine(event.text)}`)
  if (event.type === 'stage' && event.state !== 'started') {
    log(`${event.stage}${event.detail === undefined ? '' : `: ${oneLine(event.detail)}`}`)
  }
}
