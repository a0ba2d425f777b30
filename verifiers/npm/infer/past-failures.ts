import { type PlannedStep, withoutPath, withPrograms } from './build-steps.ts'
import type { Project } from './install-root.ts'
import { chainOf } from './scripts.ts'
import { commandsOf } from './shell.ts'

/** Compilers that write what they have made in spite of the errors that they end with. */
const emitting = /^(?:vue-)?tsc$/

/** npm runs a script of every member, whatever became of the ones before it. */
const eachMember = /^npm run \S+ (?:.* )?(?:--workspaces|-ws)\b/

/**
 * A step that goes on where a part of it fails: what only puts a site somewhere or checks types may fail, and what was
 * published be there all the same. A step is left as it is where nothing would be left after a failure.
 *
 * @param options.always whether what comes after the step may do without it
 */
export function pastFailures(
  step: PlannedStep,
  projects: readonly Project[],
  { always = false }: { always?: boolean } = {},
): PlannedStep {
  const scripts = projects.find(({ directory }) => directory === step.cwd)?.manifest.scripts ?? {}
  const parts = chainOf(withoutPath(step.run), scripts)
  const isCompiled = parts.some((part) => commandsOf(part).some(([program = '']) => emitting.test(program)))
  const isEach = parts.some((part) => eachMember.test(part))
  if (parts.length < 2 && !isCompiled && !isEach && !always) return step
  const run = parts.map((part) => `( ${part} ) || echo "That failed; what it left is taken." >&2`).join('\n')
  return { ...step, run: withPrograms(run, step.cwd), says: `${step.says} It goes on past what fails.` }
}
