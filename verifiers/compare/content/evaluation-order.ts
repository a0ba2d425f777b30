import type { Tree } from './syntax.ts'
import { nodesIn, type Variables } from './variables.ts'

/** What an expression changes: variables, by their numbers, and whether there is a `this` before it (ECMA-262, 9.1.1.3.1). */
export type Effects = { written: ReadonlySet<number>; givesThis: boolean }

export const noEffects: Effects = { written: new Set(), givesThis: false }

export function effectsIn(node: Tree, { numberAt }: Variables): Effects {
  const all = [...nodesIn(node)]
  const written = all.flatMap(({ type, left, argument }) => {
    const changed = type === 'AssignmentExpression' ? left : type === 'UpdateExpression' ? argument : undefined
    return [...nodesIn(changed)].map(({ start }) => numberAt.get(start) ?? -1)
  })
  return { written: new Set(written), givesThis: all.some(({ type }) => type === 'Super') }
}

/** The field of a statement that is evaluated first. */
export const firstOf: Record<string, string> = {
  ExpressionStatement: 'expression',
  ReturnStatement: 'argument',
  ThrowStatement: 'argument',
  IfStatement: 'test',
  SwitchStatement: 'discriminant',
  ForInStatement: 'right',
  ForOfStatement: 'right',
}

/** The parts of an expression in the order in which they are always evaluated (ECMA-262, 13), as far as that is told. */
export const partsOf: Record<string, readonly string[]> = {
  MemberExpression: ['object', 'property'],
  CallExpression: ['callee', 'arguments'],
  NewExpression: ['callee', 'arguments'],
  BinaryExpression: ['left', 'right'],
  LogicalExpression: ['operands'],
  ConditionalExpression: ['test'],
  UnaryExpression: ['argument'],
  AssignmentExpression: ['left', 'right'],
  SequenceExpression: ['expressions'],
  ArrayExpression: ['elements'],
  AwaitExpression: ['argument'],
  YieldExpression: ['argument'],
  ChainExpression: ['expression'],
}
/** Of a list of parts only the first one is always evaluated, or is done with before the next one is. */
export const onlyFirst: ReadonlySet<string> = new Set([
  'LogicalExpression',
  'SequenceExpression',
  'ConditionalExpression',
])

/** Whether it is the same before and after something else was evaluated, and does nothing. */
export function isSettled(node: Tree, { written, givesThis }: Effects, variables: Variables): boolean {
  if (/^(?:Literal|Undefined)$|Function/.test(node.type)) return true
  if (node.type === 'ThisExpression') return !givesThis && !variables.earlyThis.has(node.start)
  if (node.type !== 'Identifier') return false
  const facts = variables.factsAt(node)
  if (facts?.isStable) return true
  const isOwn = facts?.isLocal && (facts.isAssignable || facts.isParameter)
  return isOwn === true && !written.has(variables.numberAt.get(node.start) ?? -1)
}

/** The same of what is given a value: a name of its own, or a member of something. */
export function isSettledTarget(node: Tree, value: Effects, variables: Variables): boolean {
  if (node.type === 'Identifier') return variables.numberAt.has(node.start)
  if (node.type !== 'MemberExpression' || !isSettled(node.object as Tree, value, variables)) return false
  return !node.computed || (node.property as Tree).type === 'Literal'
}
