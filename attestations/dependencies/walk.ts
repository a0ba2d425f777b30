import { byText } from './model.ts'

export type Edge = {
  name: string
  type: 'prod' | 'dev' | 'optional' | 'peer' | 'peerOptional' | 'workspace'
  to: Node | null
}

/** A package as a lockfile pins it, of whatever package manager; Arborist's nodes are such. */
export type Node = {
  packageName: string | null
  version: string
  /** Where a link leads; the node itself otherwise. */
  target: Node
  edgesOut: Map<string, Edge>
}

export type Reached = {
  role: 'runtime' | 'optional' | 'peer' | 'development'
  /** Only ways through an optional dependency lead here. */
  skippable: boolean
  /** The shortest way, as `name@version`; the last one is the package itself. */
  path: string[]
}

const runtime = (edge: Edge) => edge.type === 'prod'
const optional = (edge: Edge) => edge.type === 'prod' || edge.type === 'optional'
const peer = (edge: Edge) => edge.type !== 'dev' && edge.type !== 'workspace'

/**
 * What each package is there for: the strongest of runtime, optional, peer and development by which it can be reached
 * from what was built, and then from the root of the workspace, whose tools build with it.
 */
export function walk(built: Node, root: Node): Map<Node, Reached> {
  const found = new Map<Node, Reached>()
  const needed = new Map<Node, string[]>()
  // Whatever is needed without an optional edge on the way has to be there.
  for (const from of [built, root])
    visit(from, (edge, node) => !/optional/i.test(edge.type) && isOwn(edge, node, from), needed)
  const passes = [
    { role: 'runtime', from: built, follows: runtime },
    { role: 'optional', from: built, follows: optional },
    { role: 'peer', from: built, follows: peer },
    { role: 'development', from: built, follows: (edge: Edge, node: Node) => isOwn(edge, node, built) },
    { role: 'development', from: root, follows: (edge: Edge, node: Node) => isOwn(edge, node, root) },
  ] as const
  for (const { role, from, follows } of passes) {
    const paths = new Map<Node, string[]>()
    visit(from, follows, paths)
    for (const [node, path] of paths) {
      if (!found.has(node)) found.set(node, { role, path, skippable: !needed.has(node) })
    }
  }
  return found
}

/** Development dependencies are followed only from the package itself. */
function isOwn({ type }: Edge, node: Node, from: Node): boolean {
  return type !== 'dev' || node === from
}

/** Breadth first, so that the first way to a package is a shortest one. */
function visit(from: Node, follows: (edge: Edge, node: Node) => boolean, paths: Map<Node, string[]>): void {
  const queue: { node: Node; path: string[] }[] = [{ node: from, path: [] }]
  for (const { node, path } of queue) {
    const edges = [...node.edgesOut.values()].sort((a, b) => byText(a.name, b.name))
    for (const edge of edges) {
      const to = edge.to?.target
      if (!to || to === from || paths.has(to) || !follows(edge, node)) continue
      const step = [...path, `${to.packageName ?? edge.name}@${to.version}`]
      paths.set(to, step)
      queue.push({ node: to, path: step })
    }
  }
}
