import type { Bindings } from './bindings.ts'
import { isHelper } from './compiler-helpers.ts'
import { ownIn } from './own-this.ts'
import { namesIn } from './same-syntax.ts'
import type { Syntax, Tree } from './syntax.ts'
import { nodesIn } from './variables.ts'

/**
 * Where a program of CommonJS comes to its exports by another word than `exports`: what Node calls the function around it
 * with (`this`, `arguments`), and `module`, but where it is only compared.
 *
 * @returns the offsets of these words
 */
export function waysToExports({ root }: Syntax, { numberAt }: Bindings): ReadonlySet<number> {
  const nodes = [...nodesIn(root)]
  const harmless = new Set(nodes.flatMap(harmlessIn).map(({ start }) => start))
  const names = new Set(nodes.flatMap(namesOf).map(({ start }) => start))
  const isModule = ({ type, name, start }: Tree) =>
    type === 'Identifier' && name === 'module' && !numberAt.has(start) && !names.has(start)
  const places = [...ownIn([(root as Tree).body]), ...nodes.filter(isModule)].map(({ start }) => start)
  return new Set(places.filter((start) => !harmless.has(start)))
}

/** `typeof module`, `require.main === module`, and `this && this.__importDefault`, as compilers begin their helpers. */
function harmlessIn({ type, operator, argument, left, right, object, property, computed }: Tree): Tree[] {
  if (type === 'UnaryExpression' && operator === 'typeof') return [argument as Tree]
  if (type === 'BinaryExpression' && /^[!=]==?$/.test(String(operator))) return [left, right] as Tree[]
  if (type === 'LogicalExpression' && operator === '&&')
    return (left as Tree).type === 'ThisExpression' ? [left as Tree] : []
  const isAsked = type === 'MemberExpression' && !computed && isHelper(String((property as Tree).name))
  return isAsked && (object as Tree).type === 'ThisExpression' ? [object as Tree] : []
}

function namesOf(node: Tree): Tree[] {
  if (node.computed || node.shorthand) return []
  return (namesIn[node.type] ?? []).flatMap((field) => (node[field] as Tree | null) ?? [])
}
