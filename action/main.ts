import { oneLine } from '../cli/context.ts'
import { exitCodeOf, problemFrom } from '../verifiers/model/problem.ts'
import { readInputs } from './inputs.ts'
import { readJob } from './job.ts'
import { openRunner, type Runner } from './runner.ts'
import { type Ended, openWorld, type World } from './world.ts'

const modes: Record<World['inputs']['mode'], (world: World) => Promise<Ended>> = {
  attest: async (world) => await (await import('./attest.ts')).attest(world),
  verify: async (world) => await (await import('./verify.ts')).verify(world),
  check: async (world) => await (await import('./check.ts')).check(world),
}

async function main(environment: NodeJS.ProcessEnv): Promise<number> {
  const runner = openRunner(environment, (text) => void process.stdout.write(text))
  const aborting = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => aborting.abort())
  try {
    const inputs = readInputs(environment)
    const job = await readJob(environment)
    process.chdir(job.workspace)
    const { code } = await modes[inputs.mode](openWorld({ inputs, job, runner }, environment, aborting.signal))
    return code
  } catch (error) {
    return await fail(error, runner, environment)
  } finally {
    runner.close()
  }
}

/** One line in the log, one at the top of the run, and in the summary what to do. */
async function fail(error: unknown, runner: Runner, { REPROOF_DEBUG: debug }: NodeJS.ProcessEnv): Promise<number> {
  const problem = problemFrom(error)
  const hint = problem.hint === undefined ? '' : ` ${oneLine(problem.hint)}`
  const { prose } = await import('../cli/render/markdown.ts')
  runner.annotate({ level: 'error', title: `reproof: ${problem.code}`, message: `${oneLine(problem.message)}${hint}` })
  if (debug) runner.log(problem.stack ?? '')
  await runner.summary(`### ❔ ${problem.code}\n\n<p>${prose(problem.message)}${prose(hint)}</p>\n`)
  return exitCodeOf(problem.code)
}

process.exitCode = await main(process.env)
