import { type Bindings, bindingsOf, functionKey } from './bindings.ts'
import { type Side, sideOf } from './code-parts.ts'
import { firstFrom } from './early-errors.ts'
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
 * The program with the statements of a function in the place of its call, where the last thing that another function does
 * is to return what the call gives: `function (a) { return (function (b) { … })(c) }` is `function (a) { var b = c; … }`.
 * That is another way to write the same for all values: the call is come to once, its arguments are evaluated in their
 * order, and each `return` of the one is one of the other. `undefined` where there is none.
 */
export function withoutReturnedCalls(side: Side): Side | undefined {
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
  const calls = callsIn(syntax)
  const bindings = calls.length === 0 ? undefined : bindingsOf(syntax)
  if (bindings === undefined) return undefined
  const comments = syntax.texts.flatMap((one) => (one.startsWith('comment') ? Number(one.split(' ')[1]) : []))
  const parts: string[] = []
  let behind = 0
  for (const call of calls) {
    const { start, end } = call.statement
    // One that stands within another one is looked at once that one is done.
    const written = start < behind ? undefined : writtenOut(call, { text: side.text, comments, bindings, level })
    if (written === undefined) continue
    parts.push(side.text.slice(behind, start), written)
    behind = end
  }
  return parts.length === 0 ? undefined : [...parts, side.text.slice(behind)].join('')
}

type Call = { statement: Tree; callee: Tree; given: Tree[] }

/** In the order in which they stand. */
function callsIn({ root }: Syntax): Call[] {
  const found: Call[] = []
  for (const node of nodesIn(root)) {
    if (!/Function/.test(node.type) || node.async || node.generator || (node.body as Tree).type !== 'BlockStatement')
      continue
    const statement = ((node.body as Tree).body as Tree[]).at(-1)
    const call = statement?.type === 'ReturnStatement' ? (statement.argument as Tree | null) : null
    if (!statement || call?.type !== 'CallExpression' || call.optional) continue
    const callee = call.callee as Tree
    if (isPlain(callee)) found.push({ statement, callee, given: call.arguments as Tree[] })
  }
  return found.sort((a, b) => a.statement.start - b.statement.start)
}

/** A function that knows nothing but its parameters and what its surroundings know. */
function isPlain(callee: Tree): boolean {
  if (!/^(?:ArrowFunction|Function)Expression$/.test(callee.type) || callee.async || callee.generator) return false
  if (callee.type === 'FunctionExpression' && (isTree(callee.id) || asksForItsOwn(callee))) return false
  const params = callee.params as Tree[]
  const names = new Set(params.map(({ name }) => name))
  if (names.size < params.length || params.some(({ type }) => type !== 'Identifier')) return false
  const [first] = ((callee.body as Tree).body as Tree[] | undefined) ?? []
  if (first?.directive !== undefined) return false
  for (const { type, id } of nodesIn(callee.body)) {
    // A class has its name twice: in it, and around it.
    if (/^Class/.test(type) && isTree(id)) return false
    // The function has the name from the beginning, and not what is given to it.
    if (type === 'FunctionDeclaration' && isTree(id) && names.has(id.name)) return false
  }
  return true
}

function writtenOut(
  { statement, callee, given }: Call,
  { text, comments, bindings, level }: { text: string; comments: number[]; bindings: Bindings; level: number },
): string | undefined {
  if (given.some(({ type }) => type === 'SpreadElement')) return undefined
  const body = callee.body as Tree
  const isBlock = body.type === 'BlockStatement'
  const inner = isBlock ? { start: body.start + 1, end: body.end - 1 } : body
  const isKept = (at: number) => [...given, inner].some(({ start, end }) => at >= start && at < end)
  for (let at = firstFrom(comments, statement.start); (comments[at] ?? statement.end) < statement.end; at++) {
    if (!isKept(comments[at] ?? 0)) return undefined
  }
  const fresh = (start: number, name: string) => `${name}${mark}${level}_${bindings.numberAt.get(start)}`
  const params = (callee.params as Tree[]).map(({ start, name }) => fresh(start, String(name)))
  const values = given.map((one, at) => {
    // What is no parameter's is evaluated all the same; a parameter gives no function its name.
    const value = `(${isUnnamed(one) ? '0,' : ''}${text.slice(one.start, one.end)})`
    return params[at] === undefined ? `${value};` : `var ${params[at]}=${value};`
  })
  const missing = params.slice(given.length).map((name) => `var ${name};`)
  const own = renamed(text, inner, callee, bindings, fresh)
  return `${[...values, ...missing].join('')}${isBlock ? own : `return (${own})`}\n;`
}

function isUnnamed({ type, id }: Tree): boolean {
  return /Function|^Class/.test(type) && !isTree(id)
}

/** The text of a function's body, with names that nothing around it has. */
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
    if (number !== undefined && functionOf.get(number) === key) names.set(node.start, node)
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
