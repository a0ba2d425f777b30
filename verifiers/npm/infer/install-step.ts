import semver from 'semver'
import type { PlannedStep } from './build-plan.ts'
import type { Project } from './install-root.ts'
import type { Installation } from './lockfile.ts'

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
}

/**
 * How the dependencies are installed: as the lockfile says where there is one, else as the registry was. Scripts of
 * dependencies are not run: what they fetch or compile is not what a package is built with, and cannot be pinned.
 */
export function installStep(options: InstallOptions): PlannedStep {
  const { installation, root, commands, npmMajor } = options
  const { lockfile, unusable, manager } = installation
  const flags = installFlags(manager, commands)
  const cwd = root.directory
  // npm 6 cannot read lockfiles of version 3.
  const readable = lockfile !== undefined && (manager !== 'npm' || npmMajor >= 7 || lockfile.version < 3)
  const run = [commandOf(options, readable), ...flags].join(' ')
  if (readable) {
    const says = `It pins every dependency (lockfile version ${lockfile.version}).`
    return { run: checked(run, options), cwd, from: lockfile.path, says }
  }
  const says =
    unusable ?? (lockfile ? `${lockfile.path} is newer than npm ${npmMajor} can read.` : 'There is no lockfile.')
  const rest = 'Dependencies are those that the registry had at its time.'
  return { run: checked(run, options), cwd, from: 'package.json', says: `${says} ${rest}` }
}

/** The command of each package manager, which takes nothing but the lockfile's word, or leaves none behind. */
function commandOf({ installation: { manager }, version = '' }: InstallOptions, frozen: boolean): string {
  switch (manager) {
    case 'npm':
      return frozen ? 'npm ci --ignore-scripts' : 'npm install --ignore-scripts --no-package-lock'
    case 'pnpm':
      return `pnpm install --ignore-scripts ${frozen ? '--frozen-lockfile' : '--no-lockfile'}`
    case 'bun':
      return `bun install --ignore-scripts ${frozen ? '--frozen-lockfile' : '--no-save'}`
    case 'yarn':
      return yarnCommand(version, frozen)
  }
}

/**
 * Yarn 1 would also end where another Node than the publisher's does not fit `engines`. Yarn 2 knows no mode, but the
 * setting. https://yarnpkg.com/cli/install
 */
function yarnCommand(version: string, frozen: boolean): string {
  const major = semver.valid(version) === null ? 1 : semver.major(version)
  if (major < 2) {
    return `yarn install --ignore-scripts --ignore-engines --non-interactive ${frozen ? '--frozen-lockfile' : '--no-lockfile'}`
  }
  const settings = major < 3 ? 'YARN_ENABLE_SCRIPTS=false ' : ''
  const immutable = frozen ? 'YARN_CHECKSUM_BEHAVIOR=throw ' : 'YARN_ENABLE_IMMUTABLE_INSTALLS=false '
  return `${settings}${immutable}yarn install${frozen ? ' --immutable' : ''}${major < 3 ? '' : ' --mode=skip-build'}`
}

/** npm up to 10 may end with code 0 and "Exit handler never called!"; the last thing that it writes shows whether it did. */
function checked(run: string, { installation, root, npmMajor }: InstallOptions): string {
  const { dependencies = {}, devDependencies = {} } = root.manifest
  const installs = Object.keys(dependencies).length + Object.keys(devDependencies).length > 0
  const isNpm = installation.manager === 'npm' && npmMajor >= 7 && installs
  return isNpm ? `${run} && test -f node_modules/.package-lock.json` : run
}

function installFlags(manager: Installation['manager'], commands: string[][]): string[] {
  if (manager !== 'npm' && manager !== 'pnpm') return []
  const install = commands.find(
    ([program, action, ...rest]) =>
      program === manager && ['ci', 'i', 'install', 'clean-install'].includes(action ?? '') && !rest.includes('-g'),
  )
  return [...new Set((install ?? []).filter((word) => keptFlags.test(word)))]
}
