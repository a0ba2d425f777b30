import semver from 'semver'
import type { PlannedStep } from './build-steps.ts'
import type { Choices } from './choices.ts'
import { editedInstall } from './edited-install.ts'
import { type Focus, focusEdit, focusedYarn, focusFlags } from './focused-install.ts'
import type { Project } from './install-root.ts'
import { repairedInstall, repairSays, type Unavailable } from './lock-repair.ts'
import type { Installation } from './lockfile.ts'
import { lowestEdit } from './lowest-install.ts'
import { neededEdit } from './needed-install.ts'

/** What a publishing job may give to its own installation, and what changes which packages are installed. */
const keptFlags =
  /^--(?:legacy-peer-deps|force|strict-peer-deps|no-optional|include=[a-z]+|install-strategy=[a-z]+|shamefully-hoist|no-strict-peer-dependencies)$/

export type InstallOptions = {
  installation: Installation
  root: Project
  /** Words of what the publishing job runs. */
  commands: string[][]
  npmMajor: number
  /** Of the package manager where it is another than npm. */
  version?: string | undefined
  choices?: Pick<Choices, 'lockfile' | 'looselyPeered' | 'lowest'>
  /** All of what the project is developed with that is to be installed, where that is not all. */
  needed?: readonly string[] | undefined
  /** The part of a workspace that is installed, where that is not all. */
  focus?: Focus | undefined
  /** What of the lockfile cannot be had, where it is repaired. */
  unavailable?: Unavailable | undefined
}

/** How closely the lockfile is followed: to the letter, where it fits, or not at all. */
type Following = 'frozen' | 'loose' | 'ignored'

/**
 * How the dependencies are installed: as the lockfile says where there is one, else as the registry was. Scripts of
 * dependencies are not run, but for those that an attempt has shown that the build needs: what others fetch or compile is
 * not what a package is built with.
 */
export function installStep(options: InstallOptions): PlannedStep {
  const step = wholeInstall(options)
  const part = 'Of the workspace, only what this package, its root, and what it needs of the same source ask for.'
  return options.focus === undefined ? step : { ...step, says: `${step.says} ${part}` }
}

function wholeInstall(options: InstallOptions): PlannedStep {
  const { installation, root, unavailable } = options
  const { lockfile, stale } = installation
  const cwd = root.directory
  const following = followingOf(options)
  const run = commandFor(options, following)
  if (lockfile === undefined || following === 'ignored') {
    return { ...unlockedInstall(run, options), cwd, from: 'package.json' }
  }
  const from = lockfile.path
  if (unavailable) {
    const path = root.directory === '' ? from : from.slice(root.directory.length + 1)
    return { run: repairedInstall(run, path, unavailable), cwd, from, says: repairSays(unavailable, from) }
  }
  const says =
    following === 'frozen'
      ? `It pins every dependency (lockfile version ${lockfile.version}).`
      : `It pins dependencies as far as it fits package.json: ${stale ?? 'it does not fit'}.`
  return { run: checked(run, options), cwd, from, says }
}

/** With less of what the project is developed with, or lower versions of it, where an attempt has shown that it should. */
function unlockedInstall(run: string, options: InstallOptions): { run: string; says: string } {
  const needed = options.installation.manager === 'npm' ? options.needed : undefined
  const lowest = asksForLowest(options)
  const isNpm = options.installation.manager === 'npm'
  const edits = [
    ...(isNpm && options.focus ? [focusEdit(options.focus)] : []),
    ...(needed ? [neededEdit(needed)] : []),
    ...(lowest ? [lowestEdit] : []),
  ]
  // npm leaves no file where it installs nothing.
  const install = needed?.length === 0 ? run : checked(run, options)
  const what = needed
    ? 'Of what the project is developed with, only what its build names'
    : 'What the project is developed with'
  const when = lowest
    ? 'in the lowest versions that it asks for, which were there'
    : 'as the registry had it at its time'
  const all = needed || lowest ? `${what}, ${when}.` : 'Dependencies are those that the registry had at its time.'
  return { run: edits.length > 0 ? editedInstall(install, edits) : install, says: `${whyIgnored(options)} ${all}` }
}

function followingOf({ installation, npmMajor, choices, unavailable }: InstallOptions): Following {
  const { lockfile, manager, stale } = installation
  // npm 6 cannot read lockfiles of version 3.
  const readable = lockfile !== undefined && (manager !== 'npm' || npmMajor >= 7 || lockfile.version < 3)
  if (!readable || choices?.lockfile === 'ignored') return 'ignored'
  return stale === undefined && unavailable === undefined ? 'frozen' : 'loose'
}

function whyIgnored({ installation: { lockfile, unusable }, npmMajor, choices }: InstallOptions): string {
  if (unusable !== undefined) return unusable
  if (lockfile === undefined) return 'There is no lockfile.'
  if (choices?.lockfile === 'ignored') return `${lockfile.path} cannot be installed from as it is.`
  return `${lockfile.path} is newer than npm ${npmMajor} can read.`
}

/** The command of each package manager, which takes nothing but the lockfile's word, or leaves none behind. */
function commandFor(options: InstallOptions, following: Following): string {
  const { manager } = options.installation
  const flags = installFlags(options, following)
  const frozen = following === 'frozen'
  switch (manager) {
    case 'npm': {
      const own = { frozen: 'ci', loose: 'install', ignored: 'install --no-package-lock' }[following]
      const [command = '', ...rest] = own.split(' ')
      return ['npm', command, '--ignore-scripts', ...rest, ...flags].join(' ')
    }
    case 'pnpm': {
      const own = { frozen: '--frozen-lockfile', loose: '--no-frozen-lockfile', ignored: '--no-lockfile' }[following]
      const fix = options.unavailable ? ['--fix-lockfile'] : []
      const run = ['pnpm install --ignore-scripts', own, ...fix, ...flags].join(' ')
      return installsAnew(options) ? `${run} && ${asInstalled}` : run
    }
    case 'bun':
      return `bun install --ignore-scripts ${frozen ? '--frozen-lockfile' : '--no-save'}`
    case 'yarn':
      return yarnCommand(options.version ?? '', following, options.focus)
  }
}

/**
 * pnpm from 11 on installs once more before it runs a script, where anything seems to have changed. The variable that says
 * otherwise does not come through turbo, which passes on only what it knows. https://pnpm.io/settings#verifydepsbeforerun,
 * https://turborepo.com/docs/crafting-your-repository/using-environment-variables#strict-mode
 */
function installsAnew({ version = '', root: { manifest } }: InstallOptions): boolean {
  const { dependencies = {}, devDependencies = {} } = manifest
  const isTurbo = Object.hasOwn(devDependencies, 'turbo') || Object.hasOwn(dependencies, 'turbo')
  return isTurbo && semver.valid(version) !== null && semver.major(version) >= 11
}

const asInstalled =
  'mkdir -p "$HOME/.config/pnpm" && echo "verifyDepsBeforeRun: false" >"$HOME/.config/pnpm/config.yaml"'

/**
 * Yarn 1 would also end where another Node than the publisher's does not fit `engines`. Yarn 2 knows no mode, but the
 * setting. https://yarnpkg.com/cli/install
 */
function yarnCommand(version: string, following: Following, focus: Focus | undefined): string {
  const major = semver.valid(version) === null ? 1 : semver.major(version)
  const frozen = following === 'frozen'
  if (major < 2) {
    const own = { frozen: ['--frozen-lockfile'], loose: [], ignored: ['--no-lockfile'] }[following]
    return ['yarn install --ignore-scripts --ignore-engines --non-interactive', ...own].join(' ')
  }
  const remove = following === 'ignored' ? 'rm -f yarn.lock && ' : ''
  const focused = focusedYarn(version, focus)
  if (focused !== undefined) return remove + focused
  const settings = major < 3 ? 'YARN_ENABLE_SCRIPTS=false ' : ''
  const immutable = frozen ? 'YARN_CHECKSUM_BEHAVIOR=throw ' : 'YARN_ENABLE_IMMUTABLE_INSTALLS=false '
  return `${remove}${settings}${immutable}yarn install${frozen ? ' --immutable' : ''}${major < 3 ? '' : ' --mode=skip-build'}`
}

/** npm up to 10 may end with code 0 and "Exit handler never called!"; the last thing that it writes shows whether it did. */
function checked(run: string, { installation, root, npmMajor }: InstallOptions): string {
  const { dependencies = {}, devDependencies = {} } = root.manifest
  const installs = Object.keys(dependencies).length + Object.keys(devDependencies).length > 0
  const isNpm = installation.manager === 'npm' && npmMajor >= 7 && installs
  return isNpm ? `${run} && test -f node_modules/.package-lock.json` : run
}

/** Where nothing is asked for to develop with, nothing can be lower. */
function asksForLowest({ installation, root, choices }: InstallOptions): boolean {
  const { devDependencies = {} } = root.manifest
  return choices?.lowest === true && installation.manager === 'npm' && Object.keys(devDependencies).length > 0
}

function installFlags(options: InstallOptions, following: Following): string[] {
  const { commands, choices, npmMajor, focus } = options
  const { manager } = options.installation
  if (manager !== 'npm' && manager !== 'pnpm') return []
  const install = commands.find(
    ([program, action, ...rest]) =>
      program === manager && ['ci', 'i', 'install', 'clean-install'].includes(action ?? '') && !rest.includes('-g'),
  )
  const loosely = (choices?.looselyPeered && manager === 'npm') || asksForLowest(options) ? ['--legacy-peer-deps'] : []
  const kept = (install ?? []).filter((word) => keptFlags.test(word))
  return [
    ...new Set([...kept, ...loosely]),
    ...(manager === 'npm' && following === 'ignored' ? [] : focusFlags(manager, npmMajor, focus)),
  ]
}
