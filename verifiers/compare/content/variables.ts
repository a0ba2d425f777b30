import { type Bindings, functionKey } from './bindings.ts'
import { isTree, type Tree } from './syntax.ts'
import type { VariableFacts } from './variable-facts.ts'

type Uses = { reads: number; writes: number }

/** The variables of a program, each of which can be counted as several that have nothing to do with each other. */
export type Variables = {
  numberAt: ReadonlyMap<number, number>
  /** The same before any of them was split. */
  declaredAt: ReadonlyMap<number, number>
  functionOf: ReadonlyMap<number, string>
  /** As `Bindings` has them. */
  earlyThis: ReadonlySet<number>
  factsAt(identifier: Tree): VariableFacts | undefined
  usesAt(identifier: Tree): Uses
}

export function variablesOf({ numberAt, functionOf, facts, uses, earlyThis }: Bindings): Variables {
  const known = facts()
  return { numberAt, declaredAt: numberAt, functionOf, earlyThis: earlyThis(), ...lookUp(numberAt, known, uses) }
}

/** The same with reads that a program in another form has besides. */
export function countedAgain(variables: Variables): { variables: Variables; readAgain(identifier: Tree): void } {
  const counts = new Map<number, number>()
  const numberOf = ({ start }: Tree) => variables.numberAt.get(start) ?? -1
  return {
    readAgain: (identifier) => void counts.set(numberOf(identifier), (counts.get(numberOf(identifier)) ?? 0) + 1),
    variables: {
      ...variables,
      usesAt(identifier) {
        const { reads, writes } = variables.usesAt(identifier)
        return { reads: reads + (counts.get(numberOf(identifier)) ?? 0), writes }
      },
    },
  }
}

function lookUp(
  numberAt: ReadonlyMap<number, number>,
  facts: ReadonlyMap<number, VariableFacts>,
  uses: Bindings['uses'],
): Pick<Variables, 'factsAt' | 'usesAt'> {
  const counts = new Map<number, Uses>()
  for (const [place, { reads, writes }] of uses) {
    const number = numberAt.get(place) ?? -1
    const { reads: read, writes: written } = counts.get(number) ?? { reads: 0, writes: 0 }
    counts.set(number, { reads: read + Number(reads), writes: written + Number(writes) })
  }
  const numberOf = ({ start }: Tree) => numberAt.get(start) ?? -1
  return {
    factsAt: (identifier) => facts.get(numberOf(identifier)),
    usesAt: (identifier) => counts.get(numberOf(identifier)) ?? { reads: 0, writes: 0 },
  }
}

/**
 * A variable that a function gives another value, in a statement that it always comes to, is another one from there on,
 * where no function within it knows the variable: minifiers use one again where another version takes the next name.
 *
 * @param form the program in normal form
 */
export function splitVariables(form: Tree, bindings: Bindings): Variables {
  const { uses } = bindings
  const numberAt = new Map(bindings.numberAt)
  const functionOf = new Map(bindings.functionOf)
  const facts = new Map(bindings.facts())
  for (const one of functionsIn(form)) {
    const key = functionKey(one)
    const current = new Map<number, number>()
    const isOwn = ({ start }: Tree): boolean => {
      const number = bindings.numberAt.get(start) ?? -1
      const known = facts.get(number)
      // Before it is declared nothing can be given to it, and to a constant never (ECMA-262, 9.1.1.1.5).
      const isGiven = known?.isAssignable === true || known?.isParameter === true
      return isGiven && known.isLocal && functionOf.get(number) === key
    }
    const rename = (tree: unknown) => {
      for (const { start } of identifiersIn(tree)) {
        const now = current.get(bindings.numberAt.get(start) ?? -1)
        if (now !== undefined) numberAt.set(start, now)
      }
    }
    for (const statement of (one.body as Tree).body as Tree[]) {
      const given = assignmentIn(statement)
      // `a += b` reads and writes at one place, which cannot be two variables.
      if (given === undefined || !isOwn(given.left) || readsAt(given.left, given.right)) {
        rename(statement)
        continue
      }
      rename(given.right)
      const [old, number] = [bindings.numberAt.get(given.left.start) ?? -1, functionOf.size]
      current.set(old, number)
      numberAt.set(given.left.start, number)
      functionOf.set(number, key)
      const { isParameter: _, ...rest } = facts.get(old) as VariableFacts
      facts.set(number, { ...rest, isParameter: false, isAssignable: true })
    }
  }
  const earlyThis = bindings.earlyThis()
  return { numberAt, declaredAt: bindings.numberAt, functionOf, earlyThis, ...lookUp(numberAt, facts, uses) }
}

function readsAt({ start }: Tree, tree: Tree): boolean {
  return [...identifiersIn(tree)].some((one) => one.start === start)
}

/** `a = b` as a statement. */
export function assignmentIn({ type, expression }: Tree): { left: Tree; right: Tree } | undefined {
  const node = type === 'ExpressionStatement' ? (expression as Tree) : undefined
  const left = node?.type === 'AssignmentExpression' && node.operator === '=' ? (node.left as Tree) : undefined
  return left?.type === 'Identifier' ? { left, right: node?.right as Tree } : undefined
}

function* functionsIn(form: Tree): Generator<Tree> {
  for (const one of nodesIn(form)) {
    if (/Function/.test(one.type) && (one.body as Tree).type === 'BlockStatement') yield one
  }
}

/** Without those of functions within it: they know nothing of a variable that is not theirs. */
function* identifiersIn(tree: unknown): Generator<Tree> {
  for (const one of nodesIn(tree, ({ type }) => !/Function/.test(type))) if (one.type === 'Identifier') yield one
}

/** All nodes of a tree, and those within them where `isEntered` says so. */
export function* nodesIn(tree: unknown, isEntered: (node: Tree) => boolean = () => true): Generator<Tree> {
  const waiting: unknown[] = [tree]
  while (waiting.length > 0) {
    const one = waiting.pop()
    if (Array.isArray(one)) for (const item of one) waiting.push(item)
    if (!isTree(one)) continue
    yield one
    if (!isEntered(one)) continue
    for (const value of Object.values(one)) if (typeof value === 'object') waiting.push(value)
  }
}
