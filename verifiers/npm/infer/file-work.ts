import { commandsOf } from './shell.ts'

/** Programs of every system that copy, remove and edit files. */
const writers = new Set('cp mv rm mkdir touch tee rsync chmod ln'.split(' '))
/** Others that read files, and write only where they are told to. */
const readers = new Set('cat sed jq find'.split(' '))

/**
 * Whether a line of a job only does something to files of the source: `cp README.md dist/`,
 * `jq 'del(.scripts)' package.json > dist/package.json`. Not one that takes or leaves anything elsewhere, that depends
 * on what only the job knows, or that only shows what it reads.
 */
export function isFileWork(line: string): boolean {
  const commands = commandsOf(line)
  if (commands.length === 0 || /[$`\\]|<<|\|\||\.npmrc|node_modules/.test(line)) return false
  if (!redirects(line) && !commands.some(writes)) return false
  return commands.every(
    ([program = '', ...rest]) =>
      (writers.has(program) || readers.has(program)) &&
      rest.length > 0 &&
      !rest.some((word) => /^(?:[/~]|.*\.\.(?:\/|$)|--?exec)/.test(word)),
  )
}

/** Whether a line sends what it shows into a file, and not what it complains of into the output: `2>&1`. */
function redirects(line: string): boolean {
  return />(?!>*\s*(?:&|\/dev\/null))/.test(line.replace(/"[^"]*"|'[^']*'/g, '_'))
}

function writes([program = '', ...options]: string[]): boolean {
  if (program === 'sed') return options.some((word) => /^(?:-[a-zA-Z]*i|--in-place)/.test(word))
  return writers.has(program) || (program === 'find' && options.includes('-delete'))
}
