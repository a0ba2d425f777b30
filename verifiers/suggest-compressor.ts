import semver from 'semver'
import { z } from 'zod'
import { compressorText } from './changed-recipe.ts'
import type { Comparison, Difference } from './model/comparison.ts'
import type { Compressor, Recipe } from './model/recipe.ts'

const identifiedSchema = z.object({
  engine: z.enum(['zlib of Node', 'pako']),
  version: z.string(),
  level: z.int(),
  header: z.string(),
})

type Choice = Pick<Compressor, 'level' | 'header'> & { toolchain: { name: 'node' | 'pako' | 'bun'; version: string } }

/**
 * Only the compression differs: what gives the published bytes can be part of the recipe. Where neither of the two that
 * the comparison has tried does, those are left that only another program brings, and each is an attempt.
 *
 * @param builtAt time of the commit, or of the newest file of an archive; ISO 8601
 */
export function withCompressor(comparison: Comparison, recipe: Recipe, builtAt: string): Comparison {
  if (comparison.verdict !== 'stream-identical') return comparison
  const differences = comparison.differences.map((difference): Difference => {
    if (difference.cause !== 'compression' || difference.path !== '') return difference
    const suggestion = identified(difference, recipe) ?? guessed(difference, recipe, builtAt)
    if (suggestion === undefined) return difference
    const { choice, reason } = suggestion
    return { ...difference, suggestion: { lines: [{ line: '/compressor', value: compressorText(choice) }], reason } }
  })
  return { ...comparison, differences }
}

type Suggested = { choice: Choice; reason: string }

function identified({ evidence }: Difference, recipe: Recipe): Suggested | undefined {
  const found = identifiedSchema.safeParse(evidence.compressor).data
  if (found === undefined || recipe.compressor) return undefined
  const { engine, version, level, header } = found
  const node = recipe.environment.toolchains.find(({ name }) => name === 'node')?.version ?? '0'
  const toolchain =
    engine === 'pako' ? { name: 'pako' as const, version } : { name: 'node' as const, version: newNode(node) }
  const reason = 'The archive is the same, and this compressor gives the published bytes of it.'
  return { choice: { toolchain, level, header }, reason }
}

/**
 * Nodes whose zlib gives the same bytes as that of newer ones, which the comparison has tried. That of 18.18 and before
 * gives those of Node 16; that of 20.9 gives those of zlib as its authors release it.
 */
const withNewZlib = '>=18.20.0 <19 || >=20.10.0 <21 || >=21.3.0'

/** The recipe's own is there already. */
function newNode(version: string): string {
  return semver.satisfies(version, withNewZlib) ? version : '20.18.1'
}

/** The last Node with zlib 1.2.11 and without the changes of later ones. */
const oldZlib = { name: 'node' as const, version: '16.20.2' }

/** A release of Bun with zlib-ng, which has been the zlib of Fedora and others, and of their Node, since 2024. */
const zlibNg = { name: 'bun' as const, version: '1.3.14' }
const zlibNgSince = Date.parse('2024-04-23T00:00:00Z')

function guessed(difference: Difference, recipe: Recipe, builtAt: string): Suggested | undefined {
  const header = publishedHeader(difference)
  if (header === undefined) return undefined
  const own = ownNode(recipe)
  const others = Date.parse(builtAt) >= zlibNgSince ? [zlibNg, oldZlib] : [oldZlib]
  const guesses = [...own, ...others]
  const tried = recipe.compressor?.toolchain
  const at = tried === undefined ? -1 : guesses.findLastIndex(({ name, version }) => isSame(tried, name, version))
  // A compressor that was identified, or that somebody named, is not guessed again.
  const left = tried !== undefined && at < 0 ? [] : guesses.slice(at + 1)
  const [toolchain] = isAsLong(difference) ? left : left.filter((one) => !own.includes(one))
  if (toolchain === undefined) return undefined
  const reason =
    'The archive is the same; its compressor is neither that of newer Nodes nor zlib as its authors release it.'
  return { choice: { toolchain, level: header.endsWith('02ff') ? 9 : 6, header }, reason }
}

/** What was packed with, where the publisher's wrote the name of another system into the header, and the same data behind it. */
function ownNode({ environment }: Recipe): Choice['toolchain'][] {
  const node = environment.toolchains.find(({ name }) => name === 'node')
  return node ? [{ name: 'node', version: node.version }] : []
}

function isAsLong({ evidence }: Difference): boolean {
  const side = z.object({ header: z.string(), size: z.int() })
  const { published, rebuilt } = z.object({ published: side, rebuilt: side }).safeParse(evidence).data ?? {}
  return published !== undefined && published.size === rebuilt?.size && published.header !== rebuilt.header
}

function isSame(tried: { name: string; version: string }, name: string, version: string): boolean {
  return tried.name === name && tried.version === version
}

/** Where it has no flag set, in hexadecimal: ten bytes. */
function publishedHeader({ evidence }: Difference): string | undefined {
  const parsed = z
    .object({ published: z.object({ header: z.string().regex(/^1f8b0800[0-9a-f]{12}$/) }) })
    .safeParse(evidence)
  return parsed.data?.published.header
}
