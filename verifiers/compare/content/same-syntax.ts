import { actedComments } from './acted-comments.ts'
import { hasInvisible } from './alarms.ts'
import { isAskedFor, isRenamedByTool } from './asked-names.ts'
import { bindingsOf } from './bindings.ts'
import type { Side } from './code-parts.ts'
import { alarmsOfComment } from './comment-alarms.ts'
import { isTree, type Syntax, type Tree } from './syntax.ts'

/**
 * Whether two programs are the same one, written otherwise: their trees are equal, node by node, but for names of variables
 * that nothing outside of the file knows, and at each place both mean the same variable, counted in the order in which they
 * come. Parentheses, semicolons, quotes and the form of numbers are in no tree; comments, and characters that nobody sees,
 * are looked at by themselves.
 */
export function sameSyntax(a: Side, b: Side): 'same' | 'other names' | undefined {
  if (!maySame(a, b)) return undefined
  const [here, there] = [a.syntax(), b.syntax()]
  const [left, right] = [here && bindingsOf(here)?.numberAt, there && bindingsOf(there)?.numberAt]
  if (here === undefined || there === undefined || left === undefined || right === undefined) return undefined
  if (hasOwnComments(a, here, b, there) || (hasInvisible(a.text) && !hasInvisible(b.text))) return undefined
  const renamed = new Set<string>()
  const sameVariable = (one: Tree, other: Tree): boolean => {
    const [from, to] = [left.get(one.start), right.get(other.start)]
    if (one.name === other.name) return from === to
    const names = [String(one.name), String(other.name)] as const
    if (!isRenamedByTool(...names)) return false
    for (const name of names) renamed.add(name)
    // A name that looks like another is one to read with care, whatever it stands for.
    return from !== undefined && from === to && /^[\w$]+$/.test(String(one.name))
  }
  const comments = actedComments(a, b)
  if (!sameTrees(here.root as Tree, there.root as Tree, sameVariable, comments.meet)) return undefined
  if (!comments.areSame()) return undefined
  if (renamed.size === 0) return 'same'
  const isKnown = ['arguments', ...here.blockFunctions, ...there.blockFunctions].some((name) => renamed.has(name))
  return isKnown || isAskedFor(renamed, a, left) || isAskedFor(renamed, b, right) ? undefined : 'other names'
}

/** Signs that are no part of a tree. */
const unseen = new Set([';', ',', '(', ')', '{', '}'])

/** What two equal trees have in common is counted first: most programs differ in it, and then nothing has to be parsed. */
function maySame(a: Side, b: Side): boolean {
  const counts = new Map<string, number>()
  for (const one of signsOf(a)) counts.set(one, (counts.get(one) ?? 0) + 1)
  for (const one of signsOf(b)) {
    const left = (counts.get(one) ?? 0) - 1
    if (left < 0) return false
    counts.set(one, left)
  }
  return [...counts.values()].every((left) => left === 0)
}

function* signsOf({ tokens, words }: Side): Generator<string> {
  for (const [index, { kind }] of tokens.entries()) {
    const word = words[index] ?? ''
    if (kind === 'number') yield `${Number(word.replaceAll('_', ''))}`
    else if (kind === 'string' || kind === 'template' || kind === 'regexp') yield kind
    else if (kind === 'punctuator' && !unseen.has(word) && word !== ':') yield word.trimStart()
    else if (kind === 'word' && words[index - 1] === '.' && words[index - 2] !== '.') yield `.${word}`
  }
}

/** Comments that the rebuilt program does not have and that are more than words. */
export function hasOwnComments(a: Side, here: Syntax, b: Side, there: Syntax): boolean {
  const known = new Set(commentsIn(b.text, there))
  return commentsIn(a.text, here).some(
    (comment) => !known.has(comment) && alarmsOfComment(comment, b.commentLines()).length > 0,
  )
}

function commentsIn(text: string, { texts }: Syntax): string[] {
  return texts
    .map((one) => one.split(' '))
    .filter(([kind]) => kind === 'comment')
    .map(([, start, end]) => text.slice(Number(start), Number(end)))
}

/** Where a word is a name and no variable: by the type of the node and the field that it stands in. */
export const namesIn: Readonly<Record<string, readonly string[]>> = {
  MemberExpression: ['property'],
  Property: ['key'],
  MethodDefinition: ['key'],
  PropertyDefinition: ['key'],
  ExportSpecifier: ['exported'],
  ImportSpecifier: ['imported'],
  ExportAllDeclaration: ['exported'],
  LabeledStatement: ['label'],
  BreakStatement: ['label'],
  ContinueStatement: ['label'],
  MetaProperty: ['meta', 'property'],
}
/** Where a node stands in the text, and how it is written there. */
export const places: ReadonlySet<string> = new Set(['type', 'start', 'end', 'range', 'loc', 'raw', 'shorthand'])

type Pair = { one: unknown; other: unknown; isName: boolean }

/** @param meet is told of each two nodes that stand in the same place */
export function sameTrees(
  a: Tree,
  b: Tree,
  sameVariable: (one: Tree, other: Tree) => boolean,
  meet: (one: Tree, other: Tree) => void = () => {},
): boolean {
  const waiting: Pair[] = [{ one: a, other: b, isName: false }]
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    const { one, other, isName } = pair
    if (Array.isArray(one) && Array.isArray(other)) {
      const [left, right] = [one.filter(isSomething), other.filter(isSomething)]
      if (left.length !== right.length) return false
      left.forEach((item, index) => void waiting.push({ one: item, other: right[index], isName: false }))
    } else if (isTree(one) && isTree(other)) {
      if (one.type !== other.type) return false
      meet(one, other)
      if (one.type === 'Identifier' && !isName) {
        if (!sameVariable(one, other)) return false
      } else if (one.shorthand !== other.shorthand && (one.key as Tree).name === '__proto__') {
        // `{ __proto__ }` is a property, `{ __proto__: a }` the prototype (ECMA-262, B.3.1).
        return false
      } else waiting.push(...fieldsOf(one, other))
    } else if (!sameValue(one, other)) return false
  }
  return true
}

/** An empty statement in a list of them does nothing; a hole in a list of values is `null`, and stays. */
function isSomething(item: unknown): boolean {
  return !(isTree(item) && item.type === 'EmptyStatement')
}

function fieldsOf(one: Tree, other: Tree): Pair[] {
  const names = one.computed ? undefined : namesIn[one.type]
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...keys]
    .filter((key) => !places.has(key))
    .map((key) => ({ one: one[key], other: other[key], isName: names?.includes(key) ?? false }))
}

function sameValue(one: unknown, other: unknown): boolean {
  if (one instanceof RegExp && other instanceof RegExp) return String(one) === String(other)
  // What is no node: the pattern and flags of a regular expression, the text of a template.
  if (typeof one === 'object' && typeof other === 'object' && one !== null && other !== null) {
    return JSON.stringify(one) === JSON.stringify(other)
  }
  return Object.is(one, other)
}
