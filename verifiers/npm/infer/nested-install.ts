import { isRunner, type PlannedStep, withoutPath } from './build-steps.ts'
import { installing } from './build-ways.ts'
import type { Project } from './install-root.ts'
import { scriptsReachedBy } from './scripts.ts'
import { commandsOf } from './shell.ts'

/** The network of an installation for a step that installs something by itself: `cd cli && npm install && cd .. && …`. */
export function mayInstall(step: PlannedStep, projects: readonly Project[]): PlannedStep {
  const scripts = projects.find(({ directory }) => directory === step.cwd)?.manifest.scripts ?? {}
  const text = withoutPath(step.run)
  const texts = [text, ...[...scriptsReachedBy(text, scripts)].map((name) => textOf(name, scripts))]
  if (!texts.flatMap(commandsOf).some(isInstallation)) return step
  return { ...step, installs: true, says: `${step.says} It installs something by itself, which is recorded.` }
}

/** With the hooks of a script. */
function textOf(name: string, scripts: Record<string, string>): string {
  return [`pre${name}`, name, `post${name}`].map((one) => (Object.hasOwn(scripts, one) ? scripts[one] : '')).join('\n')
}

function isInstallation([program, ...words]: string[]): boolean {
  if (!isRunner(program) || words.some((word) => /^(?:-v|--version|--help)$/.test(word))) return false
  const action = words.find((word, index) => !word.startsWith('-') && !folders.has(words[index - 1] ?? ''))
  return action === undefined ? program === 'yarn' : installing.has(action)
}

/** Options whose value is a folder. */
const folders = new Set(['--prefix', '-C', '--dir', '--cwd'])
