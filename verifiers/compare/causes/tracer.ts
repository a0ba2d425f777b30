import type { Readable } from 'node:stream'
import type { Artifact } from '../../model/artifact.ts'
import type { Difference } from '../../model/comparison.ts'
import type { Rebuild } from '../../model/rebuild.ts'
import type { Recipe } from '../../model/recipe.ts'
import type { Source } from '../../model/source.ts'
import type { SourceTree } from '../../source/source-tree.ts'

/** What a rebuild knows besides the two files. */
export type TraceContext = {
  artifact: Pick<Artifact, 'name' | 'version' | 'claims'>
  source: Source
  tree: SourceTree
  recipe: Recipe
  rebuild: Pick<Rebuild, 'exchanges' | 'startedAt' | 'finishedAt'>
  /** A file that the build fetched, by the digest that was recorded. */
  readFetched(sha512: string): Readable
  /** What package.json said in the commit before; nobody may know. */
  versionBefore?: (() => Promise<string | undefined>) | undefined
  /** Newest first. */
  npmReleases(): Promise<{ version: string; releasedAt?: number | undefined }[]>
  signal: AbortSignal
}

export type Tracer = {
  id: string
  /** What is to be said instead, or `undefined` where the tracer has nothing to say. */
  trace(difference: Difference, context: TraceContext): Promise<Difference | undefined>
}

/** Time of the commit or of the newest file, in milliseconds. */
export function builtAt(source: Source): number {
  return Date.parse(source.kind === 'git' ? source.committedAt : source.modifiedAt)
}
