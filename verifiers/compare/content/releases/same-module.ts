import { functionKey } from '../bindings.ts'
import { sameTrees } from '../same-syntax.ts'
import type { Tree } from '../syntax.ts'
import { nodesIn } from '../variables.ts'
import type { Run } from './module-run.ts'
import type { Read } from './reading.ts'

/** The variables of a run and those of its module, one for one, and what stands in the same place. */
export type Matched = {
  run: Run
  /** By the number in the program: the number in the module. */
  variables: ReadonlyMap<number, number>
  /** By where a node begins in the program: where it begins in the module. */
  partners: ReadonlyMap<number, number>
  /** Names that differ. */
  renamed: ReadonlySet<string>
}

/**
 * Whether a run is that module, statement by statement, with nothing left out that is more than a declaration that nobody
 * uses, or that `leftOut` does not say is left out anyway.
 */
export function matched(run: Run, program: Read, leftOut: (shape: string) => boolean): Matched | undefined {
  const { list, from, to, module, at } = run
  const pairs = pairing(program, module.read)
  const partners = new Map<number, number>()
  const functions = new Map([[list.owner, module.owner]])
  const meet = (one: Tree, other: Tree) => {
    partners.set(one.start, other.start)
    if (/Function/.test(one.type)) functions.set(functionKey(one), functionKey(other))
  }
  const own = at.map((index) => module.statements[index])
  if (!sameTrees(listed(list.statements.slice(from, to)), listed(own), pairs.isSame, meet)) return undefined
  const kept = new Set(at)
  const isWhole = module.statements.every(
    (one, index) => kept.has(index) || isUnused(one) || leftOut(module.shapes[index] ?? ''),
  )
  if (!isWhole || !pairs.areOfFunctions(functions, module.imports)) return undefined
  // What is used must be there, or it would be something else of the same name.
  for (const number of pairs.there.values()) {
    const declared = module.declared.get(number)
    if (declared !== undefined && !kept.has(declared.at)) return undefined
  }
  return { run, variables: pairs.there, partners, renamed: pairs.renamed }
}

function listed(body: readonly (Tree | undefined)[]): Tree {
  return { type: 'BlockStatement', start: -1, end: -1, body } as unknown as Tree
}

/** Which variable of one program is which of the other. */
export function pairing(left: Read, right: Read) {
  const [there, here] = [new Map<number, number>(), new Map<number, number>()]
  const renamed = new Set<string>()
  const arePaired = (from: number, to: number): boolean => {
    if (!there.has(from) && !here.has(to)) {
      there.set(from, to)
      here.set(to, from)
    }
    return there.get(from) === to && here.get(to) === from
  }
  return {
    there,
    renamed,
    isSame(one: Tree, other: Tree): boolean {
      const [from, to] = [left.numberAt.get(one.start), right.numberAt.get(other.start)]
      if (from === undefined || to === undefined) return from === to && one.name === other.name
      if (one.name !== other.name) {
        // A name that looks like another is one to read with care, whatever it stands for.
        if (!/^[\w$]+$/.test(String(one.name))) return false
        for (const { name } of [one, other]) renamed.add(String(name))
      }
      const [outer, its] = [left.outerAt.get(one.start), right.outerAt.get(other.start)]
      if (outer !== undefined && its !== undefined) return arePaired(outer, its) && arePaired(from, to)
      return outer === its && arePaired(from, to)
    },
    /** Whether the variables of each pair belong to functions that stand in the same place, but for `others`. */
    areOfFunctions(functions: ReadonlyMap<string, string>, others: ReadonlyMap<number, unknown>): boolean {
      return [...there].every(
        ([from, to]) => others.has(to) || functions.get(left.functionOf.get(from) ?? '') === right.functionOf.get(to),
      )
    },
  }
}

/** Whether nothing is done by a statement but to declare something. */
export function isUnused(statement: Tree): boolean {
  switch (statement.type) {
    case 'EmptyStatement':
    case 'FunctionDeclaration':
      return true
    case 'ClassDeclaration':
      return isPlainClass(statement)
    case 'VariableDeclaration':
      return (statement.declarations as Tree[]).every(
        ({ id, init }) => (id as Tree).type === 'Identifier' && (!init || isValue(init as Tree)),
      )
    default:
      return false
  }
}

function isPlainClass({ superClass, body }: Tree): boolean {
  const members = (body as Tree).body as Tree[]
  return (
    !superClass &&
    members.every(({ type, computed, static: isStatic }) => {
      if (computed || type === 'StaticBlock') return false
      return type === 'MethodDefinition' || !isStatic
    })
  )
}

const valued = new Set(['Literal', 'ArrayExpression', 'ObjectExpression', 'Property', 'TemplateElement', 'Identifier'])

/** Whether nothing is called, and nothing asked for, to come to a value. */
function isValue(expression: Tree): boolean {
  if (/^(?:Arrow)?Function/.test(expression.type)) return true
  if (expression.type === 'ClassExpression') return isPlainClass(expression)
  for (const one of nodesIn(expression, ({ type }) => !/Function/.test(type))) {
    if (!valued.has(one.type) && !/Function/.test(one.type)) return false
    if (one.type === 'Property' && one.computed) return false
    // Of a name that nothing has there may be none.
    if (one.type === 'Identifier' && one === expression) return false
  }
  return true
}
