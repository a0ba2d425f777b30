import { functionKey } from '../bindings.ts'
import type { Tree } from '../syntax.ts'
import type { ReleaseModule } from './release-module.ts'
import { shapeOf } from './statement-shape.ts'

/** A list of statements in a program, in which a bundler may have put modules. */
export type StatementList = {
  /** The function, or the program, as `functionKey` names it. */
  owner: string
  statements: Tree[]
  shapes: string[]
}

/** Functions within functions whose statements are looked at: a bundler's own, and one around each module. */
const deepest = 3
const mostLists = 20_000

/** The lists of a program: its own, and those of functions. */
export function statementLists(root: Tree): StatementList[] {
  const lists: StatementList[] = []
  const waiting: { node: unknown; depth: number }[] = [{ node: root, depth: 0 }]
  for (let next = waiting.pop(); next !== undefined && lists.length < mostLists; next = waiting.pop()) {
    const { node, depth } = next
    if (Array.isArray(node)) for (const item of node) waiting.push({ node: item, depth })
    if (typeof node !== 'object' || node === null || !('type' in node)) continue
    const tree = node as Tree
    const isFunction = /Function/.test(tree.type)
    if (isFunction && depth === deepest) continue
    const holder = isFunction ? (tree.body as Tree) : tree.type === 'Program' ? tree : undefined
    if (holder?.type === 'Program' || holder?.type === 'BlockStatement') {
      const statements = holder.body as Tree[]
      lists.push({ owner: functionKey(tree), statements, shapes: statements.map(shapeOf) })
    }
    for (const value of Object.values(tree)) {
      if (typeof value === 'object') waiting.push({ node: value, depth: depth + Number(isFunction) })
    }
  }
  return lists
}

/** Statements of a list, one behind the other, that are those of a module in its order; `at` has their indexes in it. */
export type Run = { list: StatementList; from: number; to: number; module: ReleaseModule; at: readonly number[] }

/** Where each module stands, the longest of the places where it may; no statement is of two. */
export function runsOf(lists: readonly StatementList[], modules: readonly ReleaseModule[]): Run[] {
  const places = new Map<string, { list: StatementList; index: number }[]>()
  for (const list of lists) {
    for (const [index, shape] of list.shapes.entries()) {
      const known = places.get(shape)
      if (known) known.push({ list, index })
      else places.set(shape, [{ list, index }])
    }
  }
  const budget = { steps: mostSteps }
  const found = modules.flatMap((module) => longestRun(module, places, budget) ?? [])
  const taken = new Map<StatementList, Set<number>>()
  return found
    .sort((a, b) => b.at.length - a.at.length)
    .filter(({ list, from, to }) => {
      const own = taken.get(list) ?? new Set()
      taken.set(list, own)
      const indexes = Array.from({ length: to - from }, (_, offset) => from + offset)
      if (indexes.some((index) => own.has(index))) return false
      for (const index of indexes) own.add(index)
      return true
    })
}

/** Statements that are looked at for all modules; a program that is made to take longer is not understood. */
const mostSteps = 500_000

function longestRun(
  module: ReleaseModule,
  places: ReadonlyMap<string, { list: StatementList; index: number }[]>,
  budget: { steps: number },
): Run | undefined {
  const indexes = new Map<string, number[]>()
  for (const [index, shape] of module.shapes.entries()) {
    const known = indexes.get(shape)
    if (known) known.push(index)
    else indexes.set(shape, [index])
  }
  let best: Run | undefined
  for (const { list, index } of [...indexes.keys()].flatMap((shape) => places.get(shape) ?? [])) {
    const at: number[] = []
    for (let last = -1, place = index; place < list.shapes.length; place++) {
      if (budget.steps-- <= 0) return best
      const next = firstBehind(indexes.get(list.shapes[place] ?? ''), last)
      if (next === undefined) break
      at.push(next)
      last = next
    }
    if (at.length > (best?.at.length ?? 0)) best = { list, from: index, to: index + at.length, module, at }
  }
  return best
}

/** The first of sorted numbers that is larger. */
function firstBehind(numbers: readonly number[] = [], last: number): number | undefined {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) > last) high = middle
    else low = middle + 1
  }
  return numbers[low]
}

/** Whether it is made of declarations of functions only, which are there from the beginning, wherever they stand. */
export function isHoisted({ list, from, to }: Run): boolean {
  return list.statements.slice(from, to).every(({ type }) => type === 'FunctionDeclaration')
}
