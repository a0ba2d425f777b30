import { type PlannedStep, scriptOf, withoutPath, withPrograms } from './build-steps.ts'
import type { Project } from './install-root.ts'
import { isManager } from './managers.ts'
import { purposeOfCommand } from './scripts.ts'
import { commandsOf, quoted, scriptsRunBy } from './shell.ts'

const depthLimit = 8

/** What a member of a workspace is called: in package.json, and by nx where that has another name for it. */
type Named = Pick<Project['manifest'], 'name' | 'nx'>

/**
 * A step of the root that builds all packages of a monorepo, restricted to one and those that it needs: the task runner
 * knows them. `undefined` where it does something else, too, or restricts itself already in a way of its own.
 * https://turborepo.com/docs/reference/run, https://nx.dev/nx-api/nx/documents/run-many,
 * https://lerna.js.org/docs/features/run-tasks, https://pnpm.io/filtering, https://yarnpkg.com/cli/workspaces/foreach
 */
export function narrowed(step: PlannedStep, root: Project, { name, nx }: Named): PlannedStep | undefined {
  if (name === undefined || step.cwd !== root.directory) return undefined
  const words = soleBuilder(step.run, root, 0)
  const narrow = words && narrowedCommand(words, words[0] === 'nx' ? (nx?.name ?? name) : name)
  if (narrow === undefined) return undefined
  const says = `${step.says.slice(0, 400)} Of all packages, this one and those that it needs are built.`
  return { ...step, run: withPrograms(narrow.map(quoted).join(' '), step.cwd), says }
}

/** The one command of a step that builds anything, through the scripts that it runs. */
function soleBuilder(text: string, root: Project, depth: number): string[] | undefined {
  const { scripts } = root.manifest
  const builders = commandsOf(withoutPath(text)).filter((words) => purposeOfCommand(words, scripts) === 'build')
  const [found] = builders
  if (found === undefined || builders.length > 1 || depth > depthLimit) return undefined
  const words = withoutManager(found, scripts)
  const [name, ...others] = narrowedCommand(words, '') ? [] : scriptsRunBy(words)
  if (name === undefined) return words
  const inner = others.length === 0 ? scriptOf(root.manifest, name) : undefined
  const hooked = ['pre', 'post'].some((hook) => scriptOf(root.manifest, `${hook}${name}`) !== undefined)
  return inner === undefined || hooked ? undefined : soleBuilder(inner, root, depth + 1)
}

/** `yarn nx run-many`: other package managers than npm run programs of the dependencies as if they were scripts. */
function withoutManager(words: string[], scripts: Record<string, string>): string[] {
  const [manager = '', program = ''] = words
  const isCalled = isManager(manager) && taskRunners.has(program) && !Object.hasOwn(scripts, program)
  return isCalled ? words.slice(1) : words
}

const taskRunners = new Set(['turbo', 'nx', 'lerna'])

function narrowedCommand(words: string[], name: string): string[] | undefined {
  const [program = '', first = ''] = words
  switch (program) {
    case 'turbo':
      if (first !== 'run' && first.startsWith('-')) return undefined
      return [...withoutOptions(words, ['--filter', '-F']), `--filter=${name}`]
    case 'nx':
      if (first !== 'run-many') return undefined
      return [...withoutOptions(words, ['--projects', '-p', '--exclude'], ['--all']), `--projects=${name}`]
    case 'lerna':
      if (first !== 'run') return undefined
      return [
        ...withoutOptions(words, ['--scope', '--ignore', '--since'], ['--include-dependencies']),
        `--scope=${name}`,
        '--include-dependencies',
      ]
    case 'pnpm':
      return narrowedPnpm(words, name)
    case 'yarn': {
      if (first !== 'workspaces' || words[1] !== 'workspaces' || words[2] !== 'foreach') return undefined
      const run = words.findIndex((word, index) => index > 2 && !word.startsWith('-'))
      return run < 0 ? undefined : ['yarn', 'workspaces', 'foreach', '-Rpt', '--from', name, ...words.slice(run)]
    }
    default:
      return undefined
  }
}

function narrowedPnpm(words: string[], name: string): string[] | undefined {
  const isAll = words.some((word) => word === '-r' || word === '--recursive' || word === 'recursive')
  const filters = words.some((word) => /^(?:--filter(?:=|$)|-F$)/.test(word))
  if (!isAll && !filters) return undefined
  const rest = withoutOptions(words.slice(1), ['--filter', '-F'], ['-r', '--recursive', 'recursive', '--parallel'])
  return ['pnpm', '--filter', `${name}...`, ...rest]
}

/** @param valued options with a value, `--a b` or `--a=b` */
function withoutOptions(words: string[], valued: string[], plain: string[] = []): string[] {
  return words.filter((word, index) => {
    const before = words[index - 1] ?? ''
    if (plain.includes(word) || valued.includes(word)) return false
    return !valued.includes(before) && !valued.some((option) => word.startsWith(`${option}=`))
  })
}
