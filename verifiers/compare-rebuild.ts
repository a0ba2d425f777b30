import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { traceCauses } from './compare/causes/trace.ts'
import { compareArtifacts } from './compare/compare.ts'
import { parseJson } from './compare/content/json.ts'
import type { HiddenDifference } from './compare/passes/hidden-difference.ts'
import type { Artifact } from './model/artifact.ts'
import type { Comparison, Difference } from './model/comparison.ts'
import type { Rebuild } from './model/rebuild.ts'
import type { Recipe } from './model/recipe.ts'
import { registryCatalogue } from './npm/infer/catalogue.ts'
import { manifestConfusion } from './npm/manifest-confusion.ts'
import { readPackedManifest } from './npm/resolve/manifest.ts'
import { withOtherSource } from './other-source.ts'
import type { PlanContext } from './plan.ts'
import { withNamedReleases } from './releases/named-releases.ts'
import { registryReleases } from './releases/registry-releases.ts'
import { withOtherReleases } from './releases/with-other-releases.ts'
import type { LocatedSource } from './source/located.ts'
import { withCompressor } from './suggest-compressor.ts'
import { withHistory } from './untracked-files.ts'

export type RebuiltFacts = {
  artifact: Artifact
  open: () => Readable
  located: LocatedSource
  recipe: Recipe
  rebuild: Rebuild
  /** Holds `rebuilt/`. */
  folder: string
  hidden: readonly HiddenDifference[] | undefined
  /** What other recipes gave of the same artifact, by sha512; filled as it goes on. */
  compared?: Map<string, Comparison>
}

/**
 * Compares what was published with what a recipe gave, and traces the differences to what only a rebuild knows: the
 * source, the recipe, what the build fetched, and what the registry says.
 */
export async function compareRebuild(facts: RebuiltFacts, context: PlanContext): Promise<Comparison> {
  const { artifact, located, recipe, rebuild } = facts
  const { sha512 } = rebuild.output.digests
  const compared = facts.compared?.get(sha512) ?? (await compareFiles(facts, context))
  facts.compared?.set(sha512, compared)
  const { source } = located
  const comparison = withCompressor(compared, recipe, source.kind === 'git' ? source.committedAt : source.modifiedAt)
  const catalogue = registryCatalogue({ ...context, architecture: recipe.environment.image.architecture })
  const traced = await traceCauses(comparison, {
    artifact,
    source,
    tree: located.tree,
    recipe,
    rebuild,
    versionBefore: located.versionBefore,
    readFetched: (sha512) => context.store.read(sha512),
    npmReleases: () => catalogue.npmReleases(),
    signal: context.signal,
  })
  const both = {
    openPublished: facts.open,
    openRebuilt: () => createReadStream(join(facts.folder, 'rebuilt', rebuild.output.fileName)),
    exchanges: rebuild.exchanges,
    signal: context.signal,
  }
  const released = await withOtherReleases(traced, {
    ...both,
    ...{ directory: source.directory, tree: located.tree },
    readFetched: (sha512) => context.store.read(sha512),
    registry: registryReleases(context),
    publishedAt: publishedAt(artifact),
  })
  const named = await withNamedReleases(released, { ...both, recipe })
  const searching = { artifact, open: facts.open, located, signal: context.signal }
  const sourced = await withOtherSource(named, searching)
  const searched = await withHistory(sourced, searching)
  return withConfusion(searched, await findConfusion(facts, context.signal))
}

/** In milliseconds; a mirror's time is that of its copy. */
export function publishedAt({ claims }: Artifact): number | undefined {
  return claims.publishedAt === undefined || claims.mirrored ? undefined : Date.parse(claims.publishedAt)
}

async function compareFiles(
  { artifact, open, rebuild, folder, hidden }: RebuiltFacts,
  { progress, signal }: PlanContext,
): Promise<Comparison> {
  return await compareArtifacts({
    published: { ...artifact, open },
    rebuilt: { ...rebuild.output, open: () => createReadStream(join(folder, 'rebuilt', rebuild.output.fileName)) },
    ...(hidden && { hidden }),
    progress,
    signal,
  })
}

/** Where the registry tells installers something else than the tarball has. */
async function findConfusion({ artifact, open }: RebuiltFacts, signal: AbortSignal): Promise<Difference[]> {
  const { manifest } = artifact.claims
  if (manifest === undefined) return []
  const { text, hasBindingGyp } = await readPackedManifest({ source: open(), what: artifact.fileName, signal })
  return manifestConfusion(manifest, parseJson(text ?? ''), { hasBindingGyp })
}

/** What is installed is decided by both; a rebuild of the tarball alone does not stand for it. */
function withConfusion(comparison: Comparison, found: Difference[]): Comparison {
  if (found.length === 0) return comparison
  return { ...comparison, verdict: 'different', differences: [...found, ...comparison.differences].slice(0, 200_000) }
}
