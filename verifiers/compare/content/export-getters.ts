import { asksForItsOwn } from './own-this.ts'
import { isTree, type Tree } from './syntax.ts'
import { assignmentIn, type Variables } from './variables.ts'

/**
 * What swc defines exports by, in the form that it had before 1.12: an object has a function for each name, and a loop
 * defines a member that gets what the function returns. Later the functions are getters of that object, which the loop
 * takes by `Object.getOwnPropertyDescriptor`. What an export is, and when, is the same; only what takes such a getter by its
 * descriptor sees that it has another name, and cannot be constructed.
 */
export function plainExports(list: readonly Tree[], variables: Variables): Tree[] {
  const done = [...list]
  for (const [at, one] of list.entries()) {
    const loop = one.type === 'ForInStatement' ? getterLoop(one, variables) : undefined
    const given = loop && done.findIndex((other, before) => before < at && isGiven(other, loop.object, variables))
    if (loop === undefined || given === undefined || given < 0) continue
    const functions = withFunctions(done[given] as Tree)
    if (functions === undefined) continue
    done[given] = functions
    done[at] = loop.plain
  }
  return done
}

/** `for (var a in b) Object.defineProperty(c, a, { enumerable: true, get: Object.getOwnPropertyDescriptor(b, a).get })` */
function getterLoop(loop: Tree, variables: Variables): { object: Tree; plain: Tree } | undefined {
  const [left, object, body] = [loop.left, loop.right, loop.body] as [Tree, Tree, Tree]
  const key = left.type === 'VariableDeclaration' ? ((left.declarations as Tree[])[0]?.id as Tree) : left
  const [statement, more] = body.body as Tree[]
  const define = statement?.type === 'ExpressionStatement' ? (statement.expression as Tree) : undefined
  const isOwn = (one: Tree | undefined, other: Tree) =>
    one?.type === 'Identifier' && variables.numberAt.get(one.start) === variables.numberAt.get(other.start)
  if (more !== undefined || !define || key.type !== 'Identifier' || object.type !== 'Identifier') return undefined
  if (!variables.numberAt.has(key.start) || !variables.numberAt.has(object.start)) return undefined
  const [target, name, descriptor, rest] = argumentsOf(define, 'defineProperty', variables) ?? []
  if (target?.type !== 'Identifier' || !isOwn(name, key) || rest !== undefined) return undefined
  const [enumerable, get, another] = (descriptor?.type === 'ObjectExpression' ? descriptor.properties : []) as Tree[]
  if (enumerable === undefined || get === undefined || another !== undefined) return undefined
  if (!isMember(enumerable, 'enumerable') || !isMember(get, 'get')) return undefined
  const value = get.value as Tree
  const taken = value.type === 'MemberExpression' && isNamed(value, 'get') ? (value.object as Tree) : undefined
  const [from, by, last] = (taken && argumentsOf(taken, 'getOwnPropertyDescriptor', variables)) ?? []
  if (from === undefined || !isOwn(from, object) || !isOwn(by, key) || last !== undefined) return undefined
  const plain = { ...value, computed: true, object: from, property: by }
  const properties = [enumerable, { ...get, value: plain }]
  const call = { ...define, arguments: [target, name, { ...descriptor, properties }] }
  return { object, plain: { ...loop, body: { ...body, body: [{ ...statement, expression: call }] } } as Tree }
}

/** Of a call of a function that `Object` has. */
function argumentsOf(call: Tree, name: string, { numberAt }: Variables): Tree[] | undefined {
  const callee = call.type === 'CallExpression' && !call.optional ? (call.callee as Tree) : undefined
  if (callee?.type !== 'MemberExpression' || !isNamed(callee, name)) return undefined
  const object = callee.object as Tree
  const isGlobal = object.type === 'Identifier' && object.name === 'Object' && !numberAt.has(object.start)
  return isGlobal ? (call.arguments as Tree[]) : undefined
}

function isNamed({ computed, optional, property }: Tree, name: string): boolean {
  return !computed && !optional && (property as Tree).name === name
}

function isMember({ type, kind, computed, key }: Tree, name: string): boolean {
  return type === 'Property' && kind === 'init' && !computed && (key as Tree).name === name
}

/** The object is given to a variable that nothing asks for but the loop. */
function isGiven(statement: Tree, object: Tree, variables: Variables): boolean {
  const { left } = assignmentOf(statement) ?? {}
  if (left === undefined || variables.numberAt.get(left.start) !== variables.numberAt.get(object.start)) return false
  const { reads, writes } = variables.usesAt(object)
  return reads === 2 && writes === 1 && variables.factsAt(object)?.isLocal === true
}

function assignmentOf(statement: Tree): { left: Tree; right: Tree } | undefined {
  if (statement.type !== 'VariableDeclaration') return assignmentIn(statement)
  const [one, more] = statement.declarations as Tree[]
  const [id, init] = [one?.id, one?.init]
  return more === undefined && isTree(id) && id.type === 'Identifier' && isTree(init)
    ? { left: id, right: init }
    : undefined
}

function withFunctions(statement: Tree): Tree | undefined {
  const { right } = assignmentOf(statement) ?? {}
  if (right?.type !== 'ObjectExpression') return undefined
  const properties = right.properties as Tree[]
  if (!properties.every(isPlainGetter)) return undefined
  const object = { ...right, properties: properties.map((one) => ({ ...one, kind: 'init' })) }
  if (statement.type !== 'VariableDeclaration') {
    return { ...statement, expression: { ...(statement.expression as Tree), right: object } } as Tree
  }
  const declarations = (statement.declarations as Tree[]).map((one) => ({ ...one, init: object }))
  return { ...statement, declarations } as Tree
}

/** Which only returns something, and does not ask what it is called on: that would be another object. */
function isPlainGetter({ type, kind, computed, key, value }: Tree): boolean {
  if (type !== 'Property' || kind !== 'get' || computed) return false
  const { name, value: text } = key as Tree
  const [statement, more] = (((value as Tree).body as Tree).body ?? []) as Tree[]
  const returns = statement?.type === 'ReturnStatement' && more === undefined
  return returns && name !== '__proto__' && text !== '__proto__' && !asksForItsOwn(value as Tree)
}
