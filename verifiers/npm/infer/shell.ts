/**
 * Reads shell text for what it runs, without running it: good enough for the lines of CI files and package scripts,
 * where the question is only which programs are named.
 */

/** The simple commands of a text, each as its words. */
export function commandsOf(text: string): string[][] {
  const joined = text
    .slice(0, 65_536)
    .replace(/\\\r?\n/g, ' ')
    // An expression of GitHub's is one word, whatever is in it. Of unbounded length it would take the square of the text's.
    .replace(/\$\{\{[^}]{0,1024}\}\}/g, '$EXPRESSION')
  return splitCommands(joined)
    .map((command) => withoutPrefix(wordsOf(command)))
    .filter((words) => words.length > 0)
}

/** Splits at `;`, `&&`, `||`, `|`, `&`, parentheses and line ends that no quotes protect. */
function splitCommands(text: string): string[] {
  const commands: string[] = []
  let command = ''
  let quote = ''
  let comment = false
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (comment) {
      if (char !== '\n') continue
      comment = false
    }
    if (quote !== '') {
      if (char === quote) quote = ''
      command += char
    } else if (char === '"' || char === "'") {
      quote = char
      command += char
    } else if (char === '#' && /(^|\s)$/.test(command)) {
      comment = true
    } else if (/[;&|()\n]/.test(char) && !(char === '&' && isRedirection(text, i))) {
      commands.push(command)
      command = ''
    } else {
      command += char
    }
  }
  return [...commands, command]
}

/** `2>&1`, `&>log` */
function isRedirection(text: string, at: number): boolean {
  return text.charAt(at - 1) === '>' || text.charAt(at + 1) === '>'
}

function wordsOf(command: string): string[] {
  const words = command.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? []
  return words.map((word) => word.replace(/["']/g, ''))
}

const keywords = new Set([
  'if',
  'then',
  'else',
  'elif',
  'do',
  'while',
  'until',
  '!',
  '{',
  '}',
  'time',
  'exec',
  'sudo',
  'command',
])
const wrappers = new Set([
  'env',
  'cross-env',
  'cross-env-shell',
  'npx',
  'pnpx',
  'bunx',
  'dotenv',
  '--',
  '-y',
  '--yes',
  '--no',
  '--no-install',
])

/** What is really run: after shell keywords, assignments, and programs that only run another one. */
function withoutPrefix(words: string[]): string[] {
  for (let at = 0; ; ) {
    const first = words[at]
    if (first === undefined) return []
    const isPrefix = keywords.has(first) || wrappers.has(first) || /^[A-Za-z_][A-Za-z0-9_]*=/.test(first)
    if (isPrefix) at += 1
    else if (isRunner(first, words[at + 1])) at += words[at + 2] === '--' ? 3 : 2
    else return words.slice(at)
  }
}

function isRunner(first: string, second: string | undefined): boolean {
  if (first === 'npm') return second === 'exec' || second === 'x'
  if (first === 'bun') return second === 'x'
  return (first === 'pnpm' || first === 'yarn') && (second === 'dlx' || second === 'exec')
}

/** Options of package managers whose value is the next word. */
const valued = new Set(['--filter', '-F', '-C', '--dir', '--cwd', '--prefix', '--workspace'])

/** Words that are not options or their values, from the second one on. */
function argumentsOf(words: string[]): string[] {
  return words.slice(1).filter((word, index) => !word.startsWith('-') && !valued.has(words[index] ?? ''))
}

const managers = new Set(['npm', 'pnpm', 'yarn', 'bun'])

/** Tools of monorepos that publish when they are told to. */
const monorepoTools = new Set(['lerna', 'lerna-lite', 'changeset', '@changesets/cli', 'beachball', 'rush'])

/** Programs that publish to somewhere else than a registry of npm packages. */
const elsewherePublished = new Set([
  'vsce',
  'ovsx',
  'jsr',
  'gh-pages',
  'netlify',
  'surge',
  'docker',
  'pkg-pr-new',
  'run',
  'exec',
  'dlx',
])

const releaseTools = new Set([
  'semantic-release',
  'np',
  'release-it',
  'multi-semantic-release',
  'auto',
  'clean-publish',
])

/** Whether a command puts a package on a registry. */
export function isPublish(words: string[]): boolean {
  return !words.includes('--dry-run') && wouldPublish(words)
}

/** Whether a command puts a package on a registry, or only says what it would put there (`--dry-run`). */
export function wouldPublish(words: string[]): boolean {
  const [program] = words
  const args = argumentsOf(words)
  if (program === undefined) return false
  if (managers.has(program)) {
    // `npm stage publish` prepares a publication; `yarn npm publish` is that of yarn 2 and later.
    const [first = '', second] = program === 'pnpm' ? args.slice(args[0] === 'recursive' ? 1 : 0) : args
    if (isPublishWord(first, program) || ((first === 'stage' || first === 'npm') && second === 'publish')) return true
    if (program === 'npm' || first === '') return false
    // Others run programs of the dependencies as if they were scripts, and yarn one command for all of a workspace.
    if (/^workspaces?$/.test(first)) return args[args.indexOf('npm') + 1] === 'publish'
    return (
      wouldPublish(words.slice(words.indexOf(first, 1))) || (second === 'publish' && !elsewherePublished.has(first))
    )
  }
  if (monorepoTools.has(program)) return args[0] === 'publish'
  if (program === 'nx') return args[0] === 'release'
  return releaseTools.has(program)
}

/** `npm pub`: npm takes each command by as many letters as tell it from the others. */
function isPublishWord(word: string, program: string | undefined): boolean {
  return word === 'publish' || (program === 'npm' && word.length >= 2 && 'publish'.startsWith(word))
}

/** Options of publishing whose value is the next word. */
const publishValued = new Set(['--access', '--tag', '--otp', '--registry', '--userconfig', '--workspace', '-w'])

/** The folder that a publishing command names in place of the one that it is run in. */
export function publishedFolderOf(words: string[]): string | undefined {
  const start = words.findIndex((word) => isPublishWord(word, words[0]))
  const named = words
    .slice(start + 1)
    .find((word, index, rest) => !word.startsWith('-') && !publishValued.has(rest[index - 1] ?? ''))
  if (start < 0 || named === undefined || named.includes('$') || /\.t(?:ar\.)?gz$/.test(named)) return undefined
  return named
}

/** The package scripts that a command runs. */
export function scriptsRunBy(words: string[]): string[] {
  const [program] = words
  const args = argumentsOf(words)
  if (program === 'run-s' || program === 'run-p' || program === 'npm-run-all' || program === 'npm-run-all2') return args
  // https://github.com/antfu-collective/ni#nr---run
  if (program === 'nr') return args.slice(0, 1)
  // https://nodejs.org/api/cli.html#--run
  if (program === 'node') return words[1] === '--run' && words[2] !== undefined ? [words[2]] : []
  if (program === undefined || !managers.has(program)) return []
  const [first, second] = args
  if (first === undefined) return []
  if (first === 'run' || first === 'run-script' || first === 'rum' || first === 'urn')
    return second === undefined ? [] : [second]
  if (first === 't' || first === 'tst') return ['test']
  if (program === 'npm') return ['test', 'start', 'stop', 'restart'].includes(first) ? [first] : []
  // bun has a bundler and a test runner of its own by these names.
  if (program === 'bun' && (first === 'build' || first === 'test')) return []
  return builtins.has(first) ? [] : [first]
}

const builtins = new Set([
  'install',
  'i',
  'ci',
  'add',
  'publish',
  'npm',
  'pack',
  'version',
  'config',
  'workspaces',
  'recursive',
  'set',
  'global',
  'cache',
  'link',
  'create',
  'why',
  'info',
  'login',
  'stage',
  'x',
])

/** The npm that a command puts in place of the one that came with Node: a version, range or tag, `latest` by default. */
export function npmInstalledBy(words: string[]): string | undefined {
  const [program, action] = words
  if (program !== 'npm' || !['i', 'install', 'add', 'in'].includes(action ?? '')) return undefined
  if (!words.includes('-g') && !words.includes('--global') && !words.includes('--location=global')) return undefined
  const named = words.slice(2).find((word) => word === 'npm' || word.startsWith('npm@'))
  return named === undefined ? undefined : named.slice('npm@'.length) || 'latest'
}

/** A word as shell text that means exactly it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Each only if the one before it succeeded: `sh -e` goes on after a list such as `a && b` of which the first one failed. */
export function inTurn(commands: readonly string[]): string {
  return commands.join(' &&\n')
}
