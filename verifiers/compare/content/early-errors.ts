import type { ScopeManager, Variable } from 'eslint-scope'

/**
 * Whether a program declares a name twice where an engine takes it once, and reads nothing of the program then (ECMA-262,
 * 14.2.1 and 16.1.1): `let a; let a`, `let a; { var a }`. Our parser leaves that to others.
 */
export function isDeclaredWrongly({ scopes }: ScopeManager): boolean {
  const places = new Map<Variable, number[]>()
  return scopes.some(({ variables, variableScope, block, type }) =>
    variables.some((variable) => {
      if (variable.defs.length > 1 && variable.defs.some(isLexical)) return true
      const outer = variableScope.set.get(variable.name)
      // The parameter of a catch may have a `var` of its name beside it (ECMA-262, B.3.4).
      if (outer === undefined || outer === variable || type === 'catch' || !variable.defs.some(isOfBlock)) return false
      const found = places.get(outer) ?? placesOf(outer)
      places.set(outer, found)
      const [start, end] = block.range ?? [0, 0]
      return (found[firstFrom(found, start)] ?? end) < end
    }),
  )
}

type Definition = Variable['defs'][number]

function isLexical({ type, parent }: Definition): boolean {
  return /^(?:ClassName|ImportBinding)$/.test(type) || (type === 'Variable' && parent?.kind !== 'var')
}

function isOfBlock(definition: Definition): boolean {
  return definition.type === 'FunctionName' || isLexical(definition)
}

/** Where it is declared by `var`, in order. */
function placesOf({ defs }: Variable): number[] {
  const own = defs.filter(({ type, parent }) => type === 'Variable' && parent?.kind === 'var')
  return own.map(({ name }) => name.range?.[0] ?? -1).sort((a, b) => a - b)
}

/** The index of the first of these that is not below. */
export function firstFrom(sorted: readonly number[], least: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) < least) low = middle + 1
    else high = middle
  }
  return low
}
