import type { Bindings } from './bindings.ts'
import { isTree, type Tree } from './syntax.ts'
import { nodesIn } from './variables.ts'

export type Copies = {
  bindings: Bindings
  /** Where declarations begin that only say what another name stands for. */
  declared: ReadonlySet<number>
  /** What a variable always is, by its number. */
  constants: ReadonlyMap<number, Tree>
}

/**
 * A program in which variables that are copies of others are those: after `var a = b` either name stands for the same value
 * everywhere, where both are given one value each, before anything reads them. The same with a value that stands in the code.
 */
export function withoutCopies(root: Tree, bindings: Bindings): Copies {
  const { numberAt, uses } = bindings
  const facts = new Map(bindings.facts())
  const original = new Map<number, number>()
  const constants = new Map<number, Tree>()
  const declared = new Set<number>()
  const unused = new Set<number>()
  for (const { type, id, init, start } of nodesIn(root)) {
    if (type !== 'VariableDeclarator' || !isTree(id) || id.type !== 'Identifier' || !isTree(init)) continue
    const number = numberAt.get(id.start) ?? -1
    const known = facts.get(number)
    if (!known?.isStable || !known.isAssignable || known.isParameter) continue
    if (isConstant(init)) {
      constants.set(number, init)
      declared.add(start)
      continue
    }
    const from = init.type === 'Identifier' ? numberAt.get(init.start) : undefined
    if (from === undefined || from === number || !facts.get(from)?.isStable) continue
    original.set(number, from)
    declared.add(start)
    for (const { start } of [id, init]) unused.add(start)
  }
  const last = (number: number): number => {
    let one = number
    for (let next = original.get(one); next !== undefined; next = original.get(one)) one = next
    return one
  }
  for (const number of original.keys()) {
    const [own, other] = [facts.get(number), facts.get(last(number))]
    if (own && other) facts.set(last(number), { ...other, isLocal: other.isLocal && own.isLocal })
  }
  const merged = new Map([...numberAt].map(([place, number]) => [place, last(number)]))
  const used = new Map([...uses].filter(([place]) => !unused.has(place)))
  return { declared, constants, bindings: { ...bindings, numberAt: merged, uses: used, facts: () => facts } }
}

function isConstant(node: Tree): boolean {
  if (node.type === 'UnaryExpression' && node.operator === 'void') return (node.argument as Tree).type === 'Literal'
  return node.type === 'Literal' && !('regex' in node)
}
