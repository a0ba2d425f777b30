import { asTest, isNegative, isUndefined, logical, negated, normalExpression } from './normal-expressions.ts'
import { isTree, type Tree } from './syntax.ts'

/** Where a list of statements stands: in a script what the last one of it gives is the value of the whole. */
type Place = 'program' | 'function' | 'block'

/**
 * A program with its statements in one of the several ways to write them between which compilers and minifiers choose:
 * `a && b()` is `if (a) b()`, `return a ? b : c` is `if (a) return b; return c`, `a(), b()` are two statements. Each rule
 * leaves what is done, and in which order, as it is (ECMA-262, 14).
 *
 * @throws {RangeError} where it is nested too deeply
 */
export function normalForm(root: Tree, isGlobal: (identifier: Tree) => boolean): Tree {
  return normal(root)

  function normal(node: Tree): Tree {
    if (node.type === 'Program') return withBody(node, statements(node.body as Tree[], 'program'))
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
    return normalExpression(eachField(node), isGlobal)
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
    const done = statements(list, 'function')
    while (done.at(-1)?.type === 'ReturnStatement' && done.at(-1)?.argument === null) done.pop()
    const { body: _, ...rest } = node
    return { ...eachField(rest as Tree), expression: false, body: made('BlockStatement', { body: done }) }
  }

  function statements(list: readonly Tree[], place: Place): Tree[] {
    const all = list.flatMap((one) => statement(one, place))
    // In a block sloppy code takes a function out where it stands (ECMA-262, B.3.2).
    return withoutDetours(place === 'block' ? all : functionsFirst(all))
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
      case 'BlockStatement':
        return (node.body as Tree[]).some(isScoped) ? [normal(node)] : statements(node.body as Tree[], place)
      case 'VariableDeclaration':
        return declarations(node, place)
      case 'ReturnStatement':
      case 'ThrowStatement':
        return ending(node, place)
      case 'IfStatement': {
        const { before, last } = split(normal(node.test as Tree), place)
        return [...before, ...choice(last, bodyOf(node.consequent), bodyOf(node.alternate), place)]
      }
      case 'WhileStatement':
        return loop({ ...node, init: null, update: null }, place)
      case 'ForStatement':
        return loop(node, place)
      case 'DoWhileStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
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
      if (!isTree(one.init)) return node.kind === 'var' && isOwn ? [] : [declaration(node, id, null)]
      const { before, last } = split(normal(one.init), place)
      return [...before, declaration(node, id, last)]
    })
  }

  function ending(node: Tree, place: Place): Tree[] {
    if (!isTree(node.argument)) return [node]
    const { before, last } = split(normal(node.argument), place)
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
      body: made('BlockStatement', { body: bodyOf(node.body) }),
    }
    return [...before, made('ForStatement', fields)]
  }
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

/** `if (!a) return b; …; return c` is `if (a) { …; return c } return b`. */
function withoutDetours(list: Tree[]): Tree[] {
  if (!endsThere(list)) return list
  for (let at = list.length - 2; at >= 0; at--) {
    if (isScoped(list[at + 1] as Tree)) return list
    const { type, test, yes, no } = list[at] as Tree & { test: Tree; yes: Tree[]; no: Tree[] }
    if (type !== 'IfStatement' || no.length > 0 || !isNegative(test) || !endsThere(yes)) continue
    list.push(...choice(asTest(negated(test)), list.splice(at).slice(1), [], 'block'), ...yes)
  }
  return list
}
