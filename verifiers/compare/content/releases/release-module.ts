import { posix } from 'node:path'
import { functionKey } from '../bindings.ts'
import { type Side, sideOf } from '../code-parts.ts'
import type { Syntax, Tree } from '../syntax.ts'
import { nodesIn } from '../variables.ts'
import type { Read, Reading } from './reading.ts'
import { shapeOf } from './statement-shape.ts'

/** What a module takes from another one. */
export type Import = { source: string; name: string }

/** One file of a release, as a bundler puts it into a program: its statements, without what imports and exports. */
export type ReleaseModule = {
  /** The package's name and the path in it. */
  key: string
  side: Side
  read: Read
  /** The function around it, or the program, as `functionKey` names it. */
  owner: string
  statements: readonly Tree[]
  shapes: readonly string[]
  /** By the number of the variable; what CommonJS gives to a module comes from nowhere. */
  imports: ReadonlyMap<number, Import>
  /** Variables that others know, by the name under which they do; two where a name and its value are exported as one. */
  exported: ReadonlyMap<string, readonly number[]>
  /** Variables of the module itself: the statement that declares each, and its name. */
  declared: ReadonlyMap<number, { at: number; name: string }>
  /** What it passes on from other modules, sorted. */
  passedOn: readonly string[]
}

/** Longer files are not read, in characters. */
const longest = 512 * 1024

/** How a bundler declares what a module declares: by its own words, or all by `var`, as esbuild does. */
export type Declaring = 'by its words' | 'by var'

export type ModuleOptions = { reading: Reading; declaring: Declaring }

/** `undefined` for what cannot be read as one. */
export function releaseModule(key: string, text: string, options: ModuleOptions): ReleaseModule | undefined {
  if (text.length > longest) return undefined
  const syntax = sideOf(text).syntax()
  if (syntax === undefined) return undefined
  return syntax.isModule ? plainModule(key, text, syntax, options) : commonJsModule(key, text, syntax, options)
}

/** What Node calls a module of CommonJS with: https://nodejs.org/api/modules.html#the-module-wrapper */
const given = ['exports', 'require', 'module', '__filename', '__dirname']

function commonJsModule(
  key: string,
  text: string,
  { root }: Syntax,
  { reading, declaring }: ModuleOptions,
): ReleaseModule | undefined {
  const edits = declaring === 'by var' ? ((root as Tree).body as Tree[]).flatMap(asVariable) : []
  const side = sideOf(`(function (${given.join(', ')}) {${edited(text, edits).replace(/^#!.*/, '')}\n})`)
  const syntax = side.syntax()
  const read = syntax && reading(syntax)
  if (read === undefined) return undefined
  const [statement, ...others] = read.root.body as Tree[]
  const wrapper = statement?.expression as Tree | undefined
  // A file that closes the wrapper is none that was meant for it.
  if (others.length > 0 || wrapper?.type !== 'FunctionExpression') return undefined
  const parameters = wrapper.params as Tree[]
  const imports = parameters.map(({ start, name }) => [start, { source: '', name: String(name) }] as const)
  return assembled(key, { side, read, owner: wrapper }, (wrapper.body as Tree).body as Tree[], {
    ...{ imports, exported: [], passedOn: [] },
  })
}

type Edit = { from: number; to: number; text: string }

function plainModule(
  key: string,
  text: string,
  { root }: Syntax,
  { reading, declaring }: ModuleOptions,
): ReleaseModule | undefined {
  const value = freeName(text)
  const edits = ((root as Tree).body as Tree[]).flatMap((one) => [
    ...withoutExport(one, text, value),
    ...(declaring === 'by var' ? asVariable(one) : []),
  ])
  // It stays a module, in which all is strict, and nothing is shared.
  const side = sideOf(`${edited(text, edits)}\nexport {}`)
  const syntax = side.syntax()
  const read = syntax && reading(syntax)
  if (read === undefined) return undefined
  const named = edits.flatMap(({ exported = [] }) => exported)
  const body = read.root.body as Tree[]
  return assembled(
    key,
    { side, read, owner: read.root },
    body.filter(({ type }) => !/^(?:Import|Export)/.test(type)),
    {
      imports: body.flatMap(importsOf),
      exported: [...named, ...body.flatMap(exportsOf)],
      passedOn: body.flatMap(passes),
    },
  )
}

type Exported = { local: string; name: string }

function withoutExport(node: Tree, text: string, value: string): (Edit & { exported?: Exported[] })[] {
  const declaration = node.declaration as Tree | null | undefined
  if (!declaration || !/^Export(?:Named|Default)Declaration$/.test(node.type)) return []
  const head = { from: node.start, to: declaration.start, text: '' }
  if (node.type === 'ExportNamedDeclaration') {
    const exported = namesDeclared(declaration).map((name) => ({ local: name, name }))
    return [{ ...head, exported }]
  }
  const exported = [{ local: value, name: 'default' }]
  const id = declaration.id as Tree | null | undefined
  if (!/^(?:Function|Class)Declaration$/.test(declaration.type)) {
    const alias = declaration.type === 'Identifier' ? [{ local: String(declaration.name), name: 'default' }] : []
    return [{ ...head, text: `var ${value} = `, exported: [...exported, ...alias] }]
  }
  if (id) return [{ ...head, exported: [{ local: String(id.name), name: 'default' }] }]
  const keyword = /^(?:async\s+)?function\s*\*?|^class\b/.exec(text.slice(declaration.start))?.[0] ?? ''
  const named = { from: declaration.start + keyword.length, to: declaration.start + keyword.length, text: ` ${value}` }
  return [{ ...head, exported }, named]
}

function asVariable(node: Tree): (Edit & { exported?: Exported[] })[] {
  const { type, kind, id, start } = (node.declaration ?? node) as Tree
  if (type === 'VariableDeclaration' && kind !== 'var') {
    return [{ from: start, to: start + String(kind).length, text: 'var' }]
  }
  if (type !== 'ClassDeclaration' || !id) return []
  const { name, end } = id as Tree
  return [{ from: start, to: end, text: `var ${name} = class` }]
}

/** A name that stands nowhere in the text, as the value has that is exported without one. */
function freeName(text: string): string {
  let name = '_default'
  while (text.includes(name)) name += '_'
  return name
}

function edited(text: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  for (const { from, to, text: instead } of edits) {
    result += text.slice(at, from) + instead
    at = to
  }
  return result + text.slice(at)
}

function importsOf({ type, source, specifiers }: Tree): (readonly [number, Import])[] {
  if (type !== 'ImportDeclaration') return []
  const from = String((source as Tree).value)
  return (specifiers as Tree[]).map(({ type, local, imported }) => {
    const own = { ImportDefaultSpecifier: 'default', ImportNamespaceSpecifier: '*' }[type]
    return [(local as Tree).start, { source: from, name: own ?? nameOf(imported as Tree) }] as const
  })
}

function exportsOf({ type, source, specifiers }: Tree): Exported[] {
  if (type !== 'ExportNamedDeclaration' || source) return []
  return (specifiers as Tree[]).map(({ local, exported }) => ({
    local: nameOf(local as Tree),
    name: nameOf(exported as Tree),
  }))
}

function passes({ type, source, specifiers, exported }: Tree): string[] {
  if (!/^Export/.test(type) || !source) return []
  const from = String((source as Tree).value)
  if (type === 'ExportAllDeclaration') return [`${from} * ${exported ? nameOf(exported as Tree) : ''}`]
  return (specifiers as Tree[]).map((one) => `${from} ${nameOf(one.local as Tree)} ${nameOf(one.exported as Tree)}`)
}

/** Of an identifier or a text. */
function nameOf({ name, value }: Tree): string {
  return String(name ?? value)
}

/** What a declaration declares by the names in its patterns. */
function namesDeclared({ id, declarations }: Tree): string[] {
  return identifiersOf(id ?? (declarations as Tree[] | undefined)?.map((one) => one.id)).map(({ name }) => String(name))
}

/** Variables in a pattern; without the keys, and without what a default is made of. */
function identifiersOf(pattern: unknown): Tree[] {
  const list = Array.isArray(pattern) ? pattern : [pattern]
  return (list as (Tree | null)[]).flatMap((one): Tree[] => {
    switch (one?.type) {
      case 'Identifier':
        return [one]
      case 'ObjectPattern':
        return identifiersOf(one.properties)
      case 'ArrayPattern':
        return identifiersOf(one.elements)
      case 'Property':
        return identifiersOf(one.value)
      case 'AssignmentPattern':
        return identifiersOf(one.left)
      case 'RestElement':
        return identifiersOf(one.argument)
      default:
        return []
    }
  })
}

type Interface = { imports: (readonly [place: number, Import])[]; exported: Exported[]; passedOn: string[] }

function assembled(
  key: string,
  { side, read, owner }: { side: Side; read: Read; owner: Tree },
  statements: Tree[],
  { imports, exported, passedOn }: Interface,
): ReleaseModule {
  const numberOf = (place: number) => read.outerAt.get(place) ?? read.numberAt.get(place) ?? -1
  const declared = new Map<number, { at: number; name: string }>()
  for (const [at, statement] of statements.entries()) {
    for (const { start, name } of variablesOf(statement)) declared.set(numberOf(start), { at, name: String(name) })
  }
  const imported = new Map(imports.map(([place, one]) => [numberOf(place), one]))
  const numbers = new Map([...declared].map(([number, { name }]) => [name, number]))
  const others = new Map<string, number[]>()
  for (const { local, name } of exported) {
    const number = numbers.get(local)
    if (number !== undefined) others.set(name, [...(others.get(name) ?? []), number])
  }
  return {
    ...{ key, side, read, owner: functionKey(owner), statements, declared, imports: imported, exported: others },
    shapes: statements.map(shapeOf),
    passedOn: passedOn.sort(),
  }
}

/** `var` in a block is one of the module, too. */
function variablesOf(statement: Tree): Tree[] {
  if (statement.type === 'FunctionDeclaration' || statement.type === 'ClassDeclaration')
    return identifiersOf(statement.id)
  return [...nodesIn(statement, ({ type }) => !/Function|Class/.test(type))].flatMap((node) =>
    node.type === 'VariableDeclaration' && (node === statement || node.kind === 'var')
      ? (node.declarations as Tree[]).flatMap((one) => identifiersOf(one.id))
      : [],
  )
}

/** The file that a module of the same release means, among those that there are; `undefined` for another package. */
export function resolved(source: string, from: string, has: (key: string) => boolean): string | undefined {
  if (!/^\.\.?(?:\/|$)/.test(source)) return undefined
  const base = posix.join(posix.dirname(from), source)
  return [base, ...['.js', '.mjs', '.cjs', '/index.js', '/index.mjs'].map((end) => base + end)].find(has)
}
