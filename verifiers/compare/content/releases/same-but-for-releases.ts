import { commentsBefore } from '../acted-comments.ts'
import { isAskedFor } from '../asked-names.ts'
import { functionKey } from '../bindings.ts'
import type { Side } from '../code-parts.ts'
import { alarmsOfComment } from '../comment-alarms.ts'
import { sameTrees } from '../same-syntax.ts'
import type { Tree } from '../syntax.ts'
import { nodesIn } from '../variables.ts'
import { isHoisted, type Run, runsOf, type StatementList, statementLists } from './module-run.ts'
import type { Read, Reading } from './reading.ts'
import { type ReleaseModule, resolved } from './release-module.ts'
import { isUnused, type Matched, matched, pairing } from './same-module.ts'

/** The modules of a package in the release that was built with, and in the one that may have been published with. */
export type Swap = { before: readonly ReleaseModule[]; after: readonly ReleaseModule[] }

/** The published program and the rebuilt one as they are compared, and their lists of statements. */
export type ReadPair = {
  a: Side
  b: Side
  left: Read
  right: Read
  lists: readonly StatementList[]
  others: readonly StatementList[]
  /** Names that are known outside of the block that has them, and `arguments`. */
  blockFunctions: readonly string[]
}

/** `undefined` where one of them cannot be read, or they are programs of two kinds. */
export function readPair(a: Side, b: Side, reading: Reading): ReadPair | undefined {
  const [here, there] = [a.syntax(), b.syntax()]
  if (here === undefined || there === undefined || here.isModule !== there.isModule) return undefined
  const [left, right] = [reading(here), reading(there)]
  if (left === undefined || right === undefined) return undefined
  const blockFunctions = ['arguments', ...here.blockFunctions, ...there.blockFunctions]
  return { a, b, left, right, lists: statementLists(left.root), others: statementLists(right.root), blockFunctions }
}

/**
 * Whether two programs are the same but for modules that the published one has from another release of a package, each in
 * the place where the rebuilt one has its own release of it. What each side has of a release is that release's, statement by
 * statement and in its order; what it takes from elsewhere is in both programs the same; and nothing is left of the old
 * release where the other one has something else.
 *
 * @returns the keys of the modules that differ
 */
export function sameButForReleases(pair: ReadPair, swap: Swap): string[] | undefined {
  const { a, left, right, lists } = pair
  const [published, rebuilt] = [runsOf(lists, swap.after), runsOf(pair.others, swap.before)]
  const places = placesOf(swap, published, rebuilt, left, right)
  const differing = [...places].filter(([, one]) => one.differs).map(([key]) => key)
  if (differing.length === 0 || !haveSameDoors(swap, differing)) return undefined
  const rest = sameRest(places, left, right)
  if (rest === undefined || !takeTheSame(places, swap, rest.there)) return undefined
  if (isMixed(swap, places, lists, a)) return undefined
  const renamed = new Set([...rest.renamed, ...ownNames(places)])
  if (pair.blockFunctions.some((name) => renamed.has(name))) return undefined
  if (isAskedFor(renamed, a, left.numberAt) || isAskedFor(renamed, pair.b, right.numberAt)) return undefined
  return commentsAreKnown(a, pair.b, swap, places, rest.partners) ? differing.sort() : undefined
}

/** Where a module stands on both sides; on one only where it is of functions, which do nothing by being there. */
type Place = { published?: Matched; rebuilt?: Matched; differs: boolean }

function placesOf(
  { before, after }: Swap,
  published: readonly Run[],
  rebuilt: readonly Run[],
  left: Read,
  right: Read,
): Map<string, Place> {
  const places = new Map<string, Place>()
  const texts = new Map(before.map(({ key, side }) => [key, side.text]))
  const own = new Map(rebuilt.map((run) => [run.module.key, run]))
  const nothing = () => false
  for (const run of published) {
    const { key } = run.module
    const other = own.get(key)
    const there = other && matched(other, right, () => true)
    const kept = new Set(other?.at.map((index) => other.module.shapes[index]))
    // What the bundler has left out of the one release it leaves out of the other, too.
    const isLeftOut = (shape: string) => (other?.module.shapes.includes(shape) ?? false) && !kept.has(shape)
    const here = matched(run, left, there ? isLeftOut : nothing)
    // Nor does the published program run what the rebuilt one leaves out.
    const isMore = run.at.some((at) => {
      const statement = run.module.statements[at]
      return statement && !isUnused(statement) && isLeftOut(run.module.shapes[at] ?? '')
    })
    if (here && there && !isMore) {
      places.set(key, { published: here, rebuilt: there, differs: texts.get(key) !== run.module.side.text })
    } else if (here && !other && isHoisted(run)) places.set(key, { published: here, differs: true })
  }
  const known = new Set(published.map(({ module }) => module.key))
  for (const run of rebuilt) {
    const there = known.has(run.module.key) || !isHoisted(run) ? undefined : matched(run, right, () => true)
    if (there) places.set(run.module.key, { rebuilt: there, differs: true })
  }
  const keys = new Set([...before, ...after].map(({ key }) => key))
  return new Map([...places].filter(([key]) => keys.has(key)))
}

/** What modules pass on from others stands in no statement. */
function haveSameDoors({ before, after }: Swap, differing: readonly string[]): boolean {
  const doors = (modules: readonly ReleaseModule[]) =>
    new Map(modules.map(({ key, passedOn }) => [key, passedOn.join('\n')] as const))
  const [old, other] = [doors(before), doors(after)]
  const keys = new Set([...old.keys(), ...other.keys(), ...differing])
  return [...keys].every((key) => !old.has(key) || !other.has(key) || old.get(key) === other.get(key))
}

/** Both programs without the modules, in whose places stands which they were. */
function sameRest(places: ReadonlyMap<string, Place>, left: Read, right: Read) {
  const [mine, theirs] = [new Map<number, Owner>(), new Map<number, Owner>()]
  for (const { published, rebuilt } of places.values()) {
    if (!own(published, mine) || !own(rebuilt, theirs)) return undefined
  }
  const pairs = pairing(left, right)
  const isSame = (one: Tree, other: Tree): boolean => {
    const [from, to] = [mine.get(left.numberAt.get(one.start) ?? -1), theirs.get(right.numberAt.get(other.start) ?? -1)]
    if (from === undefined && to === undefined) return pairs.isSame(one, other)
    return from !== undefined && to !== undefined && isSameVariable(from, to)
  }
  const partners = new Map<number, number>()
  const functions = new Map<string, string>()
  const meet = (one: Tree, other: Tree) => {
    partners.set(one.start, other.start)
    if (/^(?:Program|StaticBlock)$|Function/.test(one.type)) functions.set(functionKey(one), functionKey(other))
  }
  const trees = [
    factored(
      left.root,
      [...places.values()].flatMap(({ published }) => published?.run ?? []),
    ),
    factored(
      right.root,
      [...places.values()].flatMap(({ rebuilt }) => rebuilt?.run ?? []),
    ),
  ] as const
  if (!sameTrees(...trees, isSame, meet)) return undefined
  return pairs.areOfFunctions(functions, new Map())
    ? { there: pairs.there, renamed: pairs.renamed, partners }
    : undefined
}

/** A variable of a module, by its number in it. */
type Owner = { module: ReleaseModule; number: number }

/** `false` where a variable is of two modules. */
function own(place: Matched | undefined, owners: Map<number, Owner>): boolean {
  if (place === undefined) return true
  const { module } = place.run
  for (const [from, number] of place.variables) {
    if (!module.declared.has(number)) continue
    if (owners.has(from)) return false
    owners.set(from, { module, number })
  }
  return true
}

/** Whether others know both by one name, where they know either. */
function isSameVariable(one: Owner, other: Owner): boolean {
  if (one.module.key !== other.module.key) return false
  const names = ({ module, number }: Owner) =>
    [...module.exported].flatMap(([name, numbers]) => (numbers.includes(number) ? [name] : []))
  const [left, right] = [names(one), names(other)]
  const isValue = ({ module, number }: Owner) => /^_default_*$/.test(module.declared.get(number)?.name ?? '')
  if (isValue(one) !== isValue(other)) return false
  if (left.length + right.length > 0) return left.some((name) => right.includes(name))
  return one.module.declared.get(one.number)?.name === other.module.declared.get(other.number)?.name
}

/** A program in which what modules stand in is only that they do; those of functions stand nowhere. */
function factored(root: Tree, runs: readonly Run[]): Tree {
  const byList = Map.groupBy(runs, ({ list }) => list.statements)
  const replaced = new Map([...byList].map(([list, own]) => [list as unknown, withPlaces(list, own)]))
  const copy = (value: unknown): unknown => {
    const instead = replaced.get(value)
    if (instead !== undefined || typeof value !== 'object' || value === null) return instead?.map(copy) ?? value
    if (Array.isArray(value)) return value.map(copy)
    if (!('type' in value) || typeof value.type !== 'string') return value
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, copy(field)]))
  }
  return copy(root) as Tree
}

function withPlaces(list: readonly Tree[], runs: readonly Run[]): Tree[] {
  const starts = new Map(runs.map((run) => [run.from, run]))
  const result: Tree[] = []
  for (let at = 0; at < list.length; at++) {
    const run = starts.get(at)
    if (run === undefined) {
      result.push(list[at] as Tree)
      continue
    }
    if (!isHoisted(run)) result.push({ type: 'Module', start: -1, end: -1, key: run.module.key } as unknown as Tree)
    at = run.to - 1
  }
  return result
}

/**
 * Whether what the published modules take from elsewhere is what they ask for: of the same release, what a module exports
 * by that name; else what the rebuilt module takes by that name from there.
 */
function takeTheSame(places: ReadonlyMap<string, Place>, { after }: Swap, rest: ReadonlyMap<number, number>): boolean {
  const owners = new Map<number, Owner>()
  for (const { published } of places.values()) own(published, owners)
  const keys = new Set(after.map(({ key }) => key))
  return [...places.values()].every(({ published, rebuilt }) => {
    if (published === undefined) return true
    const { module } = published.run
    const counterparts = new Map([...(rebuilt?.variables ?? [])].map(([from, number]) => [number, from]))
    return [...published.variables].every(([from, number]) => {
      const taken = module.imports.get(number)
      if (taken === undefined) return true
      const owner = owners.get(from)
      if (owner !== undefined) {
        const key = resolved(taken.source, module.key, (one) => keys.has(one))
        return key === owner.module.key && (owner.module.exported.get(taken.name)?.includes(owner.number) ?? false)
      }
      const same = [...(rebuilt?.run.module.imports ?? [])].find(
        ([, one]) => one.source === taken.source && one.name === taken.name,
      )
      const to = same && counterparts.get(same[0])
      return to !== undefined && rest.get(from) === to
    })
  })
}

/** Shorter statements are written in the same way by chance. In characters. */
const longEnough = 60
/** Shorter names and texts are, too. */
const longWord = 8

/** Whether the published program still has something of the old release that the other release has not. */
function isMixed(
  { before, after }: Swap,
  places: ReadonlyMap<string, Place>,
  lists: readonly StatementList[],
  a: Side,
): boolean {
  const runs = [...places.values()].flatMap(({ published }) => published?.run ?? [])
  const known = new Set(after.flatMap(({ shapes }) => shapes))
  const gone = new Set(
    before.flatMap(({ shapes, statements }) =>
      shapes.filter((shape, at) => {
        const { start = 0, end = 0 } = statements[at] ?? {}
        return !known.has(shape) && end - start >= longEnough
      }),
    ),
  )
  const isInRun = (list: StatementList, at: number) =>
    runs.some((run) => run.list === list && at >= run.from && at < run.to)
  if (lists.some((list) => list.shapes.some((shape, at) => gone.has(shape) && !isInRun(list, at)))) return true
  const parts = runs.map(({ list, from, to }) => extentOf(list.statements.slice(from, to)))
  // What is in another form there is known by its words.
  const others = before.filter(({ key }) => !places.has(key))
  const words = wordsOf(others).difference(wordsOf(after))
  return a.words.some((word, at) => {
    const { start = 0, kind } = a.tokens[at] ?? {}
    if (kind === 'comment' || !words.has(plain(word))) return false
    return !parts.some((part) => start >= part.start && start < part.end)
  })
}

/** Where in the text they stand; what a normal form has made stands nowhere. */
function extentOf(statements: readonly Tree[]): { start: number; end: number } {
  let [start, end] = [Infinity, -1]
  for (const node of nodesIn(statements)) {
    if (node.start < 0) continue
    start = Math.min(start, node.start)
    end = Math.max(end, node.end)
  }
  return { start, end }
}

function wordsOf(modules: readonly ReleaseModule[]): Set<string> {
  const words = modules.flatMap(({ side }) =>
    side.words.filter((word, at) => {
      const kind = side.tokens[at]?.kind
      return (kind === 'word' || kind === 'string') && word.length >= longWord
    }),
  )
  return new Set(words.map(plain))
}

/** A text without its quotes. */
function plain(word: string): string {
  return word.replace(/^["']|["']$/g, '')
}

/** Names that a published module has otherwise than its release, and the rebuilt one not in the same way. */
function ownNames(places: ReadonlyMap<string, Place>): Set<string> {
  const names = [...places.values()].map(({ published, rebuilt }) =>
    (published?.renamed ?? new Set<string>()).difference(rebuilt?.renamed ?? new Set()),
  )
  return new Set(names.flatMap((one) => [...one]))
}

const isPure = /^\/\*\s*[#@]__PURE__\s*\*\/$/

/** The calls of which a program says that they may be left out where nobody uses what they give. */
function pureCalls(side: Side): Set<string> {
  return new Set(side.words.flatMap((word, at) => (isPure.test(word) ? (callAt(side, at + 1) ?? []) : [])))
}

/** Longer calls are no longer the same by chance. In tokens. */
const longestCall = 64

/** Its words, to the parenthesis that ends it. */
function callAt({ words }: Side, start: number): string | undefined {
  let depth = 0
  for (let at = start; at < Math.min(words.length, start + longestCall); at++) {
    if (words[at] === '(') depth++
    else if (words[at] === ')' && --depth <= 0) return words.slice(start, at + 1).join(' ')
  }
  return undefined
}

/**
 * Whether every comment that is more than words, or that tools act on, stands in the rebuilt program or in the other
 * release, and what tools act on before the same thing there.
 */
function commentsAreKnown(
  a: Side,
  b: Side,
  { after }: Swap,
  places: ReadonlyMap<string, Place>,
  partners: ReadonlyMap<number, number>,
): boolean {
  const known = new Set(b.words)
  const released = new Set(after.flatMap(({ side }) => side.words))
  const isKnown = (word: string) =>
    known.has(word) || released.has(word) || alarmsOfComment(word, b.commentLines()).length === 0
  if (!a.words.every((word, at) => a.tokens[at]?.kind !== 'comment' || isKnown(word))) return false
  const there = commentsBefore(b)
  const matches = [...places.values()].flatMap(({ published }) => published ?? [])
  const before = matches.map((one) => ({ ...one, comments: commentsBefore(one.run.module.side) }))
  const [pure, at] = [pureCalls(b), new Map(a.tokens.map(({ start }, index) => [start, index]))]
  return [...commentsBefore(a)].every(([start, comments]) => {
    // Where the bundler of the rebuild says of the same call that it may be left out, this one does.
    const call = comments.every((one) => isPure.test(one)) ? callAt(a, at.get(start) ?? 0) : undefined
    if (call !== undefined && pure.has(call)) return true
    const partner = partners.get(start)
    const here = partner === undefined ? undefined : there.get(partner)
    const own = before.map((one) => one.comments.get(one.partners.get(start) ?? -1))
    return comments.every((one) => [here, ...own].some((others) => others?.includes(one)))
  })
}
