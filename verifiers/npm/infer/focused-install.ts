import semver from 'semver'
import type { Installation } from './lockfile.ts'
import { quoted } from './shell.ts'

/** The part of a workspace that one of its packages is built with, by the names of its members. */
export type Focus = {
  own: string
  root: string | undefined
  /** What it needs of the same source. */
  siblings: readonly string[]
  /** Where these are, but for the root, from there. */
  folders: readonly string[]
}

/**
 * Options with which npm and pnpm install only that part, to the same lockfile.
 * https://docs.npmjs.com/cli/commands/npm-ci#workspace, https://pnpm.io/filtering
 *
 * @param major of the package manager
 */
export function focusFlags(manager: Installation['manager'], major: number, focus: Focus | undefined): string[] {
  if (focus === undefined) return []
  const { own, root, siblings } = focus
  if (manager === 'pnpm') {
    // The root is the folder that it is run in, and need have no name.
    return [`--filter=${own}...`, `--filter=${root ?? '.'}`].map(quoted)
  }
  if (manager !== 'npm' || major < 8) return []
  return [...[own, ...siblings].map((name) => quoted(`--workspace=${name}`)), '--include-workspace-root']
}

/** The same of yarn, which has it from version 4 on. https://yarnpkg.com/cli/workspaces/focus */
export function focusedYarn(version: string, focus: Focus | undefined): string | undefined {
  if (focus === undefined || semver.valid(version) === null || semver.major(version) < 4) return undefined
  const { own, root, siblings } = focus
  const names = [own, ...(root === undefined ? [] : [root]), ...siblings]
  const command = ['yarn workspaces focus', ...new Set(names.map(quoted))].join(' ')
  return `YARN_ENABLE_SCRIPTS=false YARN_CHECKSUM_BEHAVIOR=throw ${command}`
}

/**
 * Whether a part of a workspace can be installed exactly as its lockfile says. Of npm without one, what is asked for
 * decides where each package lies, so that less of it may be something else.
 */
export function canFocus(
  { manager, lockfile }: Pick<Installation, 'manager' | 'lockfile'>,
  { npmMajor, version = '', ignored }: { npmMajor: number; version?: string | undefined; ignored: boolean },
): boolean {
  if (lockfile === undefined) return false
  switch (manager) {
    case 'npm':
      return npmMajor >= 8 && !ignored
    case 'yarn':
      return semver.valid(version) !== null && semver.major(version) >= 4
    case 'pnpm':
      return true
    default:
      return false
  }
}

const ofAPart = /(?:^|\s)(?:--filter=|--workspace=|yarn workspaces focus\s)/

/** Whether a command installs a part of a workspace to its lockfile. */
export function installsAPart(run: string): boolean {
  return ofAPart.test(run)
}

/** A program for the pinned Node: names the members of a workspace one by one. */
const program = `
const fs = require("fs")
const manifest = JSON.parse(fs.readFileSync("package.json", "utf8"))
manifest.workspaces = process.argv.slice(1)
fs.writeFileSync("package.json", JSON.stringify(manifest, null, 2))`

/** npm without a lockfile asks for what all members need, whichever it installs: those that there are, are only these. */
export function focusEdit({ folders }: Focus): string {
  return [`node -e '${program.trim()}' --`, ...folders.map(quoted)].join(' ')
}
