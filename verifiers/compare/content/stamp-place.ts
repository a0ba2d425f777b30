import type { Side } from './code-parts.ts'

/**
 * What the name says that a stamp is given to, by the stamp's cause. None says whose version it is: `{ version: "1.2.3" }` can
 * be what is installed, so that a version has to be the package's own.
 */
const names: Record<string, RegExp> = {
  'commit-stamp':
    /^(?:(?:git|vcs|scm|build|source|src|head|last|latest|release|app|bundle)_?)?(?:commit|revision)_?(?:hash|sha|id|ref|short|long)?$|^git_?(?:sha|rev|hash|head)$|^build$/i,
  'build-time':
    /^built|^build(?:_?(?:time|date|at|stamp))?$|^(?:generated|compiled|created)_?(?:at|on|time|date)?$|^timestamp$/i,
  'generated-date': /^built|^build|^(?:generated|compiled|created)/i,
  'build-path': /^(?:__)?(?:file|filename|dirname|fileName|_file|source)(?:__)?$/i,
  'user-host': /^(?:built?|compiled|generated)_?(?:by|on|user|host|machine)$|^builder$/i,
  'random-id': /^(?:build_?id|scope_?id|__scopeId)$/i,
  architecture: /^(?:arch|platform|cpu)$/i,
}

/**
 * Whether the text around a literal shows that it is a stamp: it is the whole value that a name is given which says so,
 * as `exports.commit = "…"` or `{builtAt: 1714557072123}`, and not an argument, an operand or the member of a list; nor is
 * the name used for anything else in the file. What lies where everybody may write is no folder of a build.
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
  if (!causes.every((cause) => names[cause]?.test(name)) || /[\\/](?:te?mp|shm|public)[\\/]/i.test(words[index] ?? ''))
    return false
  return (sign === '=' || !isWithinArgument(index, words)) && !isUsedElsewhere(word, index - 2, words)

  function endsLine(at: number): boolean {
    const [token, next] = [tokens[at], tokens[at + 1]]
    return token !== undefined && next !== undefined && next.kind === 'word' && words[at + 1] !== 'in'
  }
}

/** How far back the beginning of an object is looked for. In tokens. */
const farthest = 500

/** Whether the object that a value stands in is handed to a function, or is one of several. */
function isWithinArgument(index: number, words: readonly string[]): boolean {
  let depth = 0
  for (let at = index - 1; at > index - farthest && at >= 0; at--) {
    const word = words[at] ?? ''
    if (word === ')' || word === ']' || word === '}') depth++
    else if ((word === '(' || word === '[' || word === '{') && depth-- === 0) {
      const [before, sign] = [words[at - 2] ?? '', words[at - 1] ?? '']
      if (word !== '{') return true
      // The value of a key in another object is where that is.
      if (sign === ':') depth = 0
      else return !(sign === '=' || sign === 'return' || sign === 'default' || (sign === '(' && before === '>'))
    }
  }
  return true
}

/** Whether a name stands anywhere else than where it is declared, given a value, or exported. */
function isUsedElsewhere(name: string, index: number, words: readonly string[]): boolean {
  return words.some((word, at) => {
    if (word !== name || at === index) return false
    const [before, after] = [words[at - 1] ?? '', words[at + 1] ?? '']
    const isSet = (after === '=' && words[at + 2] !== '=') || after === ':'
    const isListed = (before === '{' && (after === ',' || after === '}')) || (before === ',' && after === '}')
    // `exports.built = built`
    const isExported = before === '=' && words[at - 2] === name
    return !isSet && !isListed && !isExported
  })
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
