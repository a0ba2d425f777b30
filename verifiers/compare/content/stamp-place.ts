import type { Side } from './code-parts.ts'

/** What the name says that a stamp is given to, by the stamp's cause. */
const names: Record<string, RegExp> = {
  'version-stamp': /^(?:.*_)?version$|Version$|^(?:VERSION|release|RELEASE|tag)$|^build$/i,
  'commit-stamp': /commit|revision|^(?:git_?)?(?:sha|rev|hash|head)$|^build$/i,
  'build-time':
    /^built|^build(?:_?(?:time|date|at|stamp))?$|^(?:generated|compiled|created)_?(?:at|on|time|date)?$|^timestamp$/i,
  'generated-date': /^built|^build|^(?:generated|compiled|created)/i,
  'build-path': /^(?:__)?(?:file|filename|dirname|fileName|_file|source)(?:__)?$/i,
  'user-host': /^(?:built?|compiled|generated)_?(?:by|on|user|host|machine)$|^builder$/i,
  'random-id': /^(?:hash|build_?id|scope_?id|__scopeId|chunk)$/i,
  architecture: /^(?:arch|platform|target|cpu)$/i,
}

/**
 * Whether the text around a literal shows that it is a stamp: it is the whole value that a name is given which says so,
 * as `exports.version = "1.2.3"` or `{builtAt: 1714557072123}`, and not an argument, an operand or the member of a list.
 */
export function isGivenToStamp(causes: readonly string[], index: number, { words, tokens }: Side): boolean {
  const [sign, after] = [words[index - 1], words[index + 1]]
  if ((sign !== '=' && sign !== ':') || !(after === undefined || [',', ';', '}'].includes(after) || endsLine(index))) {
    return false
  }
  const token = tokens[index - 2]
  const word = words[index - 2] ?? ''
  if (token?.kind !== 'word' && token?.kind !== 'string') return false
  // `a ? b : "1.2.3"` has a colon, too.
  if (sign === ':' && words[index - 3] !== '{' && words[index - 3] !== ',') return false
  const name = word.replace(/^["']|["']$/g, '')
  return causes.every((cause) => names[cause]?.test(name) ?? false)

  function endsLine(at: number): boolean {
    const [token, next] = [tokens[at], tokens[at + 1]]
    return token !== undefined && next !== undefined && next.kind === 'word' && words[at + 1] !== 'in'
  }
}

const keeping = new Set(['=', ':', '|', '?', 'return', 'default'])
const behind = new Set([',', ';', '}', ')', undefined])

/**
 * Whether the code does more with a literal than to give it to a name, to return it, or to take it where nothing else is:
 * compares it, calculates with it, or hands it to a function. Then even a true stamp can decide something.
 */
export function isOperand(index: number, { words, tokens }: Side): boolean {
  const [before, sign, after] = [words[index - 2] ?? '', words[index - 1] ?? '', words[index + 1]]
  if (!keeping.has(sign) || (sign === '=' && ['=', '!', '<', '>'].includes(before))) return true
  return !behind.has(after) && tokens[index + 1]?.kind !== 'word'
}

/** The same for a value in JSON, whose name is the last part of its pointer. */
export function isNamedAsStamp(causes: readonly string[], pointer: string): boolean {
  const name = pointer.slice(pointer.lastIndexOf('/') + 1)
  return causes.every((cause) => names[cause]?.test(name) ?? false)
}
