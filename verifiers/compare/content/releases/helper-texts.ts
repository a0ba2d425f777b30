import { sideOf } from '../code-parts.ts'
import { parseSyntax, type Tree } from '../syntax.ts'
import { nodesIn } from '../variables.ts'

/** A package that has fewer programs as texts is no compiler's. */
const fewest = 8
/** In characters. */
const longest = 64 * 1024

/**
 * The helpers that a compiler writes into programs, as `@babel/helpers` has them: each a text in one of its programs, under
 * the helper's name. In releases before 7.26 a text is a module, which imports other helpers by their names; from then on it
 * is a script, which calls them so.
 *
 * @returns each as a module, by the package's name and the helper's
 */
export function helperTexts(files: ReadonlyMap<string, string>): [key: string, text: string][] {
  return [...files].flatMap(([path, text]) => {
    if (!text.includes('helper')) return []
    const named = textsIn(text)
    if (named.size < fewest) return []
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path
    return [...named].flatMap(([helper, program]): [string, string][] => {
      const module = asModule(program, new Set(named.keys()))
      return module === undefined ? [] : [[`${name}/${helper}`, module]]
    })
  })
}

/** `name: helper("7.0.0", "…")`, or `helpers.name = helper("7.0.0")` before a template. */
function textsIn(text: string): Map<string, string> {
  const found = new Map<string, string>()
  const syntax = sideOf(text).syntax()
  if (syntax === undefined) return found
  for (const node of nodesIn(syntax.root)) {
    const [key, value] = node.type === 'Property' ? [node.key, node.value] : [assigned(node), node.right]
    const name = (key as Tree | undefined)?.type === 'Identifier' ? String((key as Tree).name) : undefined
    const program = name === undefined ? undefined : textOf(value as Tree)
    if (name !== undefined && program !== undefined) found.set(name, program)
  }
  return found
}

function assigned(node: Tree): Tree | undefined {
  const left = node.type === 'AssignmentExpression' ? (node.left as Tree) : undefined
  return left?.type === 'MemberExpression' && !left.computed ? (left.property as Tree) : undefined
}

function textOf(value: Tree | null | undefined): string | undefined {
  const text =
    value?.type === 'CallExpression'
      ? (value.arguments as Tree[]).map(literal).find((one) => one?.includes('function'))
      : value?.type === 'TaggedTemplateExpression'
        ? literal(value.quasi as Tree)
        : undefined
  return text !== undefined && text.length <= longest ? text : undefined
}

function literal(node: Tree): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  const [only, ...others] = node.type === 'TemplateLiteral' ? (node.quasis as Tree[]) : []
  return only === undefined || others.length > 0 ? undefined : (only.value as { cooked?: string }).cooked
}

function asModule(program: string, helpers: ReadonlySet<string>): string | undefined {
  const syntax = parseSyntax(program)
  if (syntax === undefined) return undefined
  const body = (syntax.root as Tree).body as Tree[]
  if (syntax.isModule) {
    const sources = body.flatMap(({ type, source }) => (type === 'ImportDeclaration' ? [source as Tree] : []))
    return sources.reduceRight(
      (text, { start, end, value }) => `${text.slice(0, start)}"./${value}"${text.slice(end)}`,
      program,
    )
  }
  const names = body.flatMap(({ type, id }) => (type === 'FunctionDeclaration' ? [String((id as Tree).name)] : []))
  const used = new Set(
    [...nodesIn(syntax.root)].flatMap(({ type, name }) => (type === 'Identifier' ? [String(name)] : [])),
  )
  const taken = [...helpers].filter((name) => used.has(name) && !names.includes(name))
  const imports = taken.map((name) => `import ${name} from "./${name}";\n`).join('')
  const [main] = names
  return main === undefined ? undefined : `${imports}${program}\nexport { ${main} as default };`
}
