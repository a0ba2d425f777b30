import type { CiCommand } from './ci/job.ts'
import type { PublishingJob } from './ci.ts'
import type { Project } from './install-root.ts'
import { type BuildManifest, withParents } from './manifest.ts'
import { buildingParts, purposeOfCommand, purposeOfText, scriptsReachedBy } from './scripts.ts'
import { commandsOf, quoted, scriptsRunBy } from './shell.ts'

/** Something to run in a folder of the source, and why. */
export type PlannedStep = { run: string; cwd: string; from: string; says: string }

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

/** Order in which npm runs what publishing runs. https://docs.npmjs.com/cli/using-npm/scripts#life-cycle-operation-order */
function publishEvents(npmMajor: number): string[] {
  return npmMajor < 7
    ? ['prepublish', 'prepare', 'prepublishOnly', 'prepack']
    : ['prepublishOnly', 'prepack', 'prepare']
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
  npmMajor: number
}): BuildPlan {
  const { own, root, job, npmMajor } = options
  const leftOut: BuildPlan['leftOut'] = []
  const lifecycle = publishEvents(npmMajor).flatMap((event) => eventStep(event, own, 'publishing runs it', leftOut))
  const events = installEvents.filter((event) => !event.includes('prepare') && event !== 'prepublish')
  const afterInstall = events.flatMap((event) => eventStep(event, root, 'installing runs it', leftOut))
  const reached = lifecycle.flatMap(({ run }) => [...scriptsReachedBy(run, own.manifest.scripts)])
  const byJob = job === undefined ? [] : jobSteps(job, { own, root, reached: new Set(reached) })
  if (byJob.length + lifecycle.length > 0) return { afterInstall, byJob, lifecycle, leftOut }
  return { afterInstall, byJob: fallbackSteps(own, root, leftOut), lifecycle, leftOut }
}

function eventStep(
  event: string,
  { directory, manifest }: Project,
  why: string,
  leftOut: BuildPlan['leftOut'],
): PlannedStep[] {
  const text = scriptOf(manifest, event)
  if (text === undefined) return []
  const from = `${directory === '' ? '' : `${directory}/`}package.json scripts.${event}`
  const purpose = purposeOfText(text, manifest.scripts)
  if (purpose !== 'build') {
    leftOut.push({ from, says: `"${text}" is left out: ${excuses[purpose]}.` })
    return []
  }
  const parts = buildingParts(text, manifest.scripts)
  const whole = text.split('&&').length
  if (parts === undefined || parts.length === whole) {
    return [{ run: `npm run ${event}`, cwd: directory, from, says: `"${text}": ${why}.` }]
  }
  const says = `${why}; of "${text}" only what leaves files.`
  return [{ run: withPrograms(parts.join(' && '), directory), cwd: directory, from, says }]
}

const excuses = {
  check: 'it tests or checks, and leaves no files',
  setup: "it sets up a developer's checkout",
  release: 'it publishes or pushes',
  nothing: 'it does nothing',
  build: '',
}

/** As `npm run` does: programs of the dependencies, here and in the folders above, come first on the PATH. */
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
    const project = command.directory === own.directory ? own : root
    const { scripts } = project.manifest
    for (const words of commandsOf(command.run)) {
      const names = scriptsRunBy(words)
      if (words[0] !== 'npm' || names.length === 0 || words.some((word) => word.includes('$'))) continue
      if (purposeOfCommand(words, scripts) !== 'build') continue
      if (project === own && names.every((name) => reached.has(name))) continue
      const run = words.map(quoted).join(' ')
      if (steps.some((step) => step.run === run)) continue
      steps.push({ run, cwd: folderOf(command, root), from: job.from, says: 'The job that publishes runs it before.' })
    }
  }
  return steps
}

/** A job's folder is the source's root unless it says otherwise; scripts of the project are run where its manifest is. */
function folderOf(command: CiCommand, root: Project): string {
  return command.directory === '' ? root.directory : command.directory
}

function fallbackSteps(own: Project, root: Project, leftOut: BuildPlan['leftOut']): PlannedStep[] {
  if (root.directory !== own.directory) {
    const inherited = eventStep('prepare', root, 'installing at the root runs it', leftOut)
    if (inherited.length > 0) return inherited
  }
  for (const { directory, manifest } of root === own ? [own] : [own, root]) {
    const name = buildScripts.find((script) => scriptOf(manifest, script) !== undefined)
    if (name === undefined) continue
    const from = `${directory === '' ? '' : `${directory}/`}package.json scripts.${name}`
    const says = `Nothing that publishing runs makes the missing files; "${scriptOf(manifest, name)}" may.`
    return [{ run: `npm run ${name}`, cwd: directory, from, says }]
  }
  return []
}

function scriptOf({ scripts }: BuildManifest, name: string): string | undefined {
  return Object.hasOwn(scripts, name) ? scripts[name] : undefined
}

const managers = new Set(['npm', 'yarn', 'pnpm', 'bun'])

/** Package managers that the scripts of a plan call, through all the scripts that they lead to. */
export function managersIn(plan: BuildPlan, own: Project, root: Project): string[] {
  const found = new Set<string>()
  for (const { run, cwd } of [...plan.afterInstall, ...plan.byJob, ...plan.lifecycle]) {
    const { manifest } = cwd === own.directory ? own : root
    const texts = [...scriptsReachedBy(run, manifest.scripts)].flatMap((name) => scriptOf(manifest, name) ?? [])
    for (const [program] of [run, ...texts].flatMap(commandsOf)) {
      if (program !== undefined && managers.has(program)) found.add(program)
    }
  }
  return [...found]
}
