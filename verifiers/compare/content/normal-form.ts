import { assignmentFirst, type Taken, takenFrom, takenFromParts, takesValues } from './assignments-first.ts'
import type { Copies } from './copied-values.ts'
import { isSettled, noEffects } from './evaluation-order.ts'
import { plainExports } from './export-getters.ts'
import { chosenAssignment, isNamed, withInlinedValues } from './inlined-values.ts'
import { asTest, type Known, normalExpression, sequence, undefinedValue } from './normal-expressions.ts'
import { plainCallee, plainMethod, plainModules } from './normal-functions.ts'
import {
  asked,
  choice,
  chooseIn,
  declaration,
  effectsOf,
  functionsFirst,
  isScoped,
  made,
  type Place,
  returned,
  split,
  valuesFrom,
  withBody,
  withoutDetours,
} from './normal-statements.ts'
import { withoutLastJumps } from './normal-tails.ts'
import { isTree, type Tree } from './syntax.ts'
import { countedAgain, nodesIn, type Variables } from './variables.ts'

const namedBy = /^(?:Property|MethodDefinition|PropertyDefinition)$/

type FormOptions = {
  hasNoValue: boolean
  inlines: boolean
  /** Whether assignments stand before the expressions that they are in. */
  takesFirst: boolean
  copies?: Copies
}

/** In one list of statements, or one expression. */
const mostTaken = 500

/**
 * A program with its statements in one of the several ways to write them between which compilers and minifiers choose:
 * `a && b()` is `if (a) b()`, `return a ? b : c` is `if (a) return b; return c`, `a(), b()` are two statements. Each rule
 * leaves what is done, and in which order, as it is (ECMA-262, 14).
 *
 * @throws {RangeError} where it is nested too deeply
 */
export function normalForm(
  root: Tree,
  given: Variables,
  { hasNoValue, inlines, takesFirst, copies, ...known }: Known & FormOptions,
): Tree {
  const { variables, readAgain } = countedAgain(given)
  const isGlobal = ({ start }: Tree) => !variables.numberAt.has(start)
  // `a.b` begins where `a` does.
  const isSame = (one: Tree, other: Tree) =>
    one.type === 'Identifier' &&
    other.type === 'Identifier' &&
    takesValues(one, variables) &&
    given.declaredAt.get(one.start) === given.declaredAt.get(other.start)
  /** Parameters that are always undefined, by their numbers. */
  const absent = new Set<number>()
  /** Of statements within another one. */
  let blockPlace: Place = 'block'
  return normal(root)

  function normal(original: Tree): Tree {
    const node = plainCallee(plainMethod(original), { isUnused, isAbsent })
    const constant = node.type === 'Identifier' && copies?.constants.get(variables.declaredAt.get(node.start) ?? -1)
    if (constant) return normal(constant)
    if (node.type === 'Identifier' && absent.has(variables.numberAt.get(node.start) ?? -1)) return undefinedValue
    if (node.type === 'Program') {
      const body = statements(node.body as Tree[], hasNoValue ? 'function' : 'program')
      return withBody(node, hasNoValue ? withoutLastJumps(body, 'ReturnStatement', chooseIn('function')) : body)
    }
    if (node.type === 'BlockStatement' || node.type === 'StaticBlock') {
      return withBody(node, statements(node.body as Tree[], blockPlace, true))
    }
    if (/Function/.test(node.type)) return normalFunction(node)
    // Whether something is deleted is asked of the name.
    if (node.type === 'UnaryExpression' && node.operator === 'delete' && (node.argument as Tree).type === 'Identifier')
      return node
    if (node.type === 'SwitchCase') {
      const { consequent, ...rest } = node
      return { ...eachField(rest as Tree), consequent: statements(consequent as Tree[], blockPlace, true) }
    }
    if (node.type === 'TaggedTemplateExpression') {
      // Its function sees how the text is written.
      const { quasi, ...rest } = node
      return { ...eachField(rest as Tree), quasi: eachField(quasi as Tree) }
    }
    if (node.type === 'ObjectExpression') return plainModules(eachField(node))
    return written(eachField(node))
  }

  function written(node: Tree): Tree {
    // A variable that is given nothing more is a constant, whatever it is called.
    if (node.type === 'VariableDeclaration' && node.kind === 'let' && areFixed(node)) return { ...node, kind: 'const' }
    if (node.type === 'CallExpression') return withoutUnasked(node)
    return normalExpression(withAssignmentsFirst(node), { isGlobal, isSame, ...known })
  }

  /** What is given to a function that has no parameter for it, where that stands alone and does nothing. */
  function withoutUnasked(node: Tree): Tree {
    const callee = node.callee as Tree
    if (callee.type !== 'ArrowFunctionExpression') return node
    const [params, values] = [callee.params as Tree[], node.arguments as Tree[]]
    const last = values.findLastIndex((one) => !isSettled(one, noEffects, variables))
    const isList =
      params.some(({ type }) => type === 'RestElement') || values.some(({ type }) => type === 'SpreadElement')
    return isList ? node : { ...node, arguments: values.slice(0, Math.max(params.length, last + 1)) }
  }

  /** `a && b(c = d)` is `a && (c = d, b(c))`. */
  function withAssignmentsFirst(node: Tree): Tree {
    if (!takesFirst) return node
    if (node.type === 'LogicalExpression' && isTree(node.right)) return { ...node, right: taken(node.right, takenFrom) }
    if (node.type === 'ConditionalExpression') {
      const [consequent, alternate] = [node.consequent, node.alternate].map((one) => taken(one as Tree, takenFrom))
      return { ...node, consequent, alternate }
    }
    if (node.type !== 'SequenceExpression') return node
    const parts = node.expressions as Tree[]
    const expressions = parts.map((one, at) => taken(one, parts[at + 1] ? takenFromParts : takenFrom))
    return { ...node, expressions }
  }

  function taken(node: Tree, take: (node: Tree, variables: Variables) => Taken | undefined): Tree {
    const parts: Tree[] = []
    let last = node
    for (let found = take(last, variables); found !== undefined; found = take(last, variables)) {
      readAgain(found.assignment.left as Tree)
      parts.push(found.assignment)
      last = found.rest
      if (parts.length === mostTaken) break
    }
    return parts.length === 0 ? node : sequence([...parts, last])
  }

  function withFirst(statement: Tree, place: Place): Tree[] {
    // What a declaration does is no value of a script.
    if (!takesFirst || (place === 'value' && statement.type === 'VariableDeclaration')) return [statement]
    const waiting = [statement]
    const done: Tree[] = []
    let count = 0
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      const found = count < mostTaken ? assignmentFirst(one, variables) : undefined
      if (found === undefined) {
        done.push(one)
        continue
      }
      count++
      readAgain(found.assignment.left as Tree)
      done.push(made('ExpressionStatement', { expression: found.assignment }))
      waiting.push(...rewritten(found.rest, place).reverse())
    }
    return done
  }

  function areFixed({ declarations }: Tree): boolean {
    return (declarations as Tree[]).every(({ id }) => {
      const facts = factsIn(id as Tree)
      return facts.length > 0 && facts.every((one) => one.isFixed)
    })
  }

  /** Which nothing is given to, and nothing else will be. */
  function isAbsent(parameter: Tree): boolean {
    if (parameter.type !== 'Identifier' || !variables.factsAt(parameter)?.isNoName) return false
    absent.add(variables.numberAt.get(parameter.start) ?? -1)
    return true
  }

  function isUnused(parameter: Tree): boolean {
    const { reads, writes } = variables.usesAt(parameter)
    return parameter.type === 'Identifier' && variables.factsAt(parameter) !== undefined && reads + writes === 0
  }

  function factsIn(pattern: Tree) {
    return [...nodesIn(pattern)].flatMap((one) => (one.type === 'Identifier' ? (variables.factsAt(one) ?? []) : []))
  }

  function eachField(node: Tree): Tree {
    // The name of a member stands where its value does in shorthand, and is no variable.
    const name = namedBy.test(node.type) && !node.computed ? 'key' : undefined
    const entries = Object.entries(node).map(([key, value]) => [key, key === name ? value : normalField(value)])
    return Object.fromEntries(entries) as Tree
  }

  function normalField(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => (isTree(one) ? normal(one) : one))
    return isTree(value) ? normal(value) : value
  }

  /** `() => a` is `() => { return a }`. */
  function normalFunction(node: Tree): Tree {
    const body = node.body as Tree
    const list = body.type === 'BlockStatement' ? (body.body as Tree[]) : [made('ReturnStatement', { argument: body })]
    return within('block', () => {
      const done = withoutLastJumps(statements(list, 'function'), 'ReturnStatement', chooseIn('function'))
      const { body: _, ...rest } = node
      return { ...eachField(rest as Tree), expression: false, body: made('BlockStatement', { body: done }) }
    })
  }

  /** In a block sloppy code takes a function out where it stands (ECMA-262, B.3.2). */
  function statements(list: readonly Tree[], place: Place, isBlock = false): Tree[] {
    const from = place === 'program' && !isBlock ? valuesFrom(list) : list.length
    const placeOf = (at: number) => (at >= from ? 'value' : place)
    const all = list.flatMap((one, at) => placed(one, placeOf(at)))
    const plain = known.asksForGetters ? all : plainExports(all, variables)
    const ordered = isBlock ? plain : functionsFirst(plain)
    const rewrite = { expression: written, statement: (one: Tree) => rewritten(one, place) }
    if (!inlines) return ordered
    const filled = withInlinedValues(ordered, variables, rewrite)
    const isScript = place === 'program' || place === 'value'
    return withoutDetours(isScript ? filled : filled.flatMap((one) => chosen(one, place)))
  }

  function placed(one: Tree, place: Place): Tree[] {
    return within(place === 'value' ? 'value' : blockPlace, () =>
      statement(one, place).flatMap((each) => withFirst(each, place)),
    )
  }

  function within<T>(place: Place, make: () => T): T {
    const outer = blockPlace
    blockPlace = place
    const result = make()
    blockPlace = outer
    return result
  }

  /** A statement in normal form, into which a part was put. */
  function rewritten(node: Tree, place: Place): Tree[] {
    switch (node.type) {
      case 'ExpressionStatement':
        return effectsOf(node.expression as Tree, place)
      case 'IfStatement':
        return asked(node.test as Tree, node.yes as Tree[], node.no as Tree[], place)
      case 'ReturnStatement':
      case 'ThrowStatement':
        return ended(node, node.argument as Tree, place)
      default:
        return [node]
    }
  }

  function chosen(node: Tree, place: Place): Tree[] {
    const choices = chosenAssignment(node, variables)
    if (choices === undefined) return [node]
    const [yes, no] = [choices.yes, choices.no].map((one) =>
      effectsOf(one, 'block').flatMap((each) => chosen(each, 'block')),
    )
    return choice(choices.test, yes ?? [], no ?? [], place)
  }

  /** The body of a loop. */
  function roundOf(node: unknown): Tree {
    return made('BlockStatement', { body: withoutLastJumps(bodyOf(node), 'ContinueStatement', chooseIn(blockPlace)) })
  }

  function bodyOf(node: unknown): Tree[] {
    if (!isTree(node)) return []
    // Sloppy code can have a function there, which is a block of its own (ECMA-262, B.3.3).
    return isScoped(node)
      ? [withBody(made('BlockStatement', {}), [normal(node)])]
      : statements([node], blockPlace, true)
  }

  function statement(node: Tree, place: Place): Tree[] {
    switch (node.type) {
      case 'EmptyStatement':
        return []
      case 'ExpressionStatement':
        return node.directive === undefined ? effectsOf(normal(node.expression as Tree), place) : [node]
      case 'BlockStatement': {
        const list = statements(node.body as Tree[], place, true)
        return list.some(isScoped) ? [withBody(node, list)] : list
      }
      case 'VariableDeclaration':
        return declarations(node, place)
      case 'ReturnStatement':
      case 'ThrowStatement':
        return ending(node, place)
      case 'IfStatement':
        return asked(normal(node.test as Tree), bodyOf(node.consequent), bodyOf(node.alternate), place)
      case 'WhileStatement':
        return loop({ ...node, init: null, update: null }, place)
      case 'ForStatement':
        return loop(node, place)
      case 'DoWhileStatement':
      case 'ForInStatement':
      case 'ForOfStatement': {
        const { body, ...rest } = node
        return [{ ...eachField(rest as Tree), body: roundOf(body) }]
      }
      case 'LabeledStatement': {
        const { body, ...rest } = node
        return [{ ...eachField(rest as Tree), body: made('BlockStatement', { body: bodyOf(body) }) }]
      }
      default:
        return [normal(node)]
    }
  }

  function declarations(node: Tree, place: Place): Tree[] {
    const declared = (node.declarations as Tree[]).filter(({ start }) => !copies?.declared.has(start))
    return declared.flatMap((one) => {
      const id = normal(one.id as Tree)
      // Where it stands says nothing, and whose variable it is each place where it is used says.
      const isScript = place === 'program' || place === 'value'
      const isOwn = !isScript || (id.type === 'Identifier' && !isGlobal(one.id as Tree))
      const isNothing = isOwn && isAssignment(one.id as Tree)
      if (!isTree(one.init)) return isNothing ? [] : [written(declaration(node, id, null))]
      const init = normal(one.init)
      if (place === 'value') return [written(declaration(node, id, init))]
      const parts = split(init, place)
      // What stands behind a comma has not the name of the variable (ECMA-262, 8.4.5).
      const { before, last } = isNamed(parts.last) ? { before: [], last: init } : parts
      if (isScript || !isAssignment(one.id as Tree)) return [...before, written(declaration(node, id, last))]
      return [...before, ...effectsOf(made('AssignmentExpression', { operator: '=', left: id, right: last }), place)]
    })
  }

  function isAssignment(id: Tree): boolean {
    const facts = factsIn(id)
    return facts.length > 0 && facts.every((one) => one.isAssignable)
  }

  function ending(node: Tree, place: Place): Tree[] {
    return isTree(node.argument) ? ended(node, normal(node.argument), place) : [node]
  }

  function ended(node: Tree, argument: Tree, place: Place): Tree[] {
    const { before, last } = split(argument, place)
    return [...before, ...(node.type === 'ReturnStatement' ? returned(last) : [{ ...node, argument: last }])]
  }

  function loop(node: Tree, place: Place): Tree[] {
    const { init } = node
    const isOwn = isTree(init) && init.type === 'VariableDeclaration' && init.kind !== 'var'
    const before =
      !isTree(init) || isOwn
        ? []
        : init.type === 'VariableDeclaration'
          ? declarations(init, place)
          : effectsOf(normal(init), place)
    const test = isTree(node.test) ? asTest(normal(node.test)) : null
    const fields = {
      init: isOwn ? normal(init) : null,
      test: test?.type === 'Literal' && test.value ? null : test,
      update: isTree(node.update) ? normal(node.update) : null,
      body: roundOf(node.body),
    }
    return [...before, made('ForStatement', fields)]
  }
}
