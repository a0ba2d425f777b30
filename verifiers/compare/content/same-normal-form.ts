import { hasInvisible } from './alarms.ts'
import { type Bindings, bindingsOf, functionKey } from './bindings.ts'
import type { Side } from './code-parts.ts'
import { normalForm } from './normal-form.ts'
import { hasOwnComments, isAskedFor, sameTrees } from './same-syntax.ts'
import type { Syntax, Tree } from './syntax.ts'

/** Longer programs are not brought into normal form, in characters. */
const longest = 512 * 1024

/**
 * Whether two programs do the same in the same order, though a compiler or minifier wrote their statements and expressions
 * in other ways: their normal forms are equal, node by node, and each variable of the one is one variable of the other, in
 * the same function. What is called, loaded, read and compared is then the same, too.
 */
export function sameNormalForm(a: Side, b: Side): boolean {
  if (a.text.length > longest || b.text.length > longest || onlyLiteralsDiffer(a, b)) return false
  if (!sameNames(a, b) || knowsBigints(a)) return false
  const [here, there] = [a.syntax(), b.syntax()]
  if (here === undefined || there === undefined || here.isModule !== there.isModule) return false
  const [left, right] = [bindingsOf(here), bindingsOf(there)]
  if (left === undefined || right === undefined) return false
  if (hasOwnComments(a, here, b, there) || hasInvisible(a.text)) return false
  const variables = variablePairs(left, right)
  const functions = new Map<string, string>()
  const meet = (one: Tree, other: Tree) => {
    if (scopes.test(one.type)) functions.set(functionKey(one), functionKey(other))
  }
  const [one, other] = [formOf(here, left), formOf(there, right)]
  if (one === undefined || other === undefined || !sameTrees(one, other, variables.isSame, meet)) return false
  if (!variables.pairs().every(([from, to]) => functions.get(from) === to)) return false
  const isKnown = ['arguments', ...here.blockFunctions, ...there.blockFunctions].some((name) =>
    variables.renamed.has(name),
  )
  return !isKnown && !isAskedFor(variables.renamed, a)
}

const scopes = /^(?:Program|StaticBlock)$|Function/

function formOf({ root }: Syntax, { numberAt }: Bindings): Tree | undefined {
  try {
    return normalForm(root as Tree, ({ start }) => !numberAt.has(start))
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Which variable of one program is which of the other; every place of it must be one of that same variable. */
function variablePairs(left: Bindings, right: Bindings) {
  const [there, here] = [new Map<number, number>(), new Map<number, number>()]
  const renamed = new Set<string>()
  return {
    renamed,
    isSame(one: Tree, other: Tree): boolean {
      const [from, to] = [left.numberAt.get(one.start), right.numberAt.get(other.start)]
      if (one.name !== other.name) for (const { name } of [one, other]) renamed.add(String(name))
      if (from === undefined || to === undefined) return from === to && one.name === other.name
      if (one.name !== other.name && !/^[\w$]+$/.test(String(one.name))) return false
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
function knowsBigints({ tokens, words }: Side): boolean {
  return words.some(
    (word, index) => /Big(?:Int|Uint)/.test(word) || (tokens[index]?.kind === 'number' && word.endsWith('n')),
  )
}

/** What is asked of objects by name is counted first: in other programs it is something else, and nothing is parsed. */
function sameNames(a: Side, b: Side): boolean {
  const counts = new Map<string, number>()
  for (const name of namesAsked(a)) counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const name of namesAsked(b)) counts.set(name, (counts.get(name) ?? 0) - 1)
  return [...counts.values()].every((left) => left === 0)
}

function* namesAsked({ tokens, words }: Side): Generator<string> {
  for (const [index, word] of words.entries()) {
    const before = words[index - 1]
    const kind = tokens[index]?.kind
    if (kind === 'word' && before === '.' && words[index - 2] !== '.') yield word
    else if (kind === 'string' && before === '[' && words[index + 1] === ']') yield word.slice(1, -1)
    else if (kind === 'regexp') yield word
  }
}
