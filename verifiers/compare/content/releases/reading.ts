import { bindingsOf } from '../bindings.ts'
import { normalForm } from '../normal-form.ts'
import type { Syntax, Tree } from '../syntax.ts'
import { splitVariables, variablesOf } from '../variables.ts'

/** A program as it is compared: its tree, and which places are those of one variable. */
export type Read = {
  root: Tree
  numberAt: ReadonlyMap<number, number>
  /** As `Bindings` has them. */
  outerAt: ReadonlyMap<number, number>
  functionOf: ReadonlyMap<number, string>
}

/** `undefined` where what a name means is not sure. */
export type Reading = (syntax: Syntax) => Read | undefined

/** As it is written. */
export const asWritten: Reading = (syntax) => {
  const bindings = bindingsOf(syntax)
  if (bindings === undefined) return undefined
  const { numberAt, outerAt, functionOf } = bindings
  return { root: syntax.root as Tree, numberAt, outerAt, functionOf }
}

/** In the form that does not depend on how compilers and minifiers write it. */
export const inNormalForm: Reading = (syntax) => {
  const bindings = bindingsOf(syntax)
  if (bindings === undefined) return undefined
  const root = syntax.root as Tree
  // Nothing is known of the values that other modules give, so that any number may be a bigint, and any object `document.all`.
  const options = {
    hasNoValue: bindings.hasNoValue,
    knowsBigints: true,
    knowsDocumentAll: true,
    asksForGetters: true,
    takesFirst: false,
  }
  try {
    const first = normalForm(root, variablesOf(bindings), { ...options, inlines: false })
    const variables = splitVariables(first, bindings)
    const { numberAt, functionOf } = variables
    return {
      numberAt,
      functionOf,
      outerAt: bindings.outerAt,
      root: normalForm(root, variables, { ...options, inlines: true }),
    }
  } catch (error) {
    // It is nested more deeply than there is room for.
    if (error instanceof RangeError) return undefined
    throw error
  }
}
