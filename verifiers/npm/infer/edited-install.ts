import { inTurn, quoted } from './shell.ts'

const keeping = 'mkdir -p "$HOME/as-it-was" && cp package.json '

/**
 * Runs an installation after commands that edit package.json, and the lockfile where one is named, and puts them back as
 * they were: what is packed is the source's own.
 */
export function editedInstall(install: string, edits: readonly string[], lockfile?: string): string {
  const keep = `${keeping}${lockfile === undefined ? '' : `${quoted(lockfile)} `}"$HOME/as-it-was/"`
  return inTurn([keep, ...edits, install, 'cp "$HOME"/as-it-was/* .'])
}

export function hasEditedLockfile(install: string): boolean {
  return install.startsWith(keeping) && !install.startsWith('"', keeping.length)
}
