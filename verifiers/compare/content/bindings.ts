import { createRequire } from 'node:module'
import type { analyze, ScopeManager, Variable } from 'eslint-scope'
import { countedArguments } from './counted-arguments.ts'
import { declarationPlaces } from './declaration-places.ts'
import { isDeclaredWrongly } from './early-errors.ts'
import { earlyThis } from './early-this.ts'
import { commonJs, type Syntax, type Tree } from './syntax.ts'
import { factsOf, type VariableFacts } from './variable-facts.ts'

type Root = Parameters<typeof analyze>[0]

/** What a program declares, as far as nobody else knows it by its name. */
export type Bindings = {
  /**
   * For each place where a variable is declared or used a number, the same for all places of that variable, in the order
   * in which variables come. What stands at any other place is a name for others: a global, an export, a key (in shorthand
   * it stands where its variable does).
   */
  numberAt: ReadonlyMap<number, number>
  /** Where a class is declared, the variable that others know it by; within itself it is another one (ECMA-262, 15.7.14). */
  outerAt: ReadonlyMap<number, number>
  /** The function that each variable belongs to, or the program, as `functionKey` names it; by the variable's number. */
  functionOf: ReadonlyMap<number, string>
  /** Names of variables that are given another value than the one that they are declared with. */
  reassigned: ReadonlySet<string>
  /** What each place does with its variable; a place that only declares it is not among them. */
  uses: ReadonlyMap<number, { reads: boolean; writes: boolean }>
  /** Where `this` stands, and may not be there yet. */
  earlyThis(): ReadonlySet<number>
  /** What is sure of each variable, by its number. */
  facts(): ReadonlyMap<number, VariableFacts>
  /**
   * Nobody sees the value of its last statement: it is a module of one kind or the other, or asks whether it is one, and
   * else is the script of a page, which has no value either (HTML, 8.1.4.4).
   */
  hasNoValue: boolean
  /** What stands outside of functions is known to other scripts, too. */
  isShared: boolean
}

/**
 * `undefined` where names are looked up while the program runs (`with`, a direct `eval`), where no engine takes what it
 * declares, or where it is too deep.
 */
export function bindingsOf(syntax: Syntax): Bindings | undefined {
  const { root, isModule } = syntax
  const manager = analyzed(root as unknown as Root, isModule)
  if (manager === undefined || manager.scopes.some(isDynamic) || isDeclaredWrongly(manager)) return undefined
  const numberAt = new Map<number, number>()
  const outerAt = new Map<number, number>()
  const functionOf = new Map<number, string>()
  const numbers = new Map<Variable, number>()
  const places = ownVariables(manager, syntax).flatMap((variable) =>
    [...variable.identifiers, ...variable.references.map(({ identifier }) => identifier)].map(
      ({ range }) => [range?.[0] ?? -1, variable] as const,
    ),
  )
  for (const [place, variable] of places.sort(([a], [b]) => a - b)) {
    const number = numbers.get(variable) ?? numbers.size
    numbers.set(variable, number)
    const outer = numberAt.get(place)
    if (outer !== undefined && outer !== number) outerAt.set(place, outer)
    numberAt.set(place, number)
    functionOf.set(number, functionKey(variable.scope.variableScope.block))
  }
  const areShared = isShared(manager, syntax)
  const written = manager.scopes.flatMap(({ references }) => references).filter((one) => one.isWrite() && !one.init)
  return {
    numberAt,
    outerAt,
    functionOf,
    reassigned: new Set(written.map(({ identifier }) => identifier.name)),
    earlyThis: () => earlyThis(root),
    facts() {
      const declared = declarationPlaces(root as Tree)
      const exported = exportedNames(root as unknown as Root)
      const counted = countedArguments(root as Tree)
      return new Map([...numbers].map(([variable, number]) => [number, factsOf(variable, declared, exported, counted)]))
    },
    uses: new Map(
      [...numbers.keys()].flatMap(({ references }) =>
        references.map((one) => [one.identifier.range?.[0] ?? -1, { reads: one.isRead(), writes: one.isWrite() }]),
      ),
    ),
    hasNoValue: syntax.asksForModules || !areShared,
    isShared: areShared,
  }
}

/** `export {a}`, whose module others read while it runs. */
function exportedNames({ body }: Root): ReadonlySet<string> {
  const specifiers = body.flatMap((one) => (one.type === 'ExportNamedDeclaration' && !one.source ? one.specifiers : []))
  return new Set(specifiers.flatMap(({ local }) => (local.type === 'Identifier' ? local.name : [])))
}

/** A function and the program that is nothing else can begin and end at one place. */
export function functionKey({ type, range }: { type: string; range?: [number, number] | undefined }): string {
  return `${type === 'Program' ? type : ''} ${range?.join(' ')}`
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

/** Whether what stands outside of functions is known to other scripts, too. */
function isShared({ globalScope }: ScopeManager, { isModule, asksForModules }: Syntax): boolean {
  const knowsModules = globalScope?.through.some(({ identifier }) => commonJs.has(identifier.name))
  return !isModule && (asksForModules || !knowsModules)
}

function ownVariables(manager: ScopeManager, syntax: Syntax): Variable[] {
  const { scopes } = manager
  const root = syntax.root as unknown as Root
  const areShared = isShared(manager, syntax)
  const exported = new Set(
    root.body.flatMap((statement) =>
      statement.type === 'ExportNamedDeclaration' && statement.declaration
        ? manager.getDeclaredVariables(statement.declaration)
        : [],
    ),
  )
  return scopes
    .filter(({ block }) => !areShared || block !== root)
    .flatMap(({ variables }) => variables)
    .filter((variable) => !exported.has(variable))
}
