import { alarmsOfWholeDocument, command, download, hidden, isNew, purse } from './document-alarms.ts'
import { isObject, parseJson } from './json.ts'

/** What the rebuild says of its package: the text of its package.json, and its readmes. */
export type KnownOfPackage = { manifest: string; documents: string }

/**
 * For a document without a counterpart: what a change of one may not bring either, but for what every readme has. It says
 * how its own package is installed and run, beside what that depends on, and names versions and settings.
 *
 * @param options.isHistory whether it tells what has changed, and with that by which commands
 */
export function alarmsOfLonelyDocument(
  text: string,
  { manifest, documents }: KnownOfPackage,
  { isHistory = false } = {},
): string[] {
  const isKnown = isOfPackage(manifest)
  const known = new Set(commandsIn(documents, typed).map(({ said }) => said))
  const commands = commandsIn(text, isHistory ? typedAlone : typed).filter(
    (one) => !known.has(one.said) && !isKnown(one),
  )
  return [
    ...alarmsOfWholeDocument(text),
    ...(commands.length > 0 ? ['a command'] : []),
    ...(isNew(hidden, withoutMarks(text), documents) ? ['words that nobody sees where it is shown'] : []),
    ...(isNew(download, text, documents) ? ['a program to fetch'] : []),
    ...(isNew(purse, text, documents) ? ['an address that is paid to'] : []),
  ]
}

/** `isTyped`: that it stands as code does, by itself in its line or between backticks, and not among words. */
type Command = { said: string; isTyped: boolean }

/** Characters in front of a command that show whether it is typed. */
const mostBefore = 32

const typed = /(?:^|[\n`])[\s$>%#]{0,20}$/
const typedAlone = /(?:^|\n)[\s$>%#`]{0,20}$/

function commandsIn(text: string, isTyped: RegExp): Command[] {
  return [...text.matchAll(command)].map(({ 0: match, index }) => {
    const before = text.slice(Math.max(0, index - mostBefore), index)
    return { said: match.trim().replace(/\s+/g, ' '), isTyped: isTyped.test(before) }
  })
}

const manager = /^(?:npm|pnpm|yarn|bun|npx|bunx|pnpx) /i
const verbs = new Set(['i', 'install', 'add', 'global', 'exec', 'dlx', 'x'])
const ofOwnScripts = /^(?:npm|pnpm|yarn|bun) run(?: [\w:.-]+)*$/i
/** `"version": "1.0.0"`; of dependencies all are looked at together. */
const pair = /^["'][^"']*["']\s*[:,=]/
const image = /^FROM [a-z0-9][\w./:@-]*(?: AS [\w-]+)?$/

function isOfPackage(manifest: string): (one: Command) => boolean {
  const names = namesIn(manifest)
  const isOwn = (asked: string) => {
    const name = asked.replace(/(?<=.)@[^/]*$/, '')
    return names.has(name) || (name.startsWith('@') && names.has(name.slice(0, name.indexOf('/') + 1)))
  }
  return ({ said, isTyped }) => {
    if (/^from /i.test(said)) return !image.test(said)
    const listed = /^"\w+"\s*:\s*\{/.test(said) ? said.slice(said.indexOf('{')).match(/"[^"]*"(?=\s*:)/g) : undefined
    if (listed) return listed.every((name) => isOwn(name.slice(1, -1)))
    if (pair.test(said)) return true
    const cloned = /^git clone \S*?\b([\w.-]+\/[\w.-]+?)(?:\.git)?(?: |$)/.exec(said)?.[1]
    if (cloned !== undefined) return manifest.includes(`/${cloned}`)
    return said.split(/&&|\|\||[;|]/).every((part) => {
      const plain = part.trim().replace(/(?:\s#.*|[.,:)]+)$/, '')
      if (ofOwnScripts.test(plain)) return true
      const asked = plain.split(' ').slice(1)
      const packages = asked.filter((word) => !word.startsWith('-') && !verbs.has(word.toLowerCase()))
      if (!isTyped && isTalkedOf(asked, packages)) return true
      return manager.test(`${plain} `) && (packages.length === 0 || packages.every(isOwn))
    })
  }
}

/** `npm install` no longer fails, PowerShell (#12): the next word is one of a language, or in brackets. */
function isTalkedOf(asked: readonly string[], [next = '']: readonly string[]): boolean {
  return !asked.slice(0, 3).some((word) => word.startsWith('-')) && (/^[([]/.test(next) || !/[-@/:.\d]/.test(next))
}

const lists = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies']

/** Of the package and of what it depends on; of its scope, in which nobody else can publish. */
function namesIn(manifest: string): ReadonlySet<string> {
  const value = parseJson(manifest)
  if (!isObject(value)) return new Set()
  const own = typeof value.name === 'string' ? [value.name] : []
  const scopes = own.flatMap((name) => (name.startsWith('@') ? [name.slice(0, name.indexOf('/') + 1)] : []))
  const others = lists.flatMap((list) => (isObject(value[list]) ? Object.keys(value[list]) : []))
  return new Set([...own, ...scopes, ...others])
}

/** Words that tools write between which they put a list, or a table of contents. */
const marks =
  /<!-- (?:ALL-CONTRIBUTORS-(?:LIST|BADGE):START - Do not remove or modify this section|START doctoc generated TOC please keep comment here to allow auto update|DON'T EDIT THIS SECTION, INSTEAD RE-RUN doctoc TO UPDATE) -->/g

function withoutMarks(text: string): string {
  return text.replace(marks, '')
}
