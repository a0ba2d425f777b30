import { z } from 'zod'
import { sourceUri } from '../dependencies/foundations.ts'
import { completenessSchema, type DependencySet, findingSchema } from '../dependencies/model.ts'
import { type FinishedReport, finishedRun } from './finished.ts'
import {
  type Builder,
  type Resource,
  resourceOf,
  resourceSchema,
  type Statement,
  type Subject,
  statement,
} from './statement.ts'

export const provenanceType = 'https://slsa.dev/provenance/v1'
export const buildType = 'https://reproof.dev/buildtypes/rebuild/v1'

/** What was asked for. Verifiers should refuse keys that they do not know. */
export const externalParametersSchema = z.strictObject({
  /** Package URL of the published file that was rebuilt. */
  artifact: z.string(),
  /** Where the source is, as an SPDX download location. */
  source: z.string(),
  /** Folder of the package inside the source; absent for its root. */
  directory: z.string().optional(),
  /** What a human added that is not in the source, each as one sentence; absent when nothing was. */
  assistance: z.array(z.string()).optional(),
})

/** What reproof itself set, and how complete the list of dependencies is. */
export const internalParametersSchema = z.strictObject({
  /** The registry was shown to the build as it was at this moment. */
  registryTime: z.string(),
  /** Without network but while installing, and then only through the recording proxy. */
  network: z.literal('recording-proxy'),
  dependencyCompleteness: completenessSchema,
  /** Where what was declared and what was seen disagree, and what a reviewer should look at. */
  dependencyFindings: z.array(findingSchema),
})

/** https://slsa.dev/spec/v1.2/build-provenance */
export const provenanceSchema = z.strictObject({
  buildDefinition: z.strictObject({
    buildType: z.literal(buildType),
    externalParameters: externalParametersSchema,
    internalParameters: internalParametersSchema,
    resolvedDependencies: z.array(resourceSchema),
  }),
  runDetails: z.strictObject({
    builder: z.strictObject({ id: z.string(), version: z.record(z.string(), z.string()) }),
    metadata: z.strictObject({
      invocationId: z.string().optional(),
      startedOn: z.string(),
      finishedOn: z.string(),
    }),
  }),
})

export type Provenance = z.infer<typeof provenanceSchema>

/**
 * SLSA provenance of the file that the rebuild made. It speaks of the published file only when that is the same file:
 * otherwise the subject is the rebuilt file under a name that nobody takes for the published one.
 *
 * @throws {Problem} RUN_INCOMPLETE
 */
export function provenanceStatement({
  report,
  dependencies,
  builder,
  invocation,
}: {
  report: FinishedReport
  dependencies: DependencySet
  builder: Builder
  /** URI of the job that did it, where there is one. */
  invocation?: string
}): Statement<Provenance> {
  const { recipe, rebuild, artifact } = finishedRun(report)
  const { directory } = recipe.source
  return statement(rebuiltSubject(report), provenanceType, {
    buildDefinition: {
      buildType,
      externalParameters: {
        artifact: artifact.purl,
        source: sourceUri(recipe.source),
        ...(directory !== '' && { directory }),
        ...(report.assisted && { assistance: report.assistance }),
      },
      // Not as extension fields of the predicate, which readers made of the specification's protobuf refuse.
      internalParameters: {
        registryTime: recipe.network.registryTime,
        network: 'recording-proxy',
        dependencyCompleteness: dependencies.completeness,
        dependencyFindings: dependencies.findings,
      },
      resolvedDependencies: dependencies.dependencies.map((dependency): Resource => resourceOf(dependency)),
    },
    runDetails: {
      builder,
      metadata: {
        ...(invocation !== undefined && { invocationId: invocation }),
        startedOn: rebuild.startedAt,
        finishedOn: rebuild.finishedAt,
      },
    },
  })
}

/** The rebuilt file: under the published one's name where it is the same, byte for byte. */
export function rebuiltSubject(report: FinishedReport): Subject {
  const { artifact, rebuild, comparison } = finishedRun(report)
  const { sha256, sha512 } = rebuild.output.digests
  const isSame = comparison.verdict === 'bit-identical' && sha512 === artifact.digests.sha512
  return isSame
    ? { name: artifact.purl, uri: artifact.purl, digest: { sha256, sha512 } }
    : { name: `rebuild/${rebuild.output.fileName}`, digest: { sha256, sha512 } }
}
