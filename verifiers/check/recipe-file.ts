import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { Problem } from '../model/problem.ts'
import { limitsSchema, type Recipe, recipeSchema, stepSchema } from '../model/recipe.ts'
import { isNestedTooDeep } from '../npm/infer/ci/yaml.ts'
import type { EnvironmentRequest } from '../npm/infer/environment.ts'
import { sandboxPath } from '../npm/infer/layout.ts'
import { type ManagerName, managerNames } from '../npm/infer/managers.ts'

export const recipeFileName = 'reproof.yaml'
export const recipeFileUri = 'https://reproof.dev/recipe-file/v1'

const version = z.string().regex(/^\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z.-]{1,32})?$/, 'is no exact version')

/** What is joined to a folder of the host's must stay in it. */
const inside = z
  .string()
  .max(4096)
  .refine((path) => !path.startsWith('/') && !path.includes('\0') && !path.split('/').includes('..'), {
    message: 'leads out of the source',
  })

/**
 * How a project says that it is built: lines of a recipe without what changes with every commit or with the version of
 * reproof. What is left out is inferred.
 */
export const recipeFileSchema = z.strictObject({
  schema: z.literal(recipeFileUri).optional(),
  image: z.enum(['base', 'build']).optional(),
  toolchains: z
    .strictObject({
      node: version.optional(),
      npm: version.optional(),
      pnpm: version.optional(),
      yarn: version.optional(),
      bun: version.optional(),
    })
    .optional(),
  variables: recipeSchema.shape.variables.optional(),
  workFolder: recipeSchema.shape.workFolder.optional(),
  umask: recipeSchema.shape.umask.optional(),
  /** The registry is shown as it was at this moment: for what no lockfile pins. */
  registryTime: recipeSchema.shape.network.shape.registryTime.optional(),
  /** All but the last one, which packs, where it is not among them. */
  steps: z
    .array(z.strictObject({ ...stepSchema.shape, cwd: inside.default('') }))
    .max(64)
    .optional(),
  output: inside.min(1).optional(),
  limits: limitsSchema.partial().optional(),
})

export type RecipeFile = z.infer<typeof recipeFileSchema>

const largestFile = 256 * 1024

/**
 * Reads a reproof.yaml. It comes with a pull request as well as with a project.
 *
 * @param name for messages
 * @throws {Problem} RECIPE_INVALID with the first line that is wrong
 */
export function parseRecipeFile(text: string, name: string): RecipeFile {
  if (text.length > largestFile) throw invalid(name, `it is longer than ${largestFile} characters`)
  if (isNestedTooDeep(text)) throw invalid(name, 'it is nested deeper than any recipe')
  let value: unknown
  try {
    // Aliases make a small file large, and nobody needs them here.
    value = parse(text, { maxAliasCount: 0, uniqueKeys: true, logLevel: 'error' })
  } catch (error) {
    throw invalid(name, error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : 'it is not YAML', error)
  }
  const parsed = recipeFileSchema.safeParse(value ?? {})
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw invalid(name, `/${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'not a recipe'}`, parsed.error)
}

/** The environment that is asked for, with the versions that the file names. */
export function withToolchains(
  request: EnvironmentRequest,
  { image, toolchains = {} }: RecipeFile,
): EnvironmentRequest {
  const named = managerNames.flatMap((name) => {
    const version = toolchains[name] ?? request.managers?.find((one) => one.name === name)?.version
    return version === undefined ? [] : [{ name, version }]
  })
  return {
    node: toolchains.node ?? request.node,
    npm: toolchains.npm ?? request.npm,
    variant: image ?? request.variant,
    ...(named.length > 0 && { managers: named }),
  }
}

/** An inferred recipe with the lines of the file in place of what was inferred. */
export function withRecipeFile(inferred: Recipe, file: RecipeFile, path: string): Recipe {
  const { schema: _, image, toolchains, variables, registryTime, steps, limits, ...lines } = file
  const managers = inferred.environment.toolchains.flatMap(({ name }) => (isManagerName(name) ? [name] : []))
  const packs = steps?.some(({ phase }) => phase === 'pack') ?? true
  const given = Object.entries({ ...file, schema: undefined }).flatMap(([name, value]) => (value ? [name] : []))
  const result = recipeSchema.safeParse({
    ...inferred,
    ...lines,
    variables: { ...inferred.variables, ...(toolchains && { PATH: sandboxPath(managers) }), ...variables },
    ...(registryTime !== undefined && { network: { registryTime } }),
    ...(steps && { steps: packs ? steps : [...steps, inferred.steps.at(-1)] }),
    limits: { ...inferred.limits, ...limits },
    evidence: [
      ...inferred.evidence.filter(
        ({ line }) => !given.some((name) => line === `/${name}` || line.startsWith(`/${name}/`)),
      ),
      ...given.map((name) => ({ line: `/${lineOf(name)}`, from: path.slice(0, 512), says: 'The project says so.' })),
    ].slice(-256),
  })
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalid(path, `/${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'not a recipe'}`, result.error)
}

function lineOf(name: string): string {
  if (name === 'image') return 'environment/image/variant'
  if (name === 'registryTime') return 'network/registryTime'
  return name === 'toolchains' ? 'environment/toolchains' : name
}

function isManagerName(name: string): name is ManagerName {
  return managerNames.some((one) => one === name)
}

/** What of a recipe's conditions the file decides, so that it is not varied. */
export function decidedBy({ variables = {}, umask, workFolder }: RecipeFile): ReadonlySet<string> {
  return new Set([
    ...Object.keys(variables),
    ...(umask === undefined ? [] : ['umask']),
    ...(workFolder === undefined ? [] : ['workFolder']),
  ])
}

/**
 * The text of a reproof.yaml for a recipe: its tools, what it installs and builds, and the variables that the project
 * itself sets. Packing is left to be inferred: the name of the file changes with the version.
 */
export function renderRecipeFile(recipe: Recipe, before: RecipeFile, own: Record<string, string>): string {
  const { environment, steps } = recipe
  const toolchains = Object.fromEntries(environment.toolchains.map(({ name, version }) => [name, version]))
  const variables = { ...own, ...before.variables }
  const file: RecipeFile = {
    schema: recipeFileUri,
    image: environment.image.variant,
    toolchains,
    ...(Object.keys(variables).length > 0 && { variables }),
    ...(before.workFolder !== undefined && { workFolder: before.workFolder }),
    ...(before.umask !== undefined && { umask: before.umask }),
    ...(before.registryTime !== undefined && { registryTime: before.registryTime }),
    steps: before.output === undefined ? steps.filter(({ phase }) => phase !== 'pack') : steps,
    ...(before.output !== undefined && { output: before.output }),
    ...(before.limits && { limits: before.limits }),
  }
  const head = '# How this package is built, for `reproof check`. What is not here is inferred.\n'
  return head + stringify(file, { lineWidth: 0 })
}

function invalid(name: string, why: string, cause?: unknown): Problem {
  return new Problem('RECIPE_INVALID', `${name} is not a recipe: ${why}`, {
    hint: 'docs/check.md says what may stand in it; `reproof check --write` writes one.',
    ...(cause !== undefined && { cause }),
  })
}
