import type { Project } from './install-root.ts'
import { isManager, type ManagerName } from './managers.ts'
import { type BuildManifest, inside, withParents } from './manifest.ts'
import { innerParts, mostChecks, partsOf, purposeOfText } from './scripts.ts'
import { quoted } from './shell.ts'

/** Something to run in a folder of the source, and why. */
export type PlannedStep = {
  run: string
  cwd: string
  variables?: Record<string, string>
  /** Whether it installs something by itself. */
  installs?: true
  from: string
  says: string
}

/** A script that is left out, and why. */
export type LeftOut = { from: string; says: string }

/** Who runs the scripts of a package. */
export type Runner = 'npm' | ManagerName

export function isRunner(program: string | undefined): program is Runner {
  return program === 'npm' || isManager(program)
}

/** `formatting`: whether what formats after a build is run with it, `documents` too; `checking`: whether what checks build is. */
export type Runnable = Project & {
  runner: Runner
  formatting?: boolean
  documents?: boolean
  checking?: boolean
}

export function eventStep(event: string, project: Runnable, why: string, leftOut: LeftOut[]): PlannedStep[] {
  const { manifest } = project
  const text = scriptOf(manifest, event)
  if (text === undefined) return []
  const purpose = purposeOfText(text, manifest.scripts)
  const isWorth = purpose === 'build' || (project.checking && (partsFor(text, project)?.length ?? 0) > 0)
  if (isWorth) return [scriptStep(event, project, why)]
  leftOut.push({ from: scriptPath(project, event), says: `"${text}" is left out: ${excuses[purpose]}.` })
  return []
}

function scriptPath({ directory }: Project, name: string): string {
  return `${inside(directory, 'package.json')} scripts.${name}`
}

/** Runs a script of a package, or of one that also tests or pushes only what leaves files. */
export function scriptStep(name: string, project: Runnable, why: string): PlannedStep {
  const { directory: cwd, manifest, runner } = project
  const text = scriptOf(manifest, name) ?? ''
  const from = scriptPath(project, name)
  const parts = hasHooks(manifest, name) ? undefined : partsFor(text, project)
  if (parts === undefined || parts.join() === partsOf(text).join()) {
    return { run: `${runner} run ${quoted(name)}`, cwd, from, says: `"${text}": ${why}.` }
  }
  return { run: withPrograms(parts.join(' && '), cwd), cwd, from, says: `${why}; of "${text}" only what leaves files.` }
}

function partsFor(text: string, { manifest, formatting, documents, checking }: Runnable): string[] | undefined {
  return innerParts(text, manifest.scripts, {
    formatting: formatting ? 'after' : undefined,
    documents,
    checks: checking ? { left: mostChecks } : undefined,
  })
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
export function withPrograms(run: string, directory: string): string {
  const folders = withParents(directory).map((_, depth) => `$PWD/${'../'.repeat(depth)}node_modules/.bin`)
  return `export PATH="${folders.join(':')}:$PATH"\n${run}`
}

/** What was given to `withPrograms`. */
export function withoutPath(run: string): string {
  return run.replace(/^export PATH=.*\n/, '')
}

export function scriptOf({ scripts }: BuildManifest, name: string): string | undefined {
  return Object.hasOwn(scripts, name) ? scripts[name] : undefined
}
