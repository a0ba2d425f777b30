import { type Bindings, bindingsOf, functionKey } from './bindings.ts'
import { type Side, sideOf } from './code-parts.ts'
import { firstFrom } from './early-errors.ts'
import { firstOf } from './evaluation-order.ts'
import { asksForItsOwn } from './own-this.ts'
import { isTree, type Syntax, type Tree } from './syntax.ts'
import { nodesIn } from './variables.ts'

/** Behind it the number of a variable; no name of the program has it. */
const mark = '$$inlined'

/** A call can return another one, in as many levels. */
const mostLevels = 8

/** What a variable was called before its function was put in the place of its call. */
export function ownName(name: string): string {
  return name.split(mark, 1)[0] ?? name
}

/**
 * The program with the statements of a function in the place of its call, where that is a statement, or gives the value that a
 * statement returns or keeps: `function (a) { return (function (b) { … })(c) }` is `function (a) { var b = c; … }`. That is
 * another way to write the same for all values: the call is come to at most once for each of the function around it, its
 * arguments are evaluated in their order, and where it returns before its end, so does the function around it. `undefined`
 * where there is none.
 */
export function withoutCalledFunctions(side: Side): Side | undefined {
  if (side.text.includes(mark) || /<!--|-->/.test(side.text)) return undefined
  let done: Side | undefined
  for (let level = 0; level < mostLevels; level++) {
    const text = once(done ?? side, level)
    if (text === undefined) break
    done = sideOf(text)
  }
  return done
}

function once(side: Side, level: number): string | undefined {
  const syntax = side.syntax()
  // Sloppy code knows them in all of the function that they are moved to (ECMA-262, B.3.2).
  if (syntax === undefined || syntax.blockFunctions.size > 0) return undefined
  const bindings = /[)}]\s*\(/.test(side.text) ? bindingsOf(syntax) : undefined
  if (bindings === undefined) return undefined
  const comments = syntax.texts.flatMap((one) => (one.startsWith('comment') ? Number(one.split(' ')[1]) : []))
  const parts: string[] = []
  let behind = 0
  for (const place of statementPlaces(syntax, !bindings.isShared)) {
    const { start, end } = place.statement
    // One that stands within another one is looked at once that one is done.
    if (start < behind) continue
    const kept: Tree[] = []
    const written = withoutCalls(place, { text: side.text, kept, bindings, level })
    if (written === undefined || losesComment(comments, place.statement, kept)) continue
    // A line before it that no semicolon ends would go on with it (ECMA-262, 12.10).
    parts.push(side.text.slice(behind, start), ';', written)
    behind = end
  }
  return parts.length === 0 ? undefined : [...parts, side.text.slice(behind)].join('')
}

function losesComment(comments: readonly number[], { start, end }: Tree, kept: readonly Tree[]): boolean {
  for (let at = firstFrom(comments, start); (comments[at] ?? end) < end; at++) {
    const place = comments[at] ?? 0
    if (!kept.some((one) => place >= one.start && place < one.end)) return true
  }
  return false
}

type StatementPlace = {
  statement: Tree
  /** Whether it is one of the statements of a function itself, or of the program. */
  isOfFunction: boolean
  /** The last one of a function, behind which nothing is done. */
  isLast: boolean
  inTry: boolean
}
type Around = { isUsable: boolean; inTry: boolean }

/** Statements that are come to at most once in their function, in the order in which they stand. */
function statementPlaces({ root }: Syntax, isOwnProgram: boolean): StatementPlace[] {
  const found: StatementPlace[] = []
  const waiting: { node: Tree; around: Around; isFunction: boolean }[] = [
    { node: root as Tree, around: { isUsable: isOwnProgram, inTry: false }, isFunction: true },
  ]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, around, isFunction } = next
    const list = listOf(node)
    for (const [at, statement] of list.entries()) {
      const isLast = isFunction && at === list.length - 1
      if (around.isUsable) found.push({ statement, isOfFunction: isFunction, isLast, inTry: around.inTry })
    }
    const inner = aroundIn(node, around)
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        const isBody = /Function/.test(node.type) && child === node.body
        if (isTree(child)) waiting.push({ node: child, around: inner, isFunction: isBody })
      }
    }
  }
  return found.sort((a, b) => a.statement.start - b.statement.start || b.statement.end - a.statement.end)
}

function listOf(node: Tree): Tree[] {
  if (/^(?:Program|BlockStatement)$/.test(node.type)) return node.body as Tree[]
  return node.type === 'SwitchCase' ? (node.consequent as Tree[]) : []
}

function aroundIn(node: Tree, around: Around): Around {
  if (/Function/.test(node.type)) return { isUsable: !node.async && !node.generator, inTry: false }
  // A variable of a function is one for all rounds of a loop, and a class has none.
  if (/^Class|^(?:For(?:In|Of)?|While|DoWhile)Statement$/.test(node.type)) return { ...around, isUsable: false }
  return node.type === 'TryStatement' ? { ...around, inTry: true } : around
}

/** A function that knows nothing but its parameters and what its surroundings know. */
function isPlain(callee: Tree): boolean {
  if (!/^(?:ArrowFunction|Function)Expression$/.test(callee.type) || callee.async || callee.generator) return false
  if (callee.type === 'FunctionExpression' && (isTree(callee.id) || asksForItsOwn(callee))) return false
  const params = callee.params as Tree[]
  const names = new Set(params.map(({ name }) => name))
  if (names.size < params.length || params.some(({ type }) => type !== 'Identifier')) return false
  const [first] = listOf(callee.body as Tree)
  if (first?.directive !== undefined) return false
  for (const { type, id } of nodesIn(callee.body)) {
    // A class has its name twice: in it, and around it.
    if (/^Class/.test(type) && isTree(id)) return false
    // The function has the name from the beginning, and not what is given to it.
    if (type === 'FunctionDeclaration' && isTree(id) && names.has(id.name)) return false
  }
  return true
}

type Writing = {
  text: string
  /** What of the statement stands in what is written for it. */
  kept: Tree[]
  bindings: Bindings
  level: number
}

/** `undefined` where it has no call that gives way. */
function withoutCalls(place: StatementPlace, writing: Writing): string | undefined {
  const { statement, isLast, inTry } = place
  switch (statement.type) {
    case 'ExpressionStatement': {
      if (statement.directive !== undefined) return undefined
      return keptValue(statement, place, writing) ?? onlyDone(statement.expression as Tree, place, writing)
    }
    case 'VariableDeclaration':
      return eachKept(statement, place, writing)
    case 'ReturnStatement':
      // What is behind a `return` in a block is not reached either way.
      return isTree(statement.argument) && (isLast || !inTry) ? returned(statement.argument, place, writing) : undefined
    default:
      return withoutFirstCalls(place, writing)
  }
}

/** `if (a(), b) …`, where `a` is what is done before the statement asks for anything. */
function withoutFirstCalls(place: StatementPlace, writing: Writing): string | undefined {
  const { statement } = place
  const part = statement[firstOf[statement.type] ?? '']
  if (!isTree(part) || part.type !== 'SequenceExpression') return undefined
  // What a loop declares has no value yet there, and hides what has its name (ECMA-262, 14.7.5.12).
  if (isTree(statement.left) && statement.left.type === 'VariableDeclaration' && statement.left.kind !== 'var')
    return undefined
  const parts = part.expressions as Tree[]
  const [behind, last] = [parts.at(-2), parts.at(-1)] as [Tree, Tree]
  const comma = writing.text.slice(behind.end, last.start)
  if (!/^[)\s]*,[(\s]*$/.test(comma)) return undefined
  const done = eachDone(parts.slice(0, -1), place, writing)
  const head = { start: statement.start, end: part.start } as Tree
  const rest = { start: behind.end + comma.indexOf(',') + 1, end: statement.end } as Tree
  return done && `${done}${textOf(head, writing)}${textOf(rest, writing)}`
}

function textOf(node: Tree, { text, kept }: Writing): string {
  kept.push(node)
  return text.slice(node.start, node.end)
}

/** What an expression does that is a statement. */
function onlyDone(node: Tree, place: StatementPlace, writing: Writing): string | undefined {
  if (node.type === 'AssignmentExpression') return keptValue({ expression: node } as unknown as Tree, place, writing)
  if (node.type === 'UnaryExpression' && /^(?:[!+~-]|void)$/.test(String(node.operator))) {
    return onlyDone(node.argument as Tree, place, writing)
  }
  if (node.type === 'SequenceExpression') return eachDone(node.expressions as Tree[], place, writing)
  const inner = { ...place, isOfFunction: false }
  if (node.type === 'LogicalExpression' && node.operator !== '??') {
    const right = onlyDone(node.right as Tree, inner, writing)
    const not = node.operator === '||' ? '!' : ''
    return right && `if(${not}(${textOf(node.left as Tree, writing)})){${right}}`
  }
  if (node.type === 'ConditionalExpression') {
    const ways = eachDone([node.consequent, node.alternate] as Tree[], inner, writing, '}else{')
    return ways && `if(${textOf(node.test as Tree, writing)}){${ways}}`
  }
  const call = callIn(node, place)
  return call && returnsIn(call.callee.body as Tree) === 0 ? writtenOut(call, '', writing) : undefined
}

function eachDone(parts: Tree[], place: StatementPlace, writing: Writing, between = ''): string | undefined {
  const written = parts.map((one) => onlyDone(one, place, writing))
  if (written.every((one) => one === undefined)) return undefined
  return parts.map((one, at) => written[at] ?? `(${textOf(one, writing)});`).join(between)
}

/** `return a, b()` */
function returned(node: Tree, place: StatementPlace, writing: Writing): string | undefined {
  if (node.type === 'SequenceExpression') {
    const parts = node.expressions as Tree[]
    const last = parts.at(-1) as Tree
    const [before, behind] = [eachDone(parts.slice(0, -1), place, writing), returned(last, place, writing)]
    if (before === undefined && behind === undefined) return undefined
    const plain = () => parts.slice(0, -1).map((one) => `(${textOf(one, writing)});`)
    return `${before ?? plain().join('')}${behind ?? `return (${textOf(last, writing)});`}`
  }
  const call = callIn(node, place)
  return call && writtenOut(call, 'return ', writing)
}

/** `var a = 1, b = c()` */
function eachKept(statement: Tree, place: StatementPlace, writing: Writing): string | undefined {
  const each = (statement.declarations as Tree[]).map((one) => ({ ...statement, declarations: [one] }) as Tree)
  const written = each.map((one) => keptValue(one, place, writing))
  if (written.every((one) => one === undefined)) return undefined
  const plain = (one: unknown) => `${statement.kind} ${textOf(one as Tree, writing)};`
  return (statement.declarations as Tree[]).map((one, at) => written[at] ?? plain(one)).join('')
}

/** `var a = b()`, where the function returns nothing but at its end. */
function keptValue(statement: Tree, place: StatementPlace, writing: Writing): string | undefined {
  const { target, value, head } = keptIn(statement) ?? {}
  if (target === undefined || value === undefined || !writing.bindings.numberAt.has(target.start)) return undefined
  const call = callIn(value, place)
  if (call === undefined || !returnsAtEnd(call.callee)) return undefined
  return writtenOut(call, `${head}${textOf(target, writing)}=`, writing)
}

function keptIn(statement: Tree): { target: Tree; value: Tree; head: string } | undefined {
  const [one, more] = (statement.declarations ?? [statement.expression]) as Tree[]
  if (one === undefined || more !== undefined || !/^(?:var|let|const|undefined)$/.test(String(statement.kind)))
    return undefined
  const isAssignment = one.type === 'AssignmentExpression' && one.operator === '='
  if (!isAssignment && one.type !== 'VariableDeclarator') return undefined
  const [target, value] = [isAssignment ? one.left : one.id, isAssignment ? one.right : one.init] as unknown[]
  if (!isTree(target) || !isTree(value) || target.type !== 'Identifier') return undefined
  return { target, value, head: statement.kind === undefined ? '' : `${statement.kind} ` }
}

/** Or nowhere. */
function returnsAtEnd(callee: Tree): boolean {
  const list = listOf(callee.body as Tree)
  return returnsIn(callee.body as Tree) === (list.at(-1)?.type === 'ReturnStatement' ? 1 : 0)
}

/** Without those of functions within it. */
function returnsIn(body: Tree): number {
  return [...nodesIn(body, ({ type }) => !/Function|^Class/.test(type))].filter(
    ({ type }) => type === 'ReturnStatement',
  ).length
}

type Call = { callee: Tree; given: Tree[] }

function callIn(node: Tree, { isOfFunction }: StatementPlace): Call | undefined {
  if (node.type !== 'CallExpression' || node.optional) return undefined
  const [callee, given] = [node.callee as Tree, node.arguments as Tree[]]
  if (!isPlain(callee) || given.some(({ type }) => type === 'SpreadElement')) return undefined
  const list = listOf(callee.body as Tree)
  return !isOfFunction && list.some(({ type }) => type === 'FunctionDeclaration') ? undefined : { callee, given }
}

/** @param head what is written before the value that the function returns at its end */
function writtenOut({ callee, given }: Call, head: string, writing: Writing): string {
  const { text, kept, bindings, level } = writing
  const body = callee.body as Tree
  const isBlock = body.type === 'BlockStatement'
  const last = isBlock && head.endsWith('=') ? (body.body as Tree[]).at(-1) : undefined
  const value = last?.type === 'ReturnStatement' ? last : undefined
  const inner = isBlock ? { start: body.start + 1, end: value?.start ?? body.end - 1 } : body
  kept.push(inner as Tree)
  const fresh = (start: number, name: string) => `${name}${mark}${level}_${bindings.numberAt.get(start)}`
  const params = (callee.params as Tree[]).map(({ start, name }) => fresh(start, String(name)))
  const values = given.map((one, at) => {
    // What is no parameter's is evaluated all the same; a parameter gives no function its name.
    const value = `(${isUnnamed(one) ? '0,' : ''}${textOf(one, writing)})`
    return params[at] === undefined ? `${value};` : `var ${params[at]}=${value};`
  })
  const missing = params.slice(given.length).map((name) => `var ${name};`)
  const own = (part: { start: number; end: number }) => renamed(text, part, callee, bindings, fresh)
  const before = `${[...values, ...missing].join('')}${isBlock ? own(inner) : ''}`
  if (!head.endsWith('=')) return `${before}${isBlock ? '' : `${head}(${own(inner)})`}\n;`
  const result = isBlock ? (value?.argument as Tree | null | undefined) : body
  if (!isTree(result)) return `${before}\n;${head}void 0;`
  kept.push(result)
  return `${before}\n;${head}(${isUnnamed(result) ? '0,' : ''}${own(result)}\n);`
}

function isUnnamed({ type, id }: Tree): boolean {
  return /Function|^Class/.test(type) && !isTree(id)
}

/** The text of a part of a function's body, with names that nothing around it has. */
function renamed(
  text: string,
  { start, end }: { start: number; end: number },
  callee: Tree,
  { numberAt, functionOf }: Bindings,
  fresh: (start: number, name: string) => string,
): string {
  const key = functionKey({ type: callee.type, range: [callee.start, callee.end] })
  const keys = new Set<number>()
  const names = new Map<number, Tree>()
  for (const node of nodesIn(callee.body)) {
    if (node.type === 'Property' && node.shorthand) keys.add((node.key as Tree).start)
    const number = node.type === 'Identifier' ? numberAt.get(node.start) : undefined
    const isWithin = node.start >= start && node.start < end
    if (isWithin && number !== undefined && functionOf.get(number) === key) names.set(node.start, node)
  }
  const parts: string[] = []
  let behind = start
  for (const [at, { name, end: last }] of [...names].sort(([a], [b]) => a - b)) {
    parts.push(text.slice(behind, at), keys.has(at) ? `${name}:` : '', fresh(at, String(name)))
    // A name can be written in escapes, which are longer.
    behind = last
  }
  return [...parts, text.slice(behind, end)].join('')
}
