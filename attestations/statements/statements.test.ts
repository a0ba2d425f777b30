import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { digestsOf, finishedRun, manifestsOf } from '../../fixtures/runs/finished-run.ts'
import { containerPasses } from '../../verifiers/compare/passes/container-passes.ts'
import type { Report } from '../../verifiers/model/report.ts'
import { foundations, readImageLock } from '../dependencies/foundations.ts'
import { readDeclaredTree } from '../dependencies/lockfile-tree.ts'
import { mergeDependencies } from '../dependencies/merge.ts'
import type { DependencySet } from '../dependencies/model.ts'
import { observationsOf } from '../dependencies/observed.ts'
import { provenanceSchema, provenanceStatement } from './provenance.ts'
import { rebuildResultSchema, rebuildResultStatement } from './rebuild-result.ts'
import { localBuilderId, statementBytes } from './statement.ts'
import { statementsOf } from './statements.ts'
import { verificationSummaryStatement } from './verification-summary.ts'

const builder = { id: localBuilderId, version: { reproof: '0.1.0' } }

async function dependenciesOf(report: Report): Promise<DependencySet> {
  if (!report.recipe || !report.rebuild) throw new Error('not a finished run')
  return mergeDependencies({
    foundations: foundations(report.recipe, await readImageLock(report.recipe.environment)),
    declared: await readDeclaredTree(manifestsOf(), ''),
    observations: observationsOf(report.rebuild.exchanges),
    inspected: new Map(),
    scriptsAllowed: true,
  })
}

let identical: Report
let different: Report
let dependencies: DependencySet
beforeAll(async () => {
  identical = await finishedRun()
  different = await finishedRun({ rebuilt: 'rebuilt', verdict: 'different' })
  dependencies = await dependenciesOf(identical)
})

const subjectOf = (report: Report) => provenanceStatement({ report, dependencies, builder }).subject[0]

test('provenance speaks of the published file when the rebuild is the same, byte for byte', () => {
  const { sha256, sha512 } = digestsOf('published')
  const purl = 'pkg:npm/%40acme/widget@1.2.3'
  expect(subjectOf(identical)).toEqual({ name: purl, uri: purl, digest: { sha256, sha512 } })
})

test.each(['stream-identical', 'content-identical', 'different'] as const)(
  'a %s rebuild gives provenance of the rebuilt file only',
  async (verdict) => {
    const report = await finishedRun({ rebuilt: 'rebuilt', verdict })
    const { sha256, sha512 } = digestsOf('rebuilt')
    expect(subjectOf(report)).toEqual({ name: 'rebuild/acme-widget-1.2.3.tgz', digest: { sha256, sha512 } })
    const text = statementBytes(provenanceStatement({ report, dependencies, builder })).toString()
    expect(text).not.toContain(digestsOf('published').sha512)
  },
)

test.each([
  ['a verdict that its digests contradict', async () => finishedRun({ rebuilt: 'rebuilt', verdict: 'bit-identical' })],
  [
    'another file in its comparison than in its rebuild',
    async () => {
      const report = await finishedRun()
      if (report.comparison) report.comparison.rebuilt.digests = digestsOf('third')
      return report
    },
  ],
  [
    'another artifact in its recipe',
    async () => {
      const report = await finishedRun()
      if (report.recipe) report.recipe.artifact.purl = 'pkg:npm/other@1.0.0'
      return report
    },
  ],
])('nothing is attested of a report with %s', async (_, make) => {
  const report = await make()
  expect(() => statementsOf({ report, dependencies, builder, version: '0.1.0' })).toThrow(
    expect.objectContaining({ code: 'RUN_INCOMPLETE' }),
  )
})

test('a report whose verdict is better than its comparison is refused', () => {
  expect(() => rebuildResultStatement({ report: { ...different, verdict: 'equivalent' }, builder })).toThrow(
    /equivalent.*different/,
  )
})

test('predicates fit the schemas that are published', () => {
  for (const report of [identical, different]) {
    provenanceSchema.parse(
      JSON.parse(statementBytes(provenanceStatement({ report, dependencies, builder })).toString()).predicate,
    )
    rebuildResultSchema.parse(
      JSON.parse(statementBytes(rebuildResultStatement({ report, builder })).toString()).predicate,
    )
  }
})

test('a result says different where it is, of the published file, with what differs', () => {
  const { subject, predicate } = rebuildResultStatement({ report: different, builder })
  expect(subject[0].digest.sha512).toBe(digestsOf('published').sha512)
  expect(predicate).toMatchObject({
    verdict: 'different',
    comparison: { differences: { unexplained: 1 }, list: [{ path: 'package/index.js' }] },
  })
})

test('passes are named with their versions, whether they undid content or looked away from the container', async () => {
  const report = await finishedRun({ rebuilt: 'rebuilt', verdict: 'content-identical' })
  const [first] = containerPasses
  const passes = [{ id: 'line-endings', version: 1, published: 'x' }]
  const about = { kind: 'changed', severity: 'benign', summary: '' } as const
  report.differences = [
    { ...about, path: 'a', cause: 'stabilised', evidence: { passes } },
    { ...about, path: 'b', cause: 'stabilised', evidence: { passes } },
    { ...about, path: '', cause: first?.causes[0] ?? '', evidence: {} },
  ]
  const { comparison } = rebuildResultStatement({ report, builder }).predicate
  expect(comparison?.passes).toContainEqual({ id: 'line-endings', version: 1, differences: 2 })
  expect(comparison?.passes).toContainEqual({ id: first?.id, version: first?.version, differences: 1 })
})

test('a result names what the source had lost when it was built', () => {
  const { rebuild } = identical
  if (!rebuild) throw new Error('not a finished run')
  const statement = rebuildResultStatement({
    report: { ...identical, rebuild: { ...rebuild, lost: ['big.exe'] } },
    builder,
  })
  expect(rebuildResultSchema.parse(statement.predicate).source?.annotations).toMatchObject({ lost: ['big.exe'] })
})

test('a package that could not be rebuilt has a result with the reason, and no message of this machine', () => {
  const { recipe: _, rebuild: __, comparison: ___, source: ____, ...rest } = identical
  const report: Report = {
    ...rest,
    verdict: 'not-located',
    problem: { code: 'SOURCE_UNREACHABLE', stage: 'source', message: '/home/someone/x', details: {} },
  }
  const { predicate } = rebuildResultStatement({ report, builder })
  expect(predicate).toMatchObject({ verdict: 'not-located', problem: { code: 'SOURCE_UNREACHABLE', stage: 'source' } })
  expect(JSON.stringify(predicate)).not.toContain('someone')
})

test('two runs of one recipe give the same bytes, whatever sandbox, order, machine and verdict of the clock', async () => {
  const again = await finishedRun()
  again.run = { id: 'other', folder: join(tmpdir(), 'elsewhere') }
  if (!again.rebuild) throw new Error('not rebuilt')
  again.rebuild.engine = 'podman'
  again.rebuild.exchanges = again.rebuild.exchanges
    .toReversed()
    .map((one) => ({ ...one, from: 'cache', at: '2027-01-01T00:00:00Z' }))
  again.timings = { rebuild: 99 }
  const bytes = async (report: Report) =>
    [...statementsOf({ report, dependencies: await dependenciesOf(report), builder, version: '0.1.0' }).values()].map(
      (one) => statementBytes(one).toString(),
    )
  expect(await bytes(again)).toEqual(await bytes(identical))
})

test('a later run differs in nothing but its times', async () => {
  const later = await finishedRun()
  if (!later.rebuild) throw new Error('not rebuilt')
  later.rebuild.startedAt = '2030-01-01T00:00:00.000Z'
  later.rebuild.finishedAt = '2030-01-01T00:00:01.000Z'
  const text = (report: Report) =>
    [...statementsOf({ report, dependencies, builder, version: '0.1.0' }).values()]
      .map((one) => statementBytes(one).toString())
      .join('\n')
  const withoutTimes = (value: string) => value.replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"time"')
  expect(text(later)).not.toBe(text(identical))
  expect(withoutTimes(text(later))).toBe(withoutTimes(text(identical)))
})

test('what a human added is said in provenance and result', async () => {
  const report = { ...identical, assisted: true, assistance: ['The lockfile was added.'] }
  expect(
    provenanceStatement({ report, dependencies, builder }).predicate.buildDefinition.externalParameters.assistance,
  ).toEqual(['The lockfile was added.'])
  expect(rebuildResultStatement({ report, builder }).predicate).toMatchObject({
    assisted: true,
    assistance: ['The lockfile was added.'],
  })
})

test('the recipe can be taken from the provenance alone', () => {
  const { resolvedDependencies } = provenanceStatement({ report: identical, dependencies, builder }).predicate
    .buildDefinition
  const recipe = resolvedDependencies.find(({ annotations }) => annotations?.role === 'recipe')
  expect(JSON.parse(Buffer.from(recipe?.content ?? '', 'base64').toString())).toEqual(identical.recipe)
})

const summary = {
  subject: { name: 'x', digest: { sha256: 'a', sha512: 'b' } },
  verifier: { id: 'https://reproof.dev/verify' },
  timeVerified: '2026-01-01T00:00:00Z',
  resourceUri: 'pkg:npm/x@1.0.0',
  policy: { uri: 'reproof.policy.yaml', digest: { sha256: 'c' } },
  inputAttestations: [{ digest: { sha256: 'e' } }, { digest: { sha256: 'd' } }],
  verificationResult: 'PASSED' as const,
  verifiedLevels: ['SLSA_BUILD_LEVEL_2'],
  platforms: ['github.com'],
}

test('a summary lists what it rests on, in one order', () => {
  const { predicate } = verificationSummaryStatement(summary)
  expect(predicate.inputAttestations.map(({ digest }) => digest.sha256)).toEqual(['d', 'e'])
})

test.each([
  ['one platform', { ...summary, verifiedLevels: ['SLSA_BUILD_REPRODUCED'] }],
  ['one platform named twice', { ...summary, verifiedLevels: ['SLSA_BUILD_REPRODUCED'], platforms: ['a', 'a'] }],
  ['a policy that was not met', { ...summary, verificationResult: 'FAILED' as const }],
])('no level is given for %s', (_, verdict) => {
  expect(() => verificationSummaryStatement(verdict)).toThrow(expect.objectContaining({ code: 'FAULT' }))
})
