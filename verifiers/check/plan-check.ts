import { basename } from 'node:path'
import semver from 'semver'
import { type Recipe, recipeSchema } from '../model/recipe.ts'
import { registryCatalogue } from '../npm/infer/catalogue.ts'
import { hostArchitecture, resolveEnvironment } from '../npm/infer/environment.ts'
import { inside } from '../npm/infer/manifest.ts'
import { inferRelease } from '../npm/infer.ts'
import type { PlanContext } from '../plan.ts'
import type { Stages } from '../stages.ts'
import type { Run } from '../store/runs.ts'
import type { CheckedPackage } from './package.ts'
import { parseRecipeFile, type RecipeFile, recipeFileName, withRecipeFile, withToolchains } from './recipe-file.ts'
import type { WorkingTree } from './working-tree.ts'

type Options = {
  found: CheckedPackage
  tree: WorkingTree
  run: Run
  stages: Stages
  context: PlanContext
}

export type CheckPlan = { recipe: Recipe; file?: RecipeFile; path?: string }

/**
 * How the package is built: as publishing it now would build it, with what the project says in reproof.yaml.
 *
 * @throws {Problem} RECIPE_INVALID, and what inferring throws
 */
export async function planCheck({ found, tree, stages, context }: Options): Promise<CheckPlan> {
  const { artifact, directory } = found
  const given = await readRecipe(tree, directory)
  const architecture = hostArchitecture()
  const catalogue = registryCatalogue({ ...context, architecture })
  const recipe = await stages.keep(
    'recipe',
    recipeSchema,
    async () => {
      const inferred = await inferRelease({
        ...context,
        artifact: { ...artifact, claims: { repository: { url: nameOfFolder(found) } } },
        located: tree.located,
        catalogue,
        environment: (request) =>
          resolveEnvironment(given ? withToolchains(request, given.file) : request, { ...context, architecture }),
      })
      const movable = withMovableCache(inferred)
      const recipe = given ? withRecipeFile(movable, given.file, given.path) : movable
      const asNow = given?.file.registryTime === undefined && (tree.changed > 0 || (await catalogue.isMirror()))
      return { ...(asNow ? withPresent(recipe, context.now()) : recipe), assisted: assistance(tree) }
    },
    ({ environment, steps }) =>
      [
        ...environment.toolchains.map(({ name, version }) => `${name} ${version}`),
        steps.map(({ phase }) => phase).join(' → '),
      ].join(', '),
  )
  return { recipe, ...given }
}

async function readRecipe({ located }: WorkingTree, directory: string) {
  const path = inside(directory, recipeFileName)
  const bytes = await located.readFile(path)
  return bytes && { file: parseRecipeFile(bytes.toString('utf8'), path), path }
}

/** What is changed may need what was published since the commit, and a mirror has no history. */
function withPresent(recipe: Recipe, now: Date): Recipe {
  const line = '/network/registryTime'
  return {
    ...recipe,
    network: { registryTime: now.toISOString() },
    evidence: [
      ...recipe.evidence.filter((one) => one.line !== line),
      { line, from: 'time of the check', says: 'What no lockfile pins is as the registry has it now.' },
    ].slice(-256),
  }
}

/**
 * Yarn 4 keeps what it installs in the home folder, and names it by the way from there: neither folder could be another in
 * a build that begins with a copy.
 */
function withMovableCache(recipe: Recipe): Recipe {
  const yarn = recipe.environment.toolchains.find(({ name }) => name === 'yarn')
  if (yarn === undefined || semver.major(yarn.version) < 4) return recipe
  const name = 'YARN_ENABLE_GLOBAL_CACHE'
  const says = 'What is installed lies in the project, so that it can be built elsewhere.'
  return {
    ...recipe,
    variables: { ...recipe.variables, [name]: 'false' },
    evidence: [...recipe.evidence, { line: `/variables/${name}`, from: 'yarn documentation', says }].slice(-256),
  }
}

function assistance({ changed }: WorkingTree): string[] {
  return changed === 0 ? [] : [`${changed} files of the working tree are not as in the commit`]
}

/** A build may take a name from its folder, which a clone of the repository has. */
function nameOfFolder({ root }: CheckedPackage): string {
  return `file:${basename(root)}`
}
