import type { Reference, Scope, Variable } from 'eslint-scope'
import type { DeclarationPlace } from './declaration-places.ts'

/** What is sure of a variable, wherever it is used. */
export type VariableFacts = {
  /** It is read and written in the function that it belongs to, and in none within that. */
  isLocal: boolean
  /** It is given one value, before anything reads it. */
  isStable: boolean
  /** It is given no value but the one that it is declared with. */
  isFixed: boolean
  /** Its declaration gives what an assignment at the same place gives, with a variable of the whole function. */
  isAssignable: boolean
  /** No function is called after it. */
  isNoName: boolean
  isParameter: boolean
}

/**
 * @param places where declarations stand, by their offsets
 * @param exported names that a module gives to others, which see each of their values
 * @param counted where `arguments` stands to be asked how many there are, and for nothing else
 */
export function factsOf(
  variable: Variable,
  places: ReadonlyMap<number, DeclarationPlace>,
  exported: ReadonlySet<string>,
  counted: ReadonlySet<number>,
): VariableFacts {
  const { defs, references, scope } = variable
  const later = references.filter((one) => one.isWrite() && !one.init)
  const isParameter = defs.some(({ type }) => type === 'Parameter')
  // In sloppy code `arguments[0] = a` gives it another value (ECMA-262, 10.4.4).
  const seen = scope.set.get('arguments')?.references ?? []
  const hasAlias = isParameter && !seen.every(({ identifier }) => counted.has(identifier.range?.[0] ?? -1))
  const isLocal = !hasAlias && references.every(({ from }) => from.variableScope === scope.variableScope)
  const isAssignable = !(scope.type === 'module' && exported.has(variable.name)) && isPlain(variable, places)
  const isFixed = later.length === 0
  const isGiven = defs.length === 1 && (isParameter || defs[0]?.type === 'CatchClause')
  const isNoName = isGiven && !references.some((one) => one.isWrite())
  const isFunction = defs.length === 1 && defs[0]?.type === 'FunctionName' && scope === scope.variableScope
  const isDeclared = defs.length === 1 && defs[0]?.type === 'Variable' && defs[0].parent?.kind !== 'var'
  const isStable =
    (isNoName && !hasAlias) ||
    (isFixed && (isFunction || (isDeclared && isAssignable) || (isAssignable && isGivenFirst(variable, places))))
  return { isLocal, isStable, isFixed, isAssignable, isNoName, isParameter }
}

function isPlain(variable: Variable, places: ReadonlyMap<number, DeclarationPlace>): boolean {
  const { defs, references, scope } = variable
  const [def, more] = defs
  const declared = defs.filter(({ type }) => type === 'Variable')
  // Behind parameters that are more than names it is another variable, which has its value at first (ECMA-262, 10.2.11).
  if (defs.some(({ type }) => type === 'Parameter')) return isDeclaredAgain(variable)
  if (declared.length > 0 && declared.every(({ parent }) => parent && 'kind' in parent && parent.kind === 'var'))
    return true
  // What `using` declares is disposed of at the end of its block.
  if (def?.type !== 'Variable' || !/^(?:let|const)$/.test(String(def.parent?.kind))) return false
  const place = places.get(def.parent?.range?.[0] ?? -1)
  const end = def.node.range?.[1]
  if (more !== undefined || !place?.isStatement || end === undefined) return false
  // In each round of a loop it has no value again.
  if (!def.node.init && place.isInLoop) return false
  if (def.parent?.kind === 'const' && references.some((one) => one.isWrite() && !one.init)) return false
  if (references.some((one) => !one.init && (one.identifier.range?.[0] ?? -1) < end)) return false
  const inner = references.flatMap((one) => innerOf(one, scope) ?? [])
  return inner.every((one) => isMadeBehind(one, end)) && !(inner.length > 0 && place.isInLoop)
}

/** By `var a = b`, before anything comes to it. */
function isGivenFirst({ defs, references, scope }: Variable, places: ReadonlyMap<number, DeclarationPlace>): boolean {
  const [def, more] = defs
  if (def?.type !== 'Variable' || more !== undefined || def.parent?.kind !== 'var' || !def.node.init) return false
  const { until, isInLoop } = places.get(def.parent.range?.[0] ?? -1) ?? {}
  const end = def.node.range?.[1]
  if (until === undefined || isInLoop || end === undefined) return false
  const isBehind = references.every(({ init, identifier: { range } }) => {
    const at = range?.[0] ?? -1
    return init || (at >= end && at < until)
  })
  return (
    isBehind &&
    references.every((one) => {
      const inner = innerOf(one, scope)
      return inner === undefined || isMadeBehind(inner, end)
    })
  )
}

/** A parameter among mere names, of which a `var` in the function is the same variable. */
function isDeclaredAgain({ defs, references }: Variable): boolean {
  const declared = defs.filter(({ type }) => type === 'Variable')
  const isSimple = defs.every(
    ({ node, type }) =>
      type !== 'Parameter' || ('params' in node && node.params.every((one) => one.type === 'Identifier')),
  )
  // Where an error is caught under its name, that gets the value (ECMA-262, B.3.4).
  const isGiven = declared.every(
    ({ name, node }) => !('init' in node && node.init) || references.some((one) => one.init && one.identifier === name),
  )
  return isSimple && isGiven && declared.length > 0 && defs.every(({ type }) => /^(?:Parameter|Variable)$/.test(type))
}

/** The outermost function, or initializer of a field, between a variable and where it is used. */
function innerOf({ from }: Reference, { variableScope }: Scope): Scope | undefined {
  let inner: Scope | undefined
  for (let scope: Scope | null = from.variableScope; scope && scope !== variableScope; ) {
    inner = scope
    scope = scope.upper?.variableScope ?? null
  }
  return inner
}

/** A function that is declared can be called before it is come to. */
function isMadeBehind({ block }: Scope, end: number): boolean {
  return block.type !== 'FunctionDeclaration' && (block.range?.[0] ?? -1) >= end
}
