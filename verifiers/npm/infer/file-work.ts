import { commandsOf } from './shell.ts'

/** Programs of every system that copy, remove and edit files. */
const fileTools = new Set('cp mv rm mkdir touch cat tee sed jq rsync find chmod ln'.split(' '))

/**
 * Whether a line of a job only does something to files of the source: `cp README.md dist/`,
 * `jq 'del(.scripts)' package.json > dist/package.json`. Not one that takes or leaves anything elsewhere, or that depends
 * on what only the job knows.
 */
export function isFileWork(line: string): boolean {
  const commands = commandsOf(line)
  if (commands.length === 0 || /[$`\\]|<<|\|\||\.npmrc|node_modules/.test(line)) return false
  return commands.every(
    ([program = '', ...rest]) =>
      fileTools.has(program) && rest.length > 0 && !rest.some((word) => /^(?:[/~]|.*\.\.(?:\/|$)|--?exec)/.test(word)),
  )
}
