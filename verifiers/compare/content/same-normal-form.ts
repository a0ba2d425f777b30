import { actedComments } from './acted-comments.ts'
import { hasInvisible } from './alarms.ts'
import { isAskedFor, isRenamedByTool } from './asked-names.ts'
import { type Bindings, bindingsOf, functionKey } from './bindings.ts'
import { ownName, withoutCalledFunctions } from './called-functions.ts'
import type { Side } from './code-parts.ts'
import { withoutCopies } from './copied-values.ts'
import type { Known } from './normal-expressions.ts'
import { normalForm } from './normal-form.ts'
import { hasOwnComments, sameTrees } from './same-syntax.ts'
import { isTree, type Syntax, type Tree } from './syntax.ts'
import { splitVariables, type Variables, variablesOf } from './variables.ts'

/** Longer programs are not brought into normal form, in characters. */
const longest = 512 * 1024

/**
 * Whether two programs do the same in the same order, though a compiler or minifier wrote their statements and expressions
 * in other ways: their normal forms are equal, node by node, and each variable of the one is one variable of the other, in
 * the same function. What is called, loaded, read and compared is then the same, too.
 */
export function sameNormalForm(a: Side, b: Side): boolean {
  if (a.text.length > longest || b.text.length > longest || onlyLiteralsDiffer(a, b)) return false
  if (!sameNames(a, b)) return false
  // What one form makes the same another one can make differ.
  if (sameForms(a, b, asWritten) || sameForms(a, b, { ...asWritten, takesFirst: true })) return true
  const [left, right] = [withoutCalledFunctions(a), withoutCalledFunctions(b)]
  const isInside = [left ?? a, right ?? b].every((side) => !hasOuterNames(side))
  if (isInside && (left ?? right) !== undefined && sameForms(left ?? a, right ?? b, asWritten)) return true
  return sameForms(left ?? a, right ?? b, { nameOf: ownName, takesFirst: true, leavesCopies: false })
}

/** `nameOf`: what a variable is called in the program as it was. */
type Reading = { nameOf(name: string): string; takesFirst: boolean; leavesCopies: boolean }
const asWritten: Reading = { nameOf: (name) => name, takesFirst: false, leavesCopies: true }

function sameForms(a: Side, b: Side, { nameOf, ...reading }: Reading): boolean {
  const [here, there] = [a.syntax(), b.syntax()]
  if (here === undefined || there === undefined || here.isModule !== there.isModule) return false
  // What is no CommonJS after all is no program with it.
  if (here.returnsOutside !== there.returnsOutside) return false
  const [left, right] = [bindingsOf(here), bindingsOf(there)]
  if (left === undefined || right === undefined) return false
  if (hasOwnComments(a, here, b, there)) return false
  if (hasInvisible(a.text) && !hasInvisible(b.text)) return false
  const known = {
    knowsBigints: hasBigints(a) || hasBigints(b),
    knowsDocumentAll: hasDocumentAll(a) || hasDocumentAll(b),
    asksForGetters: asksForGetters(a) || asksForGetters(b),
  }
  const [one, other] = [formOf(here, left, known, reading), formOf(there, right, known, reading)]
  if (one === undefined || other === undefined) return false
  const pairs = variablePairs(one.variables, other.variables, nameOf)
  const functions = new Map<string, string>()
  const comments = actedComments(a, b)
  const meet = (one: Tree, other: Tree) => {
    comments.meet(one, other)
    if (scopes.test(one.type)) functions.set(functionKey(one), functionKey(other))
  }
  if (!sameTrees(one.form, other.form, pairs.isSame, meet) || !comments.areSame()) return false
  if (!pairs.pairs().every(([from, to]) => functions.get(from) === to)) return false
  const isKnown = ['arguments', ...here.blockFunctions, ...there.blockFunctions].some((name) => pairs.renamed.has(name))
  const names = pairs.renamedFunctions
  return !isKnown && !isAskedFor(names, a, left.numberAt) && !isAskedFor(names, b, right.numberAt)
}

const scopes = /^(?:Program|StaticBlock)$|Function/
const declares = /^(?:VariableDeclaration|FunctionDeclaration|ClassDeclaration)$|^(?:Import|Export)/

/** Whether a program has names outside of its functions: those of a script another one may have set before. */
function hasOuterNames(side: Side): boolean {
  const open: unknown[] = [side.syntax()?.root]
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (Array.isArray(next)) for (const one of next) open.push(one)
    if (!isTree(next)) continue
    if (declares.test(next.type)) return true
    if (next.type === 'Program' || !scopes.test(next.type)) for (const one of Object.values(next)) open.push(one)
  }
  return false
}

type Form = { form: Tree; variables: Variables }

function formOf(
  { root }: Syntax,
  given: Bindings,
  known: Known,
  { takesFirst, leavesCopies }: Omit<Reading, 'nameOf'>,
): Form | undefined {
  const { hasNoValue } = given
  try {
    const copies = leavesCopies ? undefined : withoutCopies(root as Tree, given)
    const bindings = copies?.bindings ?? given
    const first = normalForm(root as Tree, variablesOf(bindings), {
      hasNoValue,
      takesFirst,
      ...(copies && { copies }),
      ...known,
      inlines: false,
    })
    const variables = splitVariables(first, bindings)
    return {
      variables,
      form: normalForm(root as Tree, variables, {
        hasNoValue,
        takesFirst,
        ...(copies && { copies }),
        ...known,
        inlines: true,
      }),
    }
  } catch (error) {
    // It is nested more deeply than there is room for.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Which variable of one program is which of the other; every place of it must be one of that same variable. */
function variablePairs(left: Variables, right: Variables, nameOf: (name: string) => string) {
  const [there, here] = [new Map<number, number>(), new Map<number, number>()]
  const [renamed, renamedFunctions] = [new Set<string>(), new Set<string>()]
  return {
    renamed,
    /** Those of variables that a function can have as its name. */
    renamedFunctions,
    isSame(one: Tree, other: Tree): boolean {
      const [from, to] = [left.numberAt.get(one.start), right.numberAt.get(other.start)]
      const names = [nameOf(String(one.name)), nameOf(String(other.name))] as const
      const isRenamed = names[0] !== names[1]
      if (isRenamed && !isRenamedByTool(...names)) return false
      if (isRenamed) {
        for (const name of names) renamed.add(name)
        if (!left.factsAt(one)?.isNoName) for (const name of names) renamedFunctions.add(name)
      }
      if (from === undefined || to === undefined) return from === to && one.name === other.name
      if (isRenamed && !/^[\w$]+$/.test(String(one.name))) return false
      if (!there.has(from) && !here.has(to)) {
        there.set(from, to)
        here.set(to, from)
      }
      return there.get(from) === to && here.get(to) === from
    },
    /** The functions that the two variables of each pair belong to. */
    pairs: () => [...there].map(([from, to]) => [left.functionOf.get(from) ?? '', right.functionOf.get(to)] as const),
  }
}

/** Then what they do differs, but for sums of the same outcome; both need not be parsed to say that. */
function onlyLiteralsDiffer(a: Side, b: Side): boolean {
  return (
    a.words.length === b.words.length &&
    a.words.every((word, at) => word === b.words[at] || (isLiteral(a, at) && isLiteral(b, at)))
  )
}

const isLiteral = ({ tokens }: Side, at: number) => tokens[at]?.kind === 'number' || tokens[at]?.kind === 'string'

/** `0 == x` and `0 === x` are the same for numbers, and not where one of them can be a bigint (ECMA-262, 7.2.14). */
function hasBigints({ tokens, words }: Side): boolean {
  return words.some(
    (word, index) => /Big(?:Int|Uint)/.test(word) || (tokens[index]?.kind === 'number' && word.endsWith('n')),
  )
}

/** `a == null` and `a === null || a === undefined` differ for `document.all` alone (ECMA-262, B.3.6). */
function hasDocumentAll({ words }: Side): boolean {
  return words.some((word, index) => {
    const isAll = /^["'`]?all["'`]?$/i.test(word) || word.includes('HTMLAllCollection')
    return isAll && !(words[index - 1] === '.' && words[index - 2] === 'Promise')
  })
}

const getters = /getOwnPropertyDescriptor|__lookupGetter__|^Reflect$/

/** In any other way than swc does where it defines exports. */
function asksForGetters({ words }: Side): boolean {
  return words.some((word, index) => getters.test(word) && !isTakenGetter(words, index))
}

/** At the name in `Object.getOwnPropertyDescriptor(a, b).get`. */
function isTakenGetter(words: readonly string[], at: number): boolean {
  return takenGetter.every((word, offset) => word === undefined || words[at - 2 + offset] === word)
}

const takenGetter = ['Object', '.', 'getOwnPropertyDescriptor', '(', undefined, ',', undefined, ')', '.', 'get']

function isOfTakenGetter(words: readonly string[], at: number): boolean {
  return isTakenGetter(words, at) || isTakenGetter(words, at - 7)
}

/** What is asked of objects by name is looked at first: in other programs it is something else, and nothing is parsed. */
function sameNames(a: Side, b: Side): boolean {
  const [here, there] = [new Set(namesAsked(a)), new Set(namesAsked(b))]
  return here.size === there.size && here.isSubsetOf(there)
}

function* namesAsked({ tokens, words }: Side): Generator<string> {
  for (const [index, word] of words.entries()) {
    const before = words[index - 1]
    const kind = tokens[index]?.kind
    if (isOfTakenGetter(words, index)) continue
    if (kind === 'word' && before === '.' && words[index - 2] !== '.') yield word
    else if (kind === 'string' && before === '[' && words[index + 1] === ']') yield word.slice(1, -1)
    else if (kind === 'regexp') yield word
  }
}
