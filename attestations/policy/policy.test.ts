import { describe, expect, test } from 'vitest'
import { rebuildResultType } from '../statements/rebuild-result.ts'
import { readStatement, type StatementView } from '../verification/statement.ts'
import type { StatementResult, Verification } from '../verification/verify.ts'
import { checkDependencies, checkRebuild, settle } from './evaluate.ts'
import { policyFrom } from './read.ts'

const now = new Date('2026-11-23T12:00:00Z')

const policy = (rest: string) =>
  policyFrom(
    `schema: https://reproof.dev/policy/v1\nsigners: [{ identity: a, issuer: b }]\n${rest}`,
    'reproof.policy.yaml',
  )

function view(predicateType: string, predicate: unknown): StatementView {
  const subject = [{ digest: { sha256: 'a'.repeat(64) } }]
  const read = readStatement(
    Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate })),
  )
  if ('fault' in read) throw new Error(read.fault.detail)
  return read.view
}

const digest = { sha256: 'a'.repeat(64) }
const provenance = (resolvedDependencies: unknown[], dependencyFindings: unknown[] = []) =>
  view('https://slsa.dev/provenance/v1', {
    buildDefinition: {
      buildType: 'x',
      externalParameters: {},
      internalParameters: { dependencyFindings },
      resolvedDependencies,
    },
    runDetails: { builder: { id: 'x' } },
  })
const fine = { uri: 'pkg:npm/fine@1.0.0', digest, annotations: { role: 'runtime', evidence: 'both', license: 'MIT' } }

describe('dependencies', () => {
  test.each([
    ['without-digest', { ...fine, digest: {} }],
    ['without-digest', { ...fine, digest: { sha1: 'a'.repeat(40) } }],
    ['undeclared', { ...fine, annotations: { role: 'build', evidence: 'observed' } }],
    ['git-or-http', { ...fine, uri: 'git+https://example.com/o/r' }],
    ['install-scripts', { ...fine, annotations: { ...fine.annotations, installScripts: ['postinstall'] } }],
    ['deprecated', { ...fine, annotations: { ...fine.annotations, deprecated: 'no longer kept' } }],
  ])('%s is refused where the policy says so, and nowhere else', (rule, dependency) => {
    const given = provenance([fine, dependency])
    expect(checkDependencies(given, policy(`dependencies: { refuse: [${rule}] }`), now)).toMatchObject({
      result: 'failed',
      code: 'DEPENDENCY_REFUSED',
      evidence: { refused: [{ rule, uri: dependency.uri }] },
    })
    expect(checkDependencies(given, policy('dependencies: {}'), now).result).toBe('passed')
    expect(checkDependencies(provenance([fine]), policy(`dependencies: { refuse: [${rule}] }`), now).result).toBe(
      'passed',
    )
  })

  test('two digests of one dependency are refused by what the rebuild found', () => {
    const given = provenance([fine], [{ id: 'DEP_DIGEST_MISMATCH', uri: fine.uri }])
    expect(checkDependencies(given, policy('dependencies: { refuse: [digest-mismatch] }'), now).result).toBe('failed')
  })

  test.each([
    ['pkg:npm/fine@1.0.0', 'passed'],
    ['pkg:npm/fine@1.0.0?repository_url=https%3A%2F%2Fnpm.example.com', 'passed'],
    ['pkg:npm/fine@1.0.0?repository_url=https%3A%2F%2Fevil.example', 'failed'],
    ['pkg:npm/fine@1.0.0?repository_url=%zz', 'failed'],
    ['https://npm.example.com/fine.tgz', 'passed'],
    ['https://npm.example.com.evil.example/fine.tgz', 'failed'],
  ])('registries: %s %s', (uri, result) => {
    const check = checkDependencies(
      provenance([{ ...fine, uri }]),
      policy('dependencies: { registries: [npm.example.com] }'),
      now,
    )
    expect(check.result).toBe(result)
  })

  test('licences count for packages only', () => {
    const only = policy('dependencies: { licences: [MIT] }')
    const toolchain = { uri: 'pkg:generic/node@24', digest, annotations: { role: 'toolchain' } }
    expect(checkDependencies(provenance([fine, toolchain]), only, now).result).toBe('passed')
    expect(checkDependencies(provenance([{ ...fine, annotations: { role: 'runtime' } }]), only, now).result).toBe(
      'failed',
    )
  })

  test.each([
    ['for it', 'deprecated', 'pkg:npm/old@1.0.0', '2026-11-23', 'passed'],
    ['for any version of it', 'deprecated', 'pkg:npm/old@*', '2026-12-31', 'passed'],
    ['that has ended', 'deprecated', 'pkg:npm/old@1.0.0', '2026-11-22', 'failed'],
    ['for another rule', 'install-scripts', 'pkg:npm/old@1.0.0', '2026-12-31', 'failed'],
    ['for another package', 'deprecated', 'pkg:npm/older@*', '2026-12-31', 'failed'],
  ])('an exception %s', (_, rule, dependency, until, result) => {
    const old = { ...fine, uri: 'pkg:npm/old@1.0.0', annotations: { ...fine.annotations, deprecated: 'x' } }
    const given = policy(
      `dependencies: { refuse: [deprecated] }\nexceptions: [{ rule: ${rule}, dependency: '${dependency}', reason: r, until: '${until}' }]`,
    )
    const check = checkDependencies(provenance([old]), given, now)
    expect(check.result).toBe(result)
    if (until === '2026-11-22') expect(check.detail).toContain('ended on 2026-11-22')
  })
})

describe('a rebuild', () => {
  const wanted = policy('rebuild: { verdict: content-identical }')
  test.each([
    ['bit-identical', false, 'passed'],
    ['content-identical', false, 'passed'],
    ['equivalent', false, 'failed'],
    ['different', false, 'failed'],
    ['something new', false, 'failed'],
    ['bit-identical', true, 'failed'],
    ['bit-identical', undefined, 'failed'],
  ])('that is %s (assisted: %s): %s', (verdict, assisted, result) => {
    expect(checkRebuild(view(rebuildResultType, { verdict, assisted }), wanted).result).toBe(result)
  })
})

describe('a rebuild by OSS Rebuild', () => {
  const equivalence = (rebuilt: string) =>
    view('https://slsa.dev/provenance/v1', {
      buildDefinition: {
        buildType: 'https://docs.oss-rebuild.dev/builds/ArtifactEquivalence@v0.1',
        externalParameters: { candidate: 'rebuild/a.tgz', target: 'https://example.com/a.tgz' },
        resolvedDependencies: [
          { name: 'rebuild/a.tgz', digest: { sha256: rebuilt } },
          { name: 'https://example.com/a.tgz', digest },
        ],
      },
      runDetails: { builder: { id: 'https://docs.oss-rebuild.dev/hosts/Google' } },
    })

  test.each([
    [digest.sha256, 'bit-identical', 'true', 'passed'],
    ['b'.repeat(64), 'bit-identical', 'true', 'failed'],
    ['b'.repeat(64), 'equivalent', 'true', 'passed'],
    // It does not say whether a human helped.
    [digest.sha256, 'bit-identical', 'false', 'failed'],
  ])('%s, when %s is wanted (assisted: %s): %s', (rebuilt, verdict, assisted, result) => {
    const wanted = policy(`rebuild: { verdict: ${verdict}, assisted: ${assisted} }`)
    expect(checkRebuild(equivalence(rebuilt), wanted).result).toBe(result)
  })

  test('is no provenance whose dependencies could be judged', () => {
    const given = policy('dependencies: { refuse: [without-digest] }')
    expect(checkDependencies(equivalence(digest.sha256), given, now).result).toBe('skipped')
  })
})

describe('all statements together', () => {
  const result = (identity: string, rest: Partial<StatementResult> = {}): StatementResult => ({
    verdict: 'verified',
    origin: { file: 'f', index: 0 },
    statement: view(rebuildResultType, { verdict: 'bit-identical', assisted: false }),
    signer: { identity, issuer: 'i' },
    times: [],
    checks: [],
    ...rest,
  })
  const about = (statements: StatementResult[]): Verification => ({
    verdict: 'verified',
    artifact: { name: 'a', digests: {} },
    statements,
  })
  const two = policy('rebuild: { verdict: bit-identical, rebuilders: 2 }')

  test('two statements of one signer are one rebuilder', () => {
    expect(settle(about([result('a'), result('a')]), two)).toMatchObject({
      verdict: 'unverifiable',
      requirements: [{ met: false }],
    })
    expect(settle(about([result('a'), result('b')]), two)).toMatchObject({
      verdict: 'verified',
      requirements: [{ met: true }],
    })
  })

  test('what does not hold does not count', () => {
    expect(settle(about([result('a'), result('b', { verdict: 'rejected' })]), two).verdict).toBe('rejected')
  })

  test('rules about dependencies need a provenance', () => {
    const given = policy('dependencies: { refuse: [undeclared] }')
    expect(settle(about([result('a')]), given).verdict).toBe('unverifiable')
    const statement = provenance([fine])
    expect(settle(about([result('a', { statement })]), given).verdict).toBe('verified')
  })
})

test.each([
  ['nothing', ''],
  ['no YAML', 'a: [b'],
  ['another schema', 'schema: x\nsigners: [{ identity: a, issuer: b }]'],
  ['nobody who may sign', 'schema: https://reproof.dev/policy/v1\nsigners: []'],
  ['an identity without issuer', 'schema: https://reproof.dev/policy/v1\nsigners: [{ identity: a }]'],
  [
    'a rule that there is not',
    'schema: https://reproof.dev/policy/v1\nsigners: [{ identity: a, issuer: b }]\ndependencies: { refuse: [all] }',
  ],
  [
    'a key that is not known',
    'schema: https://reproof.dev/policy/v1\nsigners: [{ identity: a, issuer: b }]\nsigner: x',
  ],
  [
    'an exception without end',
    'schema: https://reproof.dev/policy/v1\nsigners: [{ identity: a, issuer: b }]\nexceptions: [{ rule: deprecated, dependency: x, reason: y }]',
  ],
  [
    'a key twice',
    'schema: https://reproof.dev/policy/v1\nsigners: [{ identity: a, issuer: b }]\nsigners: [{ identity: c, issuer: d }]',
  ],
  ['aliases', 'schema: &x https://reproof.dev/policy/v1\nsigners: [{ identity: *x, issuer: b }]'],
])('a policy with %s is refused', (_, text) => {
  expect(() => policyFrom(text, 'p')).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }))
})
