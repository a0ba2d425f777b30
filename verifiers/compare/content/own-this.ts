import { isTree, type Tree } from './syntax.ts'

/**
 * Whether a function asks for what each function but an arrow has of its own: `this`, `arguments`, `super`, `new.target`.
 * What stands in a function within it, or in a member of a class, asks that one.
 */
export function asksForItsOwn({ params, body }: Tree): boolean {
  const waiting: unknown[] = [params, body]
  while (waiting.length > 0) {
    const one = waiting.pop()
    if (Array.isArray(one)) for (const item of one) waiting.push(item)
    if (!isTree(one) || /^Function/.test(one.type)) continue
    if (/^(?:ThisExpression|Super)$/.test(one.type)) return true
    // `import.meta` is the module's.
    if (one.type === 'MetaProperty' && (one.meta as Tree).name === 'new') return true
    if (one.type === 'Identifier' && one.name === 'arguments') return true
    if (one.type === 'ClassBody') {
      for (const member of one.body as Tree[]) if (member.computed) waiting.push(member.key)
      continue
    }
    for (const value of Object.values(one)) if (typeof value === 'object') waiting.push(value)
  }
  return false
}
