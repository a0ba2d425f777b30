import { asksForItsOwn } from './own-this.ts'
import { isTree, type Tree } from './syntax.ts'

/**
 * `{ a() {} }` is `{ a: () => {} }` where nobody asks for `this` or `arguments`: neither of the two can be constructed, and
 * both have the name of the key (ECMA-262, 15.4.5 and 15.3.5).
 */
export function plainMethod(node: Tree): Tree {
  const [key, value] = [node.key as Tree, node.value as Tree]
  if (node.type !== 'Property' || !node.method || value.generator || asksForItsOwn(value)) return node
  // With a colon it would be the prototype (ECMA-262, B.3.1).
  if (key.name === '__proto__' || key.value === '__proto__') return node
  return { ...node, method: false, value: asArrow(value) }
}

/**
 * `(function (a) {})()` is `(() => {})()` where nothing asks for `a`, or where it is never given a value: nobody else has the
 * function, so that it can only be called, and how many parameters it has nobody sees.
 */
export function plainCallee(
  node: Tree,
  { isUnused, isAbsent }: Record<'isUnused' | 'isAbsent', (one: Tree) => boolean>,
): Tree {
  const callee = node.callee as Tree
  if (node.type !== 'CallExpression' || !/^(?:ArrowFunction|Function)Expression$/.test(callee.type)) return node
  if (callee.type === 'FunctionExpression' && (callee.generator || isTree(callee.id) || asksForItsOwn(callee)))
    return node
  const params = callee.params as Tree[]
  const values = node.arguments as Tree[]
  const mayBeAbsent = (at: number) => at >= values.length && !values.some(({ type }) => type === 'SpreadElement')
  const last = params.findLastIndex((one, at) => !isUnused(one) && !(mayBeAbsent(at) && isAbsent(one)))
  return { ...node, callee: asArrow({ ...callee, params: params.slice(0, last + 1) }) }
}

function asArrow(node: Tree): Tree {
  return { ...node, type: 'ArrowFunctionExpression' } as Tree
}

/** Behind the last index of a list, which is the last whole number that comes in its own order (ECMA-262, 6.1.7). */
const behindIndexes = 2 ** 32 - 1

/**
 * Functions under numbers, as bundlers keep the modules: an object has those in the order of the numbers, however they
 * are written, and to make a function does nothing (ECMA-262, 10.1.11.1).
 */
export function plainModules(node: Tree): Tree {
  const properties = node.properties as Tree[]
  const numbers = properties.map(({ key, computed }) => (computed ? undefined : indexOf(key as Tree | undefined)))
  const isOrdered = properties.every((one, at) => {
    return one.kind === 'init' && /Function/.test((one.value as Tree).type) && numbers[at] !== undefined
  })
  if (!isOrdered || new Set(numbers).size < numbers.length) return node
  const ordered = properties.map((one, at) => ({ one, number: numbers[at] ?? 0 })).sort((a, b) => a.number - b.number)
  return { ...node, properties: ordered.map(({ one }) => one) }
}

function indexOf(key: Tree | undefined): number | undefined {
  const value = key?.type === 'Literal' ? key.value : undefined
  const number = typeof value === 'string' && String(Number(value)) === value ? Number(value) : value
  return Number.isInteger(number) && Number(number) >= 0 && Number(number) < behindIndexes ? Number(number) : undefined
}
