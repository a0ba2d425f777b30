import { describe, expect, test } from 'vitest'
import { rebuildResultType } from '../statements/types.ts'
import { readStatement, type StatementView } from '../verification/statement.ts'
import type { StatementResult, Verification } from '../verification/verify.ts'
import { checkDependencies, checkRebuild } from './evaluate.ts'
import { checkOwnVerdict } from './own-verdict.ts'
import { policyFrom } from './read.ts'
import type { RosterEntry } from './roster.ts'
import { settle } from './settle.ts'

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
const registryTime = '2026-11-01T00:00:00Z'
const provenance = (resolvedDependencies: unknown[], dependencyFindings: unknown[] = []) =>
  view('https://slsa.dev/provenance/v1', {
    buildDefinition: {
      buildType: 'x',
      externalParameters: {},
      internalParameters: { registryTime, dependencyFindings },
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
    ['provenance-invalid', { ...fine, annotations: { ...fine.annotations, provenance: 'present' } }],
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

  test('a package without a reliable digest in the lockfile is refused by what the rebuild found', () => {
    const given = provenance([fine], [{ id: 'DEP_NO_INTEGRITY', uri: fine.uri }])
    const check = checkDependencies(given, policy('dependencies: { refuse: [without-integrity] }'), now)
    expect(check).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining('in the lockfile without a digest'),
    })
  })

  test('a host that the lockfile names instead of the usual registry has to be listed', () => {
    const given = provenance([{ ...fine, annotations: { ...fine.annotations, registryHost: 'npm.evil.example' } }])
    const only = (host: string) => policy(`dependencies: { registries: [${host}] }`)
    expect(checkDependencies(given, only('npm.example.com'), now).result).toBe('failed')
    expect(checkDependencies(given, only('npm.evil.example'), now).result).toBe('passed')
  })

  test.each([
    ['verified', 'passed'],
    ['present', 'failed'],
    ['absent', 'failed'],
    [undefined, 'failed'],
  ])('provenance that is %s, where it is asked for: %s', (state, result) => {
    const given = provenance([{ ...fine, annotations: { ...fine.annotations, provenance: state } }])
    expect(checkDependencies(given, policy('dependencies: { refuse: [provenance-missing] }'), now).result).toBe(result)
  })

  test.each([
    ['2026-10-20T00:00:00Z', 'build', 'passed'],
    ['2026-10-30T00:00:00Z', 'build', 'failed'],
    ['2026-11-15T12:00:00Z', 'evaluation', 'passed'],
    ['2026-11-20T00:00:00Z', 'evaluation', 'failed'],
    ['2027-01-01T00:00:00Z', 'evaluation', 'failed'],
    ['not a time', 'evaluation', 'failed'],
    [undefined, 'evaluation', 'failed'],
    [undefined, 'build', 'failed'],
  ])('published %s, seven days of age at %s: %s', (publishedOn, at, result) => {
    const given = provenance([{ ...fine, annotations: { ...fine.annotations, publishedOn } }])
    const check = checkDependencies(given, policy(`dependencies: { age: { days: 7, at: ${at} } }`), now)
    expect(check.result).toBe(result)
  })

  test.each([
    ['MIT', 'passed'],
    ['(MIT OR GPL-3.0-only)', 'passed'],
    ['GPL-3.0-only OR (MIT AND ISC)', 'passed'],
    ['MIT AND GPL-3.0-only', 'failed'],
    ['Apache-2.0 WITH LLVM-exception', 'passed'],
    ['MIT/X11', 'failed'],
    ['(MIT', 'failed'],
    ['MIT OR', 'failed'],
    [`${'('.repeat(2000)}MIT`, 'failed'],
    ['', 'failed'],
  ])('the licence %s: %s', (license, result) => {
    const given = provenance([{ ...fine, annotations: { ...fine.annotations, license } }])
    const only = policy('dependencies: { licences: [MIT, ISC, Apache-2.0] }')
    expect(checkDependencies(given, only, now).result).toBe(result)
  })

  test('each rule has a result and a sentence of its own', () => {
    const given = provenance([{ ...fine, annotations: { ...fine.annotations, deprecated: 'x' } }])
    const { evidence } = checkDependencies(
      given,
      policy('dependencies: { refuse: [deprecated, install-scripts], licences: [MIT] }'),
      now,
    )
    expect(evidence.rules).toEqual([
      { id: 'dependencies.deprecated', met: false, detail: `${fine.uri} is deprecated by its authors.` },
      { id: 'dependencies.install-scripts', met: true, detail: 'No dependency runs code when it is installed.' },
      { id: 'dependencies.licences', met: true, detail: 'Every package has a licence that the policy lists.' },
    ])
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

  test.each([
    ['bit-identical', 'passed'],
    ['equivalent', 'passed'],
    ['different', 'failed'],
    ['not-rebuilt', 'failed'],
    ['something new', 'failed'],
    [undefined, 'failed'],
  ])('of which nothing is asked, and that is %s: %s', (verdict, result) => {
    expect(checkOwnVerdict(view(rebuildResultType, { verdict, assisted: true })).result).toBe(result)
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

  test('two signers of one operator are one rebuilder, and only operators that are named are platforms', () => {
    const entry = (identity: string, operator?: string): RosterEntry => ({
      trusted: { identity: { exactly: identity }, issuer: { exactly: 'i' } },
      keys: [],
      ...(operator !== undefined && { operator }),
    })
    const both = about([result('a'), result('b')])
    expect(settle(both, two, [entry('a', 'acme'), entry('b', 'acme')]).verdict).toBe('unverifiable')
    expect(settle(both, two, [entry('a', 'acme'), entry('b', 'other')]).verdict).toBe('verified')
    const platforms = policy('rebuild: { verdict: bit-identical, platforms: 2 }')
    expect(settle(both, platforms, [entry('a', 'acme'), entry('b')])).toMatchObject({
      verdict: 'unverifiable',
      requirements: [
        { id: 'rebuilders', met: true },
        { id: 'platforms', met: false },
      ],
    })
    expect(settle(both, platforms, [entry('a', 'acme'), entry('b', 'other')]).verdict).toBe('verified')
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
