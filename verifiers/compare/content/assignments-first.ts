import {
  type Effects,
  effectsIn,
  firstOf,
  isSettled,
  isSettledTarget,
  noEffects,
  onlyFirst,
  partsOf,
} from './evaluation-order.ts'
import { made } from './normal-statements.ts'
import { isTree, type Tree } from './syntax.ts'
import type { Variables } from './variables.ts'

/** An assignment that can be done before the expression or statement that it stands in, and what is left of that. */
export type Taken = { assignment: Tree; rest: Tree }

/**
 * `b((a = c()), 1)` is `a = c(); b(a, 1)` where what is evaluated before the assignment does nothing, and is the same behind
 * it: nothing comes between the assignment and the place where it stood, so that the variable has its value there, whoever
 * else knows it.
 */
export function assignmentFirst(statement: Tree, variables: Variables): Taken | undefined {
  if (statement.type === 'VariableDeclaration') {
    const [one] = statement.declarations as [Tree]
    const taken = isTree(one.init) ? takenFrom(one.init, variables) : undefined
    return taken && { ...taken, rest: { ...statement, declarations: [{ ...one, init: taken.rest }] } }
  }
  const field = firstOf[statement.type]
  const part = field === undefined || statement.directive !== undefined ? undefined : statement[field]
  if (field === undefined || !isTree(part)) return undefined
  const isAlone = statement.type === 'ExpressionStatement'
  const taken = isAlone ? takenFromParts(part, variables) : takenFrom(part, variables)
  return taken && { ...taken, rest: { ...statement, [field]: taken.rest } }
}

/** Of what has a value: of an assignment that is all of it the variable is left. */
export function takenFrom(node: Tree, variables: Variables): Taken | undefined {
  const found = search(node, [], variables)
  return found === 'stop' ? undefined : found
}

/** Of what is done, and is no assignment to a variable any more once it stands alone. */
export function takenFromParts(node: Tree, variables: Variables): Taken | undefined {
  const found = searchParts(node, [], variables)
  return found === 'stop' ? undefined : found
}

/** What is evaluated before. */
type Before = { part: Tree; isTarget: boolean }

/** `undefined` where there is none, and nothing forbids to look behind it. */
function search(node: Tree, before: readonly Before[], variables: Variables): Taken | 'stop' | undefined {
  const inner = searchParts(node, before, variables)
  if (inner !== undefined && inner !== 'stop') return inner
  if (!isOwnAssignment(node, variables)) return inner
  const effects = effectsIn(node, variables)
  const isSame = before.every(({ part, isTarget }) => isDone(part, isTarget, effects, variables))
  const { name, start, end } = node.left as Tree
  return isSame ? { assignment: node, rest: made('Identifier', { name, start, end, isAgain: true }) } : 'stop'
}

function isDone(part: Tree, isTarget: boolean, effects: Effects, variables: Variables): boolean {
  return isTarget ? isSettledTarget(part, effects, variables) : isSettled(part, effects, variables)
}

function searchParts(node: Tree, outer: readonly Before[], variables: Variables): Taken | 'stop' | undefined {
  if (node.type === 'Identifier') return undefined
  if (node.type === 'AssignmentExpression' && node.operator !== '=') return 'stop'
  const before = [...outer]
  // What is only done stands before the rest already.
  const look = node.type === 'SequenceExpression' ? searchParts : search
  for (const field of partsOf[node.type] ?? []) {
    if (field === 'property' && (!node.computed || node.optional)) return 'stop'
    if (field === 'arguments' && node.optional) return 'stop'
    const value = node[field]
    const isTarget = node.type === 'AssignmentExpression' && field === 'left'
    if (isTarget && isTree(value) && /Pattern$/.test(value.type)) continue
    const parts = Array.isArray(value) ? value : [value]
    for (const [at, part] of parts.entries()) {
      if (!isTree(part)) return 'stop'
      const found = isTarget && part.type === 'Identifier' ? undefined : look(part, before, variables)
      if (found === 'stop') return 'stop'
      if (found !== undefined) {
        // `delete (a = b)` deletes nothing.
        return node.operator === 'delete' ? 'stop' : { ...found, rest: withPart(node, field, at, found.rest) }
      }
      if (onlyFirst.has(node.type) || !isDone(part, isTarget, noEffects, variables)) return 'stop'
      before.push({ part, isTarget })
    }
  }
  return /^(?:Literal|Undefined|ThisExpression)$|Function/.test(node.type) ? undefined : 'stop'
}

function withPart(node: Tree, field: string, at: number, part: Tree): Tree {
  const old = node[field]
  return { ...node, [field]: Array.isArray(old) ? old.with(at, part) : part }
}

function isOwnAssignment({ type, operator, left }: Tree, variables: Variables): boolean {
  if (type !== 'AssignmentExpression' || operator !== '=' || (left as Tree).type !== 'Identifier') return false
  // `eval(…)` would know variables where `(eval = a)(…)` knows none (ECMA-262, 19.2.1).
  return takesValues(left as Tree, variables) && (left as Tree).name !== 'eval'
}

/** A variable that has what it was given: a function's own name keeps its value, a constant throws (ECMA-262, 9.1.1.1.5). */
export function takesValues(identifier: Tree, variables: Variables): boolean {
  const facts = variables.factsAt(identifier)
  return facts !== undefined && (facts.isAssignable || facts.isParameter)
}
