import { Problem } from '../../model/problem.ts'
import type { PlannedStep } from './build-plan.ts'
import type { Project } from './install-root.ts'
import type { Installation } from './lockfile.ts'

/** What a publishing job may give to its own installation, and what changes which packages are installed. */
const keptFlags = /^--(?:legacy-peer-deps|force|strict-peer-deps|no-optional|include=[a-z]+|install-strategy=[a-z]+)$/

/**
 * How the dependencies are installed: as the lockfile says where there is one, else as the registry was. Scripts of
 * dependencies are not run: what they fetch or compile is not what a package is built with, and cannot be pinned.
 *
 * @param commands words of what the publishing job runs
 * @throws {Problem} PACKAGE_MANAGER_UNSUPPORTED
 */
export function installStep(options: {
  installation: Installation
  root: Project
  commands: string[][]
  npmMajor: number
}): PlannedStep {
  const { installation, root, commands, npmMajor } = options
  const { manager, lockfile, unusable, from } = installation
  if (manager !== 'npm') throw unsupported(manager, from)
  const flags = installFlags(commands)
  const cwd = root.directory
  // npm 6 cannot read lockfiles of version 3.
  const readable = lockfile !== undefined && (npmMajor >= 7 || lockfile.version < 3)
  if (readable) {
    const run = checked(['npm ci --ignore-scripts', ...flags].join(' '), options)
    return { run, cwd, from: lockfile.path, says: `It pins every dependency (lockfile version ${lockfile.version}).` }
  }
  const run = checked(['npm install --ignore-scripts --no-package-lock', ...flags].join(' '), options)
  const says =
    unusable ?? (lockfile ? `${lockfile.path} is newer than npm ${npmMajor} can read.` : 'There is no lockfile.')
  return { run, cwd, from: 'package.json', says: `${says} Dependencies are those that the registry had at its time.` }
}

/** npm up to 10 may end with code 0 and "Exit handler never called!"; the last thing that it writes shows whether it did. */
function checked(run: string, { root, npmMajor }: { root: Project; npmMajor: number }): string {
  const { dependencies = {}, devDependencies = {} } = root.manifest
  const installs = Object.keys(dependencies).length + Object.keys(devDependencies).length > 0
  return npmMajor >= 7 && installs ? `${run} && test -f node_modules/.package-lock.json` : run
}

function installFlags(commands: string[][]): string[] {
  const install = commands.find(
    ([program, action, ...rest]) =>
      program === 'npm' && ['ci', 'i', 'install', 'clean-install'].includes(action ?? '') && !rest.includes('-g'),
  )
  return [...new Set((install ?? []).filter((word) => keptFlags.test(word)))]
}

export function unsupported(manager: string, from: string): Problem {
  return new Problem(
    'PACKAGE_MANAGER_UNSUPPORTED',
    `The source is built with ${manager} (${from}), and files have to be built.`,
    {
      hint: `Rebuilds with ${manager} come in a later version; a recipe by hand (--recipe) may do without it.`,
      details: { manager, evidence: from },
    },
  )
}
