import {
  eventStep,
  isRunner,
  type LeftOut,
  type PlannedStep,
  type Runner,
  scriptOf,
  scriptStep,
  withoutPath,
  withPrograms,
} from './build-steps.ts'
import { installing, otherWays, siblingSteps } from './build-ways.ts'
import type { CiCommand } from './ci/job.ts'
import type { PublishingJob } from './ci.ts'
import { isFileWork } from './file-work.ts'
import type { Project } from './install-root.ts'
import { programOf } from './job-programs.ts'
import { buildingTarget } from './makefile.ts'
import { isManager, type ManagerName } from './managers.ts'
import { narrowed } from './narrow.ts'
import type { Packer } from './packer.ts'
import { builtByCheck, mostChecks, purposeOfCommand, scriptsReachedBy } from './scripts.ts'
import { commandsOf, quoted, scriptsRunBy } from './shell.ts'
import type { Siblings } from './workspace.ts'

export type BuildPlan = {
  /** What the project's own installation would have run. */
  afterInstall: PlannedStep[]
  /** What the publishing job runs by itself. */
  byJob: PlannedStep[]
  /** What publishing runs: after the version has been written. */
  lifecycle: PlannedStep[]
  /** Scripts that are left out, what cannot be done in its order, and why. */
  leftOut: LeftOut[]
  /** How many ways to build there are; this is one of them. */
  ways: number
  /** Whether all of it is done for this package and what it needs of its workspace, and not for the others. */
  apart: boolean
}

/** What the tool that published runs, in its order; what it runs itself while it packs is not among it. */
export type Publishing = {
  runner: Runner
  events: string[]
  /** Whether it finds no programs of a workspace's root by itself, as it does where yarn or lerna has called it. */
  ownOnly?: boolean
}

/**
 * npm: https://docs.npmjs.com/cli/using-npm/scripts#life-cycle-operation-order, and pnpm and bun after it. Yarn 1 does
 * as npm 6 did; yarn 2 and later run `prepack` while they pack, and nothing else of it.
 */
export function publishingBy(packer: Packer['name'], npmMajor: number, yarnMajor: number): Publishing {
  const old = ['prepublish', 'prepare', 'prepublishOnly', 'prepack']
  const events = ['prepublishOnly', 'prepack', 'prepare']
  if (packer === 'lerna') return { runner: 'npm', events: old }
  if (packer === 'yarn') return { runner: 'yarn', events: yarnMajor >= 2 ? ['prepublish'] : old }
  if (packer === 'pnpm' || packer === 'bun') return { runner: packer, events }
  return npmMajor < 7 ? { runner: 'npm', events: old, ownOnly: true } : { runner: 'npm', events }
}

const noSiblings: Siblings = { direct: [], needed: [], all: [], circular: [], others: 0 }

const installEvents = ['install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare']

/**
 * What makes the files that are not in the source: the scripts that publishing runs; what the publishing job runs before
 * it; and where neither builds anything, what installing at the root would have run, or a script that is called so.
 */
export function planBuild(options: {
  own: Project
  root: Project
  /** Members of the workspace that the package depends on, in the order in which they are built. */
  siblings?: Siblings
  job: PublishingJob | undefined
  publishing: Publishing
  /** What the project is installed with, and its other scripts are run by. */
  runner: Runner
  /** Whether a folder that the build makes is published in place of the package's own. */
  elsewhere?: boolean
  /** Text of the Makefile at the root. */
  makefile?: string
  /** Text of the package's gulpfile. */
  gulpfile?: string
  /** Programs of the source that the job runs and that write files. */
  writers?: ReadonlySet<string>
  /** Whether what publishing runs formats what it has built, where it does both. */
  formatting?: boolean
  /** Whether what writes documents anew is part of that. */
  documents?: boolean
  /** Whether what checks on the way to publishing build is built. */
  checking?: boolean
  /** Whether only a part of the workspace is there, so that all of it cannot be built. */
  focused?: boolean
  /** Which of the ways to build, counted from 0; the last where there are not so many. */
  way?: number
}): BuildPlan {
  const { own, root, siblings = noSiblings, job, publishing, runner, elsewhere = false, way = 0 } = options
  const {
    makefile = '',
    gulpfile = '',
    writers = new Set<string>(),
    formatting = false,
    documents = false,
    checking = false,
    focused = false,
  } = options
  const leftOut: LeftOut[] = []
  const published = elsewhere ? [] : publishing.events
  const publisher = { ...own, runner: publishing.runner, formatting, documents, checking }
  const needsAbove = publishing.ownOnly === true && own.directory !== root.directory
  const lifecycle = published
    .flatMap((event) => eventStep(event, publisher, 'publishing runs it', leftOut))
    .map((step) => (needsAbove ? withProgramsAbove(step) : step))
  // `preinstall` decides whether and how it is installed, which is done: mostly it asks who installs.
  const events = installEvents.filter((event) => !event.includes('prepare') && event !== 'prepublish')
  const variables = job ? variablesOfInstall(job) : {}
  const afterInstall = events
    .flatMap((event) => eventStep(event, { ...root, runner }, 'installing runs it', leftOut))
    .map((step) => (Object.keys(variables).length > 0 ? { ...step, variables } : step))
  const reached = new Set(lifecycle.flatMap(({ run }) => [...scriptsReachedBy(run, own.manifest.scripts)]))
  const found = job === undefined ? [] : jobSteps(job, { own, root, reached, makefile, writers, checking })
  // Copies alone make nothing.
  const copiesOnly = !elsewhere && lifecycle.length === 0 && found.every(({ run }) => isFileWork(withoutPath(run)))
  const ofAll = focused && found.some((step) => buildsAll(step, root, own))
  const byJob = copiesOnly || ofAll ? [] : found
  const isPart = (steps: PlannedStep[]) => !focused || !steps.some((step) => buildsAll(step, root, own))
  const others = otherWays({ own, root, siblings, runner, reached, makefile, gulpfile, leftOut, checking }).filter(
    isPart,
  )
  const before = siblingSteps(siblings.needed, runner)
  const bare = byJob.length + lifecycle.length === 0
  const bases = byJob.length > 0 ? withNarrowed(byJob, root, own) : [before]
  const added = others.map((it) => [...byJob, ...it])
  const ways = distinctWays(bare ? others.flatMap((it) => withNarrowed(it, root, own)) : [...bases, ...added])
  const chosen = ways[Math.min(way, ways.length - 1)] ?? []
  // A part that nothing builds is worth nothing; what builds all of it may get as far as this package.
  if (focused && chosen.length + lifecycle.length === 0) return planBuild({ ...options, focused: false })
  const first = job !== undefined && byJob.length > 0 ? preparedFirst(byJob, job, { own, root, runner }) : []
  const narrow = new Set(ways.flat().flatMap((step) => narrowed(step, root, own.manifest)?.run ?? []))
  const isApart = ({ run, cwd }: PlannedStep) =>
    cwd !== root.directory || narrow.has(run) || isFileWork(withoutPath(run))
  return {
    afterInstall: [...afterInstall, ...first],
    byJob: chosen,
    lifecycle: stillThere(chosen, lifecycle, own),
    leftOut,
    ways: ways.length,
    apart: root.directory !== own.directory && [...afterInstall, ...chosen].every(isApart),
  }
}

/** Where a package manager puts things, which is another matter here. */
const ofManagers = /^(?:YARN|NPM|PNPM|BUN)_/i

/** What a job sets where it installs, and so for what that runs. */
function variablesOfInstall(job: PublishingJob): Record<string, string> {
  const { variables = {} } = installingCommand(job) ?? {}
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !ofManagers.test(name)))
}

/** What of a job installs the project's dependencies. */
function installingCommand({ before }: PublishingJob): CiCommand | undefined {
  return before.find(({ run }) =>
    commandsOf(run).some(
      ([program, action = '', ...rest]) => isRunner(program) && installing.has(action) && !rest.includes('-g'),
    ),
  )
}

/**
 * A project's own `prepare` has been run by its installation when its job builds, which may need what that leaves.
 * https://docs.npmjs.com/cli/using-npm/scripts#life-cycle-scripts
 */
function preparedFirst(
  byJob: PlannedStep[],
  job: PublishingJob,
  { own, root, runner }: { own: Project; root: Project; runner: Runner },
): PlannedStep[] {
  const { scripts } = own.manifest
  const text = scriptOf(own.manifest, 'prepare')
  const commands = job.before.flatMap(({ run }) => commandsOf(run))
  const prepares = installingCommand(job) !== undefined && !commands.some((words) => words.includes('--ignore-scripts'))
  if (text === undefined || !prepares || root.directory !== own.directory || runner === 'yarn') return []
  const ofJob = new Set(byJob.flatMap(({ run }) => [...scriptsReachedBy(run, scripts)]))
  const reached = [...scriptsReachedBy(text, scripts)]
  const isSame = [...ofJob].some((name) => scripts[name]?.includes(text))
  if (isSame || (reached.length > 0 && reached.every((name) => ofJob.has(name)))) return []
  return eventStep('prepare', { ...own, runner }, 'installing runs it, before the job builds', [])
}

function withProgramsAbove(step: PlannedStep): PlannedStep {
  return { ...step, run: withPrograms(withoutPath(step.run), step.cwd) }
}

/** Takes the scripts out of package.json: https://github.com/privatenumber/clean-pkg-json */
const cleaning = /\bclean-pkg-json\b/

/** What publishing runs after something has taken scripts out of package.json is run as far as it is left. */
function stillThere(byJob: PlannedStep[], lifecycle: PlannedStep[], own: Project): PlannedStep[] {
  const { scripts } = own.manifest
  const cleans = ({ run }: PlannedStep) =>
    [run, ...[...scriptsReachedBy(run, scripts)].map((name) => scripts[name] ?? '')].some((text) => cleaning.test(text))
  let cleaned = byJob.some(cleans)
  return lifecycle.map((step) => {
    const asked = cleaned
      ? { ...step, run: step.run.replace(/^(npm|pnpm|bun) run (?=\S+$)/m, '$1 run --if-present ') }
      : step
    cleaned ||= cleans(step)
    return asked
  })
}

/** What builds a whole monorepo is tried for this package first. */
function withNarrowed(steps: PlannedStep[], root: Project, own: Project): PlannedStep[][] {
  if (root.directory === own.directory) return [steps]
  const changed = steps.map((step) => narrowed(step, root, own.manifest) ?? step)
  return [changed, steps]
}

function buildsAll(step: PlannedStep, root: Project, own: Project): boolean {
  const isOfRoot = step.cwd === root.directory && root.directory !== own.directory
  return isOfRoot && !isFileWork(withoutPath(step.run)) && narrowed(step, root, own.manifest) === undefined
}

function distinctWays(ways: PlannedStep[][]): PlannedStep[][] {
  const keyOf = (steps: PlannedStep[]) => JSON.stringify(steps.map(({ run, cwd }) => [run, cwd]))
  return [...new Map(ways.map((steps) => [keyOf(steps), steps] as const)).values()]
}

/** What the job itself runs before it publishes, as far as it is a script of the project that the lifecycle does not run. */
function jobSteps(
  job: PublishingJob,
  {
    own,
    root,
    reached,
    makefile,
    writers,
    checking,
  }: Pick<Parameters<typeof otherWays>[0], 'own' | 'root' | 'reached' | 'makefile'> & {
    writers: ReadonlySet<string>
    checking: boolean
  },
): PlannedStep[] {
  const steps: PlannedStep[] = []
  let checks = checking ? mostChecks : 0
  for (const command of job.before.flatMap(lineByLine)) {
    // A job's folder is the source's root unless it says otherwise; that is where the project is installed.
    const project = command.directory === own.directory && command.directory !== '' ? own : root
    const { scripts } = project.manifest
    if (!command.ofScript && isFileWork(command.run)) {
      const at = command.directory === '' ? project : { ...project, directory: command.directory }
      steps.push(programStep(command.run, command, at, job))
      continue
    }
    for (const asked of commandsOf(command.run)) {
      const words = asked[0] === 'make' ? buildingTarget(makefile, asked) : asked
      const names = scriptsRunBy(words)
      const isScript = (isRunner(words[0]) || words[0] === 'node') && names.length > 0
      const isWriter = writers.has(programOf(words, command) ?? '')
      const counts = isScript || command.ofScript || isWriter || isBuilder(words)
      if (!counts || words.some((word) => word.includes('$'))) continue
      if (purposeOfCommand(words, scripts) !== 'build') {
        const built = isScript && checks-- > 0 ? builtByCheck(words.join(' '), scripts) : []
        if (built.length > 0) steps.push(programStep(built.join(' && '), command, project, job))
        continue
      }
      if (!isScript) {
        const run = command.ofScript ? command.run : words.map(quoted).join(' ')
        const at = isWriter && command.directory !== '' ? { ...project, directory: command.directory } : project
        steps.push(programStep(run, command, at, job))
        continue
      }
      if (project.directory === own.directory && names.every((name) => reached.has(name))) continue
      const step = jobStep(words, command, project, job)
      if (!steps.some(({ run, cwd }) => run === step.run && cwd === step.cwd)) steps.push(step)
    }
  }
  return steps
}

function lineByLine(command: CiCommand): CiCommand[] {
  if (command.ofScript) return [command]
  const lines = command.run.replace(/\\\r?\n/g, ' ').split('\n')
  return lines.flatMap((line) => (line.trim() === '' ? [] : [{ ...command, run: line.trim() }]))
}

const builders = new Set(
  `turbo nx tsc tsup tsdown rollup vite webpack esbuild swc babel unbuild preconstruct microbundle parcel ncc tshy zshy
  bob father pkgroll rslib rsbuild ng-packagr vite-plus wireit`.split(/\s+/),
)
const building =
  /(?:^|[./_-])(?:build|compile|bundle|dist|generate|transpile|make|all|prepublish|prepack)(?:$|[./_:-])/i

/** Programs that build and nothing else; of those that run anything only what is called so. */
function isBuilder([program = '', first = '']: string[]): boolean {
  if (program === 'make' || program === 'node' || program === 'lerna') return building.test(first)
  return builders.has(program)
}

/** `preconstruct build`: one part of a script, with the variables that it sets. */
function programStep(
  run: string,
  { variables }: CiCommand,
  { directory: cwd }: Project,
  { from }: PublishingJob,
): PlannedStep {
  const set = variables && Object.keys(variables).length > 0 ? { variables } : {}
  return { run: withPrograms(run, cwd), cwd, from, says: `${from} runs it before it publishes.`, ...set }
}

function jobStep(words: string[], command: CiCommand, project: Project, job: PublishingJob): PlannedStep {
  const why = `${job.from} runs it before it publishes`
  const [runner, action] = words
  const name = action === 'run' || action === 'run-script' ? words[2] : action
  const variables =
    command.variables && Object.keys(command.variables).length > 0 ? { variables: command.variables } : {}
  const isPlain = words.at(-1) === name && words.length === (name === action ? 2 : 3)
  if (isPlain && isRunner(runner) && name !== undefined && scriptOf(project.manifest, name) !== undefined) {
    return { ...scriptStep(name, { ...project, runner }, why), ...variables }
  }
  const cwd = command.directory === '' ? project.directory : command.directory
  return { run: words.map(quoted).join(' '), cwd, from: job.from, says: `${why}.`, ...variables }
}

/** Programs that come with a package manager. */
const aliases: Record<string, ManagerName> = { pnpx: 'pnpm', bunx: 'bun', yarnpkg: 'yarn' }

/** Package managers besides npm that the scripts of a plan call, through all the scripts that they lead to. */
export function managersIn(plan: BuildPlan, projects: Project[], root: Project): ManagerName[] {
  const found = new Set<ManagerName>()
  for (const [program] of textsOf(plan, projects, root).flatMap(commandsOf)) {
    const name = program === undefined ? undefined : (aliases[program] ?? program)
    if (isManager(name)) found.add(name)
  }
  return [...found]
}

/** What a plan runs, with the text of every script that it leads to. */
export function textsOf(plan: BuildPlan, projects: Project[], root: Project): string[] {
  return [...plan.afterInstall, ...plan.byJob, ...plan.lifecycle].flatMap(({ run, cwd }) => {
    const { manifest } = projects.find(({ directory }) => directory === cwd) ?? root
    return [run, ...[...scriptsReachedBy(run, manifest.scripts)].flatMap((name) => scriptOf(manifest, name) ?? [])]
  })
}
