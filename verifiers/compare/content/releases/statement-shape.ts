import { hash } from 'node:crypto'
import { namesIn, places } from '../same-syntax.ts'
import { isTree, type Tree } from '../syntax.ts'

/**
 * A statement without the names of its variables: two with the same shape may be the same one under other names. It only
 * says where to look; whether they are is for `sameTrees` to say.
 */
export function shapeOf(statement: Tree): string {
  const parts: string[] = []
  const waiting: { value: unknown; isName: boolean }[] = [{ value: statement, isName: false }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, isName } = next
    if (Array.isArray(value)) {
      parts.push(`[${value.length}`)
      for (const item of value) waiting.push({ value: item, isName: false })
    } else if (isTree(value)) {
      parts.push(`<${value.type}`)
      if (value.type === 'Identifier' && !isName) continue
      const names = value.computed ? undefined : namesIn[value.type]
      for (const [key, field] of Object.entries(value)) {
        if (!places.has(key)) waiting.push({ value: field, isName: names?.includes(key) ?? false })
      }
    } else parts.push(`=${typeof value} ${value instanceof RegExp ? String(value) : plainly(value)};`)
  }
  return hash('sha256', parts.join(''), 'base64').slice(0, 32)
}

/** What is no node: a pattern, the text of a template, a value. */
function plainly(value: unknown): string | undefined {
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}
