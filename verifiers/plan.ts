import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { withToolchains } from './check/recipe-file.ts'
import { type Artifact, artifactSchema } from './model/artifact.ts'
import { Problem } from './model/problem.ts'
import type { Progress } from './model/progress.ts'
import { type Recipe, recipeSchema } from './model/recipe.ts'
import { sourceSchema } from './model/source.ts'
import type { RegistryOptions } from './npm/configuration.ts'
import type { Choices } from './npm/infer/choices.ts'
import { hostArchitecture, resolveEnvironment } from './npm/infer/environment.ts'
import type { ToolCatalogue } from './npm/infer/toolchain.ts'
import { inferRecipe } from './npm/infer.ts'
import { type LocatedSource, locateSource, restoreSource } from './npm/locate.ts'
import { resolveArtifact } from './npm/resolve.ts'
import { type GivenRecipe, withGivenFile, withGivenLines } from './recipe-file.ts'
import type { EngineName } from './sandbox/options.ts'
import { parseSourceArgument, type SourceArgument } from './source/argument.ts'
import { type Stages, stagesOf } from './stages.ts'
import type { ContentStore } from './store/content.ts'
import type { InFlight } from './store/in-flight.ts'

export type PlanContext = {
  store: ContentStore
  /** The user's npm configuration. */
  registry: RegistryOptions
  /** Debian mirrors to try after the host's own. */
  mirrors: string[]
  /** Images, toolchains and git objects, shared by all runs. */
  cacheFolder: string
  /** Variables that say how to reach the network and where git's and npm's configuration is. */
  env: NodeJS.ProcessEnv
  now: () => Date
  progress: Progress
  signal: AbortSignal
  /** Engines that were found to work, by root; filled as it goes on. Without it each rebuild tries anew. */
  engines?: Map<string, Promise<EngineName>>
  inFlight?: InFlight
}

type Found = { artifact: Artifact; open: () => Readable }

/** What was published: kept in the store, checked against what was declared of it. */
export async function findArtifact(spec: string, context: PlanContext, stages: Stages): Promise<Found> {
  const kept = await stages.kept('artifact', artifactSchema)
  // Read through before anything else reads it: the store says so when it was damaged since.
  if (kept) await finished(context.store.read(kept.digests.sha512).resume())
  const artifact = await stages.keep(
    'artifact',
    artifactSchema,
    async () => (await resolveArtifact({ ...context, spec })).artifact,
    ({ name, version, size }) => `${name}@${version}, ${size} bytes`,
  )
  return { artifact, open: () => context.store.read(artifact.digests.sha512) }
}

/** Where it came from. A whole recipe names its source, so that nothing has to be searched. */
export async function findSource(
  wanted: Found & { argument: SourceArgument | undefined; given: GivenRecipe | undefined },
  context: PlanContext,
  stages: Stages,
): Promise<LocatedSource> {
  const { artifact, open, argument, given } = wanted
  const options = {
    ...context,
    folder: join(context.cacheFolder, 'sources'),
    mirrors: { debian: context.mirrors },
    argument,
  }
  return await stages.run(
    'source',
    async () => {
      const kept = await stages.kept('source', sourceSchema)
      const known = kept ?? (given && 'whole' in given ? given.whole.source : undefined)
      const located = known
        ? await restoreSource({ ...options, source: known })
        : await locateSource({ ...options, artifact, open })
      if (!kept) await stages.save('source', located.source)
      return located
    },
    ({ source }) =>
      source.kind === 'git' ? `${source.ref ?? ''} ${source.commit.slice(0, 12)}`.trim() : source.repository,
  )
}

/** How to redo it. */
export async function findRecipe(
  wanted: Inferring & { given: GivenRecipe | undefined },
  context: PlanContext,
  stages: Stages,
): Promise<Recipe> {
  const { artifact, given } = wanted
  return await stages.keep(
    'recipe',
    recipeSchema,
    async () => {
      if (given && 'whole' in given) return adopt(given.whole, artifact)
      return await inferWith({}, wanted, context)
    },
    ({ environment, steps }) =>
      [
        ...environment.toolchains.map(({ name, version }) => `${name} ${version}`),
        steps.map(({ phase }) => phase).join(' → '),
      ].join(', '),
  )
}

type Inferring = Found & { located: LocatedSource; given: GivenRecipe | undefined; catalogue?: ToolCatalogue }

/** What inference gives with these choices, and the lines that somebody gave in their places. */
export async function inferWith(choices: Choices, wanted: Inferring, context: PlanContext): Promise<Recipe> {
  const { given } = wanted
  const file = given && 'file' in given ? given.file : undefined
  const architecture = hostArchitecture()
  const inferred = await inferRecipe({
    ...context,
    ...wanted,
    choices,
    ...(file && {
      environment: (request) => resolveEnvironment(withToolchains(request, file), { ...context, architecture }),
    }),
  })
  if (given && 'file' in given) return withGivenFile(inferred, given)
  return given && 'lines' in given ? withGivenLines(inferred, given.lines) : inferred
}

/**
 * What `--source` names, refused before anything is begun when that is a file or a folder which is not there.
 *
 * @throws {Problem} SOURCE_ARGUMENT_INVALID, FILE_UNREADABLE
 */
export async function readSourceArgument(text: string | undefined): Promise<SourceArgument | undefined> {
  if (text === undefined) return undefined
  const argument = parseSourceArgument(text)
  if ('path' in argument) {
    await access(argument.path, constants.R_OK).catch((error) => {
      throw new Problem('FILE_UNREADABLE', `There is nothing to read at ${argument.path}.`, {
        hint: 'Check the path that --source names. A repository elsewhere is git+https://…, a Debian one debian:….',
        cause: error,
      })
    })
  }
  return argument
}

/** Only as far as the recipe; nothing is kept and nothing is run. */
export async function planRebuild(request: { spec: string; source?: string }, context: PlanContext) {
  const argument = await readSourceArgument(request.source)
  const stages = stagesOf(undefined, context.progress)
  const found = await findArtifact(request.spec, context, stages)
  const located = await findSource({ ...found, argument, given: undefined }, context, stages)
  const recipe = await findRecipe({ ...found, located, given: undefined }, context, stages)
  return { artifact: found.artifact, source: located.source, recipe }
}

function adopt(recipe: Recipe, artifact: Artifact): Recipe {
  if (recipe.artifact.purl !== artifact.purl) {
    throw new Problem('RECIPE_INVALID', `The recipe is one for ${recipe.artifact.purl}, not for ${artifact.purl}.`, {
      hint: 'Name the artifact that the recipe is for.',
    })
  }
  return { ...recipe, assisted: [...recipe.assisted, 'the recipe was given (--recipe), not inferred'] }
}
