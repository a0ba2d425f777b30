import { describe } from 'vitest'
import { claim } from '../../../fixtures/attestations/forge/certificates.ts'
import { expecting, type Forgery, said, tried } from '../../../fixtures/attestations/forge/forgeries.ts'
import { file, workflow, workflowClaims } from '../../../fixtures/attestations/forge/instance.ts'
import { statementAbout } from '../../../fixtures/attestations/key-signed.ts'
import type { Expectations } from '../expectations.ts'

describe('a source', () => {
  const repository = workflow.repository
  const ciType = 'https://actions.github.io/buildtypes/workflow/v1'
  const from = (uri: string, more: { buildType?: string; commit?: string; dependencies?: object[] } = {}): Forgery =>
    said({
      predicate: {
        buildDefinition: {
          buildType: more.buildType ?? 'https://example.com/build/v1',
          externalParameters: { source: { uri, ...(more.commit && { digest: { gitCommit: more.commit } }) } },
          resolvedDependencies: more.dependencies ?? [],
        },
        runDetails: { builder: { id: 'https://example.com/builder' } },
      },
    })
  const wanted = (forgery: Forgery, more: Partial<Expectations> = {}): Forgery =>
    expecting({ sourceRepository: repository, ...more }, forgery)
  tried([
    ['that is the one', 'verified', () => wanted(from(repository))],
    ['as git writes it', 'verified', () => wanted(from('git+ssh://git@github.com/acme/widget.git@refs/heads/main'))],
    ['whose name goes on', 'SOURCE_MISMATCH', () => wanted(from(`${repository}-evil`))],
    ['of another owner', 'SOURCE_MISMATCH', () => wanted(from('https://github.com/evil/widget'))],
    ['of another host', 'SOURCE_MISMATCH', () => wanted(from('https://github.com.evil.example/acme/widget'))],
    ['with the host as user', 'SOURCE_MISMATCH', () => wanted(from('https://github.com@evil.example/acme/widget'))],
    [
      'with a backslash before the host',
      'SOURCE_MISMATCH',
      () => wanted(from('https://evil.example\\@github.com/acme/widget')),
    ],
    ['with a line end', 'SOURCE_MISMATCH', () => wanted(from('https://evil.example\n@github.com/acme/widget'))],
    ['behind a number sign', 'SOURCE_MISMATCH', () => wanted(from(`https://evil.example#${repository}`))],
    ['as a query', 'SOURCE_MISMATCH', () => wanted(from(`https://evil.example/?${repository}`))],
    ['with a way up', 'SOURCE_MISMATCH', () => wanted(from('https://github.com/acme/widget/../../evil/repo'))],
    ['with a look-alike letter', 'SOURCE_MISMATCH', () => wanted(from('https://github.com/\u0430cme/widget'))],
    ['with a query behind', 'SOURCE_MISMATCH', () => wanted(from(`${repository}?ref=evil`))],
    ['below the repository', 'SOURCE_MISMATCH', () => wanted(from(`${repository}/evil`))],
    [
      'that only a dependency names',
      'SOURCE_MISMATCH',
      () =>
        wanted(
          from('https://github.com/evil/widget', {
            dependencies: [{ uri: `git+${repository}`, digest: { gitCommit: workflow.commit } }],
          }),
        ),
    ],
    [
      'that the job names and the certificate does not',
      'SOURCE_MISMATCH',
      () => ({
        ...wanted(from(repository, { buildType: ciType })),
        options: {
          ...from(repository, { buildType: ciType }).options,
          claims: workflowClaims().map((one) =>
            one.id.endsWith('.12') ? claim(12, 'https://github.com/evil/widget') : one,
          ),
        },
      }),
    ],
    [
      'of another commit than the certificate says',
      'SOURCE_MISMATCH',
      () => wanted(from(repository, { buildType: ciType, commit: 'b'.repeat(40) }), { sourceCommit: 'b'.repeat(40) }),
    ],
    [
      'of another commit',
      'SOURCE_MISMATCH',
      () => wanted(from(repository, { commit: 'b'.repeat(40) }), { sourceCommit: 'a'.repeat(40) }),
    ],
    [
      'of a commit that begins so',
      'SOURCE_MISMATCH',
      () => wanted(from(repository, { commit: 'a'.repeat(40) }), { sourceCommit: 'a'.repeat(39) }),
    ],
    ['without commit', 'SOURCE_NOT_STATED', () => wanted(from(repository), { sourceCommit: 'a'.repeat(40) })],
    [
      'of a branch that has the name of a tag',
      'SOURCE_MISMATCH',
      () => wanted(from(`${repository}@refs/heads/v1`), { sourceRef: 'refs/tags/v1' }),
    ],
    [
      'of a tag that goes on',
      'SOURCE_MISMATCH',
      () => wanted(from(`${repository}@refs/tags/v1.0`), { sourceRef: 'refs/tags/v1' }),
    ],
    ['without ref', 'SOURCE_NOT_STATED', () => wanted(from(repository), { sourceRef: 'refs/tags/v1' })],
    ['that is no address', 'SOURCE_MISMATCH', () => wanted(from('widget'))],
    [
      'in no predicate',
      'SOURCE_NOT_STATED',
      () =>
        expecting(
          { sourceRepository: repository },
          {
            options: { ...said({ predicate: [] }).options, claims: workflowClaims().slice(0, 3) },
          },
        ),
    ],
  ])
})

describe('a builder and its parameters', () => {
  const ciType = 'https://actions.github.io/buildtypes/workflow/v1'
  const certified = (
    more: ReturnType<typeof claim>,
    forgery: Forgery,
    expectations: Partial<Expectations>,
  ): Forgery => ({
    options: { ...forgery.options, claims: [...workflowClaims(), more] },
    expectations,
  })
  const builder = (
    id: unknown,
    buildType: unknown = 'https://example.com/build/v1',
    externalParameters: unknown = {},
  ): Forgery =>
    said({ predicate: { buildDefinition: { buildType, externalParameters }, runDetails: { builder: { id } } } })
  const wanted = { builder: { exactly: 'https://example.com/builder' } }
  const parametersText = (text: string): Forgery => ({
    options: {
      payload: JSON.stringify(statementAbout(file)).replace(
        /"externalParameters":\{[^}]*\}/,
        `"externalParameters":${text}`,
      ),
    },
    expectations: { parameters: {} },
  })
  tried([
    ['that is another', 'BUILDER_MISMATCH', () => expecting(wanted, builder('https://evil.example/builder'))],
    ['whose name goes on', 'BUILDER_MISMATCH', () => expecting(wanted, builder('https://example.com/builder@evil'))],
    ['whose name is a part', 'BUILDER_MISMATCH', () => expecting(wanted, builder('https://example.com/build'))],
    ['that is a list', 'BUILDER_NOT_STATED', () => expecting(wanted, builder(['https://example.com/builder']))],
    [
      'on a runner that the certificate does not know',
      'BUILDER_MISMATCH',
      () =>
        certified(claim(11, 'self-hosted'), builder('https://github.com/actions/runner/github-hosted', ciType), {
          builder: { exactly: 'https://github.com/actions/runner/github-hosted' },
        }),
    ],
    [
      'on the runner that the certificate knows',
      'verified',
      () =>
        certified(claim(11, 'self-hosted'), builder('https://github.com/actions/runner/self-hosted', ciType), {
          builder: { exactly: 'https://github.com/actions/runner/self-hosted' },
        }),
    ],
    [
      'that is another workflow than the certificate says',
      'BUILDER_MISMATCH',
      () =>
        certified(
          claim(11, 'github-hosted'),
          builder('https://github.com/acme/builders/.github/workflows/b.yml@v1', ciType),
          {
            builder: { pattern: 'https://github[.]com/acme/builders/.*' },
          },
        ),
    ],
    [
      'that is the workflow that signed',
      'verified',
      () => expecting({ builder: { exactly: workflow.identity } }, builder(workflow.identity, ciType)),
    ],
    ['that nobody names', 'BUILDER_NOT_STATED', () => expecting(wanted, said({ predicate: null }))],
    [
      'of another build type',
      'BUILD_TYPE_MISMATCH',
      () => expecting({ buildType: 'https://example.com/build/v1' }, builder('x', 'https://example.com/build/v10')),
    ],
    ['with a parameter called __proto__', 'PARAMETER_UNKNOWN', () => parametersText('{"__proto__":{"a":1}}')],
    ['with a parameter called constructor', 'PARAMETER_UNKNOWN', () => parametersText('{"constructor":1}')],
    [
      'with a number for a text',
      'PARAMETER_MISMATCH',
      () => ({
        ...parametersText('{"level":1}'),
        expectations: { parameters: { level: '1' } },
      }),
    ],
    [
      'with a list for an object',
      'PARAMETER_MISMATCH',
      () => ({
        ...parametersText('{"level":[1]}'),
        expectations: { parameters: { level: { 0: 1 } } },
      }),
    ],
    [
      'without a parameter that is expected',
      'PARAMETER_MISMATCH',
      () => ({
        ...parametersText('{}'),
        expectations: { parameters: { level: 1 } },
      }),
    ],
  ])
})
