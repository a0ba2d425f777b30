import { asTest, isNegative, isReadAgain, isUndefined, logical, negated } from './normal-expressions.ts'
import type { Tree } from './syntax.ts'

/**
 * Where a list of statements stands: in a script what the last one of it gives is the value of the whole, which who runs
 * its text is given (ECMA-262, 16.1.6). What that value can come from is `value`.
 */
export type Place = 'program' | 'value' | 'function' | 'block'

/** Which of a script's statements its value can come from: the last one that has any, and what is behind it. */
export function valuesFrom(list: readonly Tree[]): number {
  return list.findLastIndex(({ type }) => !/Declaration$|^(?:Empty|Block|Labeled)Statement$/.test(type))
}

export const chooseIn = (place: Place) => (test: Tree, yes: Tree[], no: Tree[]) => choice(test, yes, no, place)

export function asked(test: Tree, yes: Tree[], no: Tree[], place: Place): Tree[] {
  const { before, last } = split(test, place)
  return [...before, ...choice(last, yes, no, place)]
}

export const made = (type: string, fields: object): Tree => ({ type, start: -1, end: -1, ...fields }) as unknown as Tree

export function withBody(node: Tree, body: Tree[]): Tree {
  return { ...node, body }
}

export function declaration(node: Tree, id: Tree, init: Tree | null): Tree {
  return { ...node, declarations: [made('VariableDeclarator', { id, init })] }
}

/** They exist from the beginning (ECMA-262, 10.2.11), and the last of one name counts; a directive stays what it is. */
export function functionsFirst(list: Tree[]): Tree[] {
  const rank = ({ type, directive }: Tree) => (directive !== undefined ? 0 : type === 'FunctionDeclaration' ? 1 : 2)
  return list.toSorted((a, b) => rank(a) - rank(b))
}

/** What belongs to its block alone, or is known outside of it in sloppy code only. */
export function isScoped({ type, kind }: Tree): boolean {
  return (
    type === 'ClassDeclaration' || type === 'FunctionDeclaration' || (type === 'VariableDeclaration' && kind !== 'var')
  )
}

/** Of `(a, b)` the first is done before, and the second is the value. */
export function split(node: Tree, place: Place): { before: Tree[]; last: Tree } {
  if (node.type !== 'SequenceExpression') return { before: [], last: node }
  const parts = node.expressions as Tree[]
  const isDone = place === 'value' ? 'program' : place
  return { before: parts.slice(0, -1).flatMap((one) => effectsOf(one, isDone)), last: parts.at(-1) ?? node }
}

/** An expression whose value nobody takes. */
export function effectsOf(node: Tree, place: Place): Tree[] {
  const isChoice = place !== 'program' && place !== 'value'
  if (isChoice && isReadAgain(node)) return []
  if (isVoid(node) && place !== 'value') return effectsOf(node.argument as Tree, place)
  if (node.type === 'SequenceExpression') {
    const { before, last } = split(node, place)
    return [...before, ...effectsOf(last, place)]
  }
  if (isChoice && node.type === 'UnaryExpression' && node.operator === '!')
    return effectsOf(node.argument as Tree, place)
  if (isChoice && node.type === 'ConditionalExpression') {
    const [test, yes, no] = [node.test, node.consequent, node.alternate] as [Tree, Tree, Tree]
    return choice(test, effectsOf(yes, 'block'), effectsOf(no, 'block'), place)
  }
  if (isChoice && node.type === 'LogicalExpression' && node.operator !== '??') {
    const operands = node.operands as Tree[]
    const tests = operands.slice(0, -1)
    const test = tests.length === 1 && tests[0] ? tests[0] : logical(String(node.operator), tests)
    const last = effectsOf(operands.at(-1) ?? node, 'block')
    return choice(node.operator === '&&' ? test : negated(test), last, [], place)
  }
  return [made('ExpressionStatement', { expression: node })]
}

function isVoid({ type, operator }: Tree): boolean {
  return type === 'UnaryExpression' && operator === 'void'
}

export function returned(node: Tree): Tree[] {
  if (isUndefined(node)) return [made('ReturnStatement', { argument: null })]
  if (node.type === 'SequenceExpression') {
    const { before, last } = split(node, 'function')
    return [...before, ...returned(last)]
  }
  if (isVoid(node))
    return [...effectsOf(node.argument as Tree, 'function'), made('ReturnStatement', { argument: null })]
  if (node.type !== 'ConditionalExpression') return [made('ReturnStatement', { argument: node })]
  const [test, yes, no] = [node.test, node.consequent, node.alternate] as [Tree, Tree, Tree]
  return choice(test, returned(yes), returned(no), 'function')
}

export function choice(asked: Tree, yes: Tree[], no: Tree[], place: Place): Tree[] {
  const test = asTest(asked)
  const not = () => asTest(negated(test))
  if (yes.length === 0 && no.length === 0 && place !== 'value') return effectsOf(test, place)
  if (yes.length === 0 && no.length > 0) return choice(not(), no, [], place)
  if (no.length > 0 && isNegative(test)) return choice(not(), no, yes, place)
  if (no.length > 0 && endsThere(yes)) return [...choice(test, yes, [], place), ...no]
  if (no.length > 0 && endsThere(no)) return [...choice(not(), no, [], place), ...yes]
  const nested = yes.length > 0 && no.length === 0 ? withoutSequence(test, yes, place) : undefined
  if (nested !== undefined) return nested
  const [inner, more] = yes
  if (no.length === 0 && inner?.type === 'IfStatement' && more === undefined && (inner.no as Tree[]).length === 0) {
    return choice(logical('&&', [test, inner.test as Tree]), inner.yes as Tree[], [], place)
  }
  return [made('IfStatement', { test, yes, no })]
}

/** Hostile code can have thousands in a row, and each one is another level. */
const mostTests = 500

/** `if (a && (b(), c)) d()` is `if (a) { b(); if (c) d() }`. */
function withoutSequence(test: Tree, yes: Tree[], place: Place): Tree[] | undefined {
  const operands = test.type === 'LogicalExpression' && test.operator === '&&' ? (test.operands as Tree[]) : []
  const at = operands.findIndex(({ type }) => type === 'SequenceExpression')
  if (at < 1 || operands.length > mostTests) return undefined
  const all = (parts: Tree[]) => (parts.length === 1 && parts[0] ? parts[0] : logical('&&', parts))
  const { before, last } = split(operands[at] as Tree, 'block')
  const inner = choice(all([last, ...operands.slice(at + 1)]), yes, [], 'block')
  return choice(all(operands.slice(0, at)), [...before, ...inner], [], place)
}

/** Whether what stands behind a list is never reached from it. */
function endsThere(list: readonly Tree[]): boolean {
  return /^(?:Return|Throw|Break|Continue)Statement$/.test(list.at(-1)?.type ?? '')
}

function leadsOn(list: readonly Tree[]): boolean {
  const last = list.at(-1)
  return (last?.type === 'ReturnStatement' && !last.argument) || (last?.type === 'ContinueStatement' && !last.label)
}

/** `if (!a) return b; …; return c` is `if (a) { …; return c } return b`. */
export function withoutDetours(list: Tree[]): Tree[] {
  // What leads to the end of a function or a round may be left out there, and is looked at with what stands around it.
  if (!endsThere(list) || leadsOn(list)) return list
  for (let at = list.length - 2; at >= 0; at--) {
    if (isScoped(list[at + 1] as Tree)) return list
    const { type, test, yes, no } = list[at] as Tree & { test: Tree; yes: Tree[]; no: Tree[] }
    if (type !== 'IfStatement' || no.length > 0 || !isNegative(test) || !endsThere(yes)) continue
    list.push(...choice(asTest(negated(test)), list.splice(at).slice(1), [], 'block'), ...yes)
  }
  return list
}
