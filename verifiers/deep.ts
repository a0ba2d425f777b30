import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { type Artifact, artifactSchema } from './model/artifact.ts'
import { Problem } from './model/problem.ts'
import { rebuildSchema } from './model/rebuild.ts'
import type { Recipe } from './model/recipe.ts'
import { type DeepReport, type Report, reportSchema } from './model/report.ts'
import type { Source } from './model/source.ts'
import { committedOutputs, isOutputFile } from './npm/committed-output.ts'
import { readPublished } from './npm/infer/published.ts'
import { matchSource } from './npm/infer/source-match.ts'
import type { RebuildContext, RebuildRequest } from './rebuild.ts'
import type { LocatedSource } from './source/located.ts'
import { goesOn, loadNoun, type Run } from './store/runs.ts'

/** A rebuild of what is committed: the file that was packed of it, and where builds left their files. */
export type Committed = { artifact: Artifact; source: Source; folders: string[] }

type Facts = {
  run: Pick<Run, 'folder' | 'load'>
  artifact: Artifact
  located: LocatedSource
  request: RebuildRequest
  rebuild: (request: RebuildRequest, context: RebuildContext) => Promise<Report>
}

/**
 * The second question about a package whose build output is committed: does building the source give what is committed?
 * The first rebuild has packed what is committed; this one removes it, builds, packs again, and compares the two. It is a
 * run of its own in `deep/` of the run's folder.
 *
 * @throws {Problem} INTERRUPTED, DISK_FULL
 */
export async function rebuildCommitted(facts: Facts, context: RebuildContext): Promise<DeepReport> {
  const { run, artifact, located, request, rebuild } = facts
  const { source } = located
  const packed = await packedFile(run, artifact, context)
  const folders = await outputsIn(packed, located, context)
  const removed = (await located.tree.list()).filter(({ path }) => isOutputFile(path, folders)).length
  const outputs = { folders, removed }
  if (folders.length === 0) {
    const message = 'No file that was published is committed in a folder where builds leave theirs.'
    return { outputs, differences: [], problem: { code: 'RECIPE_NOT_INFERRED', stage: 'source', message, details: {} } }
  }
  const out = join(run.folder, 'deep')
  const { passFile: _, deep: __, ...same } = request
  const finished = await loadNoun(out, 'report', reportSchema)
  const report =
    finished ?? (await rebuild({ ...same, out, committed: { artifact: packed, source, folders } }, context))
  const { verdict, recipe, comparison, differences, attempts, problem } = report
  if (problem && goesOn.has(problem.code)) throw new Problem(problem.code, problem.message)
  return {
    outputs,
    differences,
    ...(verdict && { verdict }),
    ...(recipe && { recipe }),
    ...(comparison && { comparison }),
    ...(attempts && { attempts }),
    ...(problem && { problem }),
  }
}

/** The nouns that such a run starts with. */
export async function adoptCommitted(run: Pick<Run, 'load' | 'save'>, { artifact, source }: Committed): Promise<void> {
  if (await run.load('artifact', artifactSchema)) return
  await run.save('source', source)
  await run.save('artifact', artifact)
}

/** A recipe that builds nothing says nothing of what is committed. */
export function assertBuilds({ steps }: Recipe): void {
  if (steps.some(({ phase }) => phase === 'install')) return
  throw new Problem('RECIPE_NOT_INFERRED', 'Nothing in the source says how what is committed was built.', {
    hint: 'Give the steps with --recipe.',
  })
}

async function packedFile(run: Facts['run'], artifact: Artifact, { store, signal }: RebuildContext): Promise<Artifact> {
  const rebuild = await run.load('rebuild', rebuildSchema)
  if (rebuild === undefined) throw new Problem('FAULT', 'There is no rebuild to go on from.')
  const { fileName, size } = rebuild.output
  const file = createReadStream(join(run.folder, 'rebuilt', fileName))
  const { digests } = await store.write(file, { limit: size, what: fileName, signal })
  const { manifest: _, attestations: __, ...claims } = artifact.claims
  return { ...artifact, fileName, size, digests, declared: [], claims }
}

async function outputsIn(packed: Artifact, located: LocatedSource, { store, signal }: RebuildContext) {
  const { source, tree } = located
  const { directory } = source
  const algorithm = source.tree.length === 40 ? 'sha1' : 'sha256'
  const open = store.read(packed.digests.sha512)
  const published = await readPublished({ source: open, what: packed.fileName, algorithm, signal })
  const { missing, changed } = await matchSource({ published, tree, directory, algorithm })
  const other = new Set([...missing, ...changed])
  const paths = published.files.flatMap(({ path }) => (other.has(path) ? [] : [path]))
  return committedOutputs({ directory, entries: await tree.list(), packed: paths })
}
