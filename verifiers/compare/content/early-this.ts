import { ownIn } from './own-this.ts'
import { isTree, type Tree } from './syntax.ts'
import { nodesIn } from './variables.ts'

/**
 * Where a program asks for `this` in the constructor of a class that has another one as its base, and nothing shows that
 * `super()` was called before: there is no `this` until then, and to ask for it throws (ECMA-262, 9.1.1.3.4).
 *
 * @returns the offsets of these places
 */
export function earlyThis(root: unknown): ReadonlySet<number> {
  const constructors = [...nodesIn(root)].flatMap(({ type, superClass, body }) => {
    if (!/^Class(?:Declaration|Expression)$/.test(type) || !isTree(superClass)) return []
    return ((body as Tree).body as Tree[])
      .filter(({ kind }) => kind === 'constructor')
      .map(({ value }) => value as Tree)
  })
  return new Set(
    constructors.flatMap(({ params, body }) => {
      const behind = endOfSuper(body as Tree)
      return [...ownIn([params, body])].filter(({ start }) => start < behind).map(({ start }) => start)
    }),
  )
}

/** Where a statement of the constructor itself ends that begins with `super(…)`. */
function endOfSuper({ body }: Tree): number {
  const calls = (body as Tree[]).flatMap(({ type, expression }) => {
    const first = type === 'ExpressionStatement' ? firstOf(expression as Tree) : undefined
    return first?.type === 'CallExpression' && (first.callee as Tree).type === 'Super' ? first.end : []
  })
  return calls[0] ?? Number.POSITIVE_INFINITY
}

function firstOf(node: Tree): Tree | undefined {
  return node.type === 'SequenceExpression' ? (node.expressions as Tree[])[0] : node
}
