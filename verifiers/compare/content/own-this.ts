import { isTree, type Tree } from './syntax.ts'

/** Whether a function asks for what each function but an arrow has of its own: `this`, `arguments`, `super`, `new.target`. */
export function asksForItsOwn({ params, body }: Tree): boolean {
  return !ownIn([params, body]).next().done
}

/** Where that is asked for. What stands in a function within it, or in a member of a class, asks that one. */
export function* ownIn(parts: readonly unknown[]): Generator<Tree> {
  const waiting = [...parts]
  while (waiting.length > 0) {
    const one = waiting.pop()
    if (Array.isArray(one)) for (const item of one) waiting.push(item)
    if (!isTree(one) || /^Function/.test(one.type)) continue
    if (isOwn(one)) yield one
    if (one.type === 'ClassBody') {
      for (const member of one.body as Tree[]) if (member.computed) waiting.push(member.key)
      continue
    }
    for (const value of Object.values(one)) if (typeof value === 'object') waiting.push(value)
  }
}

function isOwn({ type, name, meta }: Tree): boolean {
  if (type === 'Identifier') return name === 'arguments'
  // `import.meta` is the module's.
  return /^(?:ThisExpression|Super)$/.test(type) || (type === 'MetaProperty' && (meta as Tree).name === 'new')
}
