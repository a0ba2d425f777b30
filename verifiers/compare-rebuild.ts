import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import semver from 'semver'
import { z } from 'zod'
import { compressorText } from './changed-recipe.ts'
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
import type { PlanContext } from './plan.ts'
import type { LocatedSource } from './source/located.ts'
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
}

/**
 * Compares what was published with what a recipe gave, and traces the differences to what only a rebuild knows: the
 * source, the recipe, what the build fetched, and what the registry says.
 */
export async function compareRebuild(facts: RebuiltFacts, context: PlanContext): Promise<Comparison> {
  const { artifact, open, located, recipe, rebuild, folder, hidden } = facts
  const compared = await compareArtifacts({
    published: { ...artifact, open },
    rebuilt: { ...rebuild.output, open: () => createReadStream(join(folder, 'rebuilt', rebuild.output.fileName)) },
    ...(hidden && { hidden }),
    progress: context.progress,
    signal: context.signal,
  })
  const comparison = withCompressor(compared, recipe)
  const catalogue = registryCatalogue({ ...context, architecture: recipe.environment.image.architecture })
  const traced = await traceCauses(comparison, {
    artifact,
    source: located.source,
    tree: located.tree,
    recipe,
    rebuild,
    readFetched: (sha512) => context.store.read(sha512),
    npmReleases: () => catalogue.npmReleases(),
    signal: context.signal,
  })
  const searched = await withHistory(traced, { artifact, open, located, signal: context.signal })
  return withConfusion(searched, await findConfusion(facts, context.signal))
}

const identifiedSchema = z.object({
  engine: z.enum(['zlib of Node', 'pako']),
  version: z.string(),
  level: z.int(),
  header: z.string(),
})

/**
 * Only the compression differs: what gives the published bytes can be part of the recipe. Where neither of the two that
 * were tried does, the zlib of Node up to 16 is left: it is zlib 1.2.11 without the changes of later ones.
 */
function withCompressor(comparison: Comparison, recipe: Recipe): Comparison {
  if (comparison.verdict !== 'stream-identical' || recipe.compressor) return comparison
  const node = recipe.environment.toolchains.find(({ name }) => name === 'node')?.version ?? '0'
  const differences = comparison.differences.map((difference): Difference => {
    if (difference.cause !== 'compression' || difference.path !== '') return difference
    const found = identifiedSchema.safeParse(difference.evidence.compressor)
    const header = found.success ? found.data.header : publishedHeader(difference)
    if (header === undefined) return difference
    const level = found.success ? found.data.level : header.endsWith('02ff') ? 9 : 6
    const toolchain =
      found.data?.engine === 'pako'
        ? { name: 'pako' as const, version: found.data.version }
        : { name: 'node' as const, version: found.success ? newNode(node) : oldNode }
    const value = compressorText({ toolchain, level, header })
    const reason = found.success
      ? 'The archive is the same, and this compressor gives the published bytes of it.'
      : 'The archive is the same; its compressor is none that newer machines have.'
    return { ...difference, suggestion: { lines: [{ line: '/compressor', value }], reason } }
  })
  return { ...comparison, differences }
}

/** The last with zlib 1.2.11. */
const oldNode = '16.20.2'

/** All from 18 on have the same zlib for this purpose; the recipe's own is there already. */
function newNode(version: string): string {
  return semver.major(version) >= 18 ? version : '20.18.1'
}

/** Where it has no flag set, in hexadecimal: ten bytes. */
function publishedHeader({ evidence }: Difference): string | undefined {
  const parsed = z
    .object({ published: z.object({ header: z.string().regex(/^1f8b0800[0-9a-f]{12}$/) }) })
    .safeParse(evidence)
  return parsed.data?.published.header
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
