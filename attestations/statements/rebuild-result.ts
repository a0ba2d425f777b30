import { createHash } from 'node:crypto'
import { z } from 'zod'
import { containerPasses } from '../../verifiers/compare/passes/container-passes.ts'
import { verdictSchema } from '../../verifiers/model/comparison.ts'
import { Problem, problemCodes } from '../../verifiers/model/problem.ts'
import { imageUri, sourceUri } from '../dependencies/foundations.ts'
import { byText } from '../dependencies/model.ts'
import { canonicalJson } from './canonical.ts'
import { type FinishedReport, finishedRun } from './finished.ts'
import { type Builder, type Resource, resourceSchema, type Statement, statement } from './statement.ts'
import { rebuildResultType } from './types.ts'

/** How many differences are listed one by one; all of them are counted. */
const listed = 1000

const severities = ['benign', 'unexplained', 'suspicious'] as const
const count = z.int().nonnegative()

/** A named way of looking away from differences that cannot carry behaviour, and how many it looked away from. */
const passSchema = z.strictObject({ id: z.string(), version: z.int(), differences: count })

/** What a rebuild found out about a published file. */
export const rebuildResultSchema = z.strictObject({
  rebuilder: z.strictObject({ id: z.string(), version: z.record(z.string(), z.string()) }),
  verdict: verdictSchema,
  /** Whether something that is not in the source took part; `assistance` says what. */
  assisted: z.boolean(),
  assistance: z.array(z.string()).optional(),
  /** When the rebuild ended, RFC 3339; absent when there was none. */
  rebuiltOn: z.string().optional(),
  published: resourceSchema,
  /** Subject of the SLSA provenance that goes with this statement. */
  rebuilt: resourceSchema.optional(),
  source: resourceSchema.optional(),
  environment: z.strictObject({ image: resourceSchema, toolchains: z.array(resourceSchema) }).optional(),
  /** With its content: enough to do it again. */
  recipe: resourceSchema.optional(),
  comparison: z
    .strictObject({
      /** What was looked away from, by id. Empty when the files are the same, byte for byte. */
      passes: z.array(passSchema),
      entries: z.strictObject({ published: count, rebuilt: count, identical: count }),
      /** How many differences there are of each severity. */
      differences: z.strictObject({ benign: count, unexplained: count, suspicious: count }),
      /** The first thousand. */
      list: z.array(
        z.strictObject({
          path: z.string(),
          kind: z.enum(['added', 'removed', 'changed', 'structure']),
          cause: z.string(),
          severity: z.enum(severities),
          summary: z.string(),
        }),
      ),
    })
    .optional(),
  /** Why there is no comparison. */
  problem: z.strictObject({ code: z.enum(problemCodes), stage: z.string() }).optional(),
})

export type RebuildResult = z.infer<typeof rebuildResultSchema>

/**
 * What was found out about the published file, whatever it is. Only the verdict `bit-identical` says that the file comes
 * from the source; a result that says anything else is a report, and no evidence against the file.
 *
 * @throws {Problem} RUN_INCOMPLETE when there is no verdict.
 */
export function rebuildResultStatement({
  report,
  builder,
}: {
  report: FinishedReport
  builder: Builder
}): Statement<RebuildResult> {
  const { artifact, verdict, assisted, assistance, problem } = report
  if (!artifact || !verdict) {
    throw new Problem(
      'RUN_INCOMPLETE',
      'The run has no verdict on a published file, so there is no result to attest.',
      {
        hint: '`reproof show` says how far it got.',
      },
    )
  }
  const { sha256, sha512 } = artifact.digests
  return statement({ name: artifact.purl, uri: artifact.purl, digest: { sha256, sha512 } }, rebuildResultType, {
    rebuilder: builder,
    verdict,
    assisted,
    ...(assisted && { assistance }),
    published: {
      name: artifact.fileName,
      digest: { sha256, sha512 },
      annotations: { size: artifact.size, declared: artifact.declared },
    },
    ...(report.recipe && foundation(report.recipe, report.rebuild?.lost)),
    ...(report.comparison && compared(report, verdict)),
    ...(problem && { problem: { code: problem.code, stage: problem.stage } }),
  })
}

function foundation(recipe: NonNullable<FinishedReport['recipe']>, lost: readonly string[] | undefined) {
  const { source, environment } = recipe
  const content = Buffer.from(canonicalJson(recipe))
  const git = source.kind === 'git' ? { gitCommit: source.commit } : {}
  const annotations = { ...(source.directory !== '' && { directory: source.directory }), ...(lost && { lost }) }
  return {
    source: {
      uri: sourceUri(source),
      digest: { ...git, gitTree: source.tree },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    environment: {
      image: { uri: imageUri(environment), digest: { sha256: environment.image.digest.slice('sha256:'.length) } },
      toolchains: environment.toolchains.map(
        ({ purl, digests: { sha256, sha512 } }): Resource => ({ uri: purl, digest: { sha256, sha512 } }),
      ),
    },
    recipe: {
      uri: recipe.schema,
      digest: { sha256: createHash('sha256').update(content).digest('hex') },
      mediaType: 'application/json',
      content: content.toString('base64'),
    },
  }
}

function compared(report: FinishedReport, verdict: RebuildResult['verdict']) {
  const { comparison, rebuild } = finishedRun(report)
  if (comparison.verdict !== verdict) {
    throw new Problem('RUN_INCOMPLETE', `The run says ${verdict}, and its comparison ${comparison.verdict}.`, {
      hint: 'Somebody changed its report, or a disk did; do the rebuild again.',
    })
  }
  const counts = { benign: 0, unexplained: 0, suspicious: 0 }
  for (const { severity } of report.differences) counts[severity]++
  const { fileName, size, digests } = rebuild.output
  return {
    rebuiltOn: rebuild.finishedAt,
    rebuilt: {
      name: fileName,
      digest: { sha256: digests.sha256, sha512: digests.sha512 },
      annotations: { size },
    },
    comparison: {
      passes: passesOf(report.differences),
      entries: comparison.entries,
      differences: counts,
      list: report.differences
        .slice(0, listed)
        .map(({ path, kind, cause, severity, summary }) => ({ path, kind, cause, severity, summary })),
    },
  }
}

const appliedSchema = z.object({ passes: z.array(z.object({ id: z.string(), version: z.int() })) })

/** Passes that undid content say so in the evidence of a difference; those of the container are known by their causes. */
function passesOf(differences: FinishedReport['differences']): z.infer<typeof passSchema>[] {
  const used = new Map<string, z.infer<typeof passSchema>>()
  for (const { cause, evidence } of differences) {
    const inside = appliedSchema.safeParse(evidence).data?.passes ?? []
    const around = containerPasses.filter(({ causes }) => causes.includes(cause))
    for (const { id, version } of [...inside, ...around]) {
      used.set(id, { id, version, differences: (used.get(id)?.differences ?? 0) + 1 })
    }
  }
  return [...used.values()].sort((a, b) => byText(a.id, b.id))
}
