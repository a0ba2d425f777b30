import { type Node, type Options, type Token as ParsedToken, Parser } from 'acorn'

/** A program as a parser of the whole language reads it (ECMA-262); offsets are those of the text. */
export type Syntax = {
  root: Node
  isModule: boolean
  /** Whether a `return` stands outside of all functions, which only CommonJS takes. */
  returnsOutside: boolean
  /** Comments, strings, templates and regular expressions, each as `<kind> <start> <end>`, in their order. */
  texts: string[]
  /** Where the `0` of a call such as `(0, a.f)()` stands, or before a template. */
  detachedCalls: ReadonlySet<number>
  /** Whether it asks for `module` or its like by `typeof`, so that it can run where there are none and all is shared. */
  asksForModules: boolean
  /** Functions that stand in a block: sloppy code knows them outside of it, too (ECMA-262, B.3.2). */
  blockFunctions: ReadonlySet<string>
  /** How often it waits for a promise. */
  awaits: number
}

/** Longer programs are not parsed, in characters: the tree of one takes some thirty times its length. */
const longest = 2 * 1024 * 1024

/**
 * Reads a program as a script in which `return` may stand anywhere, as CommonJS has it, or as a module where it can only
 * be one. `undefined` for what is neither, is TypeScript or has elements, is too long or too deep, or means something
 * else as a module, so that nothing says which of the two runs.
 */
export function parseSyntax(text: string): Syntax | undefined {
  if (text.length > longest) return undefined
  const script = parseAs(text, 'script') ?? parseAs(text, 'script', true)
  if (script === undefined) return parseAs(text, 'module')
  // HTML's marks are comments in a script, and `await` is a name there (ECMA-262, B.1.1 and 13.1).
  const other = /<!--|-->|\bawait\b/.test(text) ? parseAs(text, 'module') : undefined
  return other === undefined || areSame(script, other) ? script : undefined
}

/** `await (a)` is a call in a script: its tree is the same for `(await (a))()` and `await (a)()`, which a module knows apart. */
function areSame(script: Syntax, module: Syntax): boolean {
  return script.texts.join() === module.texts.join() && script.awaits === module.awaits
}

/**
 * What makes a program wrong although it can be read (a name that is declared twice, a group in a regular expression) is
 * left to the engine: to look for it takes acorn time that grows with the square of a hostile program's length.
 */
const Reader = Parser.extend(
  (base) =>
    class extends base {
      declareName() {}
      checkLocalExport() {}
      validateRegExpFlags() {}
      validateRegExpPattern() {}
    },
)

function parseAs(text: string, sourceType: 'script' | 'module', returnsOutside = false): Syntax | undefined {
  const texts: string[] = []
  const options: Options = {
    ecmaVersion: 'latest',
    sourceType,
    allowReturnOutsideFunction: returnsOutside,
    allowHashBang: true,
    ranges: true,
    onComment: (_isBlock, _text, start, end) => void texts.push(`comment ${start} ${end}`),
    onToken(token) {
      const kind = kindOf(token)
      if (kind !== undefined) texts.push(`${kind} ${token.start} ${token.end}`)
    },
  }
  try {
    const root = Reader.parse(text, options)
    return { root, isModule: sourceType === 'module', returnsOutside, texts, ...factsOf(root) }
  } catch {
    // A SyntaxError of the text, or a RangeError where it is nested too deeply: it is not understood.
    return undefined
  }
}

function kindOf({ type }: ParsedToken): string | undefined {
  const { label } = type
  return label === 'string' || label === 'regexp'
    ? label
    : /^(?:invalidT|t)emplate$/.test(label)
      ? 'template'
      : undefined
}

/** A node with all its fields. */
export type Tree = Node & Record<string, unknown>

/** A script that knows one of these is CommonJS, which alone keeps to itself what stands outside of functions. */
export const commonJs: ReadonlySet<string> = new Set(['require', 'module', 'exports'])

function factsOf(root: Node): Omit<Syntax, 'root' | 'isModule' | 'returnsOutside' | 'texts'> {
  const detachedCalls = new Set<number>()
  const blockFunctions = new Set<string>()
  let asksForModules = false
  let awaits = 0
  visit(root, (node, parent, outer) => {
    if (node.type === 'AwaitExpression') awaits++
    if (node.type === 'FunctionDeclaration' && !isOfFunction(parent, outer)) {
      blockFunctions.add(String((node.id as Tree | null)?.name))
    } else if (node.type === 'CallExpression' || node.type === 'TaggedTemplateExpression') {
      const callee = (node.callee ?? node.tag) as Tree
      if (callee.type === 'SequenceExpression') detachedCalls.add(callee.start)
    } else if (node.type === 'AssignmentExpression' || node.type === 'AssignmentPattern') {
      // Within parentheses a variable gives a function no name, and a tree has none (ECMA-262, 13.15.2).
      const { type, start } = node.left as Tree
      if (type === 'Identifier' && start !== node.start && isUnnamed(node.right as Tree)) node.givesNoName = true
    } else if (node.type === 'UnaryExpression' && node.operator === 'typeof') {
      asksForModules ||= commonJs.has(String((node.argument as Tree).name))
    }
  })
  return { detachedCalls, asksForModules, blockFunctions, awaits }
}

function isUnnamed({ type, id }: Tree): boolean {
  return /Function|^Class/.test(type) && !isTree(id)
}

function isOfFunction(parent: Tree | undefined, outer: Tree | undefined): boolean {
  if (parent?.type === 'BlockStatement') return /Function/.test(outer?.type ?? '')
  return /^(?:Program|StaticBlock|Export(?:Named|Default)Declaration)$/.test(parent?.type ?? '')
}

/** All nodes, each with the two around it; without a call for each, which deep trees would be too deep for. */
function visit(root: Node, look: (node: Tree, parent: Tree | undefined, outer: Tree | undefined) => void): void {
  const waiting: [Tree, Tree | undefined, Tree | undefined][] = [[root as Tree, undefined, undefined]]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [node, parent, outer] = next
    look(node, parent, outer)
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isTree(child)) waiting.push([child, node, parent])
      }
    }
  }
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
