import type { Bindings } from './bindings.ts'
import type { Side } from './code-parts.ts'
import type { Tree } from './syntax.ts'
import { nodesIn } from './variables.ts'

/** As minifiers choose them; texts of this length are often there for something else. */
const shortest = 4

/**
 * Whether one of two names can be a tool's choice: a minifier's, which is short, one that begins with a sign, as compilers
 * call what they need themselves, or the other one in a form that nothing else has (`a$1`, `_a`, `a_2`). People who rename
 * something mean something by both, and code can ask for the text of a function with the names of its parameters.
 */
export function isRenamedByTool(one: string, other: string): boolean {
  return (
    [one, other].some((name) => name.length < shortest || /^_|__|^\$[\da-f]{8}/.test(name)) ||
    baseOf(one) === baseOf(other)
  )
}

function baseOf(name: string): string {
  return name.replace(/^[_$]+/, '').replace(/[_$]*\d*$/, '')
}

/** A function knows its own name, and code can compare it with a text, or look for something that is called like it. */
export function isAskedFor(names: ReadonlySet<string>, side: Side, numberAt: Bindings['numberAt']): boolean {
  const { tokens, words } = side
  const isText = tokens.some(({ kind }, index) => {
    const text = kind === 'string' || kind === 'template' ? words[index]?.slice(1, -1) : undefined
    if (text === undefined || !names.has(text)) return false
    return (
      text.length >= shortest ||
      (isCompared(words, index) && words.slice(Math.max(0, index - near), index + near).includes('name'))
    )
  })
  return isText || (words.some((word) => nameWord.test(word)) && isLookedUp(names, side, numberAt))
}

const nameWord = /^["'`]?name["'`]?$/

/** In which `x.constructor.name` stands, before a text that it is compared with or behind it. In tokens. */
const near = 16

function isCompared(words: readonly string[], index: number): boolean {
  return words[index - 1] === '=' || words[index - 1] === 'case' || words[index + 1] === '=' || words[index + 1] === '!'
}

/**
 * In a program that asks anything for its name.
 *
 * @param numberAt of the program's variables
 */
function isLookedUp(names: ReadonlySet<string>, side: Side, numberAt: Bindings['numberAt']): boolean {
  const nodes = [...nodesIn(side.syntax()?.root)]
  const places = nodes
    .flatMap(functionNames)
    .filter(({ name, start }) => names.has(String(name)) && numberAt.has(start))
  if (places.length === 0) return false
  const numberOf = (node: Tree | undefined) => numberAt.get(node?.start ?? -1) ?? -1
  const functions = new Set(places.map(numberOf))
  const asked = new Set(nodes.filter((node) => functions.has(numberOf(nameAskedOf(node)))))
  // `acts[open.name]()`
  if (nodes.some(({ computed, property }) => computed === true && asked.has(property as Tree))) return true
  const ofAsked = new Set([...asked].map((node) => numberOf(nameAskedOf(node))))
  const texts = textsIn(side)
  const bases = new Map<string, number>()
  for (const name of names) bases.set(baseOf(name), (bases.get(baseOf(name)) ?? 0) + 1)
  return places.some((place) => {
    const text = String(place.name)
    // Two names of one base are what bundlers make of one, which can be that of a member, too.
    const isOfBundler = (bases.get(baseOf(text)) ?? 0) > 1 && !ofAsked.has(numberOf(place))
    return text.length >= shortest && texts.has(text) && !isOfBundler
  })
}

/** Where functions and classes have their names from (ECMA-262, 8.4.5). */
function functionNames({ type, id, init, operator, left, right }: Tree): Tree[] {
  const [target, value] = /^(?:Function|Class)/.test(type)
    ? [id, undefined]
    : type === 'VariableDeclarator'
      ? [id, init]
      : type === 'AssignmentPattern' ||
          (type === 'AssignmentExpression' && /^(?:\|\||&&|\?\?)?=$/.test(String(operator)))
        ? [left, right]
        : []
  const node = target as Tree | null | undefined
  const isGiven = value === undefined ? node !== undefined : /Function|^Class/.test((value as Tree | null)?.type ?? '')
  return node?.type === 'Identifier' && isGiven ? [node] : []
}

/** The variable whose name is asked for: `f.name`, `f["name"]`, `{ name } = f`. */
function nameAskedOf({ type, object, property, computed, id, init, left, right }: Tree): Tree | undefined {
  const isName = (key: unknown, isComputed: unknown) =>
    isComputed ? (key as Tree).value === 'name' : ((key as Tree).name ?? (key as Tree).value) === 'name'
  if (type === 'MemberExpression') return isName(property, computed) ? (object as Tree) : undefined
  const pattern = (type === 'VariableDeclarator' ? id : type === 'AssignmentExpression' ? left : undefined) as
    | Tree
    | undefined
  const isTaken =
    pattern?.type === 'ObjectPattern' &&
    (pattern.properties as Tree[]).some((one) => one.key && isName(one.key, one.computed))
  return isTaken ? ((init ?? right) as Tree | undefined) : undefined
}

/** All that is called something, or says it: keys, members, strings, and words in templates and regular expressions. */
function textsIn({ tokens, words }: Side): ReadonlySet<string> {
  return new Set(
    words.flatMap((word, at) => {
      const kind = tokens[at]?.kind
      if (kind === 'word') return isKey(words, at) ? word : []
      // In an expression a sign of names is the end.
      if (kind === 'regexp') return word.match(/\w+/g) ?? []
      return kind === 'string' || kind === 'template' ? (word.match(/[\w$]+/g) ?? []) : []
    }),
  )
}

function isKey(words: readonly string[], at: number): boolean {
  const [before, after] = [words[at - 1] ?? '', words[at + 1] ?? '']
  if (before === '.') return words[at - 2] !== '.'
  return (after === ':' && before !== '?') || (after === '(' && /^[{},;]$|^(?:async|get|set|static|\*)$/.test(before))
}
