import { isTree, type Tree } from './syntax.ts'

/** Where a declaration of variables stands. */
export type DeclarationPlace = {
  /** Among the statements of a block, a function or the program; what comes behind it is never reached without it. */
  isStatement: boolean
  /** Within a loop of its function, each round of which has a new variable. */
  isInLoop: boolean
  /** Where the list of statements ends that it stands in; before that, nothing comes behind it without it. */
  until?: number
}

type Waiting = { node: Tree; parent: Tree | undefined; isInLoop: boolean }

/** By where each `var`, `let` or `const` begins. Without a call for each node, which deep trees would be too deep for. */
export function declarationPlaces(root: Tree): ReadonlyMap<number, DeclarationPlace> {
  const places = new Map<number, DeclarationPlace>()
  const waiting: Waiting[] = [{ node: root, parent: undefined, isInLoop: false }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, parent, isInLoop } = next
    if (node.type === 'VariableDeclaration') {
      const isStatement = /^(?:Program|BlockStatement|StaticBlock)$/.test(parent?.type ?? '')
      const isListed = isStatement || parent?.type === 'SwitchCase'
      places.set(node.start, { isStatement, isInLoop, ...(isListed && parent && { until: parent.end }) })
    }
    const within = isInner(node) ? false : isInLoop || isLoop(node)
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isTree(child)) waiting.push({ node: child, parent: node, isInLoop: within })
      }
    }
  }
  return places
}

const isInner = ({ type }: Tree) => /Function|^(?:StaticBlock|PropertyDefinition)$/.test(type)
const isLoop = ({ type }: Tree) => /^(?:For(?:In|Of)?|While|DoWhile)Statement$/.test(type)
