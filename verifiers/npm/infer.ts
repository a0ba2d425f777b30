import type { Readable } from 'node:stream'
import type { Release } from '../model/artifact.ts'
import type { Environment } from '../model/environment.ts'
import { Problem } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import { type Recipe, type RecipeEvidence, recipeSchema, recipeSchemaUri } from '../model/recipe.ts'
import type { Source } from '../model/source.ts'
import type { LocatedSource } from '../source/located.ts'
import type { ContentStore } from '../store/content.ts'
import type { InFlight } from '../store/in-flight.ts'
import type { RegistryOptions } from './configuration.ts'
import { registryCatalogue } from './infer/catalogue.ts'
import type { Choices } from './infer/choices.ts'
import { type DecideOptions, decideRecipe } from './infer/decide.ts'
import { type EnvironmentRequest, hostArchitecture, resolveEnvironment } from './infer/environment.ts'
import { workFolderOf } from './infer/layout.ts'
import { limitsFor } from './infer/limits.ts'
import { readPublished } from './infer/published.ts'
import { matchSource } from './infer/source-match.ts'
import type { ToolCatalogue } from './infer/toolchain.ts'

export type InferOptions = {
  artifact: Release
  located: Pick<LocatedSource, 'source' | 'tree' | 'versionBefore'>
  store: ContentStore
  registry: RegistryOptions
  /** Debian mirrors to try after the host's own. */
  mirrors: string[]
  cacheFolder: string
  now: () => Date
  progress: Progress
  signal: AbortSignal
  inFlight?: InFlight
  /** What is decided otherwise than it would be by itself. */
  choices?: Choices
  /** In place of what the registry has, for tests. */
  catalogue?: ToolCatalogue
  environment?: (request: EnvironmentRequest) => Promise<Environment>
}

/**
 * Works out how an artifact was made of its source, without running anything of it: from the tarball's own bytes, the
 * registry's claims, the CI files and manifests at the commit, and the calendar. Every line of the recipe has evidence.
 *
 * @throws {Problem} RECIPE_NOT_INFERRED, PACKAGE_MANAGER_UNSUPPORTED; ARCHIVE_… of the tarball; SOURCE_… of what is read
 * of the source; TOOLCHAIN_…, IMAGE_… and REGISTRY_… of the environment
 */
export async function inferRecipe(options: InferOptions & { open: () => Readable }): Promise<Recipe> {
  const { artifact, located, progress, signal } = options
  const { source, tree } = located
  progress({ type: 'activity', stage: 'recipe', text: 'comparing the published files with the source' })
  const algorithm = source.tree.length === 40 ? 'sha1' : 'sha256'
  const published = await readPublished({ source: options.open(), what: artifact.fileName, algorithm, signal })
  const match = await matchSource({ published, tree, directory: source.directory, algorithm })
  return await recipeFrom(options, { published, match })
}

/**
 * Works out how a package would be made of its source if it were published now.
 *
 * @param options.artifact name, version and file name of what would be published
 * @throws {Problem} as `inferRecipe`
 */
export async function inferRelease(options: InferOptions): Promise<Recipe> {
  return await recipeFrom(options, undefined)
}

async function recipeFrom(options: InferOptions, known: DecideOptions['known']): Promise<Recipe> {
  const { artifact, located, progress, choices = {} } = options
  const { source, tree, versionBefore } = located
  const architecture = hostArchitecture()
  const catalogue = options.catalogue ?? registryCatalogue({ ...options, architecture })
  progress({ type: 'activity', stage: 'recipe', text: 'reading CI files and manifests' })
  const decided = await decideRecipe({
    artifact,
    source,
    tree,
    ...(known && { known }),
    catalogue,
    ...(versionBefore && { versionBefore }),
    now: options.now(),
    choices,
  })
  progress({
    type: 'activity',
    stage: 'recipe',
    text: `choosing Node ${decided.request.node}, npm ${decided.request.npm}`,
  })
  const resolve = options.environment ?? ((request) => resolveEnvironment(request, { ...options, architecture }))
  const environment = await resolve(decided.request)
  return validated({
    schema: recipeSchemaUri,
    artifact: { purl: artifact.purl, fileName: artifact.fileName },
    source: withoutEvidence(source),
    ...(decided.setVersion !== undefined && { setVersion: decided.setVersion }),
    environment,
    variables: decided.variables,
    // A local clone stands for the repository that the registry names.
    workFolder: workFolderOf(artifact.claims.repository?.url ?? source.repository),
    umask: decided.umask,
    ...(decided.owner && { owner: decided.owner }),
    network: {
      registryTime: decided.registryTime,
      ...(decided.typescript !== undefined && { typescript: decided.typescript }),
    },
    steps: decided.steps,
    output: decided.output,
    limits: limitsFor({ roomy: choices.roomy ?? false, available: process.availableMemory() }),
    assisted: [],
    evidence: decided.evidence.map(shortened),
  })
}

function withoutEvidence(source: Source): Recipe['source'] {
  const { evidence: _, manifest: __, ...rest } = source
  return rest
}

function shortened({ line, from, says }: RecipeEvidence): RecipeEvidence {
  return { line, from: from.slice(0, 512), says: says.length > 1024 ? `${says.slice(0, 1023)}…` : says }
}

/** What is inferred from other people's files must still be a recipe. */
function validated(recipe: Recipe): Recipe {
  const result = recipeSchema.safeParse(recipe)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Problem(
    'RECIPE_NOT_INFERRED',
    `What was inferred is not a recipe: ${issue?.path.join('/')} ${issue?.message}.`,
    {
      hint: 'Something in the source is larger or odder than a recipe can hold; write one by hand and give it with --recipe.',
      cause: result.error,
    },
  )
}
