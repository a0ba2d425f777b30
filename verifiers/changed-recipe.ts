import type { Toolchain } from './model/environment.ts'
import { Problem } from './model/problem.ts'
import { type Compressor, type Recipe, recipeSchema } from './model/recipe.ts'
import type { Attempt } from './model/report.ts'
import { followsRegistry, withExchanged } from './releases/exchanged-releases.ts'

export type RecipeChange = Attempt['changes'][number]

/** Gives the toolchain of that name in another version, with its digests. */
export type ResolveToolchain = (name: Toolchain['name'], version: string) => Promise<Toolchain>

const variableLine = /^\/variables\/([A-Za-z_][A-Za-z0-9_]*)$/
const toolchainLine = /^\/environment\/toolchains\/(\d{1,2})\/version$/

/** What a recipe has at a line that can be changed, `undefined` where it has nothing there or the line is another. */
export function lineOf(recipe: Recipe, line: string): string | undefined {
  const variable = variableLine.exec(line)?.[1]
  if (variable !== undefined) return Object.hasOwn(recipe.variables, variable) ? recipe.variables[variable] : undefined
  const toolchain = toolchainLine.exec(line)?.[1]
  if (toolchain !== undefined) return recipe.environment.toolchains[Number(toolchain)]?.version
  if (line === '/compressor') return recipe.compressor && compressorText(recipe.compressor)
  if (line === '/workFolder') return recipe.workFolder
  if (line === '/umask') return recipe.umask
  if (line === '/owner') return recipe.owner && `${recipe.owner.uid}:${recipe.owner.gid}`
  if (line === '/limits/memory') return String(recipe.limits.memory)
  if (line === releasesLine) return recipe.network.releases && releasesText(recipe.network.releases)
  if (line === typescriptLine) return recipe.network.typescript
  if (line === variantLine) return recipe.environment.image.variant
  return line === '/network/registryTime' ? recipe.network.registryTime : undefined
}

/**
 * A recipe with some lines changed; the evidence for each of them says why, and the source and the steps stay as they
 * are.
 *
 * @throws {Problem} RECIPE_INVALID when a line is none that a suggestion may change or a value does not fit it;
 * TOOLCHAIN_UNAVAILABLE
 */
export async function changedRecipe(
  recipe: Recipe,
  changes: readonly RecipeChange[],
  resolveToolchain: ResolveToolchain,
): Promise<Recipe> {
  const changed: Recipe = structuredClone(recipe)
  for (const { line, to } of changes) await setLine(changed, line, to, resolveToolchain)
  const lines = new Set(changes.map(({ line }) => line))
  changed.evidence = [
    ...changed.evidence.filter(({ line }) => !lines.has(line)),
    ...changes.map(({ line, reason }) => ({ line, from: 'differences of an earlier attempt', says: reason })),
  ].slice(-256)
  const result = recipeSchema.safeParse(changed)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw unfit(`/${issue?.path.join('/') ?? ''}`, issue?.message ?? 'not a recipe')
}

async function setLine(recipe: Recipe, line: string, value: string, resolve: ResolveToolchain): Promise<void> {
  const variable = variableLine.exec(line)?.[1]
  const index = toolchainLine.exec(line)?.[1]
  if (variable !== undefined) recipe.variables = { ...recipe.variables, [variable]: value }
  else if (index !== undefined) {
    const known = recipe.environment.toolchains[Number(index)]
    if (known === undefined) throw unfit(line, 'there is no such toolchain')
    recipe.environment.toolchains[Number(index)] = await resolve(known.name, value)
  } else if (line === '/compressor') recipe.compressor = await compressorOf(value, resolve)
  else if (line === '/workFolder') recipe.workFolder = value
  else if (line === '/umask') recipe.umask = value
  else if (line === '/network/registryTime') recipe.network.registryTime = value
  else if (line === releasesLine) setReleases(recipe, releasesIn(value))
  else throw unfit(line, 'no suggestion may change it')
}

/** What the registry shows decides nothing where a lockfile does. */
function setReleases(recipe: Recipe, releases: Record<string, string>): void {
  if (!followsRegistry(recipe)) recipe.steps = withExchanged(recipe.steps, releases)
  recipe.network.releases = releases
}

/** Which releases of packages the registry shows as the latest ones. */
export const releasesLine = '/network/releases'

/** Which line of TypeScript the types that the registry shows are to be read by. */
export const typescriptLine = '/network/typescript'

/** Whether there are compilers of native code. */
export const variantLine = '/environment/image/variant'

/** How a suggestion writes them. */
export function releasesText(releases: Readonly<Record<string, string>>): string {
  return Object.entries(releases)
    .map(([name, version]) => `${name}@${version}`)
    .sort()
    .join(' ')
}

function releasesIn(text: string): Record<string, string> {
  const pairs = text.split(' ').map((one) => /^(@?[^@\s]{1,214})@([\w.+-]{1,64})$/.exec(one)?.slice(1) ?? [])
  const isWhole = pairs.every(([name, version]) => name !== undefined && version !== undefined)
  if (!isWhole) throw unfit(releasesLine, 'it is no list of releases')
  return Object.fromEntries(pairs)
}

const compressorLine = /^(node|pako|bun) (\d[\w.+-]{0,60}), level ([1-9]), header ([0-9a-f]{20})$/

/** How a suggestion writes a compressor. */
export function compressorText({ toolchain, level, header }: CompressorChoice): string {
  return `${toolchain.name} ${toolchain.version}, level ${level}, header ${header}`
}

type CompressorChoice = Pick<Compressor, 'level' | 'header'> & { toolchain: Pick<Toolchain, 'name' | 'version'> }

async function compressorOf(text: string, resolve: ResolveToolchain): Promise<Compressor> {
  const [, name, version, level, header] = compressorLine.exec(text) ?? []
  if ((name !== 'node' && name !== 'pako' && name !== 'bun') || version === undefined || header === undefined)
    throw unfit('/compressor', 'it is no compressor')
  return { toolchain: await resolve(name, version), level: Number(level), header }
}

function unfit(line: string, why: string): Problem {
  return new Problem('RECIPE_INVALID', `The line ${line} of the recipe cannot be changed like this: ${why}.`, {
    hint: 'Write the recipe by hand and give it with --recipe.',
  })
}
