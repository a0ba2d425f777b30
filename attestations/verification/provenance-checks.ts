import { type Expectations, matches, told } from './expectations.ts'
import { type Check, failed, passed, skipped } from './model.ts'
import type { Signer } from './signer.ts'
import { refOf, repositoryOf, type StatementView } from './statement.ts'

/**
 * Where the file comes from. The statement says so, and where the builder is the CI system itself, or the statement says
 * nothing, also the certificate: then both have to agree.
 */
export function sourceCheck(
  view: StatementView | undefined,
  signer: Signer | undefined,
  expectations: Expectations,
): Check {
  const id = 'source'
  const { sourceRepository, sourceCommit, sourceRef } = expectations
  const stated = (view?.sources ?? []).map(({ uri, commit }) => ({
    by: 'statement',
    repository: uri,
    commit,
    ref: refOf(uri),
  }))
  const claims = signer?.kind === 'certificate' ? signer.claims.extensions : {}
  const certified =
    claims.sourceRepositoryUri === undefined || (stated.length > 0 && !builtByCi(view))
      ? []
      : [
          {
            by: 'certificate',
            repository: claims.sourceRepositoryUri,
            commit: claims.sourceRepositoryDigest,
            ref: claims.sourceRepositoryRef,
          },
        ]
  const sources = [...stated, ...certified]
  const evidence = { sources }
  if (sourceRepository === undefined && sourceCommit === undefined && sourceRef === undefined) {
    return skipped(id, 'No source was asked for.', evidence)
  }
  if (sources.length === 0)
    return failed(id, 'SOURCE_NOT_STATED', 'Neither the statement nor the certificate names a source.', evidence)
  for (const { by, repository, commit, ref } of sources) {
    const wrong =
      sourceRepository !== undefined && repositoryOf(repository) !== repositoryOf(sourceRepository)
        ? `comes from ${repository}, and ${sourceRepository} was expected`
        : sourceCommit !== undefined && commit !== undefined && commit.toLowerCase() !== sourceCommit.toLowerCase()
          ? `comes from commit ${commit}, and ${sourceCommit} was expected`
          : sourceRef !== undefined && ref !== undefined && ref !== sourceRef
            ? `comes from ${ref}, and ${sourceRef} was expected`
            : undefined
    if (wrong) return failed(id, 'SOURCE_MISMATCH', `The file ${wrong}; so says the ${by}.`, evidence)
  }
  const [unsaid] = [
    ...(sourceCommit !== undefined && sources.every(({ commit }) => commit === undefined) ? ['commit'] : []),
    ...(sourceRef !== undefined && sources.every(({ ref }) => ref === undefined) ? ['ref'] : []),
  ]
  if (unsaid) return failed(id, 'SOURCE_NOT_STATED', `Nothing says which ${unsaid} it comes from.`, evidence)
  return passed(id, 'It comes from the expected source.', evidence)
}

/** Build types of CI systems that build the repository which the certificate names. */
const ciBuildTypes = [
  'https://actions.github.io/buildtypes/workflow/v1',
  'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
  'https://github.com/npm/cli/gha/',
  'https://github.com/npm/cli/gitlab/',
  'https://github.com/slsa-framework/slsa-github-generator/',
]

const builtByCi = (view: StatementView | undefined): boolean =>
  ciBuildTypes.some((type) => view?.buildType?.startsWith(type) ?? false)

export function builderCheck(
  view: StatementView,
  signer: Signer | undefined,
  expected: Expectations['builder'],
): Check {
  const id = 'builder'
  const { builder } = view
  const evidence = { ...(builder !== undefined && { builder }) }
  if (!expected) return skipped(id, `No builder was asked for; it is ${builder ?? 'not stated'}.`, evidence)
  if (builder === undefined) return failed(id, 'BUILDER_NOT_STATED', 'The statement names no builder.', evidence)
  if (!matches(expected, builder)) {
    const detail = `It was built by ${builder}, and ${told(expected)} was expected.`
    return failed(id, 'BUILDER_MISMATCH', detail, evidence)
  }
  const certified = certifiedBuilder(view, signer)
  return certified === undefined || certified === builder
    ? passed(id, `It was built by ${builder}.`, evidence)
    : failed(
        id,
        'BUILDER_MISMATCH',
        `The statement says that ${builder} built it, and the certificate that ${certified} did.`,
        { ...evidence, certified },
      )
}

const runner = 'https://github.com/actions/runner/'

/** Which builder the certificate of a CI system names, in the terms of a statement that the job made up itself. */
function certifiedBuilder(view: StatementView, signer: Signer | undefined): string | undefined {
  if (signer?.kind !== 'certificate' || !builtByCi(view)) return undefined
  const { runnerEnvironment, buildSignerUri } = signer.claims.extensions
  if (view.builder?.startsWith(runner)) return runnerEnvironment && `${runner}${runnerEnvironment}`
  return view.buildType === ciBuildTypes[0] ? buildSignerUri : undefined
}

export function buildTypeCheck({ buildType }: StatementView, expected: string | undefined): Check {
  const id = 'build-type'
  const evidence = { ...(buildType !== undefined && { buildType }) }
  if (expected === undefined)
    return skipped(id, `No build type was asked for; it is ${buildType ?? 'not stated'}.`, evidence)
  return buildType === expected
    ? passed(id, `Its build type is ${buildType}.`, evidence)
    : failed(
        id,
        'BUILD_TYPE_MISMATCH',
        `Its build type is ${buildType ?? 'not stated'}, and ${expected} was expected.`,
        evidence,
      )
}

/** https://slsa.dev/spec/v1.2/verifying-artifacts: parameters that are not known are refused. */
export function parametersCheck({ parameters = {} }: StatementView, expected: Expectations['parameters']): Check {
  const id = 'parameters'
  const names = Object.keys(parameters)
  const evidence = { names: names.slice(0, 100) }
  if (!expected) return skipped(id, 'No parameters were asked for.', evidence)
  const unknown = names.find((name) => !Object.hasOwn(expected, name))
  if (unknown !== undefined) {
    return failed(
      id,
      'PARAMETER_UNKNOWN',
      `The build had the parameter ${JSON.stringify(unknown)}, which was not expected.`,
      evidence,
    )
  }
  const other = Object.keys(expected).find((name) => !sameJson(parameters[name], expected[name]))
  return other === undefined
    ? passed(id, 'The build had the expected parameters.', evidence)
    : failed(
        id,
        'PARAMETER_MISMATCH',
        `The parameter ${JSON.stringify(other)} has another value than expected.`,
        evidence,
      )
}

function sameJson(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const [left, right] = [Object.entries(one), new Map<string, unknown>(Object.entries(other))]
  return (
    left.length === right.size && left.every(([name, value]) => right.has(name) && sameJson(value, right.get(name)))
  )
}

export function dependenciesCheck({ dependencies }: StatementView): Check {
  const unhashed = dependencies.filter(({ digest }) => Object.keys(digest).length === 0).length
  const without = unhashed > 0 ? `, ${unhashed} of them without digest` : ''
  return skipped(
    'dependencies',
    `Nothing was asked of the dependencies, of which it lists ${dependencies.length}${without}.`,
    {
      listed: dependencies.length,
      withoutDigest: unhashed,
    },
  )
}
