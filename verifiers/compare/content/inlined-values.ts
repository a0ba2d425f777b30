import { type Effects, effectsIn, firstOf, isSettled, isSettledTarget, onlyFirst, partsOf } from './evaluation-order.ts'
import { isTree, type Tree } from './syntax.ts'
import { assignmentIn, type Variables } from './variables.ts'

/** In one list; a value can have all the ones before it in it. */
const mostInlined = 500

type Value = { number: number; node: Tree } & Effects

/**
 * `a = b(); return a.c` is `return b().c` where nothing else knows `a`, and where it is the first thing that the next
 * statement comes to which could be another one later.
 *
 * @param expression writes an expression in normal form, of which a part was put in
 * @param statement the same for a statement, which can become several
 */
export function withInlinedValues(
  list: readonly Tree[],
  variables: Variables,
  rewrite: { expression(node: Tree): Tree; statement(node: Tree): Tree[] },
): Tree[] {
  const done: Tree[] = []
  let inlined = 0
  for (const one of list) {
    let last = [one]
    while (inlined < mostInlined) {
      const value = valueIn(done.at(-1), variables)
      const [first, ...more] = last
      const filled = value && first && inStatement(first, value, variables, rewrite.expression)
      if (filled === undefined) break
      done.pop()
      inlined++
      last = [...rewrite.statement(filled), ...more]
    }
    done.push(...last)
  }
  return done
}

/** Of a variable that is given a value once, and read once. */
function valueIn(statement: Tree | undefined, variables: Variables): Value | undefined {
  const given = statement && assignmentIn(statement)
  if (given === undefined) return undefined
  const { left, right } = given
  const { reads, writes } = variables.usesAt(left)
  const facts = variables.factsAt(left)
  if (reads !== 1 || writes !== 1 || !facts?.isLocal || !facts.isAssignable || facts.isParameter) return undefined
  // A function has the name of the variable that it is first given to (ECMA-262, 13.15.2).
  if (isNamed(right)) return undefined
  return { number: variables.numberAt.get(left.start) ?? -1, node: right, ...effectsIn(right, variables) }
}

/** What is given the name of a variable or key that it becomes the value of. */
export function isNamed({ type, id }: Tree): boolean {
  return /Function|^Class/.test(type) && !isTree(id)
}

function inStatement(
  statement: Tree,
  value: Value,
  variables: Variables,
  rewrite: (node: Tree) => Tree,
): Tree | undefined {
  if (statement.type === 'VariableDeclaration') {
    const [one] = statement.declarations as [Tree]
    const filled = isTree(one.init) ? inExpression(one.init, value, variables, rewrite) : undefined
    return filled && !isNamed(filled) ? { ...statement, declarations: [{ ...one, init: filled }] } : undefined
  }
  const field = firstOf[statement.type]
  const part = field === undefined || statement.directive !== undefined ? undefined : statement[field]
  if (field === undefined || !isTree(part)) return undefined
  const filled = inExpression(part, value, variables, rewrite)
  return filled && { ...statement, [field]: filled }
}

function inExpression(node: Tree, value: Value, variables: Variables, rewrite: (node: Tree) => Tree): Tree | undefined {
  if (node.type === 'Identifier') return variables.numberAt.get(node.start) === value.number ? value.node : undefined
  if (node.type === 'AssignmentExpression' && node.operator !== '=') return undefined
  for (const field of partsOf[node.type] ?? []) {
    const part = node[field]
    // `a?.[b]` comes to `b` only where `a` is something.
    if (field === 'property' && (!node.computed || node.optional)) return undefined
    if (field === 'arguments' && node.optional) return undefined
    if (Array.isArray(part)) {
      for (const [at, item] of part.entries()) {
        const filled = isTree(item) ? inExpression(item, value, variables, rewrite) : undefined
        if (filled) return rewrite({ ...node, [field]: part.with(at, filled) })
        if (onlyFirst.has(node.type) || !isTree(item) || !isSettled(item, value, variables)) return undefined
      }
      continue
    }
    if (!isTree(part)) return undefined
    const isTarget = node.type === 'AssignmentExpression' && field === 'left'
    // What is given to a name, or taken apart, is evaluated before it is.
    if (isTarget && /Pattern$/.test(part.type)) continue
    const filled = isTarget && part.type === 'Identifier' ? undefined : inExpression(part, value, variables, rewrite)
    if (filled) return keepsMeaning(node, field, part, value) ? rewrite({ ...node, [field]: filled }) : undefined
    const isDone = isTarget ? isSettledTarget(part, value, variables) : isSettled(part, value, variables)
    if (!isDone) return undefined
  }
  return undefined
}

/** Whether a name can give way to its value where it stands. */
function keepsMeaning(node: Tree, field: string, part: Tree, value: Value): boolean {
  if (part.type !== 'Identifier') return true
  const { type, name } = value.node
  // `(0, a.b)()` calls without an object, and `(0, eval)()` knows no variables (ECMA-262, 13.3.6).
  if (field === 'callee' && node.type === 'CallExpression') {
    return !/^(?:Member|Chain)Expression$/.test(type) && name !== 'eval'
  }
  // `typeof` asks names that are nobody's, and `delete` takes members away.
  return node.type !== 'UnaryExpression' || !/^(?:typeof|delete)$/.test(String(node.operator))
}

/** `a.b = c ? d : e` is `if (c) a.b = d; else a.b = e` where `a` is the same before and after `c` was asked. */
export function chosenAssignment(
  statement: Tree,
  variables: Variables,
): { test: Tree; yes: Tree; no: Tree } | undefined {
  const node = statement.type === 'ExpressionStatement' ? (statement.expression as Tree) : statement
  const right = node.right as Tree
  if (node.type !== 'AssignmentExpression' || node.operator !== '=' || right.type !== 'ConditionalExpression')
    return undefined
  const { test, consequent, alternate } = right as Tree & Record<'test' | 'consequent' | 'alternate', Tree>
  const isSame = isSettledTarget(node.left as Tree, effectsIn(test, variables), variables)
  if (!isSame || isNamed(consequent) || isNamed(alternate)) return undefined
  return { test, yes: { ...node, right: consequent }, no: { ...node, right: alternate } }
}
