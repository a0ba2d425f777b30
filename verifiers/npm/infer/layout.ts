/** Where things are inside the sandbox. One place, so that recipes, mounts and paths agree. */

export const toolchainFolders = {
  node: '/opt/node',
  npm: '/opt/npm',
  pako: '/opt/pako',
  pnpm: '/opt/pnpm',
  yarn: '/opt/yarn',
  bun: '/opt/bun',
} as const

/** npm before Node: some distributions of Node bring an npm of their own. */
export function sandboxPath(managers: readonly ('pnpm' | 'yarn' | 'bun')[]): string {
  return [...managers, 'npm' as const, 'node' as const]
    .map((name) => `${toolchainFolders[name]}/bin`)
    .concat('/usr/bin', '/bin')
    .join(':')
}

export const homeFolder = '/home/builder'

/** Has the name of the repository, as a fresh clone has: some builds take a name from their folder. */
export function workFolderOf(repository: string): string {
  const last =
    repository
      .replace(/[#?].*/s, '')
      .replace(/\/+$/, '')
      .split(/[/:]/)
      .at(-1) ?? ''
  const name = last
    .replace(/\.git$/, '')
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 64)
  return `${homeFolder}/${/^[A-Za-z0-9]/.test(name) ? name : 'source'}`
}
