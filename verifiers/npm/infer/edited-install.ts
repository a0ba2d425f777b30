import { inTurn } from './shell.ts'

/** Runs an installation after commands that edit package.json, and puts that back as it was: what is packed is the source's own. */
export function editedInstall(install: string, edits: readonly string[]): string {
  const keep = 'mkdir -p "$HOME/as-it-was" && cp package.json "$HOME/as-it-was/"'
  return inTurn([keep, ...edits, install, 'cp "$HOME/as-it-was/package.json" .'])
}
