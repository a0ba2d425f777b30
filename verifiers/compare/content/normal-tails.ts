import type { Tree } from './syntax.ts'

/** How a choice between two lists of statements is written. */
type Choose = (test: Tree, yes: Tree[], no: Tree[]) => Tree[]

/** Hostile code can have thousands, and each one is another level. */
const mostTurned = 500

/**
 * What ends a function without a value, or a round of a loop, does nothing at its end: `if (a) { b(); return } c()` is
 * `if (a) b(); else c()`.
 *
 * @param list the last statements of a function or of the body of a loop
 * @param jump what leads behind them: a `return` without a value, or a `continue` without a label
 */
export function withoutLastJumps(
  list: readonly Tree[],
  jump: 'ReturnStatement' | 'ContinueStatement',
  choose: Choose,
): Tree[] {
  const isJump = (node: Tree | undefined) => node?.type === jump && !node.argument && !node.label
  const isDeclaration = ({ type }: Tree) => /Declaration$/.test(type)
  let turned = 0
  /** From the last one to the first one. */
  let behind: Tree[] = []
  for (const one of list.toReversed()) {
    const [yes, no] = one.type === 'IfStatement' ? [one.yes as Tree[], one.no as Tree[]] : []
    const isLast = behind.length === 0
    if (isLast && isJump(one)) continue
    const isLeft = yes !== undefined && no?.length === 0 && isJump(yes.at(-1)) && turned < mostTurned
    if (yes && isLast) behind = choose(one.test as Tree, inner(yes), inner(no ?? [])).reverse()
    else if (yes && isLeft && !behind.some(isDeclaration)) {
      turned++
      behind = choose(one.test as Tree, inner(yes), behind.toReversed()).reverse()
    } else behind.push(one)
  }
  return behind.reverse()

  function inner(statements: readonly Tree[]): Tree[] {
    return withoutLastJumps(statements, jump, choose)
  }
}
