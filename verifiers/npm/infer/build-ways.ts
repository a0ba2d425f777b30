import {
  eventStep,
  isRunner,
  type LeftOut,
  type PlannedStep,
  type Runnable,
  type Runner,
  scriptOf,
  scriptStep,
  withPrograms,
} from './build-steps.ts'
import type { Project } from './install-root.ts'
import { isTarget, makeCommands } from './makefile.ts'
import { inside } from './manifest.ts'
import { innerParts, purposeOfCommand, purposeOfText, scriptsReachedBy } from './scripts.ts'
import { commandsOf, isPublish } from './shell.ts'
import type { Siblings } from './workspace.ts'

/** Names under which projects keep what makes their files, the likeliest first. */
const buildScripts = [
  'build',
  'compile',
  'bundle',
  'dist',
  'transpile',
  'make',
  'build:prod',
  'build:production',
  'build:lib',
  'build:dist',
  'build:all',
  'build:js',
  'build:package',
  'build:npm',
  'build:pkg',
  'build:release',
  'prepare',
  'prepack',
  'prepublishOnly',
  'prepublish',
]

/**
 * Ways to make what nothing that publishing runs makes, the likeliest first: what a script that publishes by hand builds
 * before it does; what a Makefile builds; what installing at the root would have run; scripts with the names that such scripts have, here, with
 * those of the packages that this one needs before, and at the root; and last make itself.
 */
export function otherWays(options: {
  own: Project
  root: Project
  siblings: Siblings
  runner: Runner
  /** Scripts that are run anyway. */
  reached: ReadonlySet<string>
  /** Text of the Makefile at the root. */
  makefile: string
  /** Text of the package's gulpfile. */
  gulpfile: string
  leftOut: LeftOut[]
  /** Whether what checks on the way build is built. */
  checking: boolean
}): PlannedStep[][] {
  const { runner, siblings, reached, leftOut, checking } = options
  const own = { ...options.own, runner, checking }
  const root = { ...options.root, runner, checking }
  const why = 'nothing that publishing runs makes the missing files, and this may'
  const before = siblingSteps(siblings.needed, runner)
  const allBefore = siblingSteps(siblings.all, runner)
  const named = (project: Runnable) =>
    buildScripts.filter((name) => isBuild(project, name)).map((name) => scriptStep(name, project, why))
  const ownNamed = named(own).filter((_, index) => index < 3)
  const unreached = ownNamed.filter(
    ({ run }) => ![...scriptsReachedBy(run, own.manifest.scripts)].some((it) => reached.has(it)),
  )
  const isMember = root.directory !== own.directory
  const inherited = isMember ? eventStep('prepare', root, 'installing at the root runs it', leftOut) : []
  const together = [...unreached.slice(0, 1), ...besides(own, unreached[0], reached)]
  const [atRoot] = isMember ? named(root) : []
  const allAtRoot = atRoot ? [atRoot, ...besides(root, atRoot, reached)] : []
  return [
    ...byHand(own),
    ...byMake(options.makefile, root),
    ...(inherited.length > 0 ? [inherited] : []),
    ...unreached.slice(0, 1).map((step) => [...before, step]),
    ...(together.length > 1 ? [[...before, ...together]] : []),
    ...(atRoot ? [[atRoot]] : []),
    ...(allAtRoot.length > 1 ? [allAtRoot] : []),
    ...(allBefore.length > before.length ? unreached.slice(0, 1).map((step) => [...allBefore, step]) : []),
    ...unreached.slice(1).map((step) => [...before, step]),
    ...withMake(options.makefile, root),
    ...(buildTask.test(options.gulpfile) ? [[withGulp(own)]] : []),
  ]
}

const alsoBuilds = /^(?:build|compile|generate|types?|typings|declarations?|dts)(?:[:_-].*)?$/
/** What is built for those who work on the project. */
const notPublished =
  /[:_-](?:watch|dev|docs?|tests?|e2e|analy[sz]e\w*|storybook|demos?|sites?|website|examples?|playground|bench\w*|size)(?:$|[:_-])/

/** What else is called as if it made files, and is not run by the likeliest: `build-types` beside `build`. */
function besides(own: Runnable, first: PlannedStep | undefined, reached: ReadonlySet<string>): PlannedStep[] {
  const { scripts } = own.manifest
  if (first === undefined) return []
  const known = new Set([...reached, ...scriptsReachedBy(first.run, scripts)])
  return Object.keys(scripts)
    .filter((name) => alsoBuilds.test(name) && !notPublished.test(name) && !known.has(name) && isBuild(own, name))
    .filter((name, _, names) => !names.some((other) => other !== name && runs(own, other, name)))
    .slice(0, 4)
    .map((name) => scriptStep(name, own, 'what is missing after the others may be made by it'))
}

function runs({ manifest }: Runnable, name: string, other: string): boolean {
  return scriptsReachedBy(scriptOf(manifest, name) ?? '', manifest.scripts).has(other)
}

function isBuild({ manifest }: Project, name: string): boolean {
  const text = scriptOf(manifest, name)
  return text !== undefined && purposeOfText(text, manifest.scripts) === 'build'
}

/** What the packages that this one needs are built with, each in its own folder. */
export function siblingSteps(siblings: Project[], runner: Runner): PlannedStep[] {
  return siblings.flatMap((sibling) => {
    const name = buildScripts.find((script) => isBuild(sibling, script))
    if (name === undefined) return []
    return [scriptStep(name, { ...sibling, runner }, 'the package needs this one, which is of the same source')]
  })
}

/** `npm run build && cd dist && npm publish`: all before the folder is left or the package is published. */
function byHand(own: Runnable): PlannedStep[][] {
  const { scripts } = own.manifest
  for (const [name, text] of Object.entries(scripts).slice(0, 200)) {
    if (/^(?:pre|post)?(?:publish|prepare|prepack|version)/.test(name)) continue
    const parts = text.split('&&').map((part) => part.trim())
    const end = parts.findIndex((part) => commandsOf(part).some((words) => words[0] === 'cd' || isPublish(words)))
    if (end < 1 || !commandsOf(text).some(isPublish)) continue
    const building = innerParts(parts.slice(0, end).join(' && '), scripts) ?? []
    if (building.length === 0) continue
    const from = `${inside(own.directory, 'package.json')} scripts.${name}`
    const says = `This script publishes; of "${text}" only what leaves files.`
    return [building.map((run) => ({ run: withPrograms(run, own.directory), cwd: own.directory, from, says }))]
  }
  return []
}

const makeTargets = ['build', 'dist', 'compile', 'all']
/** Actions of package managers that install what a project needs. */
export const installing = new Set(['ci', 'i', 'install', 'clean-install', 'add'])

/** What a Makefile at the root builds with, where all of it is scripts and programs of the project. */
function byMake(makefile: string, { directory, manifest: { scripts } }: Project): PlannedStep[][] {
  for (const target of makeTargets) {
    const lines = makeCommands(makefile, target)
    const building = lines.filter((line) => {
      const commands = commandsOf(line).filter(
        ([program, action]) => !(isRunner(program) && installing.has(action ?? '')),
      )
      return commands.some((words) => purposeOfCommand(words, scripts) === 'build')
    })
    if (building.length === 0 || building.some((line) => line.includes('$') || !isOfProject(line))) continue
    const from = `${inside(directory, 'Makefile')} target ${target}`
    const says = `"make ${target}" runs it; nothing that publishing runs makes the missing files, and this may.`
    return [building.map((run) => ({ run: withPrograms(run, directory), cwd: directory, from, says }))]
  }
  return []
}

/** A task of that name, or tasks that are from elsewhere. */
const buildTask =
  /['"`]build['"`]|\bexports\.build\b|\bexport\s+(?:const|(?:async\s+)?function)\s+build\b|\bexport\s*\*\s*from\b/

/** Maintainers call gulp themselves, which no script says. */
function withGulp({ directory }: Project): PlannedStep {
  const says = 'Nothing that publishing runs makes the missing files, and this may.'
  return { run: withPrograms('gulp build', directory), cwd: directory, from: 'gulpfile', says }
}

/** make itself, for a Makefile that only it can read: its patterns, variables and functions. */
function withMake(makefile: string, { directory, manifest: { scripts } }: Project): PlannedStep[][] {
  const target = makeTargets.find((name) => isTarget(makefile, name))
  if (target === undefined) return []
  const lines = makeCommands(makefile, target)
  const onlyChecks = lines.length > 0 && lines.every((line) => purposeOfText(line, scripts) !== 'build')
  if (onlyChecks && !/[$%]/.test(makefile)) return []
  const from = `${inside(directory, 'Makefile')} target ${target}`
  const says = 'Nothing that publishing runs makes the missing files, and this may.'
  return [[{ run: withPrograms(`make ${target}`, directory), cwd: directory, from, says }]]
}

function isOfProject(line: string): boolean {
  return commandsOf(line).every(
    ([program = '']) => isRunner(program) || /^(?:npx|node|(?:\.\/)?node_modules\/\.bin\/[\w.-]+)$/.test(program),
  )
}
