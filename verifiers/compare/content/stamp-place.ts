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
export function isGivenToStamp(causes: readonly string[], index: number, side: Side): boolean {
  return isGivenTo(index, side, (name) => causes.every((cause) => names[cause]?.test(name)))
}

/** Whose version it is: `minimumVersion` and `nodeVersion` are other ones. */
const ownVersion =
  /^_*(?:(?:app|application|lib|library|pkg|package|module|plugin|sdk|client|cli|tool|release|build|current|own|my)_?)?version_*$|^(?:ver|release)$/i

/** The same of a version, which the name says to be that of the program itself. */
export function isGivenToVersion(causes: readonly string[], index: number, side: Side): boolean {
  return causes.every((cause) => cause === 'version-stamp') && isGivenTo(index, side, (name) => ownVersion.test(name))
}

function isGivenTo(index: number, side: Side, isSaid: (name: string) => boolean): boolean {
  const { words, tokens } = side
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
  if (!isSaid(name) || /[\\/](?:te?mp|shm|public)[\\/]/i.test(words[index] ?? '')) return false
  const { used, taken } = side.uses()
  if (used.has(name)) return false
  if (sign === '=') return true
  const object = objectAround(index, words)
  return object !== undefined && (modules.has(object.holder) || !taken.has(object.holder))

  function endsLine(at: number): boolean {
    const [token, next] = [tokens[at], tokens[at + 1]]
    return token !== undefined && next !== undefined && next.kind === 'word' && words[at + 1] !== 'in'
  }
}

/** What others get of a module, whatever stands in front: `exports = {…}`, `module.exports = {…}`, `exports.default = {…}`. */
const modules: ReadonlySet<string> = new Set(['exports', 'default', ''])

/** How far back the beginning of an object is looked for. In tokens. */
const farthest = 500

/**
 * The object that a value stands in, by the name of the variable or member that holds it, if one does; `undefined` where it is
 * handed to a function, or is one of several.
 */
function objectAround(index: number, words: readonly string[]): { holder: string } | undefined {
  let depth = 0
  for (let at = index - 1; at > index - farthest && at >= 0; at--) {
    const word = words[at] ?? ''
    if (word === ')' || word === ']' || word === '}') depth++
    else if ((word === '(' || word === '[' || word === '{') && depth-- === 0) {
      const [before, sign] = [words[at - 2] ?? '', words[at - 1] ?? '']
      if (word !== '{') return undefined
      // The value of a key in another object is where that is.
      if (sign === ':') depth = 0
      else if (sign === '=') return { holder: before }
      else
        return sign === 'return' || sign === 'default' || (sign === '(' && before === '>') ? { holder: '' } : undefined
    }
  }
  return undefined
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
  return !behind.has(after) && (tokens[index + 1]?.kind !== 'word' || after === 'in' || after === 'instanceof')
}

/** Whether an operand is more than an argument, or the member of a list. */
export function isCompared(index: number, { words }: Side): boolean {
  const [sign, after] = [words[index - 1] ?? '', words[index + 1] ?? '']
  return !(/^[([,]$/.test(sign) && /^[)\],]$/.test(after)) || (sign === '[' && after === ']')
}

/** Whether a value in JSON is given to a name that says what it is: the last part of its pointer. */
export function isNamedAsStamp(causes: readonly string[], pointer: string): boolean {
  const name = pointer.slice(pointer.lastIndexOf('/') + 1)
  return causes.every((cause) => names[cause]?.test(name) ?? false)
}
