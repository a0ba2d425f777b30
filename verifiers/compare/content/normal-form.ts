import { chosenAssignment, withInlinedValues } from './inlined-values.ts'
import { asTest, isNegative, isUndefined, logical, negated, normalExpression } from './normal-expressions.ts'
import { plainCallee, plainMethod, plainModules } from './normal-functions.ts'
import { withoutLastJumps } from './normal-tails.ts'
import { isTree, type Tree } from './syntax.ts'
import { nodesIn, type Variables } from './variables.ts'

/** Where a list of statements stands: in a script what the last one of it gives is the value of the whole. */
type Place = 'program' | 'function' | 'block'

/**
 * A program with its statements in one of the several ways to write them between which compilers and minifiers choose:
 * `a && b()` is `if (a) b()`, `return a ? b : c` is `if (a) return b; return c`, `a(), b()` are two statements. Each rule
 * leaves what is done, and in which order, as it is (ECMA-262, 14).
 *
 * @throws {RangeError} where it is nested too deeply
 */
export function normalForm(
  root: Tree,
  variables: Variables,
  { hasNoValue, knowsBigints, inlines }: { hasNoValue: boolean; knowsBigints: boolean; inlines: boolean },
): Tree {
  const isGlobal = ({ start }: Tree) => !variables.numberAt.has(start)
  return normal(root)

  function normal(original: Tree): Tree {
    const node = plainCallee(plainMethod(original))
    if (node.type === 'Program') {
      const body = statements(node.body as Tree[], hasNoValue ? 'function' : 'program')
      return withBody(node, hasNoValue ? withoutLastJumps(body, 'ReturnStatement', chooseIn('function')) : body)
    }
    if (node.type === 'BlockStatement' || node.type === 'StaticBlock') {
      return withBody(node, statements(node.body as Tree[], 'block'))
    }
    if (/Function/.test(node.type)) return normalFunction(node)
    if (node.type === 'SwitchCase') {
      const { consequent, ...rest } = node
      return { ...eachField(rest as Tree), consequent: statements(consequent as Tree[], 'block') }
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
    return normalExpression(node, { isGlobal, knowsBigints })
  }

  function areFixed({ declarations }: Tree): boolean {
    return (declarations as Tree[]).every(({ id }) => {
      const facts = factsIn(id as Tree)
      return facts.length > 0 && facts.every((one) => one.isFixed)
    })
  }

  function factsIn(pattern: Tree) {
    return [...nodesIn(pattern)].flatMap((one) => (one.type === 'Identifier' ? (variables.factsAt(one) ?? []) : []))
  }

  function eachField(node: Tree): Tree {
    const entries = Object.entries(node).map(([key, value]) => [key, normalField(value)])
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
    const done = withoutLastJumps(statements(list, 'function'), 'ReturnStatement', chooseIn('function'))
    const { body: _, ...rest } = node
    return { ...eachField(rest as Tree), expression: false, body: made('BlockStatement', { body: done }) }
  }

  /** In a block sloppy code takes a function out where it stands (ECMA-262, B.3.2). */
  function statements(list: readonly Tree[], place: Place, isBlock = place === 'block'): Tree[] {
    const all = list.flatMap((one) => statement(one, place))
    const ordered = isBlock ? all : functionsFirst(all)
    const rewrite = { expression: written, statement: (one: Tree) => rewritten(one, place) }
    if (!inlines) return ordered
    const filled = withInlinedValues(ordered, variables, rewrite)
    return withoutDetours(place === 'program' ? filled : filled.flatMap((one) => chosen(one, place)))
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
    return made('BlockStatement', { body: withoutLastJumps(bodyOf(node), 'ContinueStatement', chooseIn('block')) })
  }

  function bodyOf(node: unknown): Tree[] {
    if (!isTree(node)) return []
    // Sloppy code can have a function there, which is a block of its own (ECMA-262, B.3.3).
    return isScoped(node) ? [withBody(made('BlockStatement', {}), [normal(node)])] : statements([node], 'block')
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
    return (node.declarations as Tree[]).flatMap((one) => {
      const id = normal(one.id as Tree)
      // Where it stands says nothing, and whose variable it is each place where it is used says.
      const isOwn = place !== 'program' || (id.type === 'Identifier' && !isGlobal(one.id as Tree))
      const isNothing = isOwn && isAssignment(one.id as Tree)
      if (!isTree(one.init)) return isNothing ? [] : [written(declaration(node, id, null))]
      const { before, last } = split(normal(one.init), place)
      if (place === 'program' || !isAssignment(one.id as Tree)) return [...before, written(declaration(node, id, last))]
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

const chooseIn = (place: Place) => (test: Tree, yes: Tree[], no: Tree[]) => choice(test, yes, no, place)

function asked(test: Tree, yes: Tree[], no: Tree[], place: Place): Tree[] {
  const { before, last } = split(test, place)
  return [...before, ...choice(last, yes, no, place)]
}

const made = (type: string, fields: object): Tree => ({ type, start: -1, end: -1, ...fields }) as unknown as Tree

function withBody(node: Tree, body: Tree[]): Tree {
  return { ...node, body }
}

function declaration(node: Tree, id: Tree, init: Tree | null): Tree {
  return { ...node, declarations: [made('VariableDeclarator', { id, init })] }
}

/** They exist from the beginning (ECMA-262, 10.2.11), and the last of one name counts; a directive stays what it is. */
function functionsFirst(list: Tree[]): Tree[] {
  const rank = ({ type, directive }: Tree) => (directive !== undefined ? 0 : type === 'FunctionDeclaration' ? 1 : 2)
  return list.toSorted((a, b) => rank(a) - rank(b))
}

/** What belongs to its block alone, or is known outside of it in sloppy code only. */
function isScoped({ type, kind }: Tree): boolean {
  return (
    type === 'ClassDeclaration' || type === 'FunctionDeclaration' || (type === 'VariableDeclaration' && kind !== 'var')
  )
}

/** Of `(a, b)` the first is done before, and the second is the value. */
function split(node: Tree, place: Place): { before: Tree[]; last: Tree } {
  if (node.type !== 'SequenceExpression') return { before: [], last: node }
  const parts = node.expressions as Tree[]
  return { before: parts.slice(0, -1).flatMap((one) => effectsOf(one, place)), last: parts.at(-1) ?? node }
}

/** An expression whose value nobody takes. */
function effectsOf(node: Tree, place: Place): Tree[] {
  const isChoice = place !== 'program'
  if (isVoid(node)) return effectsOf(node.argument as Tree, place)
  if (node.type === 'SequenceExpression') return (node.expressions as Tree[]).flatMap((one) => effectsOf(one, place))
  if (isChoice && node.type === 'UnaryExpression' && node.operator === '!')
    return effectsOf(node.argument as Tree, place)
  if (isChoice && node.type === 'ConditionalExpression') {
    const [test, yes, no] = [node.test, node.consequent, node.alternate] as [Tree, Tree, Tree]
    return choice(test, effectsOf(yes, 'block'), effectsOf(no, 'block'), place)
  }
  if (isChoice && node.type === 'LogicalExpression' && node.operator !== '??') {
    const operands = node.operands as Tree[]
    const tests = operands.slice(0, -1)
    const test = tests.length === 1 && tests[0] ? tests[0] : logical(String(node.operator), tests)
    const last = effectsOf(operands.at(-1) ?? node, 'block')
    return choice(node.operator === '&&' ? test : negated(test), last, [], place)
  }
  return [made('ExpressionStatement', { expression: node })]
}

function isVoid({ type, operator }: Tree): boolean {
  return type === 'UnaryExpression' && operator === 'void'
}

function returned(node: Tree): Tree[] {
  if (isUndefined(node)) return [made('ReturnStatement', { argument: null })]
  if (node.type === 'SequenceExpression') {
    const { before, last } = split(node, 'function')
    return [...before, ...returned(last)]
  }
  if (isVoid(node))
    return [...effectsOf(node.argument as Tree, 'function'), made('ReturnStatement', { argument: null })]
  if (node.type !== 'ConditionalExpression') return [made('ReturnStatement', { argument: node })]
  const [test, yes, no] = [node.test, node.consequent, node.alternate] as [Tree, Tree, Tree]
  return choice(test, returned(yes), returned(no), 'function')
}

function choice(asked: Tree, yes: Tree[], no: Tree[], place: Place): Tree[] {
  const test = asTest(asked)
  const not = () => asTest(negated(test))
  if (yes.length === 0 && no.length === 0) return effectsOf(test, place)
  if (yes.length === 0) return choice(not(), no, [], place)
  if (no.length > 0 && isNegative(test)) return choice(not(), no, yes, place)
  if (no.length > 0 && endsThere(yes)) return [...choice(test, yes, [], place), ...no]
  if (no.length > 0 && endsThere(no)) return [...choice(not(), no, [], place), ...yes]
  const [inner, more] = yes
  if (no.length === 0 && inner?.type === 'IfStatement' && more === undefined && (inner.no as Tree[]).length === 0) {
    return choice(logical('&&', [test, inner.test as Tree]), inner.yes as Tree[], [], place)
  }
  return [made('IfStatement', { test, yes, no })]
}

/** Whether what stands behind a list is never reached from it. */
function endsThere(list: readonly Tree[]): boolean {
  return /^(?:Return|Throw|Break|Continue)Statement$/.test(list.at(-1)?.type ?? '')
}

function leadsOn(list: readonly Tree[]): boolean {
  const last = list.at(-1)
  return (last?.type === 'ReturnStatement' && !last.argument) || (last?.type === 'ContinueStatement' && !last.label)
}

/** `if (!a) return b; …; return c` is `if (a) { …; return c } return b`. */
function withoutDetours(list: Tree[]): Tree[] {
  // What leads to the end of a function or a round may be left out there, and is looked at with what stands around it.
  if (!endsThere(list) || leadsOn(list)) return list
  for (let at = list.length - 2; at >= 0; at--) {
    if (isScoped(list[at + 1] as Tree)) return list
    const { type, test, yes, no } = list[at] as Tree & { test: Tree; yes: Tree[]; no: Tree[] }
    if (type !== 'IfStatement' || no.length > 0 || !isNegative(test) || !endsThere(yes)) continue
    list.push(...choice(asTest(negated(test)), list.splice(at).slice(1), [], 'block'), ...yes)
  }
  return list
}
