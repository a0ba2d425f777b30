import { builtinModules } from 'node:module'
import { commandsOf, isPublish, scriptsRunBy } from './shell.ts'

/**
 * What a command of a package script is for. Only `build` can leave published files; the others are not run, because
 * they need what a sandbox does not have (a browser, a network, a repository to push to) and change nothing.
 */
export type Purpose = 'build' | 'check' | 'setup' | 'release' | 'nothing'

const checkers = new Set(
  `ava tap jest mocha vitest jasmine karma nyc c8 tape uvu standard xo eslint tslint jshint jscs prettier biome oxlint
  stylelint markdownlint borp twd zuul airtap testem mochify dtslint tstest tsd dtslint attw publint size-limit bundlewatch bundlesize knip depcheck ls-engines aud
  commitlint lint-staged npm-check cspell codecov coveralls wdio playwright cypress flow madge evalmd alex remark ec
  editorconfig-checker npmPkgJsonLint sort-package-json syncpack tstyche lockfile-lint check-dts nsp snyk type-coverage`.split(
    /\s+/,
  ),
)
/** Whether a file configures a program that only tests or checks: `.eslintrc.js`, `jest.config.ts`. */
export function configuresChecker(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/^\./, '')
  return checkers.has((name.split('.')[0] ?? '').replace(/rc$/, ''))
}

const setups = new Set(
  `husky lefthook simple-git-hooks is-ci is-in-ci is-in-publish not-in-publish in-publish not-in-install in-install
  ghooks yorkie pre-commit pinst opencollective opencollective-postinstall only-allow skills-npm check-node-version
  corepack safe-publish-latest npm-force-resolutions`.split(/\s+/),
)
const nothings = new Set(
  `echo printf true false exit : test [ [[ set cd pwd ls cat which sleep return export`.split(' '),
)
const releases = new Set([
  'git',
  'gh',
  'hub',
  'conventional-changelog',
  'auto-changelog',
  'standard-version',
  'bumpp',
  'bump',
  'changelogen',
  'changelogithub',
  'standard-changelog',
  'commit-and-tag-version',
  'conventional-github-releaser',
  'jsr',
  'vsce',
  'ovsx',
])

/** What puts a folder onto a web server: a site or documentation, and whatever is made for it is not packed. */
const deployers = new Set(['gh-pages', 'surge', 'netlify', 'vercel', 'firebase'])

const checkName =
  /(?:^|[:_-])(?:tests?|[a-z]{0,3}lint|check|typecheck|coverage|cover|format|fmt|prettier|eslint|audit|size|validate|verify)(?:$|[:_-])/i

/** Options of package managers that run a script in other folders than the current one. */
const elsewhere =
  /^(?:-r|--recursive|recursive|-F|--filter(?:=.*)?|-C|--dir|--cwd|--prefix|-ws?|--workspaces?(?:=.*)?)$/

/** The purpose of a script's text: `build` if any part of it may leave files. */
export function purposeOfText(text: string, scripts: Record<string, string>): Purpose {
  const purposes = commandsOf(text).map((words) => purposeOf(words, scripts, new Set()))
  return strongest(purposes)
}

/** The purpose of one command, through the scripts that it runs. */
export function purposeOfCommand(words: string[], scripts: Record<string, string>): Purpose {
  return purposeOf(words, scripts, new Set())
}

const order: Purpose[] = ['build', 'check', 'setup', 'release', 'nothing']

function strongest(purposes: Purpose[]): Purpose {
  return order.find((purpose) => purposes.includes(purpose)) ?? 'nothing'
}

function purposeOf(words: string[], scripts: Record<string, string>, seen: Set<string>): Purpose {
  const program = (words[0] ?? '').replace(/^.*\//, '').replace(/\.[cm]?js$/, '')
  if (isPublish(words) || releases.has(program) || deployers.has(program)) return 'release'
  if (nothings.has(program)) return redirects(words) ? 'build' : 'nothing'
  if (setups.has(program)) return 'setup'
  if (checkers.has(program)) return 'check'
  if (/^(?:vue-)?tsc$/.test(program) && words.includes('--noEmit')) return 'check'
  if (program === 'changeset') return 'release'
  if (installs(program, words)) return 'setup'
  if (program === 'node' && (words.includes('--test') || onlyAsks(words))) return 'check'
  if (program === 'bun' && words[1] === 'test') return 'check'
  const tasks = tasksRunBy(program, words)
  if (tasks.length > 0) return tasks.every((task) => checkName.test(task) || checkers.has(task)) ? 'check' : 'build'
  const names = scriptsRunBy(words)
  if (names.length === 0) return 'build'
  // Scripts of other folders are known by their names alone.
  if (words.some((word) => elsewhere.test(word))) return names.every((name) => checkName.test(name)) ? 'check' : 'build'
  const [name] = names
  // Other package managers than npm run programs of the dependencies as if they were scripts: `yarn vitest`.
  const isOther = program !== 'npm' && name !== undefined && name === words[1] && !checkName.test(name)
  if (isOther && !Object.hasOwn(scripts, name)) {
    return purposeOf(words.slice(1), scripts, seen)
  }
  return strongest(names.map((name) => purposeOfScript(name, scripts, seen)))
}

const installing = new Set(['ci', 'i', 'install', 'clean-install'])

/** All that the project asks for, here: it has been installed, and there is no network to do it again. */
function installs(program: string, [, action, ...rest]: string[]): boolean {
  const isRunner = ['npm', 'pnpm', 'yarn', 'bun'].includes(program)
  const options = program === 'yarn' && (action ?? '-').startsWith('-') ? [action ?? '-', ...rest] : rest
  const isAsked = options !== rest || installing.has(action ?? '')
  return isRunner && isAsked && options.every((word) => word.startsWith('-') && !elsewhere.test(word))
}

/** Options of task runners that name the tasks. */
const taskOption = /^(?:-t|--targets?)(?:=(.*))?$/
const taskRunners = new Set(['turbo', 'nx', 'lerna'])

/**
 * The tasks that a task runner is told to run; none where it does something else. https://turborepo.com/docs/reference/run,
 * https://nx.dev/nx-api/nx/documents/run-many, https://lerna.js.org/docs/features/run-tasks
 */
function tasksRunBy(program: string, [, ...words]: string[]): string[] {
  if (!taskRunners.has(program)) return []
  const listed = words.flatMap((word, index) => {
    const [isOption, value = words[index + 1]] = taskOption.exec(word) ?? []
    return isOption === undefined ? [] : (value ?? '').split(',')
  })
  if (listed.length > 0) return listed
  const [action = '', ...rest] = words
  const isRun = action === 'run'
  if (program === 'lerna' && !isRun) return []
  // `nx run name:task`, and commands of nx itself: `nx release`.
  if (program === 'nx') return []
  return (isRun ? rest : words).filter((word, index, all) => !word.startsWith('-') && !valued.has(all[index - 1] ?? ''))
}

/** Options of task runners whose value is the next word. */
const valued = new Set(['--filter', '-F', '--scope', '--ignore', '--concurrency', '--cache-dir', '--output-logs'])

/** `echo '{}' > dist/package.json` */
function redirects(words: string[]): boolean {
  return words.some((word, index) => {
    const [, target] = /(?:^|[^=<-])>{1,2}([^>]*)$/.exec(word) ?? []
    const file = target || words[index + 1]
    return target !== undefined && file !== undefined && file !== '/dev/null' && !file.startsWith('&')
  })
}

const evaluating = new Set(['-e', '--eval', '-p', '--print', '-pe'])
/** An evaluated program has the modules of Node without asking for them. https://nodejs.org/api/cli.html#-e---eval-script */
const modules = builtinModules.filter((name) => name !== 'process' && name !== 'console' && !name.includes('/'))
const reaching = new RegExp(`\\b(?:require|import|eval|Function|constructor|binding|${modules.join('|')})\\b|\\[`)

/** A program in the command line that can only look at its process and end it: `node -e "if (!process.env.CI) process.exit(1)"`. */
function onlyAsks(words: string[]): boolean {
  const [, option = '', program, ...others] = words
  if (!evaluating.has(option) || program === undefined || redirects(words)) return false
  return others.length === 0 && !reaching.test(program)
}

/** Scripts that one leads to; each is looked at once. */
const mostScripts = 200

function purposeOfScript(name: string, scripts: Record<string, string>, seen: Set<string>): Purpose {
  if (checkName.test(name)) return 'check'
  if (seen.has(name) || seen.size > mostScripts) return 'nothing'
  seen.add(name)
  const text = Object.hasOwn(scripts, name) ? scripts[name] : undefined
  // One that the manifest does not have is another folder's.
  if (text === undefined) return 'build'
  const commands = commandsOf(text)
  if (commands.some(([program = '']) => deployers.has(program))) return 'release'
  return strongest(commands.map((words) => purposeOf(words, scripts, seen)))
}

/** Each is compared with all names. */
const mostPatterns = 32

/** Names of all scripts that a text leads to, its own commands' first. */
export function scriptsReachedBy(text: string, scripts: Record<string, string>): Set<string> {
  const reached = new Set<string>()
  const patterns = new Set<string>()
  const named = (name: string) => {
    if (!name.includes('*')) return [name]
    if (patterns.has(name) || patterns.size >= mostPatterns) return []
    patterns.add(name)
    return scriptsMatching(name, scripts)
  }
  const queue = [text]
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const name of commandsOf(next).flatMap(scriptsRunBy).flatMap(named)) {
      if (reached.has(name)) continue
      reached.add(name)
      const inner = Object.hasOwn(scripts, name) ? scripts[name] : undefined
      if (inner !== undefined) queue.push(inner)
    }
  }
  return reached
}

/**
 * The parts of a script that build, where it also does what a sandbox cannot: `npm test && npm run build` is
 * `npm run build`. `undefined` where the text is more than a chain of commands.
 *
 * @param formatting what writes files in another form is one of them where something has been built, `now` or before it
 * @param documents what writes documents anew, too
 * @param checks in place of what checks there is what that builds before it does, as long as some are left
 */
export function buildingParts(
  text: string,
  scripts: Record<string, string>,
  { formatting, documents = false, checks }: Within = {},
): string[] | undefined {
  if (branches(text)) return undefined
  const parts = partsOf(text)
  const builds = (part: string) => purposeOfText(part, scripts) === 'build'
  const first = formatting === 'now' ? 0 : formatting === 'after' ? parts.findIndex(builds) : -1
  return parts.flatMap((part, index) => {
    if (builds(part) || (first >= 0 && index >= first && formats(part, scripts, documents))) return [part]
    return checks && checks.left-- > 0 ? builtByCheck(part, scripts) : []
  })
}

/** What of a script that checks builds: of `npm test`, which runs `npm run compile && mocha`, that first part. */
export function builtByCheck(part: string, scripts: Record<string, string>): string[] {
  if (purposeOfText(part, scripts) !== 'check') return []
  return chainOf(part, scripts).filter((one) => one !== part && purposeOfText(one, scripts) === 'build')
}

/** The same through the scripts that a script runs: of `npm run build` what builds, where `build` is `tsc && tsd`. */
export function innerParts(text: string, scripts: Record<string, string>, within: Within = {}): string[] | undefined {
  const parts = buildingParts(text, scripts, within)
  return parts?.flatMap((part) => partsWithin(part, scripts, within) ?? [part])
}

/** `checks`: how many more scripts that check are looked into, of one project; each may lead to all others. */
type Within = {
  formatting?: 'after' | 'now' | undefined
  documents?: boolean | undefined
  checks?: { left: number } | undefined
  depth?: number
}

/** More than a person would have written. */
export const mostChecks = 16

const formatters = new Set(['prettier', 'biome', 'dprint'])

/** Whether files are written in another form, what was built among them: `prettier . --write`; `remark . -qfo` of documents. */
function formats(text: string, scripts: Record<string, string>, documents: boolean): boolean {
  const texts = [text, ...[...scriptsReachedBy(text, scripts)].map((name) => scripts[name] ?? '')]
  return texts.flatMap(commandsOf).some((words) => {
    const program = (words[0] ?? '').replace(/^.*\//, '')
    if (documents && program === 'remark') return words.some((word) => /^(?:-[a-z]*o|--output)$/.test(word))
    return (
      formatters.has(program) && (words.includes('fmt') || words.some((word) => /^(?:-w|--write|--apply)$/.test(word)))
    )
  })
}

/** Of a chain of commands. */
export function partsOf(text: string): string[] {
  return text
    .split(/&&|;/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

const mostNested = 8

/** The script that a part runs which does nothing else: `build` of `npm run build`. */
function plainScript(part: string, scripts: Record<string, string>): string | undefined {
  const words = part.split(/\s+/)
  const [name = '', ...others] = scriptsRunBy(words)
  const action = words.slice(1, -1).join(' ')
  const isPlain = others.length === 0 && words.at(-1) === name && /^(?:|run|run-script|--run)$/.test(action)
  return isPlain && Object.hasOwn(scripts, name) ? name : undefined
}

/** The text of that script, where nothing is run around it. */
function textOfPart(part: string, scripts: Record<string, string>): string | undefined {
  const name = plainScript(part, scripts)
  const isHooked = ['pre', 'post'].some((hook) => Object.hasOwn(scripts, `${hook}${name}`))
  return name === undefined || isHooked ? undefined : scripts[name]
}

/** Whether a text is more than a chain of commands; a `;` is none where it may stand in a word or a loop. */
function branches(text: string): boolean {
  return chained.test(text) || (text.includes(';') && within.test(text))
}

const chained = /[|\n]|[^&]&[^&]|\bcd\b/
/** Tested apart from the `;`, before or behind which it may be: one expression for both would take the square of the length. */
const within = /["'`$(){}\\]|;;|\b(?:for|while|until|if|case|do|then)\b/

/** More parts than a person would have written. */
const mostParts = 200

/** All that a chain of commands runs one after the other, through the scripts that it runs and what is run around them. */
export function chainOf(text: string, scripts: Record<string, string>): string[] {
  const within = { depth: 0, spent: { parts: 0 } }
  const chain = chainWithin(text, scripts, within)
  return within.spent.parts > mostParts ? [text] : chain
}

/** `spent`: how many parts were come to, so that scripts that lead to each other many times end. */
type WithinChain = { depth: number; spent: { parts: number } }

function chainWithin(text: string, scripts: Record<string, string>, within: WithinChain): string[] {
  if (branches(text)) return [text]
  return partsOf(text).flatMap((part) => {
    if (++within.spent.parts > mostParts) return []
    const names = within.depth > mostNested ? [] : inTurn(part, scripts)
    if (names.length === 0) return [part]
    const inner = { ...within, depth: within.depth + 1 }
    const chains = names.map((name) => chainOfScript(name, scripts, inner))
    if (names.length === 1 && chains[0] === undefined) return [part]
    return chains.flatMap((chain, index) => chain ?? `npm run ${names[index]}`)
  })
}

/** With its hooks; `undefined` where one of the three is more than a chain of commands. */
function chainOfScript(name: string, scripts: Record<string, string>, within: WithinChain): string[] | undefined {
  const texts = [`pre${name}`, name, `post${name}`].flatMap((one) =>
    Object.hasOwn(scripts, one) ? (scripts[one] ?? '') : [],
  )
  return texts.some((one) => branches(one)) ? undefined : texts.flatMap((one) => chainWithin(one, scripts, within))
}

/** The scripts that a part runs one after the other, and nothing else: https://github.com/mysticatea/npm-run-all */
function inTurn(part: string, scripts: Record<string, string>): string[] {
  const name = plainScript(part, scripts)
  if (name !== undefined) return [name]
  const [program = '', ...words] = part.split(/\s+/)
  if (!/^(?:run-s|npm-run-all2?)$/.test(program)) return []
  const asked = words.filter((word) => !inSequence.has(word))
  if (asked.length > mostParts || asked.filter((word) => word.includes('*')).length > mostPatterns) return []
  const names = asked.map((word) => scriptsMatching(word, scripts))
  return names.every((found) => found.length > 0) ? names.flat() : []
}

/** https://github.com/mysticatea/npm-run-all/blob/master/docs/npm-run-all.md */
const inSequence = new Set(['-s', '--sequential', '--serial', '--silent', '-l', '--print-label'])

/** `build:*` is what has one more part, `build:**` what has any; `:` is what `/` is to files. */
function scriptsMatching(pattern: string, scripts: Record<string, string>): string[] {
  if (!pattern.includes('*')) return Object.hasOwn(scripts, pattern) ? [pattern] : []
  const parts = pattern.slice(0, longestName).split(':')
  return Object.keys(scripts).filter((name) => fits(name.slice(0, longestName).split(':'), parts))
}

const longestName = 256

function fits([first, ...names]: string[], [part, ...parts]: string[]): boolean {
  if (part === undefined) return first === undefined
  if (part === '**') return parts.length === 0 || fits(first === undefined ? [] : names, parts)
  if (first === undefined || (part !== '*' && part !== first)) return false
  return fits(names, parts)
}

/** What stands for a part that only runs a script which does more than build. */
function partsWithin(
  part: string,
  scripts: Record<string, string>,
  { depth = 0, formatting, documents, checks }: Within,
): string[] | undefined {
  const text = textOfPart(part, scripts)
  if (text === undefined || depth > mostNested) return undefined
  const onlyFormats = formatting !== undefined && purposeOfText(part, scripts) !== 'build'
  const inside = onlyFormats ? 'now' : formatting
  const inner = innerParts(text, scripts, { depth: depth + 1, formatting: inside, documents, checks })
  if (onlyFormats) return inner
  const all = partsOf(text)
  const leavesOut = all.filter((part) => purposeOfText(part, scripts) !== 'build')
  return inner?.join() === all.join() || leavesOut.some((part) => repairing.test(part)) ? undefined : inner
}

/** What checks, and on the way writes what it checks: `prettier --write dist`. Linters mend the source, which is as it is. */
const repairing = /\s(?:-w|--write|--apply|-[a-z]*o|--output)(?:[\s=]|$)/
