import type { CiCommand } from './ci/job.ts'
import type { PublishingJob } from './ci.ts'
import type { Project } from './install-root.ts'
import { isManager, type ManagerName } from './managers.ts'
import { type BuildManifest, inside, withParents } from './manifest.ts'
import type { Packer } from './packer.ts'
import { buildingParts, purposeOfCommand, purposeOfText, scriptsReachedBy } from './scripts.ts'
import { commandsOf, quoted, scriptsRunBy } from './shell.ts'

/** Something to run in a folder of the source, and why. */
export type PlannedStep = {
  run: string
  cwd: string
  variables?: Record<string, string>
  from: string
  says: string
}

export type BuildPlan = {
  /** What the project's own installation would have run. */
  afterInstall: PlannedStep[]
  /** What the publishing job runs by itself. */
  byJob: PlannedStep[]
  /** What publishing runs: after the version has been written. */
  lifecycle: PlannedStep[]
  /** Scripts that are left out, and why. */
  leftOut: { from: string; says: string }[]
}

/** Who runs the scripts of a package. */
export type Runner = 'npm' | ManagerName

/** What the tool that published runs, in its order; what it runs itself while it packs is not among it. */
export type Publishing = { runner: Runner; events: string[] }

/**
 * npm: https://docs.npmjs.com/cli/using-npm/scripts#life-cycle-operation-order, and pnpm and bun after it. Yarn 1 does
 * as npm 6 did; yarn 2 and later run `prepack` while they pack, and nothing else of it.
 */
export function publishingBy(packer: Packer['name'], npmMajor: number, yarnMajor: number): Publishing {
  const old = ['prepublish', 'prepare', 'prepublishOnly', 'prepack']
  const events = ['prepublishOnly', 'prepack', 'prepare']
  if (packer === 'yarn') return { runner: 'yarn', events: yarnMajor >= 2 ? ['prepublish'] : old }
  if (packer === 'pnpm' || packer === 'bun') return { runner: packer, events }
  return { runner: 'npm', events: npmMajor < 7 ? old : events }
}

const installEvents = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare']

/** Names under which projects keep what makes their files, the likeliest first. */
const buildScripts = [
  'build',
  'compile',
  'bundle',
  'dist',
  'transpile',
  'make',
  'build:prod',
  'build:lib',
  'build:dist',
  'build:all',
  'build:js',
]

/**
 * What makes the files that are not in the source: the scripts that publishing runs; what the publishing job runs before
 * it; and where neither builds anything, what installing at the root would have run, or a script that is called so.
 */
export function planBuild(options: {
  own: Project
  root: Project
  job: PublishingJob | undefined
  publishing: Publishing
  /** What the project is installed with, and its other scripts are run by. */
  runner: Runner
}): BuildPlan {
  const { own, root, job, publishing, runner } = options
  const leftOut: BuildPlan['leftOut'] = []
  const lifecycle = publishing.events.flatMap((event) =>
    eventStep(event, { ...own, runner: publishing.runner }, 'publishing runs it', leftOut),
  )
  const events = installEvents.filter((event) => !event.includes('prepare') && event !== 'prepublish')
  const afterInstall = events.flatMap((event) => eventStep(event, { ...root, runner }, 'installing runs it', leftOut))
  const reached = lifecycle.flatMap(({ run }) => [...scriptsReachedBy(run, own.manifest.scripts)])
  const byJob = job === undefined ? [] : jobSteps(job, { own, root, reached: new Set(reached) })
  if (byJob.length + lifecycle.length > 0) return { afterInstall, byJob, lifecycle, leftOut }
  return { afterInstall, byJob: fallbackSteps({ ...own, runner }, { ...root, runner }, leftOut), lifecycle, leftOut }
}

type Runnable = Project & { runner: Runner }

function eventStep(event: string, project: Runnable, why: string, leftOut: BuildPlan['leftOut']): PlannedStep[] {
  const { manifest } = project
  const text = scriptOf(manifest, event)
  if (text === undefined) return []
  const purpose = purposeOfText(text, manifest.scripts)
  if (purpose === 'build') return [scriptStep(event, project, why)]
  leftOut.push({ from: scriptPath(project, event), says: `"${text}" is left out: ${excuses[purpose]}.` })
  return []
}

function scriptPath({ directory }: Project, name: string): string {
  return `${inside(directory, 'package.json')} scripts.${name}`
}

/** Runs a script of a package, or of one that also tests or pushes only what leaves files. */
function scriptStep(name: string, project: Runnable, why: string): PlannedStep {
  const { directory: cwd, manifest, runner } = project
  const text = scriptOf(manifest, name) ?? ''
  const from = scriptPath(project, name)
  const parts = hasHooks(manifest, name) ? undefined : buildingParts(text, manifest.scripts)
  if (parts === undefined || parts.length === text.split('&&').length) {
    return { run: `${runner} run ${quoted(name)}`, cwd, from, says: `"${text}": ${why}.` }
  }
  return { run: withPrograms(parts.join(' && '), cwd), cwd, from, says: `${why}; of "${text}" only what leaves files.` }
}

function hasHooks(manifest: BuildManifest, name: string): boolean {
  return scriptOf(manifest, `pre${name}`) !== undefined || scriptOf(manifest, `post${name}`) !== undefined
}

const excuses = {
  check: 'it tests or checks, and leaves no files',
  setup: "it sets up a developer's checkout",
  release: 'it publishes or pushes',
  nothing: 'it does nothing',
  build: '',
}

/** As `npm run` and the others do: programs of the dependencies, here and in the folders above, come first on the PATH. */
function withPrograms(run: string, directory: string): string {
  const folders = withParents(directory).map((_, depth) => `$PWD/${'../'.repeat(depth)}node_modules/.bin`)
  return `export PATH="${folders.join(':')}:$PATH"\n${run}`
}

/** What the job itself runs before it publishes, as far as it is a script of the project that the lifecycle does not run. */
function jobSteps(
  job: PublishingJob,
  { own, root, reached }: { own: Project; root: Project; reached: ReadonlySet<string> },
): PlannedStep[] {
  const steps: PlannedStep[] = []
  for (const command of job.before) {
    // A job's folder is the source's root unless it says otherwise; that is where the project is installed.
    const project = command.directory === own.directory && command.directory !== '' ? own : root
    const { scripts } = project.manifest
    for (const words of commandsOf(command.run)) {
      const names = scriptsRunBy(words)
      if (!isRunner(words[0]) || names.length === 0 || words.some((word) => word.includes('$'))) continue
      if (purposeOfCommand(words, scripts) !== 'build') continue
      if (project.directory === own.directory && names.every((name) => reached.has(name))) continue
      const step = jobStep(words, command, project, job)
      if (!steps.some(({ run, cwd }) => run === step.run && cwd === step.cwd)) steps.push(step)
    }
  }
  return steps
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

function fallbackSteps(own: Runnable, root: Runnable, leftOut: BuildPlan['leftOut']): PlannedStep[] {
  if (root.directory !== own.directory) {
    const inherited = eventStep('prepare', root, 'installing at the root runs it', leftOut)
    if (inherited.length > 0) return inherited
  }
  for (const project of root.directory === own.directory ? [own] : [own, root]) {
    const name = buildScripts.find((script) => scriptOf(project.manifest, script) !== undefined)
    if (name === undefined) continue
    return [scriptStep(name, project, 'nothing that publishing runs makes the missing files, and this may')]
  }
  return []
}

function scriptOf({ scripts }: BuildManifest, name: string): string | undefined {
  return Object.hasOwn(scripts, name) ? scripts[name] : undefined
}

function isRunner(program: string | undefined): program is Runner {
  return program === 'npm' || isManager(program)
}

/** Programs that come with a package manager. */
const aliases: Record<string, ManagerName> = { pnpx: 'pnpm', bunx: 'bun', yarnpkg: 'yarn' }

/** Package managers besides npm that the scripts of a plan call, through all the scripts that they lead to. */
export function managersIn(plan: BuildPlan, own: Project, root: Project): ManagerName[] {
  const found = new Set<ManagerName>()
  for (const { run, cwd } of [...plan.afterInstall, ...plan.byJob, ...plan.lifecycle]) {
    const { manifest } = cwd === own.directory ? own : root
    const texts = [...scriptsReachedBy(run, manifest.scripts)].flatMap((name) => scriptOf(manifest, name) ?? [])
    for (const [program] of [run, ...texts].flatMap(commandsOf)) {
      const name = program === undefined ? undefined : (aliases[program] ?? program)
      if (isManager(name)) found.add(name)
    }
  }
  return [...found]
}
