import { isCollection, isScalar, parse, type ScalarTag } from 'yaml'

/** CI files are a few kilobytes; what is larger is not one. */
const sizeLimit = 256 * 1024

/** GitLab's `!reference [job, key]`, kept as what it names and resolved by the reader. */
const referenceTag = {
  tag: '!reference',
  collection: 'seq',
  default: false,
  resolve(sequence: unknown) {
    const items = isCollection(sequence) ? sequence.items : []
    return { reference: items.map((item) => (isScalar(item) ? String(item.value) : '')) }
  },
} as unknown as ScalarTag

/** A YAML document of somebody else's, with aliases and merge keys but no more of them than a person would write. */
export function parseYaml(text: string): { value: unknown } | { problem: string } {
  if (text.length > sizeLimit) return { problem: `it is longer than ${sizeLimit} characters` }
  if (isNestedTooDeep(text)) return { problem: `it is nested deeper than ${depthLimit} levels` }
  try {
    const options = { maxAliasCount: 1000, merge: true, uniqueKeys: false, customTags: [referenceTag] }
    return { value: parse(text, { ...options, logLevel: 'error' as const }) as unknown }
  } catch (error) {
    // The parser throws its own errors, and a RangeError where nesting exhausts the stack.
    return { problem: `it is not YAML (${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)})` }
  }
}

const depthLimit = 200

/** The parser takes long over what is nested without end, before its stack ends. */
export function isNestedTooDeep(text: string): boolean {
  let depth = 0
  for (const char of text) {
    if (char === '[' || char === '{') depth += 1
    else if ((char === ']' || char === '}') && depth > 0) depth -= 1
    if (depth > depthLimit) return true
  }
  return false
}

export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

/** A list, or one thing as a list of one; never longer than anyone would write. */
export function asList(value: unknown): unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value.slice(0, 1000) : [value]
}

/** Text of a scalar; `16.10` written without quotes has lost its zero by now, as it has in the CI system itself. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.length > 65_536 ? undefined : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

export function asTexts(value: unknown): string[] {
  return asList(value).flatMap((item) => asText(item) ?? [])
}
