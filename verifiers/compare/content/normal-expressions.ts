import { isTree, type Tree } from './syntax.ts'

type SameVariable = (one: Tree, other: Tree) => boolean

/** What is taken to be there, as far as the program shows (docs/severity.md). */
export type Known = {
  knowsBigints: boolean
  knowsDocumentAll: boolean
  /** Whether it can get hold of a getter by the object that has it. */
  asksForGetters: boolean
}

/**
 * An expression whose parts are in normal form already, in the one of several ways to write it that minifiers do not
 * choose between; it may be one that was brought into it before, with another part. Each rule holds for all values, whatever the parts are (ECMA-262, 13).
 *
 * @param isGlobal whether a name stands for what the language or the surroundings give
 * @param isSame whether two names are one variable of the program's own, that has each value which it is given
 * @param knowsBigints whether what is calculated can be a bigint
 * @param knowsDocumentAll whether what is asked can be `document.all`
 */
export function normalExpression(
  original: Tree,
  {
    isGlobal,
    isSame,
    knowsBigints,
    knowsDocumentAll,
  }: Omit<Known, 'asksForGetters'> & { isGlobal(identifier: Tree): boolean; isSame: SameVariable },
): Tree {
  const mayBeBigint = knowsBigints && /^(?:Unary|Binary|Update|Assignment)Expression$/.test(original.type)
  const node: Tree = mayBeBigint ? { ...original, mayBeBigint } : original
  switch (node.type) {
    case 'Identifier':
      return node.name === 'undefined' && isGlobal(node) ? undefinedValue : node
    case 'UnaryExpression':
      return normalUnary(node)
    case 'BinaryExpression':
      return normalBinary(node)
    case 'LogicalExpression':
      return withNullTests(
        logical(String(node.operator), (node.operands ?? [node.left, node.right]) as Tree[]),
        knowsDocumentAll ? () => false : isSame,
      )
    case 'ConditionalExpression':
      return conditional(node)
    case 'SequenceExpression':
      return sequence(node.expressions as Tree[])
    case 'MemberExpression':
      return named(node, 'property')
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return node.computed ? node : named({ ...node, computed: true }, 'key')
    case 'TemplateLiteral':
      return plainTemplate(node) ?? node
    case 'AssignmentExpression':
      return plainAssignment(node)
    default:
      return node
  }
}

const made = (type: string, fields: object): Tree => ({ type, start: -1, end: -1, ...fields }) as unknown as Tree
const literal = (value: unknown) => made('Literal', { value })

export const undefinedValue = made('Undefined', {})

export function isUndefined({ type }: Tree): boolean {
  return type === 'Undefined'
}

function normalUnary(node: Tree): Tree {
  const argument = node.argument as Tree
  if (node.operator === 'void' && argument.type === 'Literal') return undefinedValue
  // `+true` is 1, and `+false` is 0 (ECMA-262, 7.1.4).
  if (node.operator === '+' && typeOf(argument) === 'boolean') {
    return conditional(made('ConditionalExpression', { test: argument, consequent: literal(1), alternate: literal(0) }))
  }
  return node.operator === '!' ? negated(argument) : node
}

const opposite: Record<string, string> = { '===': '!==', '!==': '===', '==': '!=', '!=': '==' }
const turned: Record<string, string> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' }

/** Each negation of a list looks at all of it, and hostile code can have thousands around one. */
const mostNegated = 500

/** `!a`, as deep inside as it can stand; `!(a && b)` is `!a || !b`, and both are true or false. */
export function negated(node: Tree): Tree {
  if (node.type === 'Literal' && typeof node.value === 'number') return literal(!node.value)
  if (node.type === 'BinaryExpression') {
    const operator = opposite[String(node.operator)]
    if (operator !== undefined) return { ...node, operator }
    // It is a whole number, and only of 0 the negation is true.
    if (isBitwise(node)) return made('BinaryExpression', { operator: '===', left: literal(0), right: node })
  }
  const operands = node.type === 'LogicalExpression' && node.operator !== '??' ? (node.operands as Tree[]) : []
  if (operands.length > 0 && operands.length < mostNegated) {
    return logical(node.operator === '&&' ? '||' : '&&', operands.map(negated))
  }
  if (node.type === 'SequenceExpression') {
    const parts = node.expressions as Tree[]
    return sequence(parts.with(-1, negated(parts.at(-1) ?? node)))
  }
  if (node.type === 'UnaryExpression' && node.operator === '!' && typeOf(node.argument as Tree) === 'boolean') {
    return node.argument as Tree
  }
  const argument = /^(?:Call|Conditional)Expression$/.test(node.type) ? asTest(node) : node
  return made('UnaryExpression', { operator: '!', prefix: true, argument })
}

function isBitwise({ type, operator, mayBeBigint }: Tree): boolean {
  return type === 'BinaryExpression' && !mayBeBigint && /^(?:[&|^]|<<|>>>?)$/.test(String(operator))
}

function isZero({ type, value }: Tree): boolean {
  return type === 'Literal' && value === 0
}

/** What only decides between two ways need not be true or false itself. */
export function asTest(node: Tree): Tree {
  if (node.type === 'BinaryExpression' && node.operator === '!==' && isZero(node.left as Tree)) {
    if (isBitwise(node.right as Tree)) return node.right as Tree
  }
  if (node.type === 'LogicalExpression' && node.operator !== '??') {
    return logical(String(node.operator), (node.operands as Tree[]).map(asTest))
  }
  if (node.type === 'ConditionalExpression') {
    const [consequent, alternate] = [node.consequent, node.alternate].map((one) => asTest(one as Tree))
    return conditional({ ...node, consequent, alternate })
  }
  const callee = node.type === 'CallExpression' ? (node.callee as Tree) : undefined
  // An arrow function that is called where it stands is called from nowhere else.
  if (callee?.type === 'ArrowFunctionExpression' && !callee.async) {
    return { ...node, callee: { ...callee, body: withReturns(callee.body as Tree, asTest) } }
  }
  const inner = node.type === 'UnaryExpression' && node.operator === '!' ? (node.argument as Tree) : undefined
  return inner?.type === 'UnaryExpression' && inner.operator === '!' ? asTest(inner.argument as Tree) : node
}

/** A statement of a function, with another value wherever it gives one back. */
function withReturns(node: Tree, write: (value: Tree) => Tree): Tree {
  if (node.type === 'ReturnStatement') return isTree(node.argument) ? { ...node, argument: write(node.argument) } : node
  const inner = (one: unknown) =>
    isTree(one) && /Statement$|^(?:SwitchCase|CatchClause)$/.test(one.type) ? withReturns(one, write) : one
  const fields = Object.entries(node).map(([key, value]) => [
    key,
    Array.isArray(value) ? value.map(inner) : inner(value),
  ])
  return Object.fromEntries(fields) as Tree
}

/** Whether the first thing that a test asks is whether something is not so. */
export function isNegative(node: Tree): boolean {
  if (node.type === 'LogicalExpression') return isNegative((node.operands as Tree[])[0] ?? node)
  const { type, operator } = node
  return (
    (type === 'UnaryExpression' && operator === '!') || (type === 'BinaryExpression' && /^!==?$/.test(String(operator)))
  )
}

/** `a && (b && c)` is `(a && b) && c`. */
export function logical(operator: string, parts: Tree[]): Tree {
  const operands = parts.flatMap((part) =>
    part.type === 'LogicalExpression' && part.operator === operator ? (part.operands as Tree[]) : [part],
  )
  return made('LogicalExpression', { operator, operands })
}

export function sequence(parts: Tree[]): Tree {
  const expressions = parts.flatMap((part) =>
    part.type === 'SequenceExpression' ? (part.expressions as Tree[]) : [part],
  )
  const done = expressions.flatMap((one, at) => (expressions[at + 1] ? (isReadAgain(one) ? [] : effect(one)) : one))
  // `(0, a.b)()` calls without an object (ECMA-262, 13.3.6).
  return made('SequenceExpression', { expressions: done.length > 1 ? done : [literal(0), ...done] })
}

/** The value that a variable was given right before: where nobody takes it, nothing is done. */
export function isReadAgain({ type, isAgain }: Tree): boolean {
  return type === 'Identifier' && isAgain === true
}

/**
 * `a === null || a === undefined` is `a == null`, but for `document.all`, which is like undefined and is not (ECMA-262,
 * B.3.6.2); the first of the two can be what gives `a` its value.
 */
function withNullTests(node: Tree, isSame: SameVariable): Tree {
  const [from, to] = node.operator === '||' ? ['===', '=='] : ['!==', '!=']
  if (node.operator === '??') return node
  const operands: Tree[] = []
  for (const one of node.operands as Tree[]) {
    const before = operands.at(-1)
    const [first, second] = [before && nullTest(before, from), nullTest(one, from)]
    const isPair = first && second && first.literal !== second.literal && second.asked.type === 'Identifier'
    if (isPair && isSame(givenIn(first.asked), second.asked)) {
      operands[operands.length - 1] = { ...(before as Tree), operator: to, left: literal(null), right: first.asked }
    } else operands.push(one)
  }
  return operands.length > 1 ? { ...node, operands } : (operands[0] ?? node)
}

/** `null === a`, or `undefined === a`. */
function nullTest({ type, operator, left, right }: Tree, wanted: string): { literal: string; asked: Tree } | undefined {
  if (type !== 'BinaryExpression' || operator !== wanted) return undefined
  const { type: kind, value } = left as Tree
  const isNull = kind === 'Literal' && value === null && !('regex' in (left as Tree))
  return isNull || isUndefined(left as Tree)
    ? { literal: isNull ? 'null' : 'undefined', asked: right as Tree }
    : undefined
}

/** Whose value an expression has: of `a = b` that of `a`. */
function givenIn(node: Tree): Tree {
  return node.type === 'AssignmentExpression' && node.operator === '=' ? (node.left as Tree) : node
}

/** What is only done, and whose value nobody takes: `!a || b()` is `a && b()`. */
function effect(node: Tree): Tree {
  if (node.type === 'UnaryExpression' && /^(?:!|void)$/.test(String(node.operator)))
    return effect(node.argument as Tree)
  if (node.type !== 'LogicalExpression' || node.operator === '??') return node
  const operands = node.operands as Tree[]
  const tests = operands.slice(0, -1)
  const test = tests.length === 1 && tests[0] ? tests[0] : logical(String(node.operator), tests)
  return logical('&&', [asTest(node.operator === '&&' ? test : negated(test)), effect(operands.at(-1) ?? node)])
}

function conditional(node: Tree): Tree {
  const test = asTest(node.test as Tree)
  if (!isNegative(test)) return joined({ ...node, test })
  return joined({ ...node, test: asTest(negated(test)), consequent: node.alternate, alternate: node.consequent })
}

/** `a ? b : c ? b : d` is `a || c ? b : d` where `b` is the same value in both places, and does nothing. */
function joined(node: Tree): Tree {
  const [test, yes, no] = [node.test, node.consequent, node.alternate] as [Tree, Tree, Tree]
  const [ifYes, ifNo] = [choiceIn(yes), choiceIn(no)]
  if (ifNo !== undefined && isFixed(yes)) {
    const { inner, first, second } = ifNo
    if (isSameLiteral(yes, first)) return chosenBy(node, logical('||', [test, inner]), yes, second)
    if (isSameLiteral(yes, second)) return chosenBy(node, logical('||', [test, negated(inner)]), yes, first)
  }
  if (ifYes !== undefined && isFixed(no)) {
    const { inner, first, second } = ifYes
    if (isSameLiteral(no, second)) return chosenBy(node, logical('&&', [test, inner]), first, no)
    if (isSameLiteral(no, first)) return chosenBy(node, logical('&&', [test, negated(inner)]), second, no)
  }
  return node
}

function chosenBy(node: Tree, test: Tree, consequent: Tree, alternate: Tree): Tree {
  return conditional({ ...node, test, consequent, alternate })
}

/** Of `(a, b ? c : d)` what is asked is `(a, b)`. */
function choiceIn(node: Tree): { inner: Tree; first: Tree; second: Tree } | undefined {
  const parts = node.type === 'SequenceExpression' ? (node.expressions as Tree[]) : [node]
  const last = parts.at(-1)
  if (last?.type !== 'ConditionalExpression') return undefined
  const test = last.test as Tree
  const inner = parts.length === 1 ? test : sequence([...parts.slice(0, -1), test])
  return { inner, first: last.consequent as Tree, second: last.alternate as Tree }
}

function isSameLiteral(one: Tree, other: Tree): boolean {
  if (isUndefined(one) || isUndefined(other)) return one.type === other.type
  return isFixed(one) && isFixed(other) && Object.is(one.value, other.value) && one.bigint === other.bigint
}

function normalBinary(node: Tree): Tree {
  const [left, right] = [node.left as Tree, node.right as Tree]
  const operator = String(node.operator)
  const value = calculated(operator, left.value, right.value)
  if (left.type === 'Literal' && right.type === 'Literal' && value !== undefined) return literal(value)
  // `==` between two values of one type is `===` (ECMA-262, 7.2.14).
  const type = typeOf(left)
  const strict = /^[!=]=$/.test(operator) && type !== undefined && type === typeOf(right) ? `${operator}=` : operator
  const swapped = opposite[strict] === undefined ? turned[strict] : strict
  if (operator === '*' && !node.mayBeBigint && (isOne(left) || isOne(right))) {
    return normalUnary(made('UnaryExpression', { operator: '+', prefix: true, argument: isOne(left) ? right : left }))
  }
  if (/^(?:[-*/%&|^]|\*\*|<<|>>>?)$/.test(operator) && !node.mayBeBigint) {
    if (isNumber(left) && isMadeNumber(right)) return normalBinary({ ...node, right: right.argument as Tree })
    if (isMadeNumber(left) && isNumber(right)) return normalBinary({ ...node, left: left.argument as Tree })
  }
  // A literal does nothing, so that it can stand on either side.
  if (swapped !== undefined && isFixed(right) && !isFixed(left)) {
    return asksForUndefined({ ...node, operator: swapped, left: right, right: left })
  }
  return asksForUndefined({ ...node, operator: strict })
}

/** Of all that `typeof` can be only "undefined" comes behind "u" (ECMA-262, 13.5.3). */
function asksForUndefined(node: Tree): Tree {
  const [left, right] = [node.left as Tree, node.right as Tree]
  const operator = { '<': '===', '>': '!==' }[String(node.operator)]
  if (operator === undefined || left.value !== 'u' || right.operator !== 'typeof') return node
  return { ...node, operator, left: literal('undefined') }
}

function isNumber({ type, value }: Tree): boolean {
  return type === 'Literal' && typeof value === 'number'
}

/** `+a`, which `1 / a` makes of `a` by itself, at the same moment (ECMA-262, 13.15.3). */
function isMadeNumber({ type, operator }: Tree): boolean {
  return type === 'UnaryExpression' && operator === '+'
}

function isOne({ type, value }: Tree): boolean {
  return type === 'Literal' && value === 1
}

/** What an engine makes of two numbers or two texts that stand in the code. */
function calculated(operator: string, left: unknown, right: unknown): number | string | undefined {
  if (typeof left === 'string' && typeof right === 'string') return operator === '+' ? left + right : undefined
  if (typeof left !== 'number' || typeof right !== 'number') return undefined
  return { '+': left + right, '-': left - right, '*': left * right, '/': left / right }[operator]
}

function isFixed(node: Tree): boolean {
  return isUndefined(node) || (node.type === 'Literal' && !('regex' in node))
}

/** Of what type the value is for sure. */
function typeOf(node: Tree): string | undefined {
  const operator = String(node.operator)
  if (node.type === 'Literal') return node.value === null || 'regex' in node ? undefined : typeof node.value
  if (node.type === 'TemplateLiteral') return 'string'
  if (node.mayBeBigint && !/^(?:typeof|[!+]|delete|[!=]==?|[<>]=?|in|instanceof)$/.test(operator)) return undefined
  if (node.type === 'UnaryExpression') {
    return { typeof: 'string', '+': 'number', '-': 'number', '~': 'number', '!': 'boolean', delete: 'boolean' }[
      operator
    ]
  }
  if (node.type === 'UpdateExpression') return 'number'
  if (node.type === 'ConditionalExpression')
    return oneOf([node.consequent, node.alternate].map((one) => typeOf(one as Tree)))
  if (node.type === 'LogicalExpression') return oneOf((node.operands as Tree[]).map(typeOf))
  if (node.type !== 'BinaryExpression') return undefined
  if (/^(?:[!=]==?|[<>]=?|in|instanceof)$/.test(operator)) return 'boolean'
  return operator === '+' ? undefined : 'number'
}

function oneOf(types: (string | undefined)[]): string | undefined {
  return types.every((type) => type === types[0]) ? types[0] : undefined
}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** `a["b"]` is `a.b`, and `{"b": c}` is `{b: c}`. */
function named(node: Tree, field: 'property' | 'key'): Tree {
  const key = node[field]
  const isText = isTree(key) && key.type === 'Literal' && typeof key.value === 'string' && identifier.test(key.value)
  if (!isText) return field === 'key' ? { ...node, computed: false } : node
  return { ...node, computed: false, [field]: made('Identifier', { name: key.value }) }
}

/** Without escapes: what is written with some is to be read with care. */
function plainTemplate({ quasis, expressions }: Tree): Tree | undefined {
  const [quasi, more] = quasis as { value: { cooked?: string | null; raw: string } }[]
  const isPlain = quasi !== undefined && more === undefined && (expressions as Tree[]).length === 0
  return isPlain && quasi.value.cooked === quasi.value.raw ? literal(quasi.value.raw) : undefined
}

/** `a += b` is `a = a + b` where `a` is a name. */
function plainAssignment(node: Tree): Tree {
  const operator = String(node.operator).slice(0, -1)
  const left = node.left as Tree
  if (left.type !== 'Identifier' || operator === '' || /^(?:&&|\|\||\?\?)$/.test(operator)) return node
  const { mayBeBigint, right } = node
  return {
    ...node,
    operator: '=',
    right: made('BinaryExpression', { operator, left, right, mayBeBigint }),
  }
}
