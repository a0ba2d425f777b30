import { createRequire } from 'node:module'
import type { analyze, ScopeManager, Variable } from 'eslint-scope'
import { commonJs, type Syntax } from './syntax.ts'

type Root = Parameters<typeof analyze>[0]

/** What a program declares, as far as nobody else knows it by its name. */
export type Bindings = {
  /**
   * For each place where a variable is declared or used a number, the same for all places of that variable, in the order
   * in which variables come. What stands at any other place is a name for others: a global, an export, a key (in shorthand
   * it stands where its variable does).
   */
  numberAt: ReadonlyMap<number, number>
  /** The function that each variable belongs to, or the program, as `functionKey` names it; by the variable's number. */
  functionOf: ReadonlyMap<number, string>
  /** Names of variables that are given another value than the one that they are declared with. */
  reassigned: ReadonlySet<string>
}

/** `undefined` where names are looked up while the program runs (`with`, a direct `eval`), or where it is too deep. */
export function bindingsOf({ root, isModule, asksForModules }: Syntax): Bindings | undefined {
  const manager = analyzed(root as unknown as Root, isModule)
  if (manager === undefined || manager.scopes.some(isDynamic)) return undefined
  const numberAt = new Map<number, number>()
  const functionOf = new Map<number, string>()
  const numbers = new Map<Variable, number>()
  const places = ownVariables(manager, root as unknown as Root, { isModule, asksForModules }).flatMap((variable) =>
    [...variable.identifiers, ...variable.references.map(({ identifier }) => identifier)].map(
      ({ range }) => [range?.[0] ?? -1, variable] as const,
    ),
  )
  for (const [place, variable] of places.sort(([a], [b]) => a - b)) {
    const number = numbers.get(variable) ?? numbers.size
    numbers.set(variable, number)
    numberAt.set(place, number)
    functionOf.set(number, functionKey(variable.scope.variableScope.block))
  }
  const written = manager.scopes.flatMap(({ references }) => references).filter((one) => one.isWrite() && !one.init)
  return { numberAt, functionOf, reassigned: new Set(written.map(({ identifier }) => identifier.name)) }
}

/** Two nodes can begin at one place. */
export function functionKey({ type, range }: { type: string; range?: [number, number] | undefined }): string {
  return `${type} ${range?.join(' ')}`
}

function analyzed(root: Root, isModule: boolean): ScopeManager | undefined {
  // Loaded where it is needed: most comparisons come to no renamed variable.
  const scopes: { analyze: typeof analyze } = createRequire(import.meta.url)('eslint-scope')
  try {
    return scopes.analyze(root, {
      ecmaVersion: 2022,
      sourceType: isModule ? 'module' : 'script',
      nodejsScope: !isModule,
    })
  } catch {
    // A RangeError: it is nested more deeply than there is room for.
    return undefined
  }
}

function isDynamic({ type, dynamic, directCallToEvalScope }: ScopeManager['scopes'][number]): boolean {
  return type === 'with' || directCallToEvalScope || (dynamic && type !== 'global')
}

function ownVariables(
  manager: ScopeManager,
  root: Root,
  { isModule, asksForModules }: Pick<Syntax, 'isModule' | 'asksForModules'>,
): Variable[] {
  const { scopes, globalScope } = manager
  const knowsModules = globalScope?.through.some(({ identifier }) => commonJs.has(identifier.name))
  const isShared = !isModule && (asksForModules || !knowsModules)
  const exported = new Set(
    root.body.flatMap((statement) =>
      statement.type === 'ExportNamedDeclaration' && statement.declaration
        ? manager.getDeclaredVariables(statement.declaration)
        : [],
    ),
  )
  return scopes
    .filter(({ block }) => !isShared || block !== root)
    .flatMap(({ variables }) => variables)
    .filter((variable) => !exported.has(variable))
}
