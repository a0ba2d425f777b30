import type { PlannedStep } from './build-steps.ts'
import { inTurn } from './shell.ts'

/** `npx -y rollup`, `npm exec -- rollup`: the name of what is run, without a version or another package that has it. */
const calls = /(?<![\w./-])(?:npx|npm (?:exec|x))(?: +(?:-y|--yes|-q|--quiet|--))* +([a-z\d][\w.-]*)(?![\w@./-])/g

const mostPrograms = 8

/** Programs that texts of scripts run with npx, each once. https://docs.npmjs.com/cli/commands/npx */
export function programsOfNpx(texts: readonly string[]): string[] {
  const names = texts.flatMap((text) => [...text.slice(0, 65_536).matchAll(calls)].flatMap(([, name]) => name ?? []))
  return [...new Set(names)].slice(0, mostPrograms)
}

/**
 * What npx does where a project does not have a program: it takes the package of that name from the registry. A build has
 * no network any more, so that it is brought with the rest; of what the project has itself nothing is changed.
 */
export function withNpxPrograms(install: PlannedStep, names: readonly string[]): PlannedStep {
  const fetching = names.map(
    (name) =>
      `{ test -e node_modules/.bin/${name} || npm install --ignore-scripts --no-save --no-package-lock ${name}; }`,
  )
  if (names.length === 0) return install
  const says = `${names.join(', ')}: what builds runs it with npx, which would fetch it if it were not there.`
  return { ...install, run: inTurn([install.run, ...fetching]), says: `${install.says} ${says}` }
}
