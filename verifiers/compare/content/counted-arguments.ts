import { isTree, type Tree } from './syntax.ts'

/** What does more with `arguments.length` than to read it: a function that is called there has `arguments` as its `this`. */
const doesMore: Record<string, string> = {
  CallExpression: 'callee',
  TaggedTemplateExpression: 'tag',
  UnaryExpression: 'argument',
  UpdateExpression: 'argument',
  AssignmentExpression: 'left',
}

/**
 * By offset, each `arguments` of which only the length is read, as a number of its own (ECMA-262, 10.4.4.7); nothing gets
 * hold of what could be given another value in it.
 */
export function countedArguments(root: Tree): ReadonlySet<number> {
  const found = new Set<number>()
  const waiting: { node: Tree; parent: Tree | undefined }[] = [{ node: root, parent: undefined }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, parent } = next
    const object = node.type === 'MemberExpression' && !node.computed ? (node.object as Tree) : undefined
    if (object?.name === 'arguments' && (node.property as Tree).name === 'length' && isRead(node, parent)) {
      found.add(object.start)
    }
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isTree(child)) waiting.push({ node: child, parent: node })
      }
    }
  }
  return found
}

/** Among what is taken apart or gone through, it could be given another value. */
function isRead(node: Tree, parent: Tree | undefined): boolean {
  if (parent === undefined || /Pattern$|^For(?:In|Of)|^(?:Property|RestElement|ChainExpression)$/.test(parent.type))
    return false
  const field = doesMore[parent.type]
  return field === undefined || parent[field] !== node
}
