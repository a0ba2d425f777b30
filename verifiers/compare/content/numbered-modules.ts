import { type Bindings, bindingsOf } from './bindings.ts'
import { isKnownLoader } from './bundle-loaders.ts'
import { type Side, sideOf } from './code-parts.ts'
import type { Token } from './javascript-tokens.ts'
import type { Tree } from './syntax.ts'
import { nodesIn } from './variables.ts'

/** A bundle has at most so many modules, and the way to one is at most so long, in characters. */
const mostModules = 5000
const longestWay = 400
/** How much longer than the program its names may make it. */
const mostTimes = 8

type Module = {
  /** What of the text is its function. */
  code: Tree
  /** What it asks for, and the number of that. */
  asked: Map<string, string>
}

/**
 * The program with names in place of the numbers that browserify (browser-pack) gives its modules: each is called by the way
 * that leads to it from where the bundle begins, and they stand in the order of these ways. Numbers follow the order of the
 * files, so that one module more, or another version of a plugin, gives all of them other ones. They mean nothing: what loads
 * modules goes from one to the next by the list that each of them has.
 *
 * @returns nothing where there is no such bundle, or where anything in it could know a number
 */
export function withNamedModules(side: Side): Side | undefined {
  if (!/\{\s*["']?\d+["']?\s*:\s*\[\s*function\b/.test(side.text)) return undefined
  const bundle = bundleIn(side)
  if (bundle === undefined) return undefined
  const syntax = side.syntax()
  const bindings = syntax && bindingsOf(syntax)
  if (bindings === undefined) return undefined
  if (knowsCallers(side)) return undefined
  const requires = new Map<string, Requires>()
  for (const [number, module] of bundle.modules) {
    const found = requiresOf(module, bindings.numberAt, side)
    if (found === undefined) return undefined
    requires.set(number, found)
  }
  const names = waysTo(bundle, requires)
  if (names === undefined || lengthOfLists(bundle, names) > side.text.length * mostTimes) return undefined
  const named = (number: string) => JSON.stringify(names.get(number) ?? '')
  const modules = [...names.keys()].map((number) => {
    const { asked } = bundle.modules.get(number) as Module
    const { code, byNumber } = requires.get(number) as Requires
    const list = [...asked]
      .map(([key, value]) => `${byNumber.has(key) ? named(value) : JSON.stringify(key)}:${named(value)}`)
      .toSorted()
    return `${named(number)}:[${code(named)},{${list.join(',')}}]`
  })
  const { start, end, entries, own } = bundle
  const [text, numbers] = [side.text, `[${entries.map(named).join(',')}]`]
  const after =
    own === undefined ? text.slice(end) : text.slice(end, own.start) + named(own.number) + text.slice(own.end)
  return sideOf(`${text.slice(0, start)}{\n${modules.join(',\n')}\n},{},${numbers}${after}`)
}

function lengthOfLists({ modules }: Bundle, names: ReadonlyMap<string, string>): number {
  const asked = modules.values().flatMap((module) => module.asked.values())
  return asked.reduce((sum, number) => sum + (names.get(number)?.length ?? 0), 0)
}

type Bundle = {
  modules: Map<string, Module>
  entries: string[]
  /** From the first bracket of the modules to behind the list of entries. */
  start: number
  end: number
  /** Of which a bundle that has a name of its own gives the exports. */
  own?: { number: string; start: number; end: number }
}

/**
 * The only call in a program that is given modules, a cache without any, and a list of the first ones, by a loader that is
 * known. What it gives is that loader, which takes any number: nothing may keep it.
 */
function bundleIn(side: Side): Bundle | undefined {
  // A module may be a bundle itself, which has numbers of its own.
  const nodes = [...nodesIn(side.syntax()?.root, (node) => !isBundle(node))]
  const [call, ...others] = nodes.filter(isBundle)
  if (call === undefined || others.length > 0 || !isKnownLoader(call.callee as Tree, side.text)) return undefined
  const outer = nodes.find(({ callee }) => callee === call)
  const [own, ...more] = outer === undefined ? [] : argumentsOf(outer)
  if (more.length > 0 || (own === undefined && !isOnlyDone(call, nodes))) return undefined
  return readBundle(call, own, side)
}

/** `!function…({…},{},[1]);`, whose value nobody takes. */
function isOnlyDone(call: Tree, nodes: readonly Tree[]): boolean {
  return nodes.some(({ type, expression }) => {
    if (type !== 'ExpressionStatement') return false
    const { type: kind, argument, expressions } = expression as Tree
    const parts = kind === 'SequenceExpression' ? (expressions as Tree[]) : [expression]
    return kind === 'UnaryExpression' ? argument === call : parts.includes(call)
  })
}

/** What has the loader's own surroundings by the function that called it, or takes the place of what calls each module. */
function knowsCallers({ words }: Side): boolean {
  return words.some((word, at) => {
    if (words[at - 1] !== '.') return /^["'`]call(?:er)?["'`]$/.test(word)
    return word === 'caller' || (word === 'call' && words[at + 1] === '=' && words[at + 2] !== '=')
  })
}

function isBundle(node: Tree): boolean {
  const [table, cache, entries] = argumentsOf(node)
  return (
    table?.type === 'ObjectExpression' &&
    (table.properties as Tree[]).length > 0 &&
    cache?.type === 'ObjectExpression' &&
    (cache.properties as Tree[]).length === 0 &&
    entries?.type === 'ArrayExpression'
  )
}

function argumentsOf(node: Tree): (Tree | undefined)[] {
  return node.type === 'CallExpression' ? (node.arguments as Tree[]) : []
}

function readBundle(call: Tree, own: Tree | undefined, side: Side): Bundle | undefined {
  const [table, cache, list] = argumentsOf(call) as [Tree, Tree, Tree]
  const modules = new Map<string, Module>()
  const properties = table.properties as Tree[]
  if (properties.length > mostModules) return undefined
  for (const property of properties) {
    const module = readModule(property, side)
    const number = module && numberIn(property.key as Tree)
    if (module === undefined || number === undefined || modules.has(number)) return undefined
    modules.set(number, module)
  }
  const entries = (list.elements as (Tree | null)[]).map((one) => (one === null ? undefined : numberIn(one)))
  const ownNumber = own && numberIn(own)
  if (own !== undefined && (ownNumber === undefined || !modules.has(ownNumber))) return undefined
  if (!entries.every((number) => number !== undefined && modules.has(number))) return undefined
  // Whatever else stands there, a comment among it, would be lost.
  const between = [
    ...gapsIn(table, properties, side),
    ...gapsIn({ start: table.start, end: list.end }, [table, cache, list], side),
    ...gapsIn(cache, [], side),
    ...gapsIn(list, list.elements as Tree[], side),
  ]
  if (!between.every((text) => /^[\s,{}[\]]*$/.test(text))) return undefined
  return {
    modules,
    entries: entries as string[],
    start: table.start,
    end: list.end,
    ...(own && { own: { number: ownNumber as string, start: own.start, end: own.end } }),
  }
}

/** `1:[function(require,module,exports){…},{"./a":2}]` */
function readModule(property: Tree, side: Side): Module | undefined {
  const value = property.value as Tree | undefined
  if (property.type !== 'Property' || property.computed === true || property.method === true) return undefined
  if (value?.type !== 'ArrayExpression') return undefined
  const [code, list, ...others] = value.elements as (Tree | null)[]
  if (code?.type !== 'FunctionExpression' || list?.type !== 'ObjectExpression' || others.length > 0) return undefined
  if ((code.params as Tree[]).some(({ type }) => type !== 'Identifier')) return undefined
  const asked = new Map<string, string>()
  const properties = list.properties as Tree[]
  for (const one of properties) {
    const key = one.type === 'Property' && one.computed !== true ? keyIn(one.key as Tree) : undefined
    const number = one.value === undefined ? undefined : numberIn(one.value as Tree)
    if (key === undefined || number === undefined || asked.has(key)) return undefined
    asked.set(key, number)
  }
  const between = [
    ...gapsIn(property, [property.key as Tree, value], side),
    ...gapsIn(value, [code, list], side),
    ...gapsIn(list, properties, side),
    ...properties.flatMap((one) => gapsIn(one, [one.key as Tree, one.value as Tree], side)),
  ]
  return between.every((text) => /^[\s,:{}[\]]*$/.test(text)) ? { code, asked } : undefined
}

function gapsIn(whole: { start: number; end: number }, parts: readonly Tree[], { text }: Side): string[] {
  return [...parts, { start: whole.end }].map(({ start }, at) => text.slice(parts[at - 1]?.end ?? whole.start, start))
}

/** Never 0, which what loads modules takes for none, and asks somebody else for the name. */
function numberIn({ type, value }: Tree): string | undefined {
  return type === 'Literal' && typeof value === 'number' && Number.isSafeInteger(value) && value > 0
    ? String(value)
    : undefined
}

function keyIn(key: Tree): string | undefined {
  if (key.type === 'Identifier') return String(key.name)
  return typeof key.value === 'string' ? key.value : numberIn(key)
}

type Requires = {
  /** The numbers that stand in its code, in the order in which they come. */
  byNumber: ReadonlySet<string>
  /** Its text with names in place of them. */
  code(named: (number: string) => string): string
}

/**
 * Where the code of a module itself has numbers of others: `require(4)` as bundle-collapser writes it, and
 * `arguments[4][7][0]` for one that has the same text.
 *
 * @returns nothing where its code does anything else with them or with `require`, which takes any number
 */
function requiresOf({ code, asked }: Module, numberAt: Bindings['numberAt'], side: Side): Requires | undefined {
  const { text, tokens, words } = side
  const [require, , , ...others] = code.params as Tree[]
  // By its name it has what it was called with.
  if (others.length > 0 || code.id) return undefined
  const all = ownArguments(code)
  const variable = require && numberAt.get(require.start)
  const places: { start: number; end: number; number: string }[] = []
  const byNumber = new Set<string>()
  for (let at = firstFrom(tokens, code.start); (tokens[at]?.start ?? code.end) < code.end; at++) {
    const { start } = tokens[at] as Token
    let asks: Token | undefined
    // What loads modules calls each with itself, all modules, those that it has loaded, and the first ones behind the usual three.
    if (all.has(start)) {
      asks = tokens[at + 5]
      const number = words[at + 5]
      const isTwin = twin.test(words.slice(at + 1, at + twinLength).join('')) && asked.get('dup') === number
      if (!isTwin || asks === undefined || number === undefined) return undefined
      at += twinLength - 1
      places.push({ start: asks.start, end: asks.end, number })
    } else if (variable !== undefined && start !== require?.start && numberAt.get(start) === variable) {
      if (words[at - 1] === 'typeof' && !/^[([.?`]/.test(words[at + 1] ?? '')) continue
      if (words[at + 1] !== '(' || words[at + 3] !== ')') return undefined
      asks = tokens[at + 2]
      const word = words[at + 2] ?? ''
      // What its list does not have is asked of all objects, which can have a number for it.
      if (asks?.kind === 'string' && asked.has(word.slice(1, -1)) && !/^.\d*.$/.test(word)) continue
      const number = asks?.kind === 'number' && plainNumber.test(word) ? asked.get(word) : undefined
      if (asks === undefined || number === undefined) return undefined
      byNumber.add(word)
      places.push({ start: asks.start, end: asks.end, number })
    }
  }
  // A number in its list that its code does not have is asked for in another way.
  if ([...asked.keys()].some((key) => /^\d+$/.test(key) && !byNumber.has(key))) return undefined
  return {
    byNumber,
    code: (named) => {
      const parts = places.map(({ start, number }, index) => {
        return text.slice(places[index - 1]?.end ?? code.start, start) + named(number)
      })
      return parts.join('') + text.slice(places.at(-1)?.end ?? code.start, code.end)
    },
  }
}

/** `arguments[4][7][0].apply(exports,arguments)`, in tokens. */
const twin = /^\[4\]\[\d+\]\[0\]\.apply\([\w$]+,arguments\)$/
const twinLength = 17

/** Any other writing of a number is another key than the one that it reads like: `0x3` is `"3"`. */
const plainNumber = /^[1-9]\d{0,8}$/

/** Where a module's function asks for all that it is called with; in functions within it that is something else. */
function ownArguments(code: Tree): ReadonlySet<number> {
  const isEntered = (node: Tree) => node === code || !/^Function(?:Expression|Declaration)$/.test(node.type)
  const found = [...nodesIn(code, isEntered)].filter(({ type, name }) => type === 'Identifier' && name === 'arguments')
  return new Set(found.map(({ start }) => start))
}

function firstFrom(tokens: Side['tokens'], offset: number): number {
  let [low, high] = [0, tokens.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((tokens[middle]?.start ?? 0) < offset) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Each module's number with the way that leads to it, those that are nearest first; what no way leads to keeps its number.
 * Names stand in quotes in it, so that no two modules have one way.
 */
function waysTo(
  { modules, entries }: Bundle,
  requires: ReadonlyMap<string, Requires>,
): Map<string, string> | undefined {
  const ways = new Map<string, string>()
  entries.forEach((number, index) => {
    if (!ways.has(number)) ways.set(number, `entry ${index}`)
  })
  // A map goes on with what is added to it meanwhile.
  for (const [number, way] of ways) {
    const { asked } = modules.get(number) as Module
    const { byNumber } = requires.get(number) as Requires
    const named = [...asked.keys()].filter((key) => !byNumber.has(key)).toSorted()
    const steps = [
      ...[...byNumber].map((key, index) => [key, `${index}`]),
      ...named.map((key) => [key, JSON.stringify(key)]),
    ]
    for (const [key = '', step = ''] of steps) {
      const other = asked.get(key) ?? ''
      if (!modules.has(other)) return undefined
      if (!ways.has(other)) ways.set(other, `${way} > ${step}`)
    }
    if (way.length > longestWay) return undefined
  }
  for (const number of modules.keys()) if (!ways.has(number)) ways.set(number, `number ${number}`)
  return ways
}
