import { isTree, type Tree } from './syntax.ts'

/**
 * An expression whose parts are in normal form already, in the one of several ways to write it that minifiers do not
 * choose between. Each rule holds for all values, whatever the parts are (ECMA-262, 13).
 *
 * @param isGlobal whether a name stands for what the language or the surroundings give
 */
export function normalExpression(node: Tree, isGlobal: (identifier: Tree) => boolean): Tree {
  switch (node.type) {
    case 'Identifier':
      return node.name === 'undefined' && isGlobal(node) ? undefinedValue : node
    case 'UnaryExpression':
      return normalUnary(node)
    case 'BinaryExpression':
      return normalBinary(node)
    case 'LogicalExpression':
      return logical(String(node.operator), [node.left as Tree, node.right as Tree])
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
  }
  const operands = node.type === 'LogicalExpression' && node.operator !== '??' ? (node.operands as Tree[]) : []
  if (operands.length > 0 && operands.length < mostNegated) {
    return logical(node.operator === '&&' ? '||' : '&&', operands.map(negated))
  }
  if (node.type === 'UnaryExpression' && node.operator === '!' && typeOf(node.argument as Tree) === 'boolean') {
    return node.argument as Tree
  }
  return made('UnaryExpression', { operator: '!', prefix: true, argument: node })
}

/** What only decides between two ways need not be true or false itself. */
export function asTest(node: Tree): Tree {
  if (node.type === 'LogicalExpression' && node.operator !== '??') {
    return logical(String(node.operator), (node.operands as Tree[]).map(asTest))
  }
  const inner = node.type === 'UnaryExpression' && node.operator === '!' ? (node.argument as Tree) : undefined
  return inner?.type === 'UnaryExpression' && inner.operator === '!' ? asTest(inner.argument as Tree) : node
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
  return made('SequenceExpression', { expressions })
}

function conditional(node: Tree): Tree {
  const test = asTest(node.test as Tree)
  if (!isNegative(test)) return { ...node, test }
  return { ...node, test: asTest(negated(test)), consequent: node.alternate, alternate: node.consequent }
}

function normalBinary(node: Tree): Tree {
  const [left, right] = [node.left as Tree, node.right as Tree]
  const operator = String(node.operator)
  // `==` between two values of one type is `===` (ECMA-262, 7.2.14).
  const type = typeOf(left)
  const strict = /^[!=]=$/.test(operator) && type !== undefined && type === typeOf(right) ? `${operator}=` : operator
  const swapped = opposite[strict] === undefined ? turned[strict] : strict
  // A literal does nothing, so that it can stand on either side.
  if (swapped !== undefined && isFixed(right) && !isFixed(left)) {
    return { ...node, operator: swapped, left: right, right: left }
  }
  return { ...node, operator: strict }
}

function isFixed(node: Tree): boolean {
  return isUndefined(node) || (node.type === 'Literal' && !('regex' in node))
}

/** Of what type the value is for sure; numbers are told from bigints only where one cannot be the other. */
function typeOf(node: Tree): string | undefined {
  const operator = String(node.operator)
  if (node.type === 'Literal') return node.value === null || 'regex' in node ? undefined : typeof node.value
  if (node.type === 'TemplateLiteral') return 'string'
  if (node.type === 'UnaryExpression') {
    return { typeof: 'string', '+': 'number', '!': 'boolean', delete: 'boolean' }[operator]
  }
  if (node.type === 'BinaryExpression' && /^(?:[!=]==?|[<>]=?|in|instanceof)$/.test(operator)) return 'boolean'
  return undefined
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
  return { ...node, operator: '=', right: made('BinaryExpression', { operator, left, right: node.right }) }
}
