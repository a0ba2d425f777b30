import { oneLine } from '../../cli/context.ts'
import { exitCodeOf, problemFrom } from '../../verifiers/model/problem.ts'
import { openRunner, type Runner } from '../runner.ts'

/** A step of the reusable workflow: what goes wrong is said in one line, and ends the job. */
export async function runStep(
  step: (runner: Runner, environment: NodeJS.ProcessEnv) => Promise<number>,
): Promise<void> {
  const runner = openRunner(process.env, (text) => void process.stdout.write(text))
  try {
    process.exitCode = await step(runner, process.env)
  } catch (error) {
    const problem = problemFrom(error)
    const message = `${oneLine(problem.message)} ${oneLine(problem.hint ?? '')}`.trim()
    runner.annotate({ level: 'error', title: `reproof: ${problem.code}`, message })
    process.exitCode = exitCodeOf(problem.code)
  } finally {
    runner.close()
  }
}
