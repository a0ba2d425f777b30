import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { parseRecipeFile, type RecipeFile, withRecipeFile } from './check/recipe-file.ts'
import { Problem } from './model/problem.ts'
import { type Recipe, recipeSchema, recipeSchemaUri } from './model/recipe.ts'

/**
 * A whole recipe, which is redone as it is, some of its lines, which replace what is inferred, or a project's reproof.yaml,
 * which does so in the way of `reproof check`.
 */
export type GivenRecipe = { whole: Recipe } | { lines: Partial<Recipe> } | { file: RecipeFile; path: string }

const largestRecipe = 4 * 1024 * 1024
const linesSchema = recipeSchema.partial().omit({ artifact: true, evidence: true, assisted: true })

/** @throws {Problem} FILE_UNREADABLE, RECIPE_INVALID with the first line that is wrong */
export async function readRecipeFile(file: string): Promise<GivenRecipe> {
  const text = await readRecipeText(file)
  if (/\.ya?ml$/.test(file)) return { file: parseRecipeFile(text, file), path: basename(file) }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw invalid(file, error instanceof Error ? error.message : 'it is not JSON', error)
  }
  const whole = recipeSchema.safeParse(json)
  if (whole.success) return { whole: whole.data }
  // A file with a schema line claims to be whole: what is wrong with it is said, and nothing of it is taken as a part.
  const claimsWhole = z.object({ schema: z.literal(recipeSchemaUri), artifact: z.unknown() }).safeParse(json).success
  const lines = linesSchema.safeParse(json)
  if (claimsWhole || !lines.success) {
    const issue = (claimsWhole ? whole.error : (lines.error ?? whole.error)).issues[0]
    throw invalid(file, `/${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'not a recipe'}`)
  }
  return { lines: lines.data as Partial<Recipe> }
}

/** Only of a plain file: a device or a pipe has no size, and may have no end. */
async function readRecipeText(file: string): Promise<string> {
  const unreadable = (why: string, cause?: unknown) =>
    new Problem('FILE_UNREADABLE', `The recipe ${file} ${why}.`, {
      hint: 'Name a file that `reproof recipe --json` wrote.',
      ...(cause !== undefined && { cause }),
    })
  try {
    const stats = await stat(file)
    if (!stats.isFile()) throw unreadable('is not a file')
    if (stats.size > largestRecipe) throw unreadable(`has ${stats.size} bytes, more than a recipe can have`)
    return await readFile(file, 'utf8')
  } catch (error) {
    throw error instanceof Problem ? error : unreadable('cannot be read', error)
  }
}

/** What is inferred, with the given lines in place of the inferred ones; each replaced line makes the rebuild assisted. */
export function withGivenLines(inferred: Recipe, lines: Partial<Recipe>): Recipe {
  const names = Object.keys(lines).filter((name) => name !== 'schema')
  return {
    ...inferred,
    ...lines,
    variables: { ...inferred.variables, ...lines.variables },
    limits: { ...inferred.limits, ...lines.limits },
    assisted: [...inferred.assisted, ...names.map((name) => `the recipe's ${name} was given by hand`)],
    evidence: [
      ...inferred.evidence.filter(({ line }) => !names.some((name) => line === `/${name}`)),
      ...names.map((name) => ({ line: `/${name}`, from: '--recipe', says: 'given by hand' })),
    ],
  }
}

/** The same for a reproof.yaml, which somebody chose to follow: a project's own word of how it is built. */
export function withGivenFile(inferred: Recipe, { file, path }: Extract<GivenRecipe, { file: unknown }>): Recipe {
  const { schema: _, ...lines } = file
  const names = Object.keys(lines)
  const recipe = withRecipeFile(inferred, file, path)
  return { ...recipe, assisted: [...recipe.assisted, ...names.map((name) => `${path} was given, and says ${name}`)] }
}

function invalid(file: string, why: string, cause?: unknown): Problem {
  return new Problem('RECIPE_INVALID', `${file} is not a recipe: ${why}`, {
    hint: 'docs/schemas/recipe.v1.json describes it; `reproof recipe --json` writes one.',
    ...(cause !== undefined && { cause }),
  })
}
